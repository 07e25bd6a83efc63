"""May this be shown? Counts of persons are hidden from 1 to 7 and rounded to 5, everywhere.

Values come protected out of the edition (data/select.py); here they are written, and what has been
written is read again, as a last gate before a site is released.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from sbpanalysis.report import prose

HIDDEN = "[c]"  # the Government Analysis Function's symbol for a value that is confidential
NOTE = (
    f"Numbers of people are rounded to the nearest 5; {HIDDEN} stands for 1 to 7, or for a number "
    "by which such a one could be worked out."
)
AS_PUBLISHED = "Figures of people as their publisher shows them to everybody, not rounded here."
SAID = "a number that is not shown"
# what a header, row label or unit says where its numbers are not counts of people
_NO_COUNT = re.compile(
    r"%|percent|rate|share|mean|rank|change|ratio|index|limit|lower|upper|interval|per \d",
    re.IGNORECASE,
)
# phrases whose numbers are no counts: dates, ages, places in an order, sizes of groups of areas
PHRASES = re.compile(
    r"\b(?:19|20)\d\d(?:/\d\d)?\b|\b\d+(?:st|nd|rd|th)\b|\d[\d,]*\.\d+|\d+(?:\.\d+)?\s?%"
    r"|\b(?:aged? )?\d+ to \d+\b|\baged \d+\b|nearest 5|\bper [\d,]+|\b\d+:\d\d\b"
    r"|\b(?:mean|average)\b[^.;]*"
    r"|\b\d+ (?:of \d+ )?(?:London )?"
    r"(?:borough|ward|area|month|year|point|kind|group|substance|type|period)s?\b",
    re.IGNORECASE,
)
_INTEGER = re.compile(r"(?<![\w.#-])\d[\d,]*(?![\w]|\.\d)")


def notes(attrs: dict) -> tuple[str, ...]:
    """What stands under a figure of people: how they are protected, or that they are not."""
    if attrs.get("persons"):
        return (NOTE,)
    return (AS_PUBLISHED,) if attrs.get("as_published") else ()


def text_of(value: float, digits: int = 0) -> str:
    """A number, or the symbol where it is hidden.

    >>> text_of(15.0), text_of(float("nan"))
    ('15', '[c]')
    """
    return HIDDEN if pd.isna(value) else prose.number(value, digits)


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of protected counts with the symbol in place of what is hidden.

    >>> shown(pd.DataFrame({"People": [3025.0, float("nan")]}))["People"].tolist()
    [3025, '[c]']
    """
    out = frame.copy()
    for column in out.columns[out.isna().any()]:
        known = out[column].dropna()
        if all(not isinstance(v, str) and v == round(v) for v in known):
            known = known.astype("int64")
        out[column] = known.astype(object).reindex(out.index, fill_value=HIDDEN)
    return out


def are_counts(column: pd.Series) -> bool:
    """Whether a column is one of numbers with hidden ones among them."""
    texts = {v for v in column if isinstance(v, str)}
    return texts == {HIDDEN}


def is_protected(count: float) -> bool:
    """Whether a count of persons may stand: none, or 8 and more to the nearest 5."""
    return count == 0 or (count >= 8 and count % 5 == 0)


def faults_in_text(text: str) -> Iterator[str]:
    """The counts in a sentence, alternative text or label that are not protected.

    >>> list(faults_in_text("Bromley Town had the most of 22 wards, 13 in 2018"))
    ['13']
    """
    for number in _INTEGER.findall(PHRASES.sub(" ", text)):
        if not is_protected(int(number.replace(",", ""))):
            yield number


def faults_in_table(rows: list[list[str]]) -> Iterator[str]:
    """The counts in a table, its header first, that are not protected."""
    header, *body = rows or [[]]
    for row in body:
        if _NO_COUNT.search(row[0]):
            continue
        for name, cell in zip(header[1:], row[1:], strict=True):
            number = cell.replace(",", "")
            if _NO_COUNT.search(name) or not re.fullmatch(r"\d+(?:\.\d+)?", number):
                continue
            if not is_protected(float(number)):
                yield f"{row[0]}, {name}: {cell}"
