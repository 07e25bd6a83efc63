"""What do the synthetic dashboards show? Weapons, domestic abuse, violence, and all offences."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from sample.crime import Crime
from sample.series import pinned_path, shape, steady_share
from sample.targets import Targets, ranked
from sbpanalysis.periods import financial_year, months

MONTHS = months("2012-04", "2018-09")
REFRESHED = "2018-10-05"


def dashboard_rows(
    rng: np.random.Generator,
    targets: Targets,
    boroughs: pd.DataFrame,
    wards: pd.DataFrame,
    subtypes: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Long tables by file name, zero rows left out as the publisher does.

    Subtypes nest: each is a random part of its parent, in borough and neighbourhood alike.
    """
    area_names = pd.concat([boroughs.name, wards.name], ignore_index=True)
    parts: dict[str, np.ndarray] = {}
    out: dict[str, list[pd.DataFrame]] = {}
    for row in subtypes.itertuples():
        if row.parent:
            counts = rng.binomial(parts[row.parent], float(row.thinning))
            _add_up_wards(counts, boroughs, wards)
        else:
            counts = _main_counts(rng, targets, boroughs, wards, row)
        parts[row.subtype] = counts
        for measure, values in (
            ("Offences", counts),
            ("Positive Outcomes", rng.binomial(counts, 0.14)),
        ):
            out.setdefault(row.file, []).append(
                _long(values, boroughs, wards, area_names, row, measure)
            )
    return {name: pd.concat(frames, ignore_index=True) for name, frames in out.items()}


def total_rows(rng: np.random.Generator, crime: Crime, by_ward: Crime, first: str) -> pd.DataFrame:
    """All offences since month `first` in this layout, counted as in the recorded crime files."""
    since = MONTHS[first <= MONTHS]
    own = crime.areas["area_code"].ne("").to_numpy()
    counts = [c[..., -len(since) :] for c in (crime.counts[own], by_ward.counts)]
    boroughs, wards = crime.areas[own], by_ward.areas
    names = pd.concat([boroughs.name, wards.name], ignore_index=True)
    frames = []
    for number, offence in enumerate(crime.offences.itertuples()):
        row = SimpleNamespace(group=offence.major, subtype=offence.minor)
        values = np.concatenate([c[:, number] for c in counts])
        for measure, found in (
            ("Offences", values),
            ("Positive Outcomes", rng.binomial(values, 0.12)),
        ):
            frames.append(_long(found, boroughs, wards, names, row, measure, since))
    return pd.concat(frames, ignore_index=True)


def _main_counts(rng, targets, boroughs, wards, row) -> np.ndarray:
    """Counts (boroughs then wards, months) of a subtype that is not part of another."""
    size = boroughs.set_index("name")["size"]
    years = (np.arange(len(MONTHS)) - MONTHS.get_loc(pd.Period("2017-05", "M"))) / 12
    form = shape(MONTHS, float(row.amplitude), int(row.peak)) * np.exp(
        np.log1p(float(row.trend) / 100) * years
    )
    path = {
        area: pinned_path(
            rng, pd.Series(form * float(level), MONTHS), targets, row.measure, area
        ).to_numpy()
        for area, level in (("London", row.london), ("Bromley", row.bromley))
    }
    here = size.index.get_loc("Bromley")
    weights = (size * np.exp(rng.normal(0, 0.2, len(size)))).drop("Bromley")
    others = rng.multinomial(path["London"] - path["Bromley"], weights / weights.sum()).T
    by_borough = np.insert(others, here, path["Bromley"], axis=0)
    by_ward = np.zeros((len(wards), len(MONTHS)), int)
    for code, group in wards.groupby("borough"):
        borough = by_borough[boroughs.index[boroughs.area_code.eq(code)][0]]
        by_ward[group.index] = _among_wards(rng, targets, row.measure, group, borough)
    return np.concatenate([by_borough, by_ward])


def _among_wards(rng, targets, measure, group, borough) -> np.ndarray:
    """A borough's counts among its wards; a ward with a printed share holds it throughout."""
    named = targets.rows(measure, level="ward")
    weights = ranked((group.level * group.population).set_axis(group.name), named, lead=1.7)
    share = (weights / weights.sum()).to_numpy()
    printed = named[named.statistic.eq("share_pct") & named.geography.isin(group.name)]
    if printed.empty:
        return rng.multinomial(borough, share).T
    at = group.name.tolist().index(printed.geography.iloc[0])
    held = steady_share(borough, float(printed.value.iloc[0]) / 100, MONTHS.get_loc("2017-04"))
    rest = np.delete(share, at)
    return np.insert(rng.multinomial(borough - held, rest / rest.sum()).T, at, held, axis=0)


def _add_up_wards(counts, boroughs, wards) -> None:
    """Where the wards of a borough are listed, the borough is their sum."""
    for code, group in wards.groupby("borough"):
        at = boroughs.index[boroughs.area_code.eq(code)][0]
        counts[at] = counts[len(boroughs) + group.index].sum(axis=0)


def _long(values, boroughs, wards, names, row, measure, index=MONTHS) -> pd.DataFrame:
    area, at = np.nonzero(values)
    is_ward = area >= len(boroughs)
    borough_of = wards.borough.map(boroughs.set_index("area_code").name)
    snt = pd.concat([boroughs.name, borough_of + " " + wards.name], ignore_index=True)
    # half of the published ward codes end in a blank
    codes = pd.concat([boroughs.area_code, wards.area_code], ignore_index=True)
    codes = codes + np.where((codes.str.startswith("E05")) & (codes.index % 2 == 0), " ", "")
    years = np.array([financial_year(p) for p in index])[at]
    index = index[at]
    return pd.DataFrame(
        {
            "Month_Year": index.strftime("%Y-%m-01"),
            "Area Type": np.where(is_ward, "Safer Neighbourhood Teams", "Borough"),
            "Borough_SNT": snt.to_numpy()[area],
            "Area name": names.to_numpy()[area],
            "Area code": codes.to_numpy()[area],
            "Crime Type": row.group,
            "Crime Subtype": row.subtype,
            "Measure": measure,
            "Financial Year": [f"fy{y[2:4]}-{y[5:]}" for y in years],
            "Count": values[area, at],
            "Refresh Date": REFRESHED,
        }
    )
