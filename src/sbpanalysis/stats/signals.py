"""Is this month out of the ordinary, by what its own past leads to expect?"""

from __future__ import annotations

from dataclasses import field

import numpy as np
import pandas as pd

from sbpanalysis.stats.checks import whole
from sbpanalysis.stats.monthly import monthly, since_break
from sbpanalysis.stats.noise import extraordinary, stabilised
from sbpanalysis.stats.result import columns_of, of_months, record

# The level moves by a fifth of each month's surprise; limits rest on the errors of the last four
# years, drawn towards those of a series with this variation, a belief worth a year of errors.
# Set in bench/signals.py on the published files of 2010 to 2019.
SMOOTHING, MEMORY = 0.2, 48
VARIATION, BELIEF = 0.10, 12
ONE, THREE = 3.0, 2.5  # standard errors beyond which one month, and three together, are marked
START = 24  # months before the first expectation
LEAST = 36
AHEAD_MOST = 3
AHEAD_LEAST = 10  # events a month below which a band of months to come says nothing

COLUMNS = ("value", "expected", "lower", "upper", "marked", "marked_three")


@record(eq=False)
class Signals:
    """One row a month; each field a Series, or a frame for many series, also by its name in
    square brackets."""

    value: pd.Series | pd.DataFrame
    expected: pd.Series | pd.DataFrame
    lower: pd.Series | pd.DataFrame
    upper: pd.Series | pd.DataFrame
    marked: pd.Series | pd.DataFrame
    marked_three: pd.Series | pd.DataFrame
    name: str | None = None
    attrs: dict = field(default_factory=dict, repr=False)

    frame = columns_of(*COLUMNS)

    def __getitem__(self, name: str) -> pd.Series | pd.DataFrame:
        return self.frame[name]


def signals(counts: pd.Series | pd.DataFrame, last: int = 24, *, ahead: int = 0) -> Signals:
    """Each of the last months against what the months before it led to expect.

    counts: monthly counts, a Series or one column a series, at least 36 months since the last
    break that forbids comparison; earlier ones are left out. last: how many months are judged;
    fewer where fewer than 24 months go before. ahead: 0 to 3 months to come, with their
    expectation and limits alone; none under 10 events a month in the last year, nor of what the
    police find more than they are told of (`policing` in the attrs, as measures.csv says).

    Returns a `Signals` with a row a month: `value, expected, lower, upper` (counts), `marked`
    (the month lies outside its limits), `marked_three` (it and the two before it together are
    further from what was expected than chance and the usual drift bring). Months to come have no
    value and are not marked.

    How: on the scale 2 sqrt(x + 3/8) the level follows each month by a fifth of the surprise, a
    marked month by no more than one at the limit would. The season is the mean of the earlier
    years' departures from a centred year. Limits are 3 (three months together: 2.5) standard
    errors of the series' own past errors, so that its drift and its memory are inside them.
    Months that the recorded breaks call extraordinary teach neither season nor limits.

    Raises `DataError` for unusable counts or settings.

    Source: exponential smoothing: Brown 1959, Statistical Forecasting for Inventory Control;
    limits from one-step errors: Montgomery, Introduction to Statistical Quality Control, on
    autocorrelated data; false marks and delays: bench/signals.py.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> counts = pd.Series([50, 54, 47, 52, 49, 51] * 8, index, dtype=float)
    >>> counts.iloc[-1] = 95
    >>> marked = signals(counts, last=12).marked
    >>> [str(month) for month in marked.index[marked]]
    ['2018-03']
    """
    whole("last", last)
    whole("ahead", ahead, 0, AHEAD_MOST)
    frame = since_break(monthly(counts, counts=True), at_least=LEAST)
    few = (frame.iloc[-12:].mean() < AHEAD_LEAST).any()
    ahead = 0 if few or counts.attrs.get("policing") else ahead
    fields = _Run(frame).table(min(last, len(frame) - START), ahead)
    rows = pd.period_range(end=frame.index[-1] + ahead, periods=len(fields["value"]), freq="M")
    return of_months(Signals, counts, fields, rows, name=getattr(counts, "name", None))


