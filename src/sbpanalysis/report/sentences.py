"""Which words and figures does each kind of result put into its sentence? Chosen by its type."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial, singledispatch, wraps

import numpy as np
import pandas as pd

from sbpanalysis.data.figures import Population
from sbpanalysis.errors import DataError
from sbpanalysis.report import change_words, disclosure, prose
from sbpanalysis.stats.change import FELL, ROSE, Change
from sbpanalysis.stats.count_model import CountModel
from sbpanalysis.stats.intervals import ABOVE, BELOW, LEVEL, verdict
from sbpanalysis.stats.noise import LEVER
from sbpanalysis.stats.rates import Proportion, Rate, RateRatio
from sbpanalysis.stats.result import listed
from sbpanalysis.stats.season import Season
from sbpanalysis.stats.seasonality import SeasonalIndex
from sbpanalysis.stats.signals import Signals
from sbpanalysis.stats.swings import Thresholds
from sbpanalysis.stats.totals import Share, Standing, Total, standing
from sbpanalysis.stats.two import Largest, Part, TwoCounts, TwoShares

MOST = 3  # months out of the ordinary, and swings, that one sentence names
_PAIRS = "years compared in all pairs"
_WAVES = "two waves a year against the noise at their own frequencies"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The words for a sentence's template, and the figures for its claim.

    `kind` and `verdict` choose the template (sentences.yml). `attrs` add to, or replace, what the
    result knows of itself. `explained`: the methods page. `subject`: what of the measure is told,
    such as a part's name, where measure, area and period do not tell it from its neighbours.
    """

    kind: str = ""
    words: dict = field(default_factory=dict)
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    span: tuple[pd.Period, pd.Period] | None = None
    unit: str = ""
    verdict: str = "always"
    method: str = ""
    explained: str = "counting"
    subject: str = ""
    attrs: dict = field(default_factory=dict)


@singledispatch
def parts_of(result, attrs: dict) -> Parts:
    """The parts of the sentence about a result; `attrs`: what it and who asks know of it.

    Raises `DataError` for a result of no type that has a sentence.
    """
    raise DataError(
        f"say: a value of type {type(result).__name__} cannot be told; pass a result of change(), "
        "total(), standing(), share(), rate(), rate_ratio(), proportion(), two_counts(), "
        "two_shares(), largest(), part(), signals(), season(), seasonal_index(), count_model() or "
        "thresholds(), or a population."
    )


# what `say(result, kind)` may ask for, whatever the type of the result
BY_KIND: dict[str, Callable[..., Parts]] = {}


def _sentence(explained: str = "counting", of: type | None = None) -> Callable:
    """Enter what writes a kind of sentence, which its name says, with the methods page on it.

    `of`: the type of results that are written so if no kind is asked for.
    """

    def entered(written: Callable[..., Parts]) -> Callable[..., Parts]:
        kind = written.__name__.strip("_").replace("_", " ")

        @wraps(written)
        def parts(result, attrs: dict) -> Parts:
            return replace(written(result, attrs), kind=kind, explained=explained)

        BY_KIND[kind] = parts
        if of:
            parts_of.register(of, parts)
        return parts

    return entered


@parts_of.register
def _series(r: pd.Series, attrs: dict) -> Parts:
    if isinstance(r.index, pd.PeriodIndex) and len(r):
        return _latest(r, attrs)
    raise DataError(
        "say: a Series says nothing by itself; pass a result made of it, such as sbp.change(), or "
        'the kind of sentence too, such as "latest" for counts by year or "rate" for a rate.'
    )


@parts_of.register
def _frame(r: pd.DataFrame, attrs: dict) -> Parts:
    raise DataError(
        f"say: a frame of {len(r)} results cannot be told in one sentence; give one series, "
        'such as change(frame[name]), or the rates of areas with the kind "rate among".'
    )


