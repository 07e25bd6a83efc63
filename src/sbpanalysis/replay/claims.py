"""Does each published figure come out of an edition's data, and if not, why not?"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from dataclasses import replace
from fnmatch import fnmatchcase

import pandas as pd

from sbpanalysis.data import editions, reference
from sbpanalysis.data.select import protected
from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.paths import root
from sbpanalysis.replay.rules import find, is_of_persons
from sbpanalysis.replay.values import Asked, Held, Window, stated, twelve
from sbpanalysis.replay.verdicts import KINDS, Verdict, near_years, verdict
from sbpanalysis.report.cells import defused
from sbpanalysis.report.disclosure import HIDDEN
from sbpanalysis.report.edition import Edition

_LEVELS = {
    "borough": "borough",
    "ward": "ward",
    "ward_group": "ward",
    "region": "region",
    "country": "country",
}
_COUNTS = ("count", "rolling12_count", "mean_per_borough")
_NAMED = ("min_month", "max_month", "largest_category")
_OF_PERSONS = ("people", "victims", "referrals", "sentences")
WITHHELD = "The published figure is of 1 to 7 persons and is withheld."
NOTE_WITHHELD = "A note on persons that holds numbers is not shown."
PUBLISHED = "assessments/bromley-2018"
SECTIONS = r"1\.3|3\.2|4\.\d"


def claims() -> pd.DataFrame:
    """The published figures of the 2018 assessment, as they were transcribed."""
    return reference.table(f"{PUBLISHED}/claims.csv")


def subject(published: pd.DataFrame) -> str:
    """The borough that most of the claims are about."""
    return published.loc[published["geography_type"] == "borough", "geography"].mode()[0]


def replay(edition, published: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each published figure beside what the edition's data give, with a verdict in plain words.

    published: the columns of its claims.csv, all text; by default that table. What is
    computed of persons is protected before it is judged, and what was published of them is
    protected before it is shown, so that a verdict tells no more than the pages do.

    Returns a row a claim, all text: the columns of `published`, then `computed, verdict,
    reason, window, data_source, snapshot`.
    """
    published = claims() if published is None else published
    held = Held(edition)
    table = reference.table(f"{PUBLISHED}/replay_notes.csv").to_dict("records")
    rows = list(published.itertuples())
    notes = {c.id: _matching(c.id, table) for c in rows}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SbpWarning)  # the verdict itself tempers the figure
        asked = {c.id: _asked(held, c, published, notes[c.id]) for c in rows}
        other = labels(published, asked)
        verdicts = [
            verdict(c, asked[c.id], other.get((c.source, c.period)), notes[c.id]) for c in rows
        ]
    columns = pd.DataFrame(verdicts, columns=Verdict._fields)
    persons = [_counts_persons(c, asked[c.id]) for c in rows]
    return _hidden(pd.concat([published.reset_index(drop=True), columns], axis=1), persons)


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


def _counts_persons(claim, asked: Asked | None) -> bool:
    if claim.measure == "population":
        return False
    return claim.unit in _OF_PERSONS or bool(asked and is_of_persons(asked))


def _hidden(rows: pd.DataFrame, persons: list[bool]) -> pd.DataFrame:
    """The rows, of `persons` with published numbers protected and without notes that count."""
    of = pd.Series(persons, rows.index)
    for at in rows.index[of]:
        claim = rows.loc[at]
        rows.loc[at, "value"] = shown = _protected(claim)
        if shown == HIDDEN:
            rows.loc[at, "reason"] = f"{claim['reason']} {WITHHELD}".strip()
    rows.loc[of & rows["note"].str.contains(r"\d"), "note"] = NOTE_WITHHELD
    return rows


def _protected(claim: pd.Series) -> str:
    """A published number of persons as it may be shown; words, months and ranks as they are."""
    number = pd.to_numeric(claim["value"], errors="coerce")
    percent = claim["unit"].startswith("percent")
    if pd.isna(number) or claim["statistic"].startswith("rank"):
        return claim["value"]
    if percent and claim["computed"] == HIDDEN:
        return HIDDEN
    least = 5.0 * math.floor(abs(number) / 5 + 0.5) if percent else _count(abs(number))
    return HIDDEN if math.isnan(least) else f"{math.copysign(least, number) + 0:.0f}"


def _count(number: float) -> float:
    return float(protected(pd.Series([number])).iloc[0])


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
        if found and not math.isnan(found.value) and float(one.value):
            gaps.append(abs(found.value / float(one.value) - 1))
    return sum(gaps) / len(gaps) if gaps else math.inf


def of_same(edition: Edition) -> list[Edition]:
    """The editions that have this one's area and last month, from whatever data are at hand.

    This edition is among them; those whose files are not here are left out.
    """
    found = []
    for name in editions.names(root()):
        try:
            other = Edition.open(name, data=edition.folder)
        except DataError:
            continue
        same = (edition.area, edition.period_end, edition.is_sample)
        if (other.area, other.period_end, other.is_sample) == same:
            found.append(other)
    return found


def vintages(compared: list[Edition], published: pd.DataFrame | None = None) -> pd.DataFrame:
    """The printed numbers of offences beside what each edition gives, and its verdict.

    compared: of one area and last month, on files published at different times; published: as
    for `replay`, of which the numbers of sections 1.3, 3.2 and 4 are taken.

    Returns a row a claim: `id, section, geography, measure, period, published`, then for each
    edition its name (what it gives, in the months of the verdict) and "<name> verdict".
    """
    published = claims() if published is None else published
    wanted = published["section"].str.fullmatch(SECTIONS) & published["statistic"].isin(_COUNTS)
    chosen = published[wanted & published["measure"].ne("population")]
    columns = ["id", "section", "geography", "measure", "period"]
    out = chosen[columns].assign(published=chosen["value"]).reset_index(drop=True)
    for edition in compared:
        verdicts = replay(edition, chosen)
        out[edition.name] = verdicts["computed"]
        out[f"{edition.name} verdict"] = verdicts["verdict"]
    return out
