"""Is the rendered site what its pages promised: nothing lost, nothing leaked?"""

from __future__ import annotations

import csv
import json
import posixpath
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from sbpanalysis.data import reference, snapshots
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.released import rows_of, words
from sbpanalysis.report import disclosure

_IMAGE = re.compile(r"<img\b[^>]*>")
_IDENTITY = re.compile(r'\bid="([^"]+)"')
_LINK = re.compile(r'(?:href|src)="([^"#?:]+)(?:#([^"]*))?"')
# controls, and what turns a line round: what is read is then not what is there
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ELSEWHERE = re.compile(
    r'<(?:img|script|link|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*'
)
_PATHS = re.compile(r"(?:/(?:home|Users|root|tmp|var)/|[A-Z]:\\\\)[\w.-]+")
_FIGURE = re.compile(r'<figure class="exhibit ([a-z]+) persons"[^>]*>(.*?)</figure>', re.DOTALL)
_ALT = re.compile(r'\balt="([^"]*)"')
_WORDS = re.compile(r'<p class="(?:finding|subtitle)">(.*?)</p>', re.DOTALL)
_FILE = re.compile(r'(?:href|src)="((?:\.\./)*(?:downloads|_images)/[^"]+)"')
_BOLD = "font-weight: 700"
_POINTED = re.compile(r"<title>([^<]*)</title>")
# any tag but one within a sentence
_BLOCK = re.compile(r"<(?!/?(?:a|abbr|b|code|em|i|span|strong)\b)[^>]+>")
# a number of people in running text, wherever it stands
_COUNTED = re.compile(
    r"(?<![\w./,-])(\d+(?:,\d{3})*) (?:(?:young|known|suspected|looked-after) )?"
    r"(?:people|victims?|attendances?|child(?:ren)?|girls?|boys?|m[ae]n|wom[ae]n|pupils?"
    r"|patients?|offenders?|suspects?|members?|entrants?|admissions?|sentences?|referrals?)\b(?!['’])"
)
_NO_COUNT = ("percent", "ratio", "rank", "per ")
_HEAD = 8  # so many digits of a digest are enough to tell a file among all that are possible
_BYTES = re.compile(rb"(?<![\w.,])(\d[\d,]*) (?:bytes|B)\b")


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


def person_faults(site: Path) -> Iterator[str]:
    """What in a site shows a count of people from 1 to 7, or one not rounded to 5.

    Read are the tables, CSV files, pictures and alternative texts of every figure of people, the
    claims from sources of people, and running text, search list and claims for numbers of people.
    """
    for path in sorted(site.rglob("*.html")):
        text = path.read_text("utf-8")
        where = path.relative_to(site).as_posix()
        for kind, figure in _FIGURE.findall(text):
            yield from (f"{where}: {fault}" for fault in _figure(kind, figure, path.parent))
        yield from _counted(where, words(_BLOCK.sub(" | ", text)))
    yield from _claims(site / "claims.json")
    index = site / "_static" / "search-index.js"
    if index.is_file():
        yield from _counted(index.name, index.read_text("utf-8"))


def _counted(where: str, text: str) -> Iterator[str]:
    for number in _COUNTED.findall(disclosure.PHRASES.sub(" | ", text)):
        if not disclosure.is_protected(int(number.replace(",", ""))):
            yield f"{where}: {number} people, not rounded or hidden"


def _figure(kind: str, figure: str, folder: Path) -> Iterator[str]:
    yield from disclosure.faults_in_table(rows_of(figure))
    for said in (*_ALT.findall(figure), *_WORDS.findall(figure), *_POINTED.findall(figure)):
        yield from disclosure.faults_in_text(words(said))
    for name in dict.fromkeys(_FILE.findall(figure)):
        path = folder / name
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as lines:
                held = disclosure.faults_in_table(list(csv.reader(lines)))
                yield from (f"{path.name}: {fault}" for fault in held)
        elif path.suffix == ".svg":
            for label in _labels(kind, ElementTree.parse(path).getroot()):
                held = disclosure.faults_in_text(label)
                yield from (f"{path.name}: {fault}" for fault in held)


def _labels(kind: str, part: ElementTree.Element) -> Iterator[str]:
    """The words of a picture that may say a count: not an axis's, nor a map's key, never bold."""
    if part.get("id", "").startswith("matplotlib.axis"):
        return
    if part.tag.endswith("}text") and (kind != "map" or _BOLD in part.get("style", "")):
        yield "".join(part.itertext())
    for inner in part:
        yield from _labels(kind, inner)


def _claims(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    sources = reference.sources().values()
    personal = {entry["title"] for entry in sources if entry.get("sensitive") == "persons"}
    for claim in json.loads(path.read_text("utf-8")):
        where = f"{path.name}, {claim['id']}"
        if not personal & set(claim["sources"]):
            yield from _counted(where, f"{claim['headline']}. {claim['sentence']}")
            continue
        faults = disclosure.faults_in_text(f"{claim['headline']}. {claim['sentence']}")
        yield from (f"{where}: {number} in the sentence" for number in faults)
        is_count = not any(word in claim["unit"] for word in _NO_COUNT)
        value = claim["value"]
        if is_count and value is not None and not disclosure.is_protected(value):
            yield f"{where}: the value {value}"


def refuse_traces(files: dict[str, bytes], edition: Edition) -> None:
    """Raise `BuildError` if one of the files of a site (see `released.files`) tells a closed
    file's digest or size, or the manifest a number of its rows."""
    held = [h for h in edition.files if edition.names[h.sha256] != h.sha256]
    faults = sorted(set(_faults(files, held, edition.root)))
    if faults:
        listed = "".join(f"\n- {fault}" for fault in faults[:20])
        raise BuildError(
            f"the site tells of files about persons, or from partners:{listed}\nA digest or size "
            "gives their counts away; name a file by `edition.snapshot_table`."
        )


def _faults(files: dict[str, bytes], held: list, root: Path) -> Iterator[str]:
    if not held:
        return
    notes = {h.sha256: snapshots.noted(h.sha256, root) for h in held}
    heads = {d[:_HEAD].encode() for h in held for d in digests(h, notes[h.sha256])}
    sizes = {notes[h.sha256].get("size") for h in held} - {None}
    for where, content in files.items():
        if names_digest(content, heads):
            yield f"{where}: the digest of one"
        if any(size in sizes for size in _sizes(content)):
            yield f"{where}: the size of one"
    manifest = json.loads(files["manifest.json"])
    numbers = sizes | {h.facts["rows"] for h in held}
    for row in manifest["snapshots"]:
        if numbers & {value for value in row.values() if isinstance(value, int)}:
            yield f"manifest.json, {row['snapshot']}: the size or the number of rows of one"


def _sizes(content: bytes) -> Iterator[int]:
    if b" bytes" in content or b" B" in content:
        yield from (int(n.replace(b",", b"")) for n in _BYTES.findall(content))


def digests(holding, notes: dict) -> set[str]:
    """Every digest that the store knows of a file: of its bytes, content and table."""
    known = {holding.sha256, holding.facts.get("table"), notes.get("content_sha256")}
    return known - {None}


def names_digest(content: bytes, heads: set[bytes]) -> bool:
    """Whether a word of a text begins as one of these digests do."""
    lowered = content.lower()
    for head in heads:
        at = lowered.find(head)
        while at >= 0:
            before = lowered[at - 1 : at] if at else b" "
            if not (before.isalnum() or before == b"."):
                return True
            at = lowered.find(head, at + 1)
    return False