@_sentence("change-and-verdicts", of=Change)
def _change(r: Change, attrs: dict) -> Parts:
    words = {
        "after": prose.counted(r.after, attrs.get("unit", "offences")),
        "before": prose.number(r.before),
        **_called(attrs),
        "than": change_words.than(r.before, r.after),
        "size": change_words.size(r.before, r.after),
        "moved": change_words.moved(r.before, r.after),
        "beside": change_words.beside(attrs.get("whole")),
        "after_span": prose.span(r.after_start, r.after_end),
        "before_span": prose.span(r.before_start, r.before_end),
    }
    return Parts(
        words=words,
        value=r.percent,
        lower=r.percent_lower,
        upper=r.percent_upper,
        span=(r.before_start, r.after_end),
        unit="percent",
        verdict=r.word,
        method=r.method,
    )


def _called(attrs: dict) -> dict:
    """How a clear change is called: of a ward it may well have been a passing one."""
    if attrs.get("level") == "ward":
        return {word: f"stood {side} than the year before" for word, side in _SIDES.items()}
    return dict(zip(_SIDES, _SIDES, strict=True))


_SIDES = {ROSE: "higher", FELL: "lower"}


@_sentence(of=Total)
def _total(r: Total, attrs: dict) -> Parts:
    days = (r.end.end_time - r.start.start_time).days + 1
    words = {
        "value": prose.counted(r.value, attrs["unit"]),
        "number": prose.number(r.value),
        "span": prose.span(r.start, r.end),
        "daily": f", about {prose.number(r.value / days)} a day" if r.value >= 2 * days else "",
    }
    span = (r.start, r.end)
    return Parts(words=words, value=r.value, span=span, method="sum of months")


@_sentence(of=Standing)
def _standing(r: Standing, attrs: dict) -> Parts:
    return Parts(
        words=_places(r, attrs),
        value=r.rank,
        span=attrs.get("span"),
        unit="rank from the highest",
        method="rank among the areas given",
        attrs={"area": r.area},
    )


@_sentence()
def _mean(r: Standing, attrs: dict) -> Parts:
    unit = attrs.get("unit", "offences")
    value = partial(_valued, unit=unit, digits=attrs.get("digits", 0))
    return Parts(
        words={**_places(r, attrs), "value": value(r.mean), "median": value(r.median)},
        value=r.mean,
        span=attrs.get("span"),
        unit=f"{unit} per area",
        method="mean of the areas given",
        attrs={"area": r.area, "claim_area": "London mean"},
    )


def _places(r: Standing, attrs: dict) -> dict:
    unit, digits = attrs.get("unit", "offences"), attrs.get("digits", 0)
    value = partial(_valued, unit=unit, digits=digits)
    high_first = r.rank <= r.rank_from_lowest
    rank, end = (r.rank, "highest") if high_first else (r.rank_from_lowest, "lowest")
    level = "joint " if r.level > 1 else ""
    ends = {"highest": (r.highest, r.highest_value), "lowest": (r.lowest, r.lowest_value)}
    # whoever is at an end has just been named, with the same value
    others = [(end, f"{name} ({value(v)})") for end, (name, v) in ends.items() if name != r.area]
    return {
        "apart": _told_apart(r) if not attrs.get("persons") else "",
        "place": level + (f"{prose.ordinal(rank)} {end}" if rank > 1 else end),
        "of": r.of,
        "peers": attrs.get("peers", "London boroughs"),
        "value": value(r.value, counted=True),
        "others": f" {_ends(*others)}" if others else "",
    }


def _told_apart(r: Standing) -> str:
    """How many of the others differ by more than chance."""
    if r.not_told_apart is None:
        return ""
    return _of_others(f"{r.of - 1} others", r.lower or 0, r.higher or 0, r.not_told_apart)


def _of_others(others: str, lower: int, higher: int, level: int) -> str:
    below, above = (prose.number(n) if n else "none" for n in (lower, higher))
    verb = "is" if lower == 1 else "are"
    rest = f", {prose.number(level)} cannot be told apart" if level else ""
    return f" Of the {others} {below} {verb} clearly lower, {above} clearly higher{rest}."


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


@_sentence(of=Share)
def _share(r: Share, attrs: dict) -> Parts:
    placed = " with a known ward" if _by_ward(attrs) else ""
    words = {
        "part": listed(r.parts) + _of_how_many(r, attrs),
        "value": prose.percent(100 * r.value, 1),
        "count": prose.number(r.count),
        "whole": prose.counted(r.whole, attrs.get("unit", "offences")) + placed,
    }
    return Parts(
        words=words,
        value=100 * r.value,
        span=attrs.get("span"),
        unit="percent",
        method="share of the sum",
        attrs={"claim_area": "; ".join(r.parts)},
    )


