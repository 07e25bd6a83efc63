"""Which words and figures does each kind of result put into its sentence?"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial, singledispatch

import pandas as pd

from sbpanalysis.data.persons import Population
from sbpanalysis.errors import DataError
from sbpanalysis.report import prose
from sbpanalysis.report import words as told_words
from sbpanalysis.report.pair_tellers import PAIR_TELLERS
from sbpanalysis.report.time_tellers import TIME_TELLERS
from sbpanalysis.report.told import Told
from sbpanalysis.stats.change import Change
from sbpanalysis.stats.count_model import CountModel
from sbpanalysis.stats.rates import Proportion, Rate, RateRatio
from sbpanalysis.stats.result import listed
from sbpanalysis.stats.season import Season
from sbpanalysis.stats.seasonality import SeasonalIndex
from sbpanalysis.stats.signals import Signals
from sbpanalysis.stats.swings import Thresholds
from sbpanalysis.stats.totals import Share, Standing, Total, standing
from sbpanalysis.stats.two import Largest, Part, TwoCounts, TwoShares


@singledispatch
def kind_of(result) -> str:
    """The kind of sentence that a result asks for, by its type."""
    name = type(result).__name__
    raise DataError(
        f"say: a value of type {name} cannot be told; pass a result of change(), total(), "
        "standing(), share(), rate(), rate_ratio(), proportion(), seasonal_index(), "
        "count_model(), two_counts(), two_shares(), largest(), part(), signals(), season() or "
        "thresholds(), a monthly series, or a population."
    )


for _type, _kind in {
    Change: "change", Total: "total", Standing: "standing", Share: "share",
    SeasonalIndex: "season", CountModel: "trend", Population: "population", Rate: "rate",
    RateRatio: "rate ratio", Proportion: "proportion", TwoCounts: "two counts",
    TwoShares: "two shares", Largest: "largest", Part: "part", Signals: "signals",
    Season: "quarters", Thresholds: "thresholds",
}.items():  # fmt: skip
    kind_of.register(_type, lambda result, kind=_kind: kind)


@kind_of.register
def _(result: pd.Series) -> str:
    if not isinstance(result.index, pd.PeriodIndex):
        raise DataError(
            "say: a Series without months says nothing by itself; pass the kind of sentence too, "
            'such as "latest" for counts by year or "rate" for a row of rates.'
        )
    return "extreme"


@kind_of.register
def _(result: pd.DataFrame) -> str:
    raise DataError(
        f"say: a frame of {len(result)} results cannot be told in one sentence; give one series, "
        'such as change(frame[name]), or the rates of areas with the kind "rate among".'
    )


def _change(r, about: dict) -> Told:
    span = (r.before_start, r.after_end)
    before, after = r.before, r.after
    words = {
        "after": prose.counted(after, about.get("unit", "offences")),
        "before": prose.number(before),
        "than": told_words.than(before, after),
        "size": told_words.size(before, after),
        "beside": told_words.beside(about.get("whole")),
        "after_span": prose.span(r.after_start, r.after_end),
        "before_span": prose.span(r.before_start, r.before_end),
    }
    return Told(
        words,
        r.percent,
        span,
        r.percent_lower,
        r.percent_upper,
        "percent",
        r.word,
        r.method,
        explained="change-and-verdicts",
    )


def _total(r, about: dict) -> Told:
    words = {"value": prose.counted(r.value, about["unit"]), "span": prose.span(r.start, r.end)}
    return Told(words, r.value, (r.start, r.end), method="sum of months")


def _places(r, about: dict) -> dict:
    unit, digits = about.get("unit", "offences"), about.get("digits", 0)
    value = partial(_valued, unit=unit, digits=digits)
    high_first = r.rank <= r.rank_from_lowest
    rank, end = (r.rank, "highest") if high_first else (r.rank_from_lowest, "lowest")
    level = "joint " if r.level > 1 else ""
    ends = {"highest": (r.highest, r.highest_value), "lowest": (r.lowest, r.lowest_value)}
    # whoever is at an end has just been named, with the same value
    others = [(end, f"{name} ({value(v)})") for end, (name, v) in ends.items() if name != r.area]
    apart = ""
    if r.not_told_apart is not None and not about.get("persons"):
        many = lambda n: prose.number(n) if n else "none"  # noqa: E731
        apart = (
            f" Of the {r.of - 1} others {many(r.lower)} are clearly lower, {many(r.higher)} "
            f"clearly higher, {many(r.not_told_apart)} cannot be told apart."
        )
    return {
        "apart": apart,
        "place": level + (f"{prose.ordinal(rank)} {end}" if rank > 1 else end),
        "of": r.of,
        "peers": about.get("peers", "London boroughs"),
        "value": _valued(r.value, unit, digits, counted=True),
        "others": f" {_ends(*others)}" if others else "",
    }


def _ends(first: tuple[str, str], *second: tuple[str, str]) -> str:
    """Who is at one end of a ranking, or at both."""
    rest = "".join(f", the {end} {who}" for end, who in second)
    return f"The {' was '.join(first)}{rest}."


def _valued(value: float, unit: str, digits: int, counted: bool = False) -> str:
    """A value as it stands in a sentence: a share always with its sign.

    >>> _valued(27.79, "percent", 2), _valued(1234, "offences", 0, counted=True)
    ('27.79%', '1,234 offences')
    """
    if unit == "percent":
        return f"{prose.number(value, digits)}%"
    return prose.counted(value, unit, digits) if counted else prose.number(value, digits)


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
        "value": _valued(r.mean, about.get("unit", "offences"), about.get("digits", 0)),
        "against": against,
    }
    return Told(
        words, r.mean, about.get("span"), unit=f"{about.get('unit', 'offences')} per area",
        method="mean of the areas given", about={"area": r.area, "claim_area": "London mean"},
    )  # fmt: skip


def _share(r, about: dict) -> Told:
    placed = " with a known ward" if about.get("level") == "ward" and "codes" in about else ""
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
        words,
        r.value,
        about.get("span"),
        r.lower,
        r.upper,
        f"per {prose.number(about['per'])} {about['exposure']}",
        method=str(r.method),
        explained="rates-and-intervals",
    )


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
        words,
        100 * r.value,
        about.get("span"),
        100 * r.lower,
        100 * r.upper,
        "percent",
        method=str(r.method),
        explained="rates-and-intervals",
    )


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
    return Told(
        words,
        100 * (float(index[top]) - 1),
        about.get("span"),
        unit="percent above the average day",
        method="seasonal index per day",
        explained="seasonal-index",
    )


def _rate_ratio(r, about: dict) -> Told:
    if not about.get("comparator"):
        raise DataError(
            'say: a ratio of two rates needs comparator="London", whose rate it is set against.'
        )
    words = {
        "second": about["comparator"],
        "value": prose.number(r.ratio, 2),
        "lower": prose.number(r.lower, 2),
        "upper": prose.number(r.upper, 2),
    }
    verdict = "above" if r.lower > 1 else "below" if r.upper < 1 else "no clear difference"
    return Told(
        words, r.ratio, about.get("span"), r.lower, r.upper, "times the rate", verdict,
        f"ratio of two rates ({r.method})", explained="rates-and-intervals",
        subject=about["comparator"],
    )  # fmt: skip


def _trend(r, about: dict) -> Told:
    """The trend of a `count_model`, over the months that it was fitted to."""
    change = r.percent_per_year
    verdict = "up" if change.lower > 0 else "down" if change.upper < 0 else "no clear change"
    first, last = r.fitted.index[[0, -1]]
    words = {
        "start": prose.in_words(first),
        "end": prose.in_words(last),
        "percent": prose.percent(change.value, 1),
        "range": prose.interval(change.lower, change.upper),
    }
    return Told(
        words, change.value, (first, last), change.lower, change.upper, "percent a year", verdict,
        f"log-linear trend with season ({r.family})", explained="count-model",
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
    "rate ratio": _rate_ratio,
    "population": _population,
    **PAIR_TELLERS,
    **TIME_TELLERS,
}
