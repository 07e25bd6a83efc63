"""How many offences did each borough and ward of the synthetic London record each month?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sbpanalysis.data.sample_series import overdispersed, pinned_path, shape, steady_share
from sbpanalysis.data.sample_targets import Targets, between, ranked, whole
from sbpanalysis.periods import months

MONTHS = months("2006-04", "2018-09")
ELSEWHERE = ("London Heathrow and London City Airports", "Unknown")
BURGLARY, SEXUAL, TOTAL = "burglary_offences", "sexual_offences", "total_notifiable_offences"


@dataclass(frozen=True)
class Crime:
    """Counts by area, offence and month; `areas` and `offences` name the first two axes."""

    areas: pd.DataFrame
    offences: pd.DataFrame
    counts: np.ndarray


def _at(index: pd.PeriodIndex) -> slice:
    first = MONTHS.get_loc(index[0])
    return slice(first, first + len(index))


def _level(offences: pd.DataFrame) -> np.ndarray:
    """Each offence's level by month: knots joined in a line, times its planted change."""
    knots = [12 * (y - 2006) for y in (2006, 2010, 2014, 2016, 2018)]
    at = np.arange(len(MONTHS)) + 3
    level = np.array(
        [np.interp(at, knots, row) for row in offences.loc[:, "y2006":"y2018"].to_numpy()]
    )
    for row, (step, factor) in enumerate(offences[["step", "step_factor"]].itertuples(index=False)):
        if step:
            level[row, step <= MONTHS] *= factor
    return level


def yearly_totals(targets: Targets, measure: str, size: pd.Series, natural: float) -> pd.Series:
    """A year's offences by borough: the printed values, ranks and mean, and in between by size."""
    named = targets.rows(measure, level="borough")
    weights = ranked(size, named)
    fixed = targets.values(measure, "count", "rolling12_count")
    mean = targets.values(measure, "mean_per_borough", level="region")
    if len(mean):
        total = int(mean.iloc[0]) * len(size)
    elif measure != BURGLARY and len(fixed):  # "slightly below the average", which is not printed
        total = round(fixed["Bromley"] * 1.04 * len(size))
    else:
        total = int(natural)
    lower, upper = pd.Series(0.0, size.index), pd.Series(np.inf, size.index)
    by_statistic = {s: g.geography.iloc[0] for s, g in named.groupby("statistic")}
    if (top := by_statistic.get("rank")) in fixed.index:
        upper[:] = fixed[top]
    for claim in named[named.statistic.eq("rank_from_lowest")].itertuples():
        below = weights.drop(claim.geography).nsmallest(int(claim.value) - 1).index
        lower[weights.index.difference(below)] = fixed[claim.geography]
        upper[below] = fixed[claim.geography]
    free = weights.index.difference(fixed.index)
    return between(weights, total, fixed, lower[free], upper[free])


def _two_windows(
    block: np.ndarray, year: slice, year_total: int, other: slice, other_total: int
) -> None:
    """Scale a block of (offences, months) so that two overlapping years hold their totals."""
    common = slice(max(year.start, other.start), min(year.stop, other.stop))
    in_year, in_other = (block[:, w].sum() for w in (year, other))
    share = block[:, common].sum() / max(in_year, in_other, 1)
    held = round(share * min(year_total, other_total))
    first = slice(min(year.start, other.start), common.start)
    last = slice(common.stop, max(year.stop, other.stop))
    before, after = (
        (year_total, other_total) if year.start < other.start else (other_total, year_total)
    )
    for part, total in ((common, held), (first, before - held), (last, after - held)):
        block[:, part] = whole(block[:, part], total)


