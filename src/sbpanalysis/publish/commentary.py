"""What do analysts make of a section's figures? Their words, dated, and held to the verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from sbpanalysis.data import editions
from sbpanalysis.data.documents import meant, named, parse_yaml, raise_all, read_text
from sbpanalysis.data.models import Entry, Month, faults_in
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.paths import local
from sbpanalysis.periods import in_words, month
from sbpanalysis.publish.assessment import Section, slug
from sbpanalysis.publish.lift import Page, insert_words
from sbpanalysis.publish.markdown import checked_markdown
from sbpanalysis.publish.wording import unsupported
from sbpanalysis.report.edition import Edition

OWN = "Our reading:"  # begins a paragraph that says more than a test supports
BEGUN = f"{OWN} write here"  # how what `sbp new commentary` writes begins
_HEAD = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)


class _Head(Entry):
    written: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d){0,2}$")]
    figures_to: Month
    checked_to: Month | None = None
    until: Month | None = None


@dataclass(frozen=True)
class Commentary:
    """What was written on a section: when, on figures to which month, and where it stands.

    It was `checked_to` the figures of that month; after `until` it is not shown.
    """

    section: str
    file: str
    text: str
    written: str
    figures_to: str
    checked_to: str
    until: str | None

    def shown_in(self, edition: Edition) -> bool:
        """Is it on figures that the edition has, and still to be shown?"""
        return month(self.figures_to) <= edition.period_end and (
            self.until is None or edition.period_end <= month(self.until)
        )

    def carried(self, edition: Edition) -> bool:
        """Does the edition have newer figures than anybody has checked it against?"""
        return month(self.checked_to) < edition.period_end


def commentaries(root: Path, edition: Edition, sections: list[Section]) -> dict[str, Commentary]:
    """What an edition's pages show, by section: its own, else that of the edition it follows, and
    so on, else its area's; that in `local/` before that in `book/`."""
    found = {}
    for section in sections:
        for folder in _folders(root, edition):
            path = folder / f"{section.number}.md"
            if path.is_file() and (one := _read(path)).shown_in(edition):
                found[section.number] = one
                break
    return found


def place(page: Page, one: Commentary, edition: Edition) -> None:
    """Put a commentary on its section's page, before what is to beware.

    Raises `BuildError` for a word of direction that no verdict of the page supports.
    """
    if faults := list(_unsupported(one, page.claims, edition)):
        raise BuildError("\n".join(faults))
    on = f"Written by the analysts in {_when(one.written)} on figures to {in_words(one.figures_to)}"
    note = f", not yet checked against those to {in_words(edition.period_end)}"
    dated = f"*{on}{note if one.carried(edition) else ''}.*"
    insert_words(page, f"## Commentary\n\n{dated}\n\n{one.text}")


def carried_over(found: dict[str, Commentary], edition: Edition) -> list[str]:
    """A line for each commentary that should be checked against an edition's newer figures."""
    return [
        f"{one.file}: carried over, checked against figures to {in_words(one.checked_to)}; read it "
        f"again, then set checked_to: {edition.period_end}"
        for one in found.values()
        if one.carried(edition)
    ]


def faults(root: Path, sections: list[str]) -> Iterator[str]:
    """Every fault of the files in `book/commentary` and `local/commentary`."""
    names = [*editions.names(root), *(slug(territory().names[c]) for c in territory().units)]
    for base in _bases(root):
        for path in sorted(p for p in base.rglob("*") if p.is_file()):
            folder, number = path.relative_to(base).parts[0], path.stem
            what = ""
            if path.parent.parent != base or path.suffix != ".md":
                what = "expected EDITION-OR-AREA/SECTION.md, such as bromley/4.5.md"
            elif folder not in names:
                what = f"no edition or area {folder!r}, expected {meant(folder, names)}"
            elif number not in sections:
                what = f"no section {number!r}, expected {meant(number, sections)}"
            yield from [f"{named(path)}: {what}"] if what else _faults_within(path)


def _faults_within(path: Path) -> list[str]:
    try:
        _read(path)
    except (DataError, BuildError) as error:
        return str(error).splitlines()
    return []


def _bases(root: Path) -> list[Path]:
    return [local(root) / "commentary", root / "book" / "commentary"]


def _folders(root: Path, edition: Edition) -> Iterator[Path]:
    names, following = [], edition.name
    while following and following not in names and following in editions.names(root):
        fields = editions.load(following, root)
        if territory().code(fields["area"]) != edition.area_code:
            break
        names.append(following)
        following = fields["follows"]
    for name in [*names, slug(edition.area)]:
        for base in _bases(root):
            yield base / name


def _read(path: Path) -> Commentary:
    """A commentary file. Raises `DataError` or `BuildError` for every fault of it."""
    where, written = named(path), read_text(path).replace("\r\n", "\n")
    head = _HEAD.match(written)
    if not head:
        raise DataError(
            f'{where}, line 1: expected lines such as `---`, `written: "2025-11"`, `figures_to: '
            '"2025-09"`, `---` before the words.'
        )
    document = parse_yaml(where, f"\n{head[1]}")  # its first line is the file's second
    raise_all(faults_in(document, _Head))
    text = checked_markdown(written[head.end() :], where).strip()
    if not text or text.startswith(BEGUN):
        raise DataError(f"{where}: no words after the second ---; write some, or remove the file.")
    said = {"checked_to": document.value["figures_to"], "until": None} | document.value
    return Commentary(path.stem, where, re.sub(r"^#{1,2}(?= )", "###", text, flags=re.M), **said)


def _when(written: str) -> str:
    return in_words(written[:7]) if len(written) > 4 else written


def _unsupported(one: Commentary, claims: list[dict], edition: Edition) -> Iterator[str]:
    """Each sentence with a word that no verdict of its page supports."""
    for paragraph in re.split(r"\n\s*\n", one.text):
        if paragraph.lstrip("*_>-# \n").startswith(OWN):
            continue
        for sentence, word in unsupported(paragraph, claims, edition.area):
            yield (
                f"{one.file}: {sentence[:120]!r} says {word!r}, and no verdict on the page of "
                f"section {one.section} does; {_verdicts(claims)} Say it as they do, or begin the "
                f"paragraph with {OWN!r}"
            )


def _verdicts(claims: list[dict]) -> str:
    changes = [c for c in claims if c["verdict"] and c["kind"] == "change"]
    listed = [f"{c['headline']} ({c['verdict']})" for c in changes[:6]]
    return f"its verdicts are: {'; '.join(listed)}." if listed else "it has none."
