"""Does any part of a site show a count of people that is not protected? Read before release."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from sbpanalysis.data import reference
from sbpanalysis.publish.released import rows_of, words
from sbpanalysis.report import disclosure

_FIGURE = re.compile(r'<figure class="exhibit ([a-z]+) persons"[^>]*>(.*?)</figure>', re.DOTALL)
_ALT = re.compile(r'\balt="([^"]*)"')
_WORDS = re.compile(r'<p class="(?:finding|subtitle)">(.*?)</p>', re.DOTALL)
_FILE = re.compile(r'(?:href|src)="((?:\.\./)*(?:downloads|_images)/[^"]+)"')
_TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
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
        # the numbers on a map are ranks, those beside a line are ticks of its axis
        elif kind == "bar":
            for label in _TEXT.findall(path.read_text("utf-8")):
                held = disclosure.faults_in_text(words(label))
                yield from (f"{path.name}: {fault}" for fault in held)


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