def borough_crime(
    rng: np.random.Generator, targets: Targets, boroughs: pd.DataFrame, offences: pd.DataFrame
) -> Crime:
    """Offences of the 32 boroughs, the airports and `Unknown`, fitted to the printed figures.

    Every measure's total in the year to September 2018 is its total in the financial year too,
    because the assessment prints the second under the label of the first.
    """
    size = boroughs.set_index("name")["size"]
    fy = targets.period(TOTAL, "count")
    london = int(targets.values(TOTAL, "mean_per_borough", level="region").iloc[0]) * len(size)
    by_measure = offences.groupby("measure").groups
    residual = by_measure.pop("")
    tilt = pd.DataFrame(
        np.exp(rng.normal(0, 0.12, (len(size), len(by_measure)))), size.index, list(by_measure)
    )
    natural = {BURGLARY: 0.096, "drugs_offences": 0.044, SEXUAL: 0.0236}
    totals = {
        m: yearly_totals(targets, m, size * tilt[m], natural.get(m, 0) * london) for m in by_measure
    }
    grand = yearly_totals(targets, TOTAL, size, london)
    rest = grand - sum(totals.values())

    yearly = np.zeros((len(size), len(offences)))
    for rows, total in [*((by_measure[m], totals[m]) for m in by_measure), (residual, rest)]:
        share = offences.share[rows] * offences.y2018[rows].gt(0)
        yearly[:, rows] = np.outer(total, share / share.sum())
    fraud = offences.index[offences.y2018.eq(0)]
    yearly[:, fraud] = np.outer(size, offences.share[fraud])

    wave = np.array([shape(MONTHS, a, p) for a, p in offences[["amplitude", "peak"]].to_numpy()])
    level = _level(offences)
    usual = np.where(offences.y2018.gt(0), level[:, _at(fy)].mean(axis=1), 100)
    mean = yearly[:, :, None] / 12 * (level / usual[:, None] * wave)[None]
    mean[:, :, 1:] *= np.exp(rng.normal(0, 0.03, mean.shape[1:]))[None, :, 1:]  # London-wide months
    counts = overdispersed(rng, mean, 0.01)

    _pin_sexual_offences(
        rng, targets, size, counts, by_measure[SEXUAL], totals[SEXUAL], level, wave
    )
    for measure, total in totals.items():
        _fit_measure(targets, measure, counts, by_measure[measure], total, fy, size.index)
    _fit_rest(targets, counts, residual, grand, fy)
    apart = rng.poisson(
        mean.sum(axis=0)[None] * offences.elsewhere.to_numpy()[None, :, None] / 2,
        (2, *mean.shape[1:]),
    )
    names = pd.concat([boroughs.name, pd.Series(ELSEWHERE)], ignore_index=True)
    codes = pd.concat([boroughs.area_code, pd.Series(["", ""])], ignore_index=True)
    areas = pd.DataFrame({"area_code": codes, "name": names})
    return Crime(areas, offences, np.concatenate([counts, apart]))


def _pin_sexual_offences(rng, targets, size, counts, rows, total, level, wave) -> None:
    """London's and Bromley's named months, and the other boroughs' share of what is left."""
    london = targets.values(SEXUAL, "count", level="region")
    typical = targets.values(SEXUAL, "count_approx").iloc[0]
    form = (level[rows] * wave[rows]).mean(axis=0)
    form /= form[_at(targets.period(SEXUAL, "min_month"))].mean()
    whole_city = pinned_path(
        rng, pd.Series(form * london.mean(), MONTHS), targets, SEXUAL, "London"
    )
    level_off = np.minimum(form, 1)
    level_off /= level_off[_at(targets.period(SEXUAL, "min_month"))].mean()
    recent = pd.Series(level_off * typical, MONTHS)
    here = size.index.get_loc("Bromley")
    bromley = pinned_path(rng, recent, targets, SEXUAL, "Bromley")
    others = np.delete(np.arange(len(size)), here)
    weights = total.to_numpy()[others] / total.to_numpy()[others].sum()
    split = np.zeros((len(size), len(MONTHS)), int)
    split[others] = rng.multinomial((whole_city - bromley).to_numpy(), weights).T
    split[here] = bromley
    counts[:, rows[0]] = rng.binomial(split, 0.61)
    counts[:, rows[1]] = split - counts[:, rows[0]]


