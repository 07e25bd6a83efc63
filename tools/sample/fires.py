"""Which fires did the synthetic fire brigade attend? Incident records in the brigade's layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample.series import overdispersed, shape, steady_share
from sample.targets import Targets, whole
from sbpanalysis.periods import months

MEASURE = "lfb_deliberate_incidents"
MONTHS = months("2015-01", "2018-09")
ANCHOR = MONTHS.get_loc("2017-01")  # from here on the printed shares of two wards hold
A_MONTH_IN_LONDON = 286
# For so many fires there is one false alarm, to be left out by whoever counts fires
_A_FALSE_ALARM_FOR = 12


def incidents(
    rng: np.random.Generator,
    targets: Targets,
    boroughs: pd.DataFrame,
    wards: pd.DataFrame,
    kinds: pd.DataFrame,
    columns: pd.Index,
) -> pd.DataFrame:
    """One row an incident under the brigade's `columns`, in the order of the calls."""
    counts = _borough_counts(rng, targets, boroughs)
    places = _places(rng, targets, boroughs, wards, counts)
    fires = places.loc[places.index.repeat(places.number)].assign(false=False)
    alarms = fires.iloc[::_A_FALSE_ALARM_FOR].assign(false=True)
    rows = pd.concat([fires, alarms], ignore_index=True)
    kind = kinds.iloc[rng.choice(len(kinds), len(rows), p=kinds.share / kinds.share.sum())]
    kind = kind.reset_index(drop=True)
    month = MONTHS[rows.month]
    second = (rng.random(len(rows)) * 86_400 * month.days_in_month).astype(int)
    call = pd.DatetimeIndex(month.to_timestamp()) + pd.to_timedelta(second, unit="s")
    table = pd.DataFrame("", index=rows.index, columns=columns).assign(
        DateOfCall=call.strftime("%d %b %Y"),
        CalYear=call.year,
        TimeOfCall=call.strftime("%H:%M:%S"),
        HourOfCall=call.hour,
        IncidentGroup=np.where(rows.false, "False Alarm", kind.group),
        StopCodeDescription=np.where(rows.false, "AFA", kind.stop),
        PropertyCategory=kind.category,
        PropertyType=kind.type,
        IncGeo_BoroughCode=rows.borough,
        IncGeo_BoroughName=rows.borough_name.str.upper(),
        ProperCase=rows.borough_name,
        IncGeo_WardCode=rows.ward,
        IncGeo_WardName=rows.ward_name,
        IncGeo_WardNameNew=rows.ward_name,
        FRS="London",
        NumCalls=1,
    )
    table = table.iloc[np.argsort(call, kind="stable")].reset_index(drop=True)
    return table.assign(IncidentNumber=table.index + 1)


def _borough_counts(rng, targets: Targets, boroughs: pd.DataFrame) -> pd.DataFrame:
    """Fires by borough and month: each year's ranks are the printed ones."""
    size = (boroughs.set_index("name").population / 1000) ** 0.8
    size *= np.exp(rng.normal(0, 0.1, len(size)))
    ranks = targets.rows(MEASURE, "rank", level="borough")
    counts = pd.DataFrame(0, size.index, range(len(MONTHS)))
    wave = shape(MONTHS, 0.35, 7) * A_MONTH_IN_LONDON
    for year, rows in ranks.groupby("period"):
        inside = int(year) == MONTHS.year
        weights = _in_rank(size, dict(zip(rows.geography, rows.value.astype(int), strict=True)))
        mean = np.outer(weights / weights.sum(), wave[inside])
        block = overdispersed(rng, mean, 0.01)
        total = whole(mean.sum(axis=1), block.sum())  # ranks must outlast chance
        fitted = [whole(row, n) for row, n in zip(block, total, strict=True)]
        counts.loc[:, inside] = np.array(fitted)
    counts.loc["Bromley", ANCHOR] += _missing(targets, counts.loc["Bromley", ANCHOR:].sum())
    return counts


def _missing(targets: Targets, total: int) -> int:
    """How many fires more there must be for whole numbers of them to have the printed shares."""
    one = float(targets.values(MEASURE, "share_pct", level="ward").iloc[0])
    both = float(targets.rows(MEASURE, "share_pct", level="ward_group").value.iloc[0])
    more = total + np.arange(100)
    together = np.floor(more * both / 100 + 0.5)
    first = np.floor(together * one / both + 0.5)
    fits = (100 * together / more).round(1) == both
    return int(np.argmax(fits & ((100 * first / more).round(1) == one)))


def _in_rank(size: pd.Series, ranks: dict[str, int]) -> pd.Series:
    """Weights in which the ranked areas stand where they are ranked, well apart from the next."""
    top = {"Tower Hamlets": 1} | ranks
    rest = size.drop(list(top)).sort_values(ascending=False)
    order = list(rest.index)
    for area, rank in sorted(top.items(), key=lambda item: item[1]):
        order.insert(rank - 1, area)
    steps = 1.6 * rest.iloc[0] * 0.85 ** np.arange(len(top) + 1)
    out = size.copy()
    out[order[: len(steps)]] = steps[: len(order)]
    return out


def _places(rng, targets, boroughs, wards, counts) -> pd.DataFrame:
    """Number of fires by borough, ward (where wards are listed) and month."""
    parts = []
    for code, name in zip(boroughs.area_code, boroughs.name, strict=True):
        group = wards[wards.borough.eq(code)]
        series = counts.loc[name].to_numpy()
        dealt = _among_wards(rng, targets, group, series) if len(group) else series[None]
        codes = group.area_code.tolist() or [""]
        names = group.name.tolist() or [""]
        parts += [
            pd.DataFrame(
                {
                    "borough": code,
                    "borough_name": name,
                    "ward": ward,
                    "ward_name": ward_name,
                    "month": range(len(MONTHS)),
                    "number": fires,
                }
            )
            for ward, ward_name, fires in zip(codes, names, dealt, strict=True)
        ]
    return pd.concat(parts, ignore_index=True)


def _among_wards(rng, targets, group: pd.DataFrame, series: np.ndarray) -> np.ndarray:
    """A borough's fires among its wards; the two wards with printed shares hold them."""
    weight = (group.level * group.population).to_numpy(float)
    pair = targets.rows(MEASURE, "share_pct", level="ward_group")
    names = pair.geography.iloc[0].split("; ")
    if not set(names) <= set(group.name):
        return rng.multinomial(series, weight / weight.sum()).T
    one = targets.values(MEASURE, "share_pct", level="ward")
    both = float(pair.value.iloc[0])
    dealt = np.zeros((len(group), len(series)), int)
    together = steady_share(series, both / 100, ANCHOR)
    for ward in names:
        share = one[ward] if ward in one else both - one.sum()
        at = group.name.tolist().index(ward)
        left = together - dealt.sum(axis=0)
        dealt[at] = left if ward == names[-1] else steady_share(together, share / both, ANCHOR)
    rest = ~group.name.isin(names).to_numpy()
    dealt[rest] = rng.multinomial(series - together, weight[rest] / weight[rest].sum()).T
    return dealt
