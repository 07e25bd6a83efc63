"""What do two counts, two shares, or the largest of many say? Counts of persons stay protected."""

from __future__ import annotations

import math

import pandas as pd

from sbpanalysis.report import disclosure, prose
from sbpanalysis.report.told import Told


def _said(value: float, about: dict) -> str:
    if math.isnan(value):
        return disclosure.SAID
    return prose.counted(value, about.get("unit", "offences"))


def _rounded(about: dict) -> str:
    return ", rounded to the nearest 5" if about.get("persons") else ""


def _called(label) -> str:
    return prose.in_words(label) if isinstance(label, pd.Period) else str(label)


def _two_counts(r, about: dict) -> Told:
    change, lower, upper = (100 * (ratio - 1) for ratio in (r.ratio, r.lower, r.upper))
    per = about.get("unit", "").startswith("per ")
    more = ("higher", "lower") if per else ("more", "fewer")
    words = {
        "before": _said(r.before, about),
        "after": _said(r.after, about),
        "before_label": _called(r.before_label),
        "after_label": _called(r.after_label),
        "size": _size(change, more),
        "range": prose.interval(lower, upper, words=more),
        "rounded": _rounded(about),
    }
    return Told(
        words,
        change,
        None,
        lower,
        upper,
        "percent",
        _verdict(r),
        r.method,
        {"period": f"{r.before_label}/{r.after_label}" if r.before_label else str(r.after_label)},
        explained="rates-and-intervals",
    )


def _verdict(r) -> str:
    return r.verdict or ("alone" if r.before_label is None else "hidden")


def _size(change: float, words: tuple[str, str]) -> str:
    if not math.isfinite(change):
        return "more than percent can say, for there were none before"
    return f"{prose.percent(change)} {words[change < 0]}"


def _estimates(r, about: dict) -> Told:
    """Two published estimates without their error: how much, and no verdict."""
    change = 100 * (r.ratio - 1)
    words = {
        "before": _said(r.before, about),
        "after": _said(r.after, about),
        "before_label": _called(r.before_label),
        "after_label": _called(r.after_label),
        "percent": prose.percent(change),
        "more": "more" if change >= 0 else "fewer",
    }
    period = f"{r.before_label}/{r.after_label}"
    return Told(words, change, unit="percent", method="two published estimates",
                about={"period": period}, explained="rates-and-intervals")  # fmt: skip


def _two_shares(r, about: dict) -> Told:
    points = lambda share: prose.number(100 * share, 1)  # noqa: E731
    words = {
        "first": about["area"],
        "second": about["comparator"],
        "value1": prose.percent(100 * r.first),
        "value2": prose.percent(100 * r.second),
        "count1": prose.number(r.count1),
        "n1": prose.number(r.n1),
        "difference": points(r.difference),
        "lower": points(r.lower),
        "upper": points(r.upper),
    }
    return Told(
        words,
        100 * r.first,
        None,
        100 * r.lower,
        100 * r.upper,
        "percent",
        r.verdict or "hidden",
        "difference of two shares (Newcombe); limits are of the difference",
        explained="rates-and-intervals",
        subject=about["comparator"],
    )


def _largest(r, about: dict) -> Told:
    hidden = f" {prose.counted(r.hidden, about.get('kinds', 'areas'))} had {disclosure.SAID}."
    words = {
        "name": r.name,
        "value": _said(r.value, about) + (" each" if r.level > 1 else ""),
        "next": r.next,
        "next_value": _said(r.next_value, about),
        "period": about.get("period", ""),
        "hidden": hidden if r.hidden else "",
        "of": f"{r.of} {about.get('kinds', 'areas')}",
    }
    shown = "always" if r.next else "one" if r.name else "none"
    return Told(words, r.value, verdict=shown, method="largest of those given",
                about={"claim_area": r.name or about["area"]})  # fmt: skip


def _latest(r: pd.Series, about: dict) -> Told:
    value = float(r.iloc[-1])
    words = {
        "value": _said(value, about),
        "period": _called(r.index[-1]),
        "rounded": _rounded(about) if not math.isnan(value) else "",
    }
    return Told(words, value, method="as counted", about={"period": _called(r.index[-1])})


def _part(r, about: dict) -> Told:
    hidden = math.isnan(r.value)
    words = {
        "name": r.name,
        "value": prose.percent(100 * r.value),
        "lower": prose.percent(100 * r.lower),
        "upper": prose.percent(100 * r.upper),
        "count": _said(r.count, about),
        "whole": prose.number(r.whole) if r.whole == r.whole else disclosure.SAID,
        "period": about.get("period", ""),
        "rounded": _rounded(about),
    }
    return Told(
        words,
        100 * r.value,
        None,
        100 * r.lower,
        100 * r.upper,
        "percent",
        "hidden" if hidden else "always",
        "share with Wilson's interval",
        explained="rates-and-intervals",
        subject=r.name,
    )


PAIR_TELLERS = {
    "part": _part,
    "two counts": _two_counts,
    "estimates": _estimates,
    "two shares": _two_shares,
    "largest": _largest,
    "latest": _latest,
}
