"""What do analysts make of a section's figures? Their words, dated, and held to the verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from sbpanalysis.data import classification, editions
from sbpanalysis.data.documents import meant, named, parse_yaml, raise_all, read_text
from sbpanalysis.data.models import Entry, Month, faults_in
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.paths import local
from sbpanalysis.periods import in_words, month
from sbpanalysis.publish.assessment import Section, slug
from sbpanalysis.publish.lift import Page, insert_words
from sbpanalysis.publish.markdown import checked_markdown
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.prose import DIRECTIONAL

OWN = "Our reading:"  # begins a paragraph that says more than a test supports
BEGUN = f"{OWN} write here"  # how what `sbp new commentary` writes begins
_HEAD = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)
_UP = re.compile(
    r"rose|ris|increas|gr[eo]w|climb|surg|soar|upw|upt|jump|spik|rocket|doubl|trebl|tripl|quadr|"
    r".*\b(?:up|higher)\b",
    re.IGNORECASE,
)
_EITHER = re.compile(r"worsen|improv|deterior", re.IGNORECASE)  # what is better is a judgement
_STEADY = re.compile(
    r"\b(no change|unchanged|stable|steady|stayed (?:the same|level|flat)|"
    r"remain\w* (?:the same|level|flat|constant)|(?:not|n't|hardly|barely) changed?)\b",
    re.IGNORECASE,
)
# such as "fewer than last year"; with a number before it, it is a count and no verdict
_COMPARED = re.compile(
    r"(?<!\d )\b(more|fewer|less|higher|lower)\b[^.;]{0,60}?\bthan "
    r"(?:last|before|in \d{4}|\d{4}|(?:in )?(?:the|a) (?:year|month|previous))",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\b(?:no|not|never|neither|nor|hardly|without)|n't)\s(?:\w+\s){0,2}$", re.IGNORECASE
)
_YEAR = re.compile(r"\b\d{4}\b")
_CLEARLY = re.compile(r"\bclear", re.IGNORECASE)
# How much a word says, the first that stands there: by how many per cent the number changed,
# either way, at least and at most
_SIZES = {
    r"(?:nearly|almost) doubl": (80, 120),
    r"more than doubl": (100, inf),
    r"\bdoubl": (90, inf),
    r"trebl|tripl": (180, inf),
    r"quadrupl": (290, inf),
    r"halv": (45, 100),
    r"sharpl|steepl|dramatic|huge|massive|soar|surg|rocket|plung|plummet|tumbl": (20, inf),
    r"slight|marginal|a little": (0, 10),
}


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


def unsupported(text: str, claims: list[dict], area: str) -> Iterator[tuple[str, str]]:
    """Each sentence of a text with a word that no verdict supports: that sentence and word.

    `claims`: of the page it stands on; `area`: that of a sentence which names none.
    """
    for sentence in re.split(r"(?<=[.!?:;])\s+", text):
        verdicts = list(_meant(sentence, claims, area))
        yield from (
            (sentence.strip(), found.group(1).strip())
            for pattern in (DIRECTIONAL, _STEADY, _COMPARED)
            for found in pattern.finditer(sentence)
            if not any(_supports(claim, found, sentence) for claim in verdicts)
        )


def _meant(sentence: str, claims: list[dict], area: str) -> Iterator[dict]:
    """The verdicts that a sentence can rest on: of the areas and measures that it names.

    One that names no measure, such as "it rose", is about that of the page's first verdict.
    """
    known = {c["area"] for c in claims} | set(territory().units.values()) | {territory().name}
    places = _named(sentence, known) or {area}
    measures = _named(sentence, {row["title"] for row in classification.current().rows.values()})
    years = set(_YEAR.findall(sentence))
    for claim in claims:
        if claim["kind"] == "swings" and not years & set(_YEAR.findall(claim["period"])):
            continue  # it is of longer ago than what a sentence without a year is about
        if claim["verdict"] and claim["area"] in places:
            title = classification.about(claim["measure"])["title"]
            measures = measures or {title}
            if title in measures:
                yield claim


def _named(sentence: str, names: Iterable[str]) -> set[str]:
    """The names that stand in a sentence, one or many, but for those within a longer one."""
    named = set()
    for name in sorted(filter(None, names), key=len, reverse=True):
        many = re.sub(r"y$", "(?:y|ies)", re.escape(name))
        sentence, times = re.subn(rf"\b{many}\b", "", sentence, flags=re.IGNORECASE)
        named |= {name} if times else set()
    return named


def _supports(claim: dict, found: re.Match, sentence: str) -> bool:
    """Does a verdict say what a word of a sentence says?"""
    word, verdict = found.group(1), claim["verdict"]
    before = _NEGATED.search(sentence[: found.start()])
    same = verdict == "about the same"
    if found.re is _STEADY:
        return same
    if _EITHER.match(word):
        return False
    up = word.lower() in ("more", "higher") or bool(_UP.match(word))
    sure, probable = (
        (("rose", "up"), "probably rose") if up else (("fell", "down"), "probably fell")
    )
    if before:
        said = verdict in (*sure, probable)
        return not said and (same or bool(_CLEARLY.search(before.group())) or _moved(claim))
    if verdict not in sure and not (verdict == probable and "probably" in sentence):
        return False
    sizes = (size for words, size in _SIZES.items() if re.search(words, sentence, re.IGNORECASE))
    least, most = next(sizes, (0, inf))
    return (least, most) == (0, inf) or (
        claim["unit"] == "percent" and least <= abs(claim["value"]) <= most
    )


def _moved(claim: dict) -> bool:
    """Did it move, one way or the other?"""
    return claim["verdict"].removeprefix("probably ") in ("rose", "fell", "up", "down")
