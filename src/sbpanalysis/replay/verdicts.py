"""What is to be said of a published figure, given what the data say?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from sbpanalysis.data import classification
from sbpanalysis.errors import DataError
from sbpanalysis.replay.rules import UNCLEAR, find, is_of_persons, limits
from sbpanalysis.replay.values import Asked, Found, Window, figure, nearest, stated, twelve
from sbpanalysis.report import prose
from sbpanalysis.report.disclosure import HIDDEN

REVISED = 0.05  # between the publications held a year's total moved by up to 3.5 % (robbery)
REVISED_POINTS = 1.0

REPRODUCED = "reproduced"
ROUNDED = "reproduced, within rounding"
WITHIN = "agrees within protection"
REVISED_SINCE = "revised since"
LABEL = "label wrong"
CHANCE = "not distinguishable from chance"
ARITHMETIC = "arithmetic does not hold"
NOT_SO = "not reproduced"
NEAR = "only near figures held"
NOT_OPEN = "not open"
NO_DATA = "no data in this edition"
UNCHECKABLE = "cannot be checked as worded"
CONTEXT = "context only"
MEANINGS = {
    REPRODUCED: "the data give the figure as it was printed",
    ROUNDED: "the data give it once rounded as it was printed",
    WITHIN: "a count of people, or of what is computed from them: rounded as "
    "it is shown here it does not contradict what was printed; more cannot be said",
    REVISED_SINCE: "the police have changed their records since; the difference is given",
    LABEL: "the figure comes out, but of other months or offences than it was said to be",
    CHANCE: "a change was stated that no test supports",
    ARITHMETIC: "figures printed side by side contradict each other",
    NOT_SO: "the data give something else",
    NEAR: "only other months or a broader class can be looked at",
    NOT_OPEN: "a partner holds the data and this edition has none",
    NO_DATA: "published somewhere, but not among the files of this edition",
    UNCHECKABLE: "place, period or measure is not said, or no number is given",
    CONTEXT: "definitions, plans and money, no figure about crime",
}
KINDS = tuple(MEANINGS)
AGREE = (REPRODUCED, ROUNDED, WITHIN)
PROTECTED = "Judged on protected counts, as they are shown."


class Verdict(NamedTuple):
    """The last columns of a row of the replay."""

    computed: str = ""
    verdict: str = NO_DATA
    reason: str = ""
    window: str = ""
    data_source: str = ""
    snapshot: str = ""


class Judged(NamedTuple):
    """A kind of verdict, the words for it, and where the figure was found."""

    kind: str
    why: str
    asked: Asked
    found: Found


def verdict(claim, asked: Asked | None, other: Window | None, notes: list[dict]) -> Verdict:
    """The verdict on one claim.

    asked: where to look, None if no level of the data is what it speaks of; other: the window
    that figures of its label are really of, if not their own; notes: the rows of
    replay_notes.csv that match it.
    """
    known_as = next((n["kind"] for n in notes if n["kind"]), "")
    note = sentences(*(n["note"] for n in notes))
    if known_as in (CONTEXT, UNCHECKABLE):
        return Verdict(verdict=known_as, reason=note)
    judged = None if asked is None else _judged(claim, asked, other)
    if judged is None:
        return _without_data(known_as, next((n["who"] for n in notes if n["who"]), ""), note)
    if known_as in (ARITHMETIC, LABEL):
        judged = judged._replace(kind=known_as, why=sentences(note, judged.why))
    elif judged.kind not in AGREE:
        judged = judged._replace(why=sentences(judged.why, note))
    return _shown(claim, judged)


def _without_data(known_as: str, who: str, note: str) -> Verdict:
    if known_as in (ARITHMETIC, LABEL):
        return Verdict(verdict=known_as, reason=note)
    if known_as == NOT_OPEN:
        return Verdict(
            verdict=f"{NOT_OPEN}, held by {who}",
            reason=sentences(note, "No file of theirs in this edition gives it."),
        )
    published = f"Published by {who}." if who else ""
    return Verdict(reason=sentences(note, published, "No file of this edition gives it."))


def _judged(claim, asked: Asked, other: Window | None) -> Judged | None:
    """As the label says, else as it would be right: of another window, or of something near."""
    found = _found(asked)
    if found is None:
        return _nearby(claim, asked, other)
    judged = Judged(*_compared(claim, asked, found), asked, found)
    if judged.kind in AGREE:
        return judged
    if claim.period == "not stated":
        return _in_any_window(claim, asked) or judged
    moved = other and asked.window == stated(claim.period) and _relabelled(claim, judged, other)
    return moved or judged


def _found(asked: Asked) -> Found | None:
    try:
        return find(asked)
    except DataError:  # a history too short to test, or broken
        return None


def _in_any_window(claim, asked: Asked) -> Judged | None:
    """A figure without a period is reproduced if any year near the section's gives it."""
    for window in near_years(asked.window):
        tried = replace(asked, window=window)
        if found := _found(tried):
            judged = Judged(*_compared(claim, tried, found), tried, found)
            if judged.kind in AGREE:
                return judged
    return None


