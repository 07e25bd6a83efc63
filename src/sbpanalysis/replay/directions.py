"""Does a test support that something rose or fell, or are the months only chosen so?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sbpanalysis.periods import days_in_month
from sbpanalysis.replay.values import Asked, Found, Window, earlier, figure, months_of, own, twelve
from sbpanalysis.report import prose
from sbpanalysis.stats.change import change
from sbpanalysis.stats.intervals import UNCLEAR, verdict
from sbpanalysis.stats.rates import rate_ratio

YEARS_APART = 36  # over longer windows the first year is compared with the last


def direction(asked: Asked) -> Found | None:
    """What a test says of a change that the text states as one."""
    series = months_of(asked)
    series = series[: asked.window.last]
    if len(series) < 24 or series.isna().any():
        return _between_totals(asked)
    if asked.window.length < 24 and asked.window.length != 12:
        return _between_months(asked, series)
    if asked.window.length > YEARS_APART or (asked.window.in_years and asked.window.length > 12):
        first = series[asked.window.first :][:12]
        if first.index[0] != asked.window.first:
            return None
        years = pd.concat([first, series[-12:]])
        spans = f"{Window(first.index[0], first.index[-1]).words}, {twelve(series.index[-1]).words}"
        index = pd.period_range(end=series.index[-1], periods=24, freq="M")
        return _tested(asked, change(years.set_axis(index)), spans)
    return _tested(asked, change(series), f"against the 12 months before {series.index[-12]}")


def _tested(asked: Asked, result, spans: str) -> Found:
    between = prose.interval(result.percent_lower, result.percent_upper)
    counts = f"{figure(result.before)} to {figure(result.after)}"
    text = f"{counts} ({spans}): {result.word}, underlying change {between}"
    return _told(asked, result.verdict, text)


def _told(asked: Asked, word: str, text: str) -> Found:
    return Found(word, word == (UNCLEAR if asked.value == "none" else asked.value), text)


def _between_months(asked: Asked, series: pd.Series) -> Found | None:
    """First month against last, per day; a month chosen as an extreme could have been any."""
    window = series[asked.window.first :]
    if len(window) < 2:
        return None
    two = window.iloc[[0, -1]]
    days = days_in_month(two.index)
    shown = series[-25:]
    chosen = any(value in (shown.min(), shown.max()) for value in two)
    confidence = 1 - 0.05 / (len(shown) if chosen else 1)
    r = rate_ratio(two.iloc[1], days[1], two.iloc[0], days[0], confidence=confidence)
    word = verdict(r.lower, r.upper)
    counts = f"{figure(two.iloc[0])} in {two.index[0]}, {figure(two.iloc[1])} in "
    text = f"{counts}{two.index[1]}; per day {r.ratio:.2f} times ({r.lower:.2f} to {r.upper:.2f}"
    tail = f", allowing for {len(shown)} months to choose from)" if chosen else ")"
    return _told(asked, word, text + tail)


def _between_totals(asked: Asked) -> Found | None:
    """Where no months are held: the window, or the last of its years, against the one before."""
    now, then = asked, earlier(asked)
    if asked.window.in_years and asked.window.length > 12:
        now = replace(asked, window=twelve(asked.window.last))
        then = replace(asked, window=twelve(asked.window.first + 11))
    after, before = own(now), own(then)
    if after is None or before is None or not after + before > 0:
        return None
    r = rate_ratio(round(after), 1, round(before), 1)
    word = verdict(r.lower, r.upper)
    text = f"{figure(before)} ({then.window.words}) to {figure(after)} ({now.window.words}), "
    return _told(asked, word, f"{text}{r.lower:.2f} to {r.upper:.2f} times")
