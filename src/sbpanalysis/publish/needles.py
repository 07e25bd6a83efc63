"""Does a released file tell a count of persons as it was counted? Each is looked for by its label.

A needle is a count that differs from what may be shown of it, with what it is called: its group or
area, and the measure. It is found where number, or number word, and name stand together.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sbpanalysis.data import classification, reference
from sbpanalysis.data.select import protected
from sbpanalysis.disclosure import gate
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.released import Piece, of_html, of_values, pieces, words
from sbpanalysis.report.disclosure import PHRASES
from sbpanalysis.report.edition import Edition

_LARGE = 10_000  # a count so large is hardly met by chance: it needs no name beside it
_NUMBER = re.compile(r"(?<![\w.,#/£$€–-])(\d{1,3}(?:,\d{3})+|\d+)(?![\w/]|[.,]\d|\s?[-–]\s?\d| \*)")
_FIGURE = re.compile(r'<figure class="exhibit (\w+)( persons)?"[^>]*>.*?</figure>', re.DOTALL)
_FILE = re.compile(r'(?:href|src)="((?:\.\./)*(?:downloads|_images)/[^"]+\.(?:csv|svg))"')
_BESIDE = re.compile(
    r'<a class="evidence".*?</a>|<p class="(?:source|claim)".*?</p>|<script.*?</script>', re.DOTALL
)
_ZEROS = re.compile(r"(?<=\d)\.0+(?!\d)")
# their claims are asked by `publish.inspect`, with all others
_CLAIMS = ("replay.html", "every-figure.html", "every-figure-wards.html", "claims.json")
# what a number after it is the name of, and what a number before it is of; neither are persons
_LABELS = (
    "sections? tiers? stages? routes? pages? items? rooms? tables? figures? chapters? acts? "
    "operations? versions? years? ages? aged lines? parts? schedules? articles? clauses? "
    "forms? bands? class grades? levels? phases? units? steps? weeks? days? districts? zones? "
    "notes? exhibits? appendix annex paragraphs? volumes? priority priorities objectives? "
    "strands? editions? quarters? bus channels? buildings? floors? studios? ranks? ranked "
    "platforms? gates? since"
)
_THINGS = (
    "minutes? hours? days? weeks? quarters? times miles? km metres? pages? schools? meetings? "
    "sessions? streets? stations? routes? agencies organisations? partners? services? sites? "
    "rooms? questions? recommendations? actions? priorities objectives sources? files? "
    "tables? figures? charts? sections? chapters? parts pm am pence pounds million billion "
    "thousand mph decades? words steps forces councils? clubs? centres? parks? sides ways "
    "lines panels bars columns rows kinds thirds halves languages? quotations? degrees "
    "parameters? points? examples? reports? cameras? vehicles? surveys? interviews? vans? "
    "posts? visits?"
)
_NO_COUNT = re.compile(
    r"\b\d{1,2} (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    rf"|\b(?:{_LABELS.replace(' ', '|')}) (?:\d[\d,]*(?:, | and | to | or )?)+"
    rf"|\b\d[\d,]* (?:[a-z-]+ )?(?:{_THINGS.replace(' ', '|')})\b",
    re.IGNORECASE,
)
_UNITS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELT = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<of_ten>{'|'.join(_UNITS[:9])}))?"
    rf"|(?P<unit>{'|'.join(reversed(_UNITS))}))\b",
    re.IGNORECASE,
)
# "one" that is no number
_PRONOUN = re.compile(
    r"\b(?:no|any|every|each|this|that|which|the|some)[- ]one\b"
    r"|\bone (?:of|another|or|and|who|that|can|may|must|should|to|in|year|month|day|page|way)\b",
    re.IGNORECASE,
)
_SAID_AS = {"female": "female|females|girls?|wom[ae]n", "male": "male|males|boys?|m[ae]n"}
_SMALL = {"the", "of", "and", "by", "at", "to", "in", "a", "for"}


class Called(NamedTuple):
    """What a count is called: its measure and source, either of which the page says, and what
    stands beside the number, all of it."""

    titles: frozenset[str]
    near: tuple[re.Pattern, ...]


def refuse_needles(
    files: dict[str, bytes], edition: Edition, pages: Iterable[Page], documents: dict
) -> None:
    """Raise `BuildError` if one of the files of a site (see `released.files`) tells a count of
    persons that is hidden or rounded elsewhere.

    `pages` of the site; `documents`: the values that the PDF documents are set from. Claims that
    name a source are left to `publish.inspect`.
    """
    needles = Needles(edition)
    needles.pass_over(pages)
    needles.refuse(files, documents)


class Needles:
    """The counts of an edition that may not be shown, each with what it is called."""

    def __init__(self, edition: Edition) -> None:
        self._others: frozenset[str] = frozenset()
        self._of: dict[int, set[Called]] = defaultdict(set)
        self._numbers: dict[str, set[int]] = {}  # text -> those in it; cells of tables recur
        counted, entries = gate.counted(edition), reference.sources()
        self._sources = {entries[source]["title"] for source in counted}
        areas = [edition.area_name(code).casefold() for code in edition.territory.homes]
        for source, rows in counted.items():
            shown = protected(rows["value"])
            raw = rows[rows["value"].ne(shown) & rows["value"].gt(0)]
            for row in raw.itertuples():
                title = classification.about(row.measure)["title"].casefold()
                whole = row.measure.partition("_by_")[0]
                base = classification.about(whole)["title"].casefold()
                titles = frozenset({title, base, entries[source]["title"].casefold()})
                near = _near(row, title, edition, areas)
                self._of[int(row.value)].add(Called(titles, near))
        self._titles = {t for named in self._of.values() for called in named for t in called.titles}

    def pass_over(self, pages: Iterable[Page]) -> None:
        """Do not ask the figures of these pages that were made from files of other sources."""
        self._others = frozenset(
            f"{figure['name']}.csv"
            for page in pages
            for figure in page.figures
            if figure["snapshots"] and not self._sources.intersection(figure["source"])
        )

    def refuse(self, files: dict[str, bytes], documents: dict) -> None:
        """Raise `BuildError` if one of the files, or values of documents, tells such a count."""
        told = {
            f"{where}: {number} in {said[:80]!r}"
            for where, number, said in self.in_files(files, documents)
        }
        if told:
            listed = "".join(f"\n- {fault}" for fault in sorted(told)[:20])
            raise BuildError(
                f"counts of persons are released as they were counted:{listed}\nShow the edition's "
                "own values, which are hidden from 1 to 7 and rounded to 5."
            )

    def in_files(self, files: dict[str, bytes], documents: dict) -> Iterator[tuple[str, str, str]]:
        """Where each is told, the number, and the words that it stands in."""
        if not self._of:
            return
        for name, content in files.items():
            for number, said in self._in_file(name, content, files):
                yield name, number, said
        yield from (("claims.json", number, said) for number, said in self._claimed(files))
        parts = documents.get("parts", ())
        for section in (section for part in parts for section in part["sections"]):
            where = f"downloads/assessment.pdf, section {section['number']}"
            for number, said in self._among(of_values(section, self._left_out)):
                yield where, number, said
        for piece in of_values({**documents, "parts": []}, self._left_out):
            for number, said in self._among([piece]):
                yield "downloads/assessment.pdf and brief.pdf", number, said

    def _in_file(self, name: str, content: bytes, files: dict[str, bytes]):
        if name.endswith(_CLAIMS):
            return
        if name.endswith(".html"):
            yield from self.on_page(content.decode("utf-8"), name, files)
        elif not name.startswith(("downloads/", "_images/")) or name.endswith(".xlsx"):
            for piece in pieces(name, content, self._left_out):
                # an index has a page in one text: only what stands together in it is of one matter
                yield from self._among([piece])

    def on_page(
        self, html: str, name: str = "", files: dict[str, bytes] | None = None
    ) -> Iterator[tuple[str, str]]:
        """The counts on a page and in the `files` of its figures, each with its words."""
        kept: list[str] = []

        def figure(found: re.Match) -> str:
            own = _FILE.findall(found[0])
            if self._others.intersection(map(posixpath.basename, own)):
                return " "
            drawn = found[2] and found[1] != "table"  # by the library, with ticks of its axes
            kept.extend(file for file in own if not (drawn and file.endswith(".svg")))
            return found[0]

        text = _BESIDE.sub(" ", _FIGURE.sub(figure, html))
        beside = words(text).casefold()
        yield from self._among(of_html(text), beside)
        for link in dict.fromkeys(kept):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
            if content := (files or {}).get(path):
                yield from self._among(pieces(path, content), beside)

    def _left_out(self, values: dict) -> bool:
        """Whether plain values are a claim, or a figure of other sources."""
        if values.get("claim") or values.get("kind") == "sentence":
            return True
        source = values.get("source", "")
        others = source and not any(title in source for title in self._sources)
        return bool(others) or values.get("file") in self._others

    def _claimed(self, files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
        """The counts in sentences that name no source, which nothing else asks."""
        for claim in json.loads(files.get("claims.json", b"[]")):
            if not claim["sources"]:
                page = words(files.get(claim["page"], b"").decode("utf-8")).casefold()
                said = f"{claim['subject']} | {claim['headline']} | {claim['sentence']}"
                yield from self._among([Piece(said, said)], page)

    def _among(self, said: Iterable[Piece], beside: str = "") -> Iterator[tuple[str, str]]:
        """The counts in pieces; all of them are beside each other if nothing else is."""
        said = list(said)
        counted = [(piece, numbers) for piece in said if (numbers := self._counts_in(piece.text))]
        if counted:
            beside = beside or " ".join(piece.around for piece in said).casefold()
            titles = self._titles_in(beside)
        for piece, numbers in counted:
            there = titles | self._titles_in(piece.title.casefold())
            yield from ((number, piece.around) for number in self._faults(piece, numbers, there))

    def _counts_in(self, text: str) -> set[int]:
        if text not in self._numbers:
            self._numbers[text] = _numbers(text) & self._of.keys()
        return self._numbers[text]

    def _titles_in(self, text: str) -> set[str]:
        return {title for title in self._titles if title in text}

    def _faults(self, piece: Piece, numbers: set[int], titles: set[str]) -> Iterator[str]:
        """The `numbers` in a piece that have all of their names around, and one of `titles`."""
        around = f"{piece.title} | {piece.around}".casefold()
        for value in sorted(numbers):
            if value >= _LARGE or any(
                titles & called.titles and all(name.search(around) for name in called.near)
                for called in self._of[value]
            ):
                yield f"{value:,}"


def _numbers(text: str) -> set[int]:
    """The whole numbers in a text that may be counts, spelt ones too."""
    if not any(map(str.isdigit, text)) and not _SPELT.search(text):
        return set()
    text = _SPELT.sub(_as_digits, _PRONOUN.sub(" ", text))
    text = _ZEROS.sub("", text)
    text = _NO_COUNT.sub(" ", PHRASES.sub(" ", text))
    return {int(number.replace(",", "")) for number in _NUMBER.findall(text)}


def _as_digits(spelt: re.Match) -> str:
    unit = (spelt["unit"] or spelt["of_ten"] or "").lower()
    tens = 10 * (2 + _TENS.index(spelt["tens"].lower())) if spelt["tens"] else 0
    return str(tens + (_UNITS.index(unit) + 1 if unit else 0))


def _near(row, title: str, edition: Edition, areas: list[str]) -> tuple[re.Pattern, ...]:
    """What stands beside a count: the names of its group, or its area, or of the edition's own
    area the measure alone."""
    if row.group:
        return tuple(_name(part.casefold()) for part in row.group.split(": "))
    name = edition.area_name(row.area_code).casefold()
    longer = [re.escape(other[len(name) :]) for other in areas if other.startswith(f"{name} ")]
    area = _name(name).pattern + (rf"(?!{'|'.join(longer)})" if longer else "")
    return (_name(title) if row.area_code == edition.area_code else re.compile(area),)


def _name(name: str) -> re.Pattern:
    """A name as it is written in a text: its first two words that mean something, in any form."""
    if name in _SAID_AS:
        return re.compile(rf"\b(?:{_SAID_AS[name]})\b")
    if any(map(str.isdigit, name)):
        spaced = re.escape(name).replace(r"\ to\ ", r"\s?(?:to|-|–|and)\s?")
        return re.compile(rf"(?<!\d){spaced}(?!\d)")
    meaning = [w.rstrip("s") for w in re.findall(r"[^\W\d_]+", name) if w not in _SMALL][:2]
    return re.compile(r"\b" + r"[a-z]*\W+(?:\w+\W+){0,2}?".join(map(re.escape, meaning)))
