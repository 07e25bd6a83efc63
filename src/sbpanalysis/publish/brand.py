"""Whose site is it? Name, logo, colour, contact and links of `local/brand.yml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from sbpanalysis.data.documents import Document, raise_all, read_yaml
from sbpanalysis.data.models import Entry, Text, faults_in
from sbpanalysis.paths import local

COLOUR = "#12436d"  # of the house; white text stands on it
CONTRAST = 4.5  # that text needs on its ground: WCAG 2.2, level AA
Address = Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:)\S+$")]


class _Contact(Entry):
    name: Text
    email: Annotated[str, StringConstraints(pattern=r"^[^\s@]+@[^\s@]+$")] | None = None
    phone: Text | None = None


class _Brand(Entry):
    name: Text
    logo: Annotated[str, StringConstraints(pattern=r"^[\w-]+\.(svg|png)$")] | None = None
    logo_alt: Text | None = None
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = COLOUR
    contact: _Contact | None = None
    links: dict[str, Address] = Field(default_factory=dict)


@dataclass(frozen=True)
class Brand:
    """Who publishes; `logo` is its file, `contact` has name, email and phone."""

    name: str = ""
    logo: Path | None = None
    logo_alt: str = ""
    colour: str = COLOUR
    contact: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def context(self) -> dict:
        """What the templates of pages and documents show."""
        return {
            "sbp_name": self.name,
            "sbp_logo": self.logo.name if self.logo else "",
            "sbp_logo_alt": self.logo_alt,
            "sbp_colour": self.colour,
            "sbp_contact": self.contact,
            "sbp_links": self.links,
        }


def load_brand(root: Path) -> Brand:
    """The brand of a checkout; the house's own where it has none. Raises `DataError`."""
    path = local(root) / "brand.yml"
    if not path.is_file():
        return Brand()
    document = read_yaml(path)
    raise_all(_faults(document, path.parent))
    said = dict(document.value)
    logo = said.pop("logo", None)
    return Brand(**said, logo=path.parent / logo if logo else None)


def faults(root: Path) -> list[str]:
    """Every fault of `local/brand.yml`, with its line."""
    path = local(root) / "brand.yml"
    return _faults(read_yaml(path), path.parent) if path.is_file() else []


def _faults(document: Document, folder: Path) -> list[str]:
    if listed := list(faults_in(document, _Brand)):
        return listed
    said, found = document.value, []
    if (logo := said.get("logo")) and not (folder / logo).is_file():
        found.append(document.fault(("logo",), f"no file {logo} beside it; put it there"))
    if logo and not said.get("logo_alt"):
        found.append(document.fault(("logo",), "logo_alt is missing: say whose logo it is"))
    ratio = contrast_with_white(said.get("colour", COLOUR))
    if ratio < CONTRAST:
        what = f"white text on it has a contrast of {ratio:.1f}, expected {CONTRAST} at least"
        found.append(document.fault(("colour",), f"{what}; choose a darker one"))
    return found


def contrast_with_white(colour: str) -> float:
    """The contrast of white with a colour, 1 to 21.

    Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio.

    >>> round(contrast_with_white("#000000"), 1), round(contrast_with_white("#12436d"), 1)
    (21.0, 10.2)
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