def near_years(window: Window) -> list[Window]:
    """The last financial and the last calendar year that end with a year's window or before.

    >>> [w.words for w in near_years(twelve("2018-09"))]
    ['the financial year 2017/18', 'the year 2017']
    """
    if window.length != 12:
        return []
    ends = pd.period_range(end=window.last, periods=12, freq="M")
    years = [twelve(end) for month in (3, 12) for end in ends if end.month == month]
    return [year for year in years if year != window]


def _nearby(claim, asked: Asked, other: Window | None) -> Judged | None:
    """The same figure for other months, or of a broader measure; with words that say so."""
    measure = asked.measure
    while measure:
        known = asked.known(measure=measure) if " - " not in measure else None
        windows = [asked.window, other, known and nearest(known, asked.window)]
        for window in filter(None, windows if known else ()):
            tried = replace(asked, measure=measure, window=window)
            if (found := _found(tried)) is None:
                continue
            if measure == asked.measure and claim.period == "not stated":
                return Judged(*_compared(claim, tried, found), tried, found)
            broader = (
                "" if measure == asked.measure else f"of {known.title.lower()}, a broader class,"
            )
            months = "" if window == asked.window else f"for {window.words}"
            agrees = _compared(claim, tried, found)[0] in AGREE
            word = "It agrees" if agrees else "It differs"
            why = f"Held only {' '.join(filter(None, (broader, months))).rstrip(',')}."
            why = sentences(why, f"{word}: {found.said or number(claim, found)}.")
            return Judged(NEAR, why, tried, found)
        measure = classification.about(measure)["stand_in"]
    return None


def _compared(claim, asked: Asked, found: Found) -> tuple[str, str]:
    """The kind of verdict on what was found, and the words for it.

    Of persons all is judged on what may be shown of them: a verdict on more would tell it.
    """
    if is_of_persons(asked):
        return _within(claim, asked, found)
    if found.agrees:
        return REPRODUCED, ""
    revisable = not asked.held.edition.is_sample
    reason = f"{found.said}." if found.said else ""
    if found.agrees is None:
        if equal := same(claim, found):
            return equal, ""
        near, by = _gap(claim, found.value)
        if near and revisable:
            return REVISED_SINCE, sentences(f"By {by}.", reason)
        return NOT_SO, sentences(f"The data give {number(claim, found)}, {by}.", reason)
    if found.value == UNCLEAR:
        return CHANCE, sentences(reason)
    if found.gap is not None and found.gap <= REVISED and revisable:
        return REVISED_SINCE, sentences(reason)
    return NOT_SO, f"The data give: {found.said or found.value}."