def _by_ward(attrs: dict) -> bool:
    """Whether the parts are wards: the kinds of what happened in some wards are not."""
    return attrs.get("level") == "ward" and "codes" in attrs


def _of_how_many(r: Share, attrs: dict) -> str:
    """The yardstick of what several parts hold together: what share of all parts they are."""
    if len(r.parts) < 2 or r.of <= len(r.parts):
        return ""
    kinds = "wards" if _by_ward(attrs) else attrs.get("kinds", "areas")
    few, share = prose.number(len(r.parts)), prose.percent(100 * len(r.parts) / r.of)
    return f" ({few} of {prose.number(r.of)} {kinds}, {share} of them)"


@_sentence("rates-and-intervals", of=Rate)
def _rate(r: Rate, attrs: dict) -> Parts:
    if attrs.get("per") is None or attrs.get("exposure") is None:
        raise DataError('say: a rate needs per=1000 and exposure="residents" to be told.')
    words = {name: prose.number(getattr(r, name), 1) for name in ("value", "lower", "upper")}
    words |= {"per": prose.number(attrs["per"]), "exposure": attrs["exposure"]}
    return Parts(
        words=words,
        value=r.value,
        lower=r.lower,
        upper=r.upper,
        span=attrs.get("span"),
        unit=f"per {words['per']} {attrs['exposure']}",
        method=str(r.method),
    )


@_sentence("rates-and-intervals")
def _rate_among(rates: pd.DataFrame, attrs: dict) -> Parts:
    """An area's rate beside that of all, and beside `ranks`: those of its peers, if given."""
    place = standing(rates["value"], attrs["area"])
    rate = _rate(rates.loc[place.area], attrs)
    words = {**_places(place, attrs), **rate.words}
    words |= {"beside": ", {place} of {of} {peers} as recorded".format(**words), "apart": ""}
    ranks = attrs.get("ranks", ())
    if len(ranks):
        overall = prose.number(attrs["overall"], 1)
        words["beside"] = f"; all {place.of} {words['peers']} together {overall}"
        above, below = (int(ranks[side][place.area]) for side in ("above", "below"))
        others = f"{len(ranks) - 1} other {attrs['among']}"
        words["apart"] = _of_others(others, below, above, len(ranks) - 1 - above - below)
    return replace(rate, words=words)


@_sentence("ranks")
def _apart(r: pd.DataFrame, attrs: dict) -> Parts:
    """Which wards are clearly above and below the rate of all, as `sides` found."""
    named = {side: list(r.index[r["side"] == side]) for side in ("above", "below")}
    named["above"].sort(key=lambda ward: -r["chance_above"][ward])
    few, low = len(named["above"]), len(named["below"])
    level = len(r) - few - low
    others = "ward" if level == 1 else f"{level} wards"
    words = {
        "few": few,
        "of": len(r),
        "names": prose.first_of(named["above"], 6) if few else "",
        "below": prose.counted(low, "wards") if low else "none",
        "level": f" The other {others} cannot be told apart from it." if level else "",
    }
    return Parts(
        words=words,
        value=few,
        span=attrs.get("span"),
        unit="wards",
        verdict="always" if few else "none",
        method="each ward drawn towards the mean by what chance explains",
    )


@_sentence("rates-and-intervals", of=RateRatio)
def _rate_ratio(r: RateRatio, attrs: dict) -> Parts:
    if not attrs.get("comparator"):
        raise DataError(
            'say: a ratio of two rates needs comparator="London", whose rate it is set against.'
        )
    words = {"second": attrs["comparator"], "value": prose.number(r.ratio, 2)}
    words |= {"lower": prose.number(r.lower, 2), "upper": prose.number(r.upper, 2)}
    return Parts(
        words=words,
        value=r.ratio,
        lower=r.lower,
        upper=r.upper,
        span=attrs.get("span"),
        unit="times the rate",
        verdict=verdict(r.lower, r.upper, words=(ABOVE, BELOW, LEVEL)),
        method=f"ratio of two rates ({r.method})",
        subject=attrs["comparator"],
    )


