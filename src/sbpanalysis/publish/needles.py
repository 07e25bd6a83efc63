"""Does a released file tell a count of persons as it was counted? Each is looked for by its label.

A needle is a count that differs from what may be shown of it, with what it is called: its group or
ward, and the measure. It is found where number and name stand together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from sbpanalysis.data import classification, reference
from sbpanalysis.data.select import protected
from sbpanalysis.disclosure import gate
from sbpanalysis.errors import BuildError
from sbpanalysis.report.disclosure import PHRASES
from sbpanalysis.report.edition import Edition

_LARGE = 10_000  # a count so large is hardly met by chance: it needs no name beside it
_NUMBER = re.compile(r"(?<![\w.,#/-])(\d{1,3}(?:,\d{3})+|\d+)(?![\w/]|[.,]\d)")
_BLOCK = re.compile(r"<(tr|p|li|h\d|pre|title|dt|dd|caption)\b[^>]*>(.*?)</\1>", re.DOTALL)
_FIGURE = re.compile(r'<figure class="exhibit (\w+)( persons)?"[^>]*>.*?</figure>', re.DOTALL)
_SOURCE = re.compile(r'<p class="source">Source: (.*?)\. <a', re.DOTALL)
_BESIDE = re.compile(
    r'<a class="evidence".*?</a>|<p class="(?:source|claim)".*?</p>|<script.*?</script>',
    re.DOTALL,
)
_DATE = re.compile(r"\b\d{1,2} (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))")
_ALT = re.compile(r'\balt="([^"]*)"')
_TAG = re.compile(r"<[^>]+>")
# their claims are asked by `publish.personal`, with all others
_CLAIMS = ("replay.html", "every-figure.html", "every-figure-wards.html")


def refuse_needles(site: Path, edition: Edition) -> None:
    """Raise `BuildError` if a page tells a count of persons that is hidden or rounded elsewhere.

    Read is all that stands on it but claims, the library's own charts of persons, which
    `publish.personal` reads, and figures of other sources.
    """
    needles = Needles(edition)
    faults = [
        f"{path.relative_to(site).as_posix()}: {number} in {said[:80]!r}"
        for path in sorted(site.rglob("*.html"))
        if path.name not in _CLAIMS
        for number, said in needles.on_page(path.read_text("utf-8"))
    ]
    if faults:
        listed = "".join(f"\n- {fault}" for fault in dict.fromkeys(faults[:20]))
        raise BuildError(
            f"counts of persons stand on pages as they were counted:{listed}\nShow the edition's "
            "own values, which are hidden from 1 to 7 and rounded to 5."
        )


class Needles:
    """The counts of an edition that may not be shown, each with what it is called."""

    def __init__(self, edition: Edition) -> None:
        self._of: dict[int, set[tuple[str, tuple[str, ...]]]] = defaultdict(set)
        counted, entries = gate.counted(edition), reference.entries("sources.yml")
        self._sources = [entries[source]["title"] for source in counted]
        for rows in counted.values():
            shown = protected(rows["value"])
            raw = rows[rows["value"].ne(shown) & rows["value"].gt(0)]
            for row in raw.itertuples():
                title = classification.about(row.measure)["title"].casefold()
                names = row.group.split(": ") if row.group else [edition.area_name(row.area_code)]
                self._of[int(row.value)].add((title, tuple(n.casefold() for n in names)))

    def on_page(self, html: str) -> Iterator[tuple[str, str]]:
        """The counts on a page, each with the words that it stands in."""
        if not self._of:
            return
        text = _BESIDE.sub(" ", _FIGURE.sub(self._kept, html))
        beside = _words(html).casefold()
        blocks = [*(inner for _, inner in _BLOCK.findall(text)), *_ALT.findall(text)]
        for said in map(_words, blocks):
            yield from ((number, said) for number in self.faults(said, beside))

    def _kept(self, figure: re.Match) -> str:
        """A figure, if it may be of persons and is not drawn by the library, which marks them."""
        kind, of_persons = figure.groups()
        source = _SOURCE.search(figure[0])
        others = source and not any(title in unescape(source[1]) for title in self._sources)
        return " " if others or (of_persons and kind != "table") else figure[0]

    def faults(self, text: str, beside: str) -> Iterator[str]:
        """The counts in a text that have all of their names in it, and their measure `beside`."""
        numbers = {
            int(n.replace(",", "")) for n in _NUMBER.findall(_DATE.sub(" ", PHRASES.sub(" ", text)))
        }
        text = text.casefold()
        for value in sorted(numbers & self._of.keys()):
            if value >= _LARGE or any(
                title in beside and all(name in text for name in names)
                for title, names in self._of[value]
            ):
                yield f"{value:,}"


def _words(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())