def _within(claim, asked: Asked, found: Found) -> tuple[str, str]:
    """As `_compared`, of persons: whether protected counts leave the published figure possible."""
    ends = limits(asked)
    agrees = same(claim, found) if found.agrees is None else found.agrees
    if agrees if ends is None else _is_possible(claim, ends):
        return WITHIN, ""
    if found.value == UNCLEAR:
        return CHANCE, sentences(PROTECTED, found.said and f"{found.said}.")
    shown = found.said if found.agrees is not None and found.said else number(claim, found)
    return NOT_SO, sentences(f"The data give: {shown}.", PROTECTED)


def _is_possible(claim, ends: tuple[float, float]) -> bool:
    low, high = ends
    published, half = float(claim.value), 0.5 * 10 ** -_digits(claim)
    if claim.statistic.endswith("at_least"):
        return high >= published
    if claim.statistic.endswith("less_than"):
        return low < published
    # a share or mean was rounded when it was printed, a count was not
    half = 0 if "count" in claim.statistic else half
    return low - half <= published <= high + half


def same(claim, found: Found) -> str:
    """Whether a number is the published one, as it stands or when it is rounded like it."""
    if abs(found.value - float(claim.value)) < 1e-9:
        return REPRODUCED
    rounded = prose.number(found.value, _digits(claim)).replace(",", "")
    return ROUNDED if rounded != "not available" and float(rounded) == float(claim.value) else ""


def _gap(claim, value: float) -> tuple[bool, str]:
    """Whether a number is as near as revisions bring it, and by how much it differs, in words."""
    published = float(claim.value)
    gap = value - published
    sign = "+" if gap > 0 else "-"
    if claim.unit.startswith("percent"):
        return abs(gap) <= REVISED_POINTS, f"{sign}{abs(gap):.2f} points"
    share = abs(gap / published) if published else math.inf
    return share <= REVISED, f"{sign}{figure(abs(gap))} ({sign}{100 * share:.1f}%)"


def _relabelled(claim, judged: Judged, other: Window) -> Judged | None:
    """The verdict that a figure is one of another window, if it fits that and not its label."""
    moved = replace(judged.asked, window=other)
    there = _found(moved)
    if there is None:
        return None
    kind, rest = _compared(claim, moved, there)
    if kind == NOT_SO or (there.agrees is None and not _is_nearer(claim, there, judged.found)):
        return None
    here = judged.found.said if judged.found.agrees is not None else number(claim, judged.found)
    why = f"It is the figure of {other.words}; {judged.asked.window.words} gives {here}."
    return Judged(LABEL, sentences(why, rest and f"Revised since: {rest}"), moved, there)


def _is_nearer(claim, one: Found, than: Found) -> bool:
    published = float(claim.value)
    return abs(one.value - published) < abs(than.value - published)


def _shown(claim, judged: Judged) -> Verdict:
    kind, why, asked, found = judged
    level = "borough" if claim.statistic == "mean_per_borough" else ""
    known = asked.known(measure=asked.measure.partition(" - ")[0], level=level)
    value = found.value
    if isinstance(value, float) and math.isnan(value):
        value = HIDDEN
    computed = value if isinstance(value, str) else number(claim, found).replace(",", "")
    sources = "; ".join(known.sources) if known else ""
    named = asked.held.edition.named(known.snapshots) if known else ()
    snapshots = "; ".join(name[:12] for name in named)
    return Verdict(computed, kind, why, asked.window.words, sources, snapshots)


def _digits(claim) -> int:
    return len(claim.value.partition(".")[2])


def number(claim, found: Found) -> str:
    """A number with two decimals more than the published one has, trailing zeros cut."""
    if isinstance(found.value, str):
        return found.value
    if math.isnan(found.value):
        return HIDDEN
    digits = _digits(claim) if claim.value[-1:].isdigit() else 0
    text = prose.number(found.value, digits + 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def sentences(*parts: str) -> str:
    """Parts that are there, each with a capital first letter."""
    return " ".join(prose.sentence_case(part) for part in parts if part)