@_sentence("rates-and-intervals", of=Proportion)
def _proportion(r: Proportion, attrs: dict) -> Parts:
    words = {name: prose.percent(100 * getattr(r, name)) for name in ("value", "lower", "upper")}
    words |= {"count": prose.number(attrs["count"]), "whole": prose.number(attrs["n"])}
    return Parts(
        words=words,
        value=100 * r.value,
        lower=100 * r.lower,
        upper=100 * r.upper,
        span=attrs.get("span"),
        unit="percent",
        method=str(r.method),
    )


@_sentence("season", of=Season)
def _quarters(r: Season, attrs: dict) -> Parts:
    """The busiest and quietest three months; of a season that is not clear there are none."""
    none = Parts(span=attrs.get("span"), method=_WAVES, verdict="none")
    if not r.clear:
        return none
    words = {
        "busiest": _from_to(r.busiest),
        "quietest": _from_to(r.quietest),
        "above": prose.percent(r.busiest_percent),
        "below": prose.percent(r.quietest_percent),
    }
    unit = "percent above the average day"
    return replace(none, verdict="always", words=words, value=r.busiest_percent, unit=unit)


@_sentence("seasonal-index", of=SeasonalIndex)
def _seasonal_index(r: SeasonalIndex, attrs: dict) -> Parts:
    """The months of the highest and lowest index, as recorded; no season is claimed."""
    top, low = r.value.idxmax(), r.value.idxmin()
    words = {
        "highest": _month_name(top),
        "lowest": _month_name(low),
        "above": prose.percent(100 * (r.value[top] - 1)),
        "below": prose.percent(100 * (1 - r.value[low])),
    }
    return Parts(
        words=words,
        value=100 * float(r.value[top] - 1),
        lower=100 * float(r.lower[top] - 1),
        upper=100 * float(r.upper[top] - 1),
        span=attrs.get("span"),
        unit="percent above the average day",
        method="seasonal index per day",
    )


@_sentence("count-model", of=CountModel)
def _trend(r: CountModel, attrs: dict) -> Parts:
    """The change a year on average over the months fitted: of them, not of what follows.

    The model's errors take months for independent; those told allow for noise that lingers.
    """
    change = r.percent_per_year
    value, *ends = np.log1p(np.array([change.value, change.lower, change.upper]) / 100)
    lower, upper = 100 * np.expm1(value + np.sqrt(LEVER) * (ends - value))
    first, last = r.fitted.index[[0, -1]]
    words = {
        "start": prose.in_words(first),
        "end": prose.in_words(last),
        "percent": prose.percent(change.value, 1),
        "range": prose.interval(lower, upper),
    }
    return Parts(
        words=words,
        value=change.value,
        lower=lower,
        upper=upper,
        span=(first, last),
        unit="percent a year",
        verdict=verdict(lower, upper, at=0),
        method=f"log-linear trend with season ({r.family}), errors for noise that lingers",
    )


def _month_name(number: int) -> str:
    return pd.Timestamp(2001, int(number), 1).strftime("%B")


def _from_to(months: tuple[int, ...]) -> str:
    return f"{_month_name(months[0])} to {_month_name(months[-1])}"


@_sentence(of=Population)
def _population(r: Population, attrs: dict) -> Parts:
    words = {"value": prose.counted(int(r), "residents"), "source": r.source, "year": r.year}
    attrs = {"title": "population", "source": (r.source,), "period": str(r.year)}
    attrs["snapshots"] = r.snapshots
    method = "published estimate"
    return Parts(words=words, value=int(r), unit="residents", method=method, attrs=attrs)


