"""Does each published figure come out of an edition's data, and if not, why not?"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from dataclasses import replace
from fnmatch import fnmatchcase

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.report.disclosure import HIDDEN
from sbpanalysis.report.replay_rules import find
from sbpanalysis.report.replay_values import Asked, Held, Window, stated, twelve
from sbpanalysis.report.replay_verdicts import KINDS, Verdict, near_years, verdict
from sbpanalysis.report.tables import defused

_LEVELS = {"borough": "borough", "ward": "ward", "ward_group": "ward", "region": "region",
           "country": "country"}  # fmt: skip
_COUNTS = ("count", "rolling12_count", "mean_per_borough")
_NAMED = ("min_month", "max_month", "largest_category")
_OF_PERSONS = ("people", "victims", "referrals")
# A whole number of 1 to 7 that stands alone: no part of a date, range, code or decimal
_SMALL = re.compile(r"(?<![\w./-])(?<!table )[1-7](?![\w./-]*\d)(?!\w)")
WITHHELD = "The published figure is a count of 1 to 7 persons and is withheld."


def claims() -> pd.DataFrame:
    """The published figures of the 2018 assessment, as data/reference transcribes them."""
    return reference.table("claims.csv")


def subject(published: pd.DataFrame) -> str:
    """The borough that most of the claims are about."""
    return published.loc[published["geography_type"] == "borough", "geography"].mode()[0]


def replay(edition, published: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each published figure beside what the edition's data give, with a verdict in plain words.

    published: the columns of data/reference/claims.csv, all text; by default that table. A
    figure is judged on values as they are; what is shown of persons is protected, and of
    published counts of persons those of 1 to 7 are hidden.

    Returns a row a claim, all text: the columns of `published`, then `computed, verdict,
    reason, window, data_source, snapshot`.
    """
    published = claims() if published is None else published
    held = Held(edition)
    table = reference.table("replay_notes.csv").to_dict("records")
    rows = list(published.itertuples())
    notes = {c.id: _matching(c.id, table) for c in rows}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SbpWarning)  # the verdict itself tempers the figure
        asked = {c.id: _asked(held, c, published, notes[c.id]) for c in rows}
        other = labels(published, asked)
        told = [verdict(c, asked[c.id], other.get((c.source, c.period)), notes[c.id]) for c in rows]
    columns = pd.DataFrame(told, columns=Verdict._fields)
    return _hidden(pd.concat([published.reset_index(drop=True), columns], axis=1))


def as_csv(replayed: pd.DataFrame) -> str:
    """A replay as CSV: numbers as they are, other text so that no spreadsheet runs it."""
    number = re.compile(r"[+-]?\d+(\.\d+)?")
    safe = replayed.map(lambda text: text if number.fullmatch(text) else defused(text))
    return safe.to_csv(index=False, lineterminator="\n")


def counts(replayed: pd.DataFrame) -> pd.Series:
    """How many claims have each kind of verdict, in the order of `KINDS`; none are left out."""
    found = Counter(map(kind, replayed["verdict"]))
    return pd.Series({name: found[name] for name in KINDS if found[name]}, dtype=int)


def kind(told: str) -> str:
    """The kind that a verdict is of.

    >>> kind("not open, held by the council")
    'not open'
    """
    return max((name for name in KINDS if told.startswith(name)), key=len)


def _hidden(rows: pd.DataFrame) -> pd.DataFrame:
    """Without published counts of 1 to 7 persons, in `value` and in what the notes say."""
    persons = rows["unit"].isin(_OF_PERSONS)
    number = pd.to_numeric(rows["value"], errors="coerce").abs()
    small = persons & rows["statistic"].str.contains("count") & number.between(1, 7)
    rows.loc[small, "value"] = HIDDEN
    rows.loc[small, "reason"] = (rows.loc[small, "reason"] + " " + WITHHELD).str.strip()
    # Of how many persons an event is may stand in the note on the events
    said = persons | rows["unit"].eq("sentences")
    rows.loc[said, "note"] = rows.loc[said, "note"].str.replace(_SMALL, HIDDEN, regex=True)
    return rows


def _matching(identity: str, table: list[dict]) -> list[dict]:
    return [row for row in table if any(fnmatchcase(identity, p) for p in row["claims"].split())]


def _first(notes: list[dict], key: str) -> str:
    return next((note[key] for note in notes if note[key]), "")


def _asked(held: Held, claim, published: pd.DataFrame, notes: list[dict]) -> Asked | None:
    """Where to look for a claim; None where no level of the data is what it speaks of."""
    level = _LEVELS.get(claim.geography_type)
    if level is None:
        return None
    own = held.edition.sections.get(claim.section, {}).get("end", held.edition.period_end)
    window = stated(_first(notes, "period") or claim.period) or twelve(own)
    asked = Asked(
        held=held,
        statistic=claim.statistic,
        value=claim.value,
        unit=claim.unit,
        measure=_first(notes, "measure") or claim.measure,
        level=level,
        places=tuple(claim.geography.split("; ")),
        window=window,
        group=_first(notes, "group"),
        of=_first(notes, "of"),
        named=_named(claim, published),
    )
    if window.in_years and (known := asked.known()) and window.first <= known.last < window.last:
        return replace(asked, window=replace(window, last=known.last))
    return asked


def _named(claim, published: pd.DataFrame) -> tuple[str, ...]:
    """What the text names for one place, itself included: two months can both be the lowest."""
    if claim.statistic not in _NAMED:
        return (claim.value,)
    same = ["section", "geography", "measure", "statistic", "period"]
    rows = published[(published[same] == [getattr(claim, key) for key in same]).all(axis=1)]
    return tuple(value for text in rows["value"] for value in text.split("; "))


def labels(published: pd.DataFrame, asked: dict[str, Asked | None]) -> dict[tuple, Window]:
    """The windows that figures of one source and label are really of, where not of their own.

    Figures printed together under one label are of one window. Another than the label's is
    taken if the mean distance of all of them from it is less than half of that from the label's.

    Returns windows by (source, period).
    """
    found = {}
    rows = published[published["statistic"].isin(_COUNTS)]
    for key, group in rows.groupby(["source", "period"]):
        window = stated(key[1])
        known = [asked[identity] for identity in group["id"] if asked[identity]]
        others = near_years(window) if window and known else []
        misfits = {w: _misfit(known, w) for w in others}
        best = min(misfits, key=misfits.get, default=None)
        if best and misfits[best] < _misfit(known, window) / 2:
            found[key] = best
    return found


def _misfit(asked: list[Asked], window: Window) -> float:
    """The mean relative distance of published figures from those of a window."""
    gaps = []
    for one in asked:
        try:
            found = find(replace(one, window=window))
        except DataError:
            continue
        if found and float(one.value):
            gaps.append(abs(found.value / float(one.value) - 1))
    return sum(gaps) / len(gaps) if gaps else math.inf
