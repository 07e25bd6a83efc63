"""Which words and figures does each kind of result put into its sentence?"""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import prose
from sbpanalysis.report.pair_tellers import PAIR_TELLERS
from sbpanalysis.report.told import Told
from sbpanalysis.stats.change import FEW
from sbpanalysis.stats.result import listed
from sbpanalysis.stats.totals import standing


def kind_of(result) -> str:
    """The kind of sentence that a result asks for, by its type's name."""
    kinds = {
        "Change": "change",
        "Total": "total",
        "Standing": "standing",
        "Share": "share",
        "SeasonalIndex": "season",
        "CountModel": "trend",
        "Series": "extreme",
        "Population": "population",
        "TwoCounts": "two counts",
        "TwoShares": "two shares",
        "Largest": "largest",
        "Part": "part",
    }
    name = type(result).__name__
    if name in kinds:
        return kinds[name]
    if hasattr(result, "method") and hasattr(result, "lower"):
        return "proportion" if "ilson" in str(result.method) else "rate"
    raise DataError(f"say: a {name} cannot be told; pass a result of change(), total(), rate()...")


def _change(r, about: dict) -> Told:
    span = (r.before_start, r.after_end)
    before, after = r.before, r.after
    few = before + after < FEW or not math.isfinite(r.percent)
    unit = about.get("unit", "offences")
    words = {
        "after": prose.counted(after, unit),
        "before": prose.number(before),
        "after_span": prose.span(r.after_start, r.after_end),
        "before_span": prose.span(r.before_start, r.before_end),
        "percent": prose.percent(r.percent),
        "range": prose.interval(r.percent_lower, r.percent_upper),
    }
    return Told(
        words, r.percent, span, r.percent_lower, r.percent_upper, "percent",
        "too few" if few else r.verdict, r.method,
    )  # fmt: skip


def _total(r, about: dict) -> Told:
    words = {"value": prose.counted(r.value, about["unit"]), "span": prose.span(r.start, r.end)}
    return Told(words, r.value, (r.start, r.end), method="sum of months")


def _places(r, about: dict) -> dict:
    unit, digits = about.get("unit", "offences"), about.get("digits", 0)
    high_first = r.rank <= r.rank_from_lowest
    rank, end = (r.rank, "highest") if high_first else (r.rank_from_lowest, "lowest")
    level = "joint " if r.level > 1 else ""
    return {
        "place": level + (f"{prose.ordinal(rank)} {end}" if rank > 1 else end),
        "of": r.of,
        "peers": about.get("peers", "London boroughs"),
        "value": prose.counted(r.value, unit, digits),
        "highest": r.highest,
        "highest_value": prose.number(r.highest_value, digits),
        "lowest": r.lowest,
        "lowest_value": prose.number(r.lowest_value, digits),
    }


def _standing(r, about: dict) -> Told:
    return Told(
        _places(r, about), r.rank, about.get("span"), unit="rank from the highest",
        method="rank among the areas given", about={"area": r.area},
    )  # fmt: skip


def _mean(r, about: dict) -> Told:
    ratio = r.value / r.mean if r.mean else math.nan
    against = "level with" if abs(ratio - 1) < 0.005 else "above" if ratio > 1 else "below"
    words = {
        **_places(r, about),
        "value": prose.number(r.mean, about.get("digits", 0)),
        "against": against,
    }
    return Told(
        words, r.mean, about.get("span"), unit=f"{about.get('unit', 'offences')} per area",
        method="mean of the areas given", about={"area": r.area, "claim_area": "London mean"},
    )  # fmt: skip


def _share(r, about: dict) -> Told:
    placed = " with a known ward" if about.get("level") == "ward" else ""
    words = {
        "part": listed(r.parts),
        "value": prose.percent(100 * r.value, 1),
        "count": prose.number(r.count),
        "whole": prose.counted(r.whole, about.get("unit", "offences")) + placed,
    }
    return Told(
        words, 100 * r.value, about.get("span"), unit="percent", method="share of the sum",
        about={"claim_area": "; ".join(r.parts)},
    )  # fmt: skip


