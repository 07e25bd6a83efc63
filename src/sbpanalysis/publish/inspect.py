"""Is the rendered site what its pages promised: nothing lost, nothing leaked?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterable
from pathlib import Path

from sbpanalysis.errors import BuildError
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.personal import person_faults

_IMAGE = re.compile(r"<img\b[^>]*>")
_ALT = re.compile(r'alt="([^"]*)"')
_IDENTITY = re.compile(r'\bid="([^"]+)"')
_LINK = re.compile(r'(?:href|src)="([^"#?:]+)(?:#([^"]*))?"')
# controls, and what turns a line round: what is read is then not what is there
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ELSEWHERE = re.compile(
    r'<(?:img|script|link|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*'
)
_PATHS = re.compile(r"(?:/(?:home|Users|root|tmp|var)/|[A-Z]:\\\\)[\w.-]+")


def inspect_site(site: Path, pages: list[Page], beside: Iterable[str] = ()) -> None:
    """Raise one `BuildError` that lists all that is wrong with a rendered site.

    `beside`: files that its pages may lead to besides its own.

    Looked for: a claim or exhibit that is missing or doubled on its page, a link or picture that
    leads nowhere, a picture without a described alternative, a traceback, a path of the machine,
    another host, a character that turns a line round, a count of people that is not protected.
    """
    faults = [fault for page in pages for fault in _page_faults(site, page)]
    files = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
    texts = {name: p.read_text("utf-8") for name, p in files.items() if p.suffix == ".html"}
    identities = {name: set(_IDENTITY.findall(text)) for name, text in texts.items()}
    for name, text in texts.items():
        faults += _dead_links(name, text, files.keys() | set(beside), identities)
    faults += person_faults(site)
    if faults:
        listed = "".join(f"\n- {f}" for f in sorted(set(faults))[:20])
        raise BuildError(f"the rendered site has {len(set(faults))} faults:{listed}")


def _page_faults(site: Path, page: Page):
    path = site / f"{page.page}.html"
    if not path.is_file():
        yield f"{page.page}: not rendered"
        return
    text = path.read_text("utf-8")
    wanted = [f"claim-{c['id']}" for c in page.claims]
    wanted += [f"exhibit-{e.lower().replace('.', '-')}" for e in page.exhibits]
    for identity in wanted:
        count = text.count(f'id="{identity}"')
        if count != 1:
            yield f"{page.page}: {identity} occurs {count} times, expected once"
    for image in _IMAGE.findall(text):
        alt = _ALT.search(image)
        if 'class="logo"' in image and alt and alt[1]:
            continue  # it says whose it is
        if not alt or not 40 <= len(alt[1]) <= 600 or alt[1].endswith((".svg", ".png")):
            yield f"{page.page}: a picture is described by {alt[1][:60] if alt else None!r}"
    if "Traceback (most recent call last)" in text:
        yield f"{page.page}: a traceback"
    if found := _PATHS.search(text):
        yield f"{page.page}: a path of this machine, {found.group()!r}"
    if found := _ELSEWHERE.search(text):
        yield f"{page.page}: asks another host, {found.group()[-60:]!r}"
    if found := _UNSEEN.search(text):
        yield f"{page.page}: a character that does not show, {found.group()!a}"


def _dead_links(where: str, text: str, files: Container[str], identities: dict[str, set[str]]):
    for target, fragment in set(_LINK.findall(text)):
        there = posixpath.normpath(posixpath.join(posixpath.dirname(where), target))
        if there not in files:
            yield f"{where}: link to {target}, which is not there"
        elif fragment and fragment not in identities.get(there, {fragment}):
            yield f"{where}: link to {target}#{fragment}, which is not there"
