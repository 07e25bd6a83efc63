"""Does each published figure come out of an edition's data, and if not, why not?"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import NamedTuple

import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.periods import month
from sbpanalysis.report import prose
from sbpanalysis.report.replay_rules import UNCLEAR, Asked, Found, find
from sbpanalysis.report.replay_values import Held, Window, nearest, stated, twelve

HIDDEN = "[c]"  # the Government Analysis Function's symbol for a value that is confidential
# Between the publications held, a year's total was revised by up to 3.5 % (robbery)
REVISED = 0.05
NEAR_POINTS = 1.0

REPRODUCED = "reproduced"
ROUNDED = "reproduced, within rounding"
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
KINDS = (
    REPRODUCED, ROUNDED, REVISED_SINCE, LABEL, CHANCE, ARITHMETIC, NOT_SO, NEAR, NOT_OPEN,
    NO_DATA, UNCHECKABLE, CONTEXT,
)  # fmt: skip

_LEVELS = {"borough": "borough", "ward": "ward", "ward_group": "ward", "region": "region",
           "country": "country"}  # fmt: skip
_COUNTS = ("count", "rolling12_count", "mean_per_borough")
_SMALL = re.compile(r"(?<![\w./-])(?<!table )[1-7](?![\w./-]*\d)(?!\w)")
_NAMED = ("min_month", "max_month", "largest_category")


class Verdict(NamedTuple):
    """The last columns of a row of the replay."""

    computed: str = ""
    verdict: str = NO_DATA
    reason: str = ""
    window: str = ""
    data_source: str = ""
    snapshot: str = ""


def replay(edition, claims: pd.DataFrame) -> pd.DataFrame:
    """Each published figure beside what the edition's data give, with a verdict in plain words.

    claims: the columns of data/reference/claims.csv, all text. A figure is judged on values as
    they are; shown are protected ones, and of published counts of persons those of 1 to 7 not.

    Returns a row a claim: the columns of `claims`, then `computed, verdict, reason, window,
    data_source, snapshot`, all text.
    """
    held = Held(edition)
    notes = reference.table("replay_notes.csv").to_dict("records")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SbpWarning)  # the verdict itself tempers the figure
        asked = {c.id: _asked(held, c, claims, _noted(c.id, notes)) for c in claims.itertuples()}
        others = _labels(claims, asked)
        rows = [
            _verdict(c, asked[c.id], others.get((c.source, c.period)), _noted(c.id, notes))
            for c in claims.itertuples()
        ]
    out = pd.concat([claims.reset_index(drop=True), pd.DataFrame(rows)], axis=1)
    personal = [_personal(c) for c in claims.itertuples()]
    small = [p and _is_small(c) for p, c in zip(personal, claims.itertuples(), strict=True)]
    out.loc[small, "value"] = HIDDEN
    withheld = "The published figure is a count of 1 to 7 persons and is withheld."
    out.loc[small, "reason"] = [f"{text} {withheld}".strip() for text in out.loc[small, "reason"]]
    out.loc[personal, "note"] = [_SMALL.sub(HIDDEN, t) for t in out.loc[personal, "note"]]
    return out


def counts(replayed: pd.DataFrame) -> pd.Series:
    """How many claims have each kind of verdict, in the order of `KINDS`."""
    found = Counter(kind(v) for v in replayed["verdict"])
    return pd.Series({k: found[k] for k in KINDS if found[k]}, dtype=int)


def kind(verdict: str) -> str:
    """The kind that a verdict is of.

    >>> kind("not open, held by the council")
    'not open'
    """
    return max((k for k in KINDS if verdict.startswith(k)), key=len)


def _personal(claim) -> bool:
    about = classification.about(claim.measure)
    return claim.unit in ("people", "victims", "sentences") or about["counts"] == "persons"


def _is_small(claim) -> bool:
    counted = "count" in claim.statistic and claim.unit != "sentences"
    return counted and 1 <= abs(float(claim.value)) <= 7


def _noted(identity: str, notes: list[dict]) -> list[dict]:
    return [n for n in notes if any(fnmatchcase(identity, p) for p in n["claims"].split())]


def _first(notes: list[dict], key: str) -> str:
    return next((n[key] for n in notes if n[key]), "")


def _asked(held: Held, claim, claims: pd.DataFrame, notes: list[dict]) -> Asked | None:
    """Where to look for a claim; None where no level of the data is what it speaks of."""
    level = _LEVELS.get(claim.geography_type)
    if level is None or claim.geography.startswith("London excluding"):
        return None
    own = held.edition.sections.get(claim.section, {}).get("end", held.edition.period_end)
    window = stated(_first(notes, "period") or claim.period) or twelve(month(own))
    measure = _first(notes, "measure") or claim.measure
    asked = Asked(
        held, claim.statistic, claim.value, claim.unit, measure, level,
        tuple(claim.geography.split("; ")), window, _first(notes, "group"), _first(notes, "of"),
        _namesakes(claim, claims),
    )  # fmt: skip
    known = asked.known(level="borough" if claim.statistic == "mean_per_borough" else level)
    if window.in_years and known and window.first <= known.last < window.last:
        asked = replace(asked, window=replace(window, last=known.last))
    return asked


def _namesakes(claim, claims: pd.DataFrame) -> tuple[str, ...]:
    """What the text names for one place, itself included: two months can both be the lowest."""
    if claim.statistic not in _NAMED:
        return (claim.value,)
    same = ["section", "geography", "measure", "statistic", "period"]
    rows = claims[(claims[same] == [getattr(claim, key) for key in same]).all(axis=1)]
    return tuple(value for text in rows["value"] for value in text.split("; "))


def _others(window: Window) -> list[Window]:
    """The last financial and the last calendar year that end with a 12-month window or before."""
    if window.length != 12:
        return []
    ends = [
        pd.Period(year=window.last.year - y, month=m, freq="M") for y in (0, 1) for m in (3, 12)
    ]
    financial, calendar = (
        max(e for e in ends if e.month == m and e <= window.last) for m in (3, 12)
    )
    return [w for w in (twelve(financial), twelve(calendar)) if w != window]


def _labels(claims: pd.DataFrame, asked: dict[str, Asked | None]) -> dict[tuple, Window]:
    """The windows that figures of one source and label are really of, where not of their own.

    Another window must fit all of them together at least twice as well as the label's.
    """
    found = {}
    rows = claims[claims["statistic"].isin(_COUNTS)]
    for key, group in rows.groupby(["source", "period"]):
        known = [a for a in (asked[i] for i in group["id"]) if a is not None]
        if not known or stated(key[1]) is None:
            continue
        own = stated(key[1])
        fits = {w: _misfit(known, w) for w in [own, *_others(own)]}
        best = min(fits, key=fits.get)
        if fits[best] < fits[own] / 2 and math.isfinite(fits[own]):
            found[key] = best
    return found


def _misfit(asked: list[Asked], window: Window) -> float:
    """The mean relative distance of the published figures from those of a window."""
    pairs = [(find(replace(a, window=window)), float(a.value)) for a in asked]
    gaps = [abs(f.value / value - 1) for f, value in pairs if f and value]
    return sum(gaps) / len(gaps) if gaps else math.inf


def _verdict(claim, asked: Asked | None, other: Window | None, notes: list[dict]) -> Verdict:
    said = _first([n for n in notes if n["kind"]], "kind")
    note = " ".join(n["note"] for n in notes if n["note"])
    who = _first(notes, "who")
    if said in (CONTEXT, UNCHECKABLE):
        return Verdict(verdict=said, reason=note)
    found = asked and _safely(asked)
    near = ""
    if asked is not None and not found:
        asked, found, near = _nearby(asked, other)
    if not found:
        if said in (ARITHMETIC, LABEL):
            return Verdict(verdict=said, reason=note)
        if said == NOT_OPEN:
            return Verdict(
                verdict=f"{NOT_OPEN}, held by {who}",
                reason=note or "No file of theirs is in this edition.",
            )
        return Verdict(
            reason=_sentences(
                note, f"Published by {who}." if who else "", "No file of this edition holds it."
            )
        )
    told, why = _judged(claim, asked, found, near)
    if (
        other
        and not near
        and not told.startswith(REPRODUCED)
        and asked.window == stated(claim.period)
    ):
        told, why, asked, found = _relabelled(claim, asked, found, other, told, why)
    if said in (ARITHMETIC, LABEL):
        why, told = _sentences(note, why), said
    elif not told.startswith(REPRODUCED):
        why = _sentences(why, note)
    return _shown(claim, asked, found, told, why)


def _safely(asked: Asked) -> Found | None:
    try:
        return find(asked)
    except DataError:
        return None


def _nearby(asked: Asked, other: Window | None) -> tuple[Asked, Found | None, str]:
    """The same figure for other months, or of a broader measure; with words that say so."""
    measure = asked.measure
    while measure:
        known = asked.known(measure=measure)
        tried = replace(asked, measure=measure)
        windows = [asked.window, *([other] if other else [])]
        if known is not None and (near := nearest(asked.held, known, asked.window)):
            windows.append(near)
        for window in windows if known is not None else ():
            if found := _safely(replace(tried, window=window)):
                parts = (
                    []
                    if measure == asked.measure
                    else [f"of {known.title.lower()}, which is broader"]
                )
                parts += [] if window == asked.window else [f"for {window.words}"]
                return replace(tried, window=window), found, f"Held only {' and '.join(parts)}."
        measure = classification.about(measure)["stand_in"]
    return asked, None, ""


def _judged(claim, asked: Asked, found: Found, near: str) -> tuple[str, str]:
    """The kind of verdict on what was found, and the words for it."""
    if near:
        agrees = found.agrees if found.agrees is not None else bool(_same(claim, found))
        word = "It agrees" if agrees else "It differs"
        return NEAR, _sentences(near, f"{word}: {found.said or _number(claim, found)}.")
    if found.agrees is None and (same := _same(claim, found)):
        return same, ""
    if found.agrees:
        return REPRODUCED, ""
    if found.value == UNCLEAR:
        return CHANCE, _sentences(f"{found.said}.")
    sample = asked.held.edition.is_sample
    if found.gap is not None and found.gap <= REVISED and not sample:
        return REVISED_SINCE, _sentences(f"{found.said}.")
    if found.agrees is None:
        gap, words = _gap(claim, found)
        if gap and not sample:
            return REVISED_SINCE, _sentences(f"By {words}.", found.said and f"{found.said}.")
        return NOT_SO, _sentences(
            f"The data give {_number(claim, found)}, {words}.", found.said and f"{found.said}."
        )
    return NOT_SO, _sentences(f"The data give: {found.said or found.value}.")


def _same(claim, found: Found) -> str:
    """Whether a number is the published one, as it stands or when it is rounded like it."""
    digits = len(claim.value.partition(".")[2])
    published = float(claim.value)
    if abs(found.value - published) < 1e-9:
        return REPRODUCED
    rounded = prose.number(found.value, digits).replace(",", "")
    return ROUNDED if float(rounded) == published else ""


def _gap(claim, found: Found) -> tuple[bool, str]:
    """Whether a number is as near as revisions bring it, and by how much it differs, in words."""
    published = float(claim.value)
    gap = found.value - published
    sign = "+" if gap > 0 else "-"
    if claim.unit.startswith("percent"):
        return abs(gap) <= NEAR_POINTS, f"{sign}{abs(gap):.1f} points"
    share = abs(gap / published) if published else math.inf
    return share <= REVISED, f"{sign}{prose.number(abs(gap))} ({sign}{100 * share:.1f}%)"


def _relabelled(claim, asked, found, other: Window, told: str, why: str):
    """The verdict if the figure is one of another window than its label says."""
    moved = replace(asked, window=other)
    there = _safely(moved)
    if not there:
        return told, why, asked, found
    verdict, rest = _judged(claim, moved, there, "")
    nearer = there.agrees or (
        there.agrees is None
        and abs(there.value - float(claim.value)) < abs(found.value - float(claim.value))
    )
    if verdict == NOT_SO or not nearer:
        return told, why, asked, found
    own = found.said if found.agrees is not None else _number(claim, found)
    reason = f"It is the figure of {other.words}; {asked.window.words} gives {own}."
    return LABEL, _sentences(reason, f"Revised since: {rest}" if rest else ""), moved, there


def _shown(claim, asked: Asked, found: Found, told: str, why: str) -> Verdict:
    """The row as it may leave the library: of persons only what stays when they are protected."""
    known = asked.known(level="borough" if claim.statistic == "mean_per_borough" else "")
    if known is not None and (known.persons or _personal(claim)):
        shielded = _safely(replace(asked, held=replace(asked.held, shield=True)))
        if not told.startswith(REPRODUCED):
            why = "Computed from protected counts; the comparison was made before protecting."
        found = shielded or Found(HIDDEN)
    value = found.value
    computed = (
        value if isinstance(value, str) else HIDDEN if math.isnan(value) else _number(claim, found)
    )
    sources = "; ".join(known.sources) if known else ""
    snapshots = "; ".join(s[:12] for s in known.snapshots) if known else ""
    return Verdict(computed.replace(",", ""), told, why, asked.window.words, sources, snapshots)


def _number(claim, found: Found) -> str:
    """A number with two decimals more than the published one has, trailing zeros cut."""
    if isinstance(found.value, str):
        return found.value
    digits = len(claim.value.partition(".")[2]) if claim.value[-1:].isdigit() else 0
    text = prose.number(found.value, digits + 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sentences(*parts: str) -> str:
    return " ".join(prose.sentence_case(part) for part in parts if part)