def _fit_measure(targets, measure, counts, rows, total, fy, names) -> None:
    """Make a measure's windows hold its printed totals, borough by borough."""
    if measure == BURGLARY:
        window = targets.period(measure, "rolling12_count")
        here = names.get_loc("Bromley")
        block = counts[here, rows]
        year = _exact_share(block[:, _at(fy)].sum(), targets)
        _two_windows(block, _at(fy), year, _at(window), int(total["Bromley"]))
        counts[here, rows] = block
    elif measure != SEXUAL and len(targets.rows(measure, "rolling12_count")):
        window = targets.period(measure, "rolling12_count")
        for b, value in enumerate(total):
            block = counts[b, rows]
            _two_windows(block, _at(fy), value, _at(window), value)
            counts[b, rows] = block


def _exact_share(near: int, targets: Targets) -> int:
    """The yearly count next to `near` of which the four wards can hold their share exactly."""
    share = targets.values(BURGLARY, "share_pct", level="ward_group").iloc[0]
    candidates = np.arange(near - 20, near + 21)
    fits = (100 * np.round(candidates * share / 100) / candidates).round(2) == share
    return int(min(candidates[fits], key=lambda n: abs(n - near)))


def _fit_rest(targets, counts, residual, grand, fy) -> None:
    """Let the other offences fill each borough's year, and London's change on the year before."""
    year, before = _at(fy), _at(fy - 12)
    for b, total in enumerate(grand):
        known = counts[b, :, year].sum() - counts[b, residual, year].sum()
        counts[b, residual, year] = whole(counts[b, residual, year], total - known)
    rise = float(targets.rows(TOTAL, "pct_change", level="region").value.iloc[0])
    wanted = round(grand.sum() / (1 + rise / 100))
    block = counts[:, residual, before]
    known = counts[:, :, before].sum() - block.sum()
    counts[:, residual, before] = whole(block, wanted - known)


def ward_crime(
    rng: np.random.Generator, targets: Targets, wards: pd.DataFrame, crime: Crime, start: str
) -> Crime:
    """The boroughs' offences from `start`, dealt out among the wards that are listed.

    Bromley's wards add up to the borough; of other boroughs, only some wards are listed.
    """
    first = MONTHS.get_loc(pd.Period(start, "M"))
    out = np.zeros((len(wards), len(crime.offences), len(MONTHS) - first), int)
    anchor = MONTHS.get_loc(targets.period(TOTAL, "count")[0]) - first
    for code, group in wards.groupby("borough"):
        borough = crime.counts[crime.areas.index[crime.areas.area_code.eq(code)][0], :, first:]
        size = (group.level * group.population).set_axis(group.name)
        size = size * np.exp(rng.normal(0, 0.08, len(size)))
        for measure, rows in crime.offences.groupby("measure").groups.items():
            weights = ranked(size, targets.rows(measure, level="ward"), lead=1.7)
            share = weights / weights.sum() * (1 if code == "E09000006" else 0.18)
            part = _deal(rng, borough[rows], share, targets, measure, anchor)
            out[np.ix_(group.index, rows)] = part
    return Crime(wards, crime.offences, out)


def _deal(rng, counts, share, targets, measure, anchor) -> np.ndarray:
    """Counts (offences, months) among wards: groups with a printed share hold it throughout."""
    rest = 1 - share.sum()
    held = targets.rows(measure, "share_pct", level="ward_group")
    chances = np.append(share.to_numpy(), max(rest, 0))
    if rest > 0.01 or held.empty:
        return np.moveaxis(rng.multinomial(counts, chances / chances.sum()), -1, 0)[: len(share)]
    part = float(held.value.iloc[0]) / 100
    inside = share.index.isin(held.geography.iloc[0].split("; "))
    flat = counts.T.ravel()  # month after month, so that the running share spans both offences
    group = steady_share(flat, part, anchor * len(counts))
    dealt = np.zeros((len(share), len(flat)), int)
    weights = share.to_numpy().copy()
    for _ in range(20):  # no other ward comes near the group's, which are the highest
        others = weights[~inside] / weights[~inside].sum() * (1 - part)
        weights[~inside] = np.minimum(others, 0.68 * part / inside.sum())
    for members, count in ((inside, group), (~inside, flat - group)):
        dealt[members] = rng.multinomial(count, weights[members] / weights[members].sum()).T
    return dealt.reshape(len(share), *counts.T.shape).swapaxes(1, 2)
