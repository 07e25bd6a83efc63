"""How many offences did each borough and ward of the synthetic London record each month?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample.fit import (
    MONTHS,
    SEXUAL,
    TOTAL,
    at,
    fit_measure,
    fit_rest,
    yearly_totals,
)
from sample.series import overdispersed, pinned_path, shape, steady_share
from sample.targets import Targets, ranked

ELSEWHERE = ("London Heathrow and London City Airports", "Unknown")


@dataclass(frozen=True)
class Crime:
    """Counts by area, offence and month; `areas` and `offences` name the first two axes."""

    areas: pd.DataFrame
    offences: pd.DataFrame
    counts: np.ndarray


def borough_crime(
    rng: np.random.Generator, targets: Targets, boroughs: pd.DataFrame, offences: pd.DataFrame
) -> Crime:
    """Offences of the 32 boroughs, the airports and `Unknown`, fitted to the printed figures.

    Every measure's total in the year to September 2018 is its total in the financial year too,
    because the assessment prints the second under the label of the first.
    """
    size = boroughs.set_index("name")["size"]
    rows = offences.groupby("measure").groups
    totals = _totals(rng, targets, size, offences, rows)
    mean = _expected(rng, targets, size, offences, rows, totals)
    counts = overdispersed(rng, mean, 0.01)
    sexual = _sexual_offences(rng, targets, totals[SEXUAL], mean[:, rows[SEXUAL]].sum(axis=(0, 1)))
    counts[:, rows[SEXUAL]] = _split(rng, sexual, offences.share[rows[SEXUAL]])
    for measure in filter(None, rows):
        fit_measure(targets, measure, counts, rows[measure], totals[measure])
    fit_rest(targets, counts, rows[""], totals[TOTAL])
    elsewhere = mean.sum(axis=0) * offences.elsewhere.to_numpy()[:, None] / len(ELSEWHERE)
    apart = rng.poisson(elsewhere, (len(ELSEWHERE), *elsewhere.shape))
    areas = pd.concat([boroughs[["area_code", "name"]], _apart()], ignore_index=True)
    return Crime(areas, offences, np.concatenate([counts, apart]))


def _apart() -> pd.DataFrame:
    return pd.DataFrame({"area_code": "", "name": ELSEWHERE})


def _totals(rng, targets, size, offences, rows) -> dict[str, pd.Series]:
    """A year's offences by borough for each measure and in all."""
    london = int(targets.values(TOTAL, "mean_per_borough", level="region").iloc[0]) * len(size)
    totals = {TOTAL: yearly_totals(targets, TOTAL, size, london)}
    for measure in filter(None, rows):
        tilt = np.exp(rng.normal(0, 0.12, len(size)))
        natural = offences.share[rows[measure]].sum() / 1000 * london
        totals[measure] = yearly_totals(targets, measure, size * tilt, natural)
    return totals


def _expected(rng, targets, size, offences, rows, totals) -> np.ndarray:
    """Expected counts (boroughs, offences, months): level, trend, season, and London's chance."""
    known = sum(total for measure, total in totals.items() if measure != TOTAL)
    now = offences.y2018.gt(0)
    yearly = np.zeros((len(size), len(offences)))
    for measure, at_rows in rows.items():
        total = totals[measure] if measure else totals[TOTAL] - known
        share = offences.share[at_rows] * now[at_rows]
        yearly[:, at_rows] = np.outer(total, share / share.sum())
    ended = offences.index[~now]
    yearly[:, ended] = np.outer(size, offences.share[ended])
    level = _level(offences)
    usual = np.where(now, level[:, at(targets.period(TOTAL, "count"))].mean(axis=1), 100)
    wave = np.array([shape(MONTHS, a, p) for a, p in offences[["amplitude", "peak"]].to_numpy()])
    chance = np.exp(rng.normal(0, 0.03, wave.shape))
    return yearly[:, :, None] / 12 * (level / usual[:, None] * wave * chance)


def _level(offences: pd.DataFrame) -> np.ndarray:
    """Each offence's level by month: knots joined in a line, times its planted change."""
    knots = [12 * (y - 2006) for y in (2006, 2010, 2014, 2016, 2018)]
    when = np.arange(len(MONTHS)) + 3
    level = np.array(
        [np.interp(when, knots, row) for row in offences.loc[:, "y2006":"y2018"].to_numpy()]
    )
    for row, (step, factor) in enumerate(offences[["step", "step_factor"]].itertuples(index=False)):
        if step:
            level[row, step <= MONTHS] *= factor
    return level


def _sexual_offences(rng, targets, total: pd.Series, expected: np.ndarray) -> np.ndarray:
    """Counts (boroughs, months): London's and Bromley's named months, the rest by size."""
    window = at(targets.period(SEXUAL, "min_month"))
    paths = {}
    for area, form, level in (
        ("London", expected, targets.values(SEXUAL, "count", level="region").mean()),
        (
            "Bromley",
            np.minimum(expected / expected[window].mean(), 1),
            targets.values(SEXUAL, "count_approx").iloc[0],
        ),
    ):
        wanted = pd.Series(form / form[window].mean() * level, MONTHS)
        paths[area] = pinned_path(rng, wanted, targets, SEXUAL, area).to_numpy()
    weights = total.drop("Bromley")
    others = rng.multinomial(paths["London"] - paths["Bromley"], weights / weights.sum()).T
    return np.insert(others, total.index.get_loc("Bromley"), paths["Bromley"], axis=0)


def _split(rng, counts: np.ndarray, share: pd.Series) -> np.ndarray:
    """Counts (areas, months) between two offences by their shares: (areas, offences, months)."""
    first = rng.binomial(counts, share.iloc[0] / share.sum())
    return np.stack([first, counts - first], axis=1)


def ward_crime(
    rng: np.random.Generator, targets: Targets, wards: pd.DataFrame, crime: Crime, start: str
) -> Crime:
    """The boroughs' offences from `start`, dealt out among the wards that are listed.

    The wards add up to the borough, so that a ward's share has one base; in the published files
    some two in a hundred offences have no ward.
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
            share = weights / weights.sum()
            part = _deal(rng, borough[rows], share, targets, measure, anchor)
            out[np.ix_(group.index, rows)] = part
    return Crime(wards, crime.offences, out)


def _deal(rng, counts, share, targets, measure, anchor) -> np.ndarray:
    """Counts (offences, months) among wards: groups with a printed share hold it throughout."""
    held = targets.rows(measure, "share_pct", level="ward_group")
    inside = share.index.isin(held.geography.str.split("; ").explode())
    if not inside.any():
        return np.moveaxis(rng.multinomial(counts, share), -1, 0)
    part = float(held.value.iloc[0]) / 100
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