@_sentence("rates-and-intervals", of=TwoCounts)
def _two_counts(r: TwoCounts, attrs: dict) -> Parts:
    change, lower, upper = (100 * (ratio - 1) for ratio in (r.ratio, r.lower, r.upper))
    per = attrs.get("unit", "").startswith("per ")
    more = ("higher", "lower") if per else ("more", "fewer")
    words = _before_and_after(r, attrs) | {"rounded": _rounded(attrs)}
    words["size"] = f"{prose.number(abs(r.after - r.before))} {more[change < 0]}"
    words["range"] = ""
    if per or change_words.in_percent(r.before, r.after):
        words["size"] = f"{prose.percent(change)} {more[change < 0]}"
        words["range"] = f" (underlying change {prose.interval(lower, upper, words=more)})"
    return Parts(
        words=words,
        value=change,
        lower=lower,
        upper=upper,
        unit="percent",
        verdict=r.verdict or ("alone" if r.before_label is None else "hidden"),
        method=r.method,
        attrs={"period": _both(r)},
    )


@_sentence("rates-and-intervals")
def _estimates(r: TwoCounts, attrs: dict) -> Parts:
    """Two published figures, such as estimates or national counts: how much, and no verdict."""
    change = 100 * (r.ratio - 1)
    more = "more" if change >= 0 else "fewer"
    words = _before_and_after(r, attrs) | {"rounded": _rounded(attrs)}
    return Parts(
        words=words | {"percent": prose.percent(change), "more": more},
        value=change,
        unit="percent",
        method="two published figures",
        attrs={"period": _both(r)},
    )


def _before_and_after(r: TwoCounts, attrs: dict) -> dict:
    return {
        "before": _counted(r.before, attrs),
        "after": _counted(r.after, attrs),
        "before_label": _label(r.before_label),
        "after_label": _label(r.after_label),
    }


def _both(r: TwoCounts) -> str:
    return f"{r.before_label}/{r.after_label}" if r.before_label else str(r.after_label)


def _counted(value: float, attrs: dict) -> str:
    if math.isnan(value):
        return disclosure.SAID
    return prose.counted(value, attrs.get("unit", "offences"))


def _rounded(attrs: dict) -> str:
    return ", rounded to the nearest 5" if attrs.get("persons") else ""


def _label(label) -> str:
    """A period as it stands after "in"."""
    name = prose.in_words(label) if isinstance(label, pd.Period) else str(label)
    return f"the {name}" if " months to " in name else name


@_sentence("rates-and-intervals", of=TwoShares)
def _two_shares(r: TwoShares, attrs: dict) -> Parts:
    words = {
        "first": attrs["area"],
        "second": attrs["comparator"],
        "value1": prose.percent(100 * r.first),
        "value2": prose.percent(100 * r.second),
        "count1": prose.number(r.count1),
        "n1": prose.number(r.n1),
    }
    points = ("difference", "lower", "upper")
    words |= {name: prose.number(100 * getattr(r, name), 1) for name in points}
    words["drawn"] = ", allowing for how the survey was drawn" if r.design_effect > 1 else ""
    return Parts(
        words=words,
        value=100 * r.first,
        lower=100 * r.lower,
        upper=100 * r.upper,
        unit="percent",
        verdict=r.verdict or "hidden",
        method="difference of two shares (Newcombe); limits are of the difference",
        subject=attrs["comparator"],
    )


@_sentence(of=Largest)
def _largest(r: Largest, attrs: dict) -> Parts:
    kinds = attrs.get("kinds", "areas")
    hidden = f" {prose.counted(r.hidden, kinds)} had {disclosure.SAID}." if r.hidden else ""
    words = {
        "name": r.name,
        "value": _counted(r.value, attrs) + (" each" if r.level > 1 else ""),
        "next": r.next,
        "next_value": _counted(r.next_value, attrs),
        "order": "" if r.told_apart else ", not to be told apart by more than chance",
        "period": attrs.get("period", ""),
        "hidden": hidden,
        "of": f"{r.of} {kinds}",
    }
    return Parts(
        words=words,
        value=r.value,
        verdict="always" if r.next else "one" if r.name else "none",
        method="largest of those given",
        attrs={"claim_area": r.name or attrs["area"]},
    )


@_sentence()
def _latest(r: pd.Series, attrs: dict) -> Parts:
    value, period = float(r.iloc[-1]), _label(r.index[-1])
    rounded = _rounded(attrs) if not math.isnan(value) else ""
    words = {"value": _counted(value, attrs), "period": period, "rounded": rounded}
    attrs = {"period": period}
    return Parts(words=words, value=value, method="as counted", attrs=attrs)