class _Run:
    """One pass over the months: what was expected of each, how far off it was, and by how much
    such expectations are usually off."""

    def __init__(self, frame: pd.DataFrame):
        self.counts = frame.to_numpy()
        self.scaled = stabilised(self.counts)
        self.odd = np.zeros(len(frame), bool)
        self.odd[list(extraordinary(frame))] = True
        self.season = _season(self.scaled, self.odd)
        shape = (len(frame) + 1, frame.shape[1])
        self.level, self.error, self.error_of_three = np.full((3, *shape), np.nan)
        self.limit, self.limit_of_three = np.full((2, *shape), np.nan)
        self.level[START - 1] = self.scaled[START - 12 : START].mean(0)
        for t in range(START, len(frame)):
            self._month(t)
        self._limits(len(frame))

    def _limits(self, t: int) -> None:
        """Standard errors at month t, from the errors before it."""
        usual = 1 + VARIATION**2 * self.counts[max(0, t - 12) : t].mean(0)
        seasons = 1 / np.maximum(1, (t - 6) // 12)
        alone = 1 + SMOOTHING / (2 - SMOOTHING) + seasons
        together = 3 + 9 * SMOOTHING / (2 - SMOOTHING) + 3 * seasons
        self.limit[t] = self._usual_error(self.error, self.limit, usual * alone, t)
        self.limit_of_three[t] = self._usual_error(
            self.error_of_three, self.limit_of_three, usual * together, t
        )

    def _usual_error(self, errors, limits, belief, t: int):
        past = slice(max(START, t - MEMORY), t)
        # an odd month counts as one at the limit
        most = ONE * limits[past]
        known = np.clip(errors[past], -most, most) ** 2
        known[self.odd[past]] = np.nan
        number = (~np.isnan(known)).sum(0)
        return np.sqrt((BELIEF * belief + np.nansum(known, 0)) / (BELIEF + number))

    def _month(self, t: int) -> None:
        self._limits(t)
        before = self.level[t - 1]
        self.error[t] = self.scaled[t] - self.season[t] - before
        most = np.inf if self.odd[t] else ONE * self.limit[t]
        self.level[t] = before + SMOOTHING * np.clip(self.error[t], -most, most)
        if t >= START + 2:
            three = slice(t - 2, t + 1)
            free = (self.scaled[three] - self.season[three]).sum(0)
            self.error_of_three[t] = free - 3 * self.level[t - 3]

    def table(self, last: int, ahead: int) -> dict[str, np.ndarray]:
        end = len(self.counts)
        rows, to_come = np.arange(end - last, end), np.arange(ahead)
        centre = self.level[rows - 1] + self.season[rows]
        centre = np.vstack([centre, self.level[end - 1] + self.season[end : end + ahead]])
        # the expectation of later months is less sure (Hyndman and others 2008, section 6.3)
        wider = np.sqrt(1 + to_come * SMOOTHING**2)[:, None] * self.limit[end]
        half = ONE * np.vstack([self.limit[rows], wider])
        with np.errstate(invalid="ignore"):
            three = np.abs(self.error_of_three[rows]) > THREE * self.limit_of_three[rows]
        blank = np.zeros((ahead, centre.shape[1]))
        marked = np.abs(self.error[rows]) > ONE * self.limit[rows]
        return {
            "value": np.vstack([self.counts[rows], blank + np.nan]),
            "expected": _counts(centre, 1 / 8),
            "lower": _counts(centre - half, 3 / 8),
            "upper": _counts(centre + half, 3 / 8),
            "marked": np.vstack([marked, blank]).astype(bool),
            "marked_three": np.vstack([three, blank]).astype(bool),
        }


def _counts(scaled: np.ndarray, less: float) -> np.ndarray:
    """Back to counts, never below 0."""
    return np.maximum(0, np.maximum(0, scaled) ** 2 / 4 - less)


def _season(scaled: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """What each month, and the twelve to come, would be above its level by earlier years alone."""
    months, series = scaled.shape
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    apart = np.full((months + 12, series), np.nan)
    for t in range(6, months - 6):
        if not odd[t - 6 : t + 7].any():
            apart[t] = scaled[t] - weights @ scaled[t - 6 : t + 7]
    season = np.zeros((months + 12, series))
    for t in range(18, months + 12):
        # a centred year ends six months after its month: those a year back are known in full
        earlier = apart[t - 12 :: -12]
        known = (~np.isnan(earlier)).sum(0)
        # one season more that has no pattern: a pattern of a year or two is half chance
        season[t] = np.nansum(earlier, 0) / (known + 1)
    return season