def _rate(r, about: dict) -> Told:
    if about.get("per") is None or about.get("exposure") is None:
        raise DataError('say: a rate needs per=1000 and exposure="residents" to be told.')
    words = {
        "value": prose.number(r.value, 1),
        "lower": prose.number(r.lower, 1),
        "upper": prose.number(r.upper, 1),
        "per": prose.number(about["per"]),
        "exposure": about["exposure"],
    }
    return Told(
        words, r.value, about.get("span"), r.lower, r.upper,
        f"per {prose.number(about['per'])} {about['exposure']}", method=str(r.method),
    )  # fmt: skip


def _rate_among(rates: pd.DataFrame, about: dict) -> Told:
    place = standing(rates["value"], about.get("area"))
    told = _rate(rates.loc[place.area], about)
    return replace(told, words={**_places(place, about), **told.words})


def _proportion(r, about: dict) -> Told:
    words = {
        "value": prose.percent(100 * r.value),
        "lower": prose.percent(100 * r.lower),
        "upper": prose.percent(100 * r.upper),
        "count": prose.number(about["count"]),
        "whole": prose.number(about["n"]),
    }
    return Told(
        words, 100 * r.value, about.get("span"), 100 * r.lower, 100 * r.upper, "percent",
        method=str(r.method),
    )  # fmt: skip


def _extreme(r: pd.Series, about: dict) -> Told:
    top, low = r.idxmax(), r.idxmin()
    words = {
        "highest": prose.in_words(top),
        "highest_value": prose.number(r[top]),
        "lowest": prose.in_words(low),
        "lowest_value": prose.number(r[low]),
    }
    return Told(words, float(r[top]), (r.index[0], r.index[-1]), method="largest month")


def _season(r, about: dict) -> Told:
    index = r.frame["value"]
    top, low = index.idxmax(), index.idxmin()
    name = lambda m: pd.Timestamp(2001, int(m), 1).strftime("%B")  # noqa: E731
    clear = r.frame.loc[top, "lower"] > 1 and r.frame.loc[low, "upper"] < 1
    words = {
        "pattern": "a clear pattern" if clear else "no clear pattern",
        "highest": name(top),
        "highest_value": prose.percent(100 * (index[top] - 1)),
        "lowest": name(low),
        "lowest_value": prose.percent(100 * (index[low] - 1)),
    }
    return Told(words, 100 * (float(index[top]) - 1), about.get("span"),
                unit="percent above the average day", method="seasonal index per day")  # fmt: skip


def _trend(r, about: dict) -> Told:
    value, low, high = (float(x) for x in r.percent_per_year)
    verdict = "up" if low > 0 else "down" if high < 0 else "no clear change"
    first, last = about["span"]
    words = {
        "start": prose.in_words(first),
        "end": prose.in_words(last),
        "percent": prose.percent(value, 1),
        "range": prose.interval(low, high),
    }
    return Told(
        words, value, (first, last), low, high, "percent a year", verdict,
        "quasi-Poisson trend with season",
    )  # fmt: skip


def _population(r, about: dict) -> Told:
    words = {"value": prose.counted(int(r), "residents"), "source": r.source, "year": r.year}
    about = {"title": "population", "source": (r.source,), "period": str(r.year),
             "snapshots": r.snapshots}  # fmt: skip
    return Told(words, int(r), unit="residents", method="published estimate", about=about)


TELLERS = {
    "change": _change,
    "total": _total,
    "standing": _standing,
    "mean": _mean,
    "share": _share,
    "rate": _rate,
    "rate among": _rate_among,
    "proportion": _proportion,
    "extreme": _extreme,
    "season": _season,
    "trend": _trend,
    "population": _population,
    **PAIR_TELLERS,
}