@_sentence("rates-and-intervals", of=Part)
def _part(r: Part, attrs: dict) -> Parts:
    words = {name: prose.percent(100 * getattr(r, name)) for name in ("value", "lower", "upper")}
    words |= {
        "name": r.name,
        "count": _counted(r.count, attrs),
        "whole": disclosure.SAID if math.isnan(r.whole) else prose.number(r.whole),
        "period": attrs.get("period", ""),
        "rounded": _rounded(attrs),
    }
    return Parts(
        words=words,
        value=100 * r.value,
        lower=100 * r.lower,
        upper=100 * r.upper,
        unit="percent",
        verdict="hidden" if math.isnan(r.value) else "always",
        method="share with Wilson's interval",
        subject=r.name,
    )


@_sentence("signals", of=Signals)
def _signals(r: Signals, attrs: dict) -> Parts:
    judged, marked = r.value.dropna().index, out_of_the_ordinary(r)
    more = f"; and {len(marked) - MOST} more before" if len(marked) > MOST else ""
    words = {
        "last": prose.number(len(judged)),
        "end": prose.in_words(judged[-1]),
        "found": "; ".join(marked[-MOST:]) + more,
        "number": "once" if len(marked) == 1 else f"{prose.number(len(marked))} times",
    }
    return Parts(
        words=words,
        value=len(marked),
        span=(judged[0], judged[-1]),
        unit="signals",
        verdict="always" if marked else "none",
        method="one-step limits from the series' own errors",
    )


def out_of_the_ordinary(r: Signals) -> list[str]:
    """What is out of the ordinary, oldest first: single months, and runs of three and more."""
    frame = r.frame[r.value.notna()]
    alone = {
        month: f"{prose.in_words(month)}, {prose.number(row.value)} where {_expected(row)}"
        for month, row in frame[frame["marked"]].iterrows()
    }
    together = {last: _run(first, last) for first, last in _runs(frame["marked_three"])}
    ordered = sorted([*alone.items(), *together.items()], key=lambda pair: pair[0])
    return [text for _, text in ordered]


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


@_sentence("swings")
def _swings(r: pd.DataFrame, attrs: dict) -> Parts:
    if not len(r):
        return Parts(verdict="none", method=_PAIRS)
    rows = list(r.tail(MOST).itertuples())
    first, last = rows[0], rows[-1]
    unit = attrs.get("unit", "offences")
    steps = [
        f"{_moved(first)} from {prose.counted(first.from_value, unit)} in "
        f"{_year(first.from_year)}{_reached(first)}"
    ]
    steps += [f"{_moved(row)}{_reached(row)}" for row in rows[1:]]
    short = (
        f"{_moved(last)} from {prose.number(last.from_value)} in {_year(last.from_year)} to "
        f"{prose.number(last.to_value)} in {_year(last.to_year)}"
    )
    return Parts(
        words={"path": listed(steps), "short": short},
        value=last.percent,
        lower=last.percent_lower,
        upper=last.percent_upper,
        unit="percent",
        verdict=_moved(last),
        method=_PAIRS,
        attrs={"period": f"{last.from_year}/{last.to_year}"},
    )


def _moved(row) -> str:
    return ROSE if row.to_value > row.from_value else FELL


def _reached(row) -> str:
    size = change_words.size(row.from_value, row.to_value)
    return f" to {prose.number(row.to_value)} in {_year(row.to_year)}{size}"


def _year(year: str) -> str:
    return f"the {year}" if year.startswith("year") else year


@_sentence("swings", of=Thresholds)
def _thresholds(r: Thresholds, attrs: dict) -> Parts:
    unit, never = attrs.get("unit", "offences"), math.isnan(r.fall_at)
    words = {
        "last": prose.counted(r.last, unit),
        "fewer": "" if never else f"{prose.number(r.fall_at)} or fewer, or of ",
        "more": prose.number(r.rise_at),
    }
    return Parts(
        words=words,
        value=r.last,
        lower=None if never else r.fall_at,
        upper=r.rise_at,
        span=attrs.get("span"),
        unit=unit,
        method="the test of a change, solved for the later year",
        subject="next year",
    )
