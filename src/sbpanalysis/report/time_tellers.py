"""What do single months, the years, the quarters and the year to come say of a series?"""

from __future__ import annotations

import math

import pandas as pd

from sbpanalysis.report import prose, words
from sbpanalysis.report.told import Told
from sbpanalysis.stats.result import listed
from sbpanalysis.stats.signals import Signals

MOST = 3  # months out of the ordinary, and swings, that one sentence names


def signalled(r: Signals) -> list[str]:
    """What is out of the ordinary, oldest first: single months, and runs of three and more."""
    frame = r.frame[r.value.notna()]
    alone = {
        month: f"{prose.in_words(month)}, {prose.number(row.value)} where {_expected(row)}"
        for month, row in frame[frame["marked"]].iterrows()
    }
    together = {last: _run(first, last) for first, last in _runs(frame["marked_three"])}
    found = sorted([*alone.items(), *together.items()], key=lambda pair: pair[0])
    return [said for _, said in found]


def _expected(row) -> str:
    """The whole numbers inside the limits."""
    lower, upper = math.ceil(row.lower), math.floor(row.upper)
    return f"{prose.number(lower)} to {prose.number(upper)} were to be expected"


def _run(first: pd.Period, last: pd.Period) -> str:
    many = "three months" if first == last else "months"
    return f"the {many} from {prose.in_words(first - 2)} to {prose.in_words(last)} together"


def _runs(marked: pd.Series) -> list[tuple[pd.Period, pd.Period]]:
    """The first and last of months that are marked one after the other."""
    months = list(marked.index[marked])
    starts = [m for m in months if m - 1 not in months]
    ends = [m for m in months if m + 1 not in months]
    return list(zip(starts, ends, strict=True))


def _signals(r: Signals, about: dict) -> Told:
    judged, found = r.value.dropna().index, signalled(r)
    more = f"; and {len(found) - MOST} more before" if len(found) > MOST else ""
    said = {
        "last": prose.number(len(judged)),
        "end": prose.in_words(judged[-1]),
        "found": "; ".join(found[-MOST:]) + more,
        "number": "once" if len(found) == 1 else f"{prose.number(len(found))} times",
    }
    return Told(said, len(found), (judged[0], judged[-1]), unit="signals",
                method="one-step limits from the series' own errors",
                verdict="always" if found else "none", explained="signals")  # fmt: skip


def _swings(r: pd.DataFrame, about: dict) -> Told:
    if not len(r):
        return Told({}, None, verdict="none", method=_PAIRS, explained="swings")
    rows = list(r.tail(MOST).itertuples())
    first, last = rows[0], rows[-1]
    unit = about.get("unit", "offences")
    path = f"{_moved(first)} from {prose.counted(first.from_value, unit)} in "
    path += _called(first.from_year)
    steps = [path + _reached(first)]
    steps += [f"{_moved(row)}{_reached(row)}" for row in rows[1:]]
    short = f"{_moved(last)} from {prose.number(last.from_value)} in {_called(last.from_year)}"
    short += f" to {prose.number(last.to_value)} in {_called(last.to_year)}"
    return Told({"path": listed(steps), "short": short}, last.percent, None, last.percent_lower,
                last.percent_upper, "percent", _moved(last), _PAIRS,
                {"period": f"{last.from_year}/{last.to_year}"}, explained="swings")  # fmt: skip


_PAIRS = "years compared in all pairs"


def _moved(row) -> str:
    return "rose" if row.to_value > row.from_value else "fell"


def _reached(row) -> str:
    size = words.size(row.from_value, row.to_value)
    return f" to {prose.number(row.to_value)} in {_called(row.to_year)}{size}"


def _called(year: str) -> str:
    return f"the {year}" if year.startswith("year") else year


def _quarters(r, about: dict) -> Told:
    """The busiest and quietest three months; of a season that is not clear there are none."""
    if not r.clear:
        return Told({}, None, about.get("span"), verdict="none", method=_WAVES, explained="season")
    said = {
        "busiest": _named(r.busiest),
        "quietest": _named(r.quietest),
        "above": prose.percent(r.busiest_percent),
        "below": prose.percent(r.quietest_percent),
    }
    return Told(said, r.busiest_percent, about.get("span"), unit="percent above the average day",
                method=_WAVES, explained="season")  # fmt: skip


_WAVES = "two waves a year against the noise at their own frequencies"


def _named(months: tuple[int, ...]) -> str:
    first, last = (pd.Timestamp(2001, m, 1).strftime("%B") for m in (months[0], months[-1]))
    return f"{first} to {last}"


def _thresholds(r, about: dict) -> Told:
    unit = about.get("unit", "offences")
    fewer = "" if math.isnan(r.fall_at) else f"{prose.number(r.fall_at)} or fewer, or of "
    said = {"last": prose.counted(r.last, unit), "fewer": fewer, "more": prose.number(r.rise_at)}
    fall = None if math.isnan(r.fall_at) else r.fall_at
    return Told(said, r.last, about.get("span"), fall, r.rise_at, unit,
                method="the test of a change, solved for the later year",
                explained="swings", subject="next year")  # fmt: skip


TIME_TELLERS = {
    "signals": _signals,
    "swings": _swings,
    "quarters": _quarters,
    "thresholds": _thresholds,
}
