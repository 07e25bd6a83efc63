"""What do notebooks ask of an edition again and again? Totals by area, shares by age, captions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.errors import SbpWarning
from sbpanalysis.periods import Fixed, in_words, month, window

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition


def totals(
    edition: Edition, measure: str, level: str, months: int, end: str | pd.Period | None
) -> pd.Series | None:
    """Totals of `months` months by area name; None if nothing near the measure is held for them.

    If only a broader measure is held at the level it is given instead, and a warning says so.
    attrs: as `Edition.load`, with codes (name -> code), vintage, span, caption, mean_label, and
    stands_in: what the broader measure is and is not, empty for the measure itself.
    """
    name = edition.best_measure(measure, level)
    if name is None:
        return None
    index = window(edition.period_end if end is None else month(end), months)
    held = {m for h in edition.holdings if h.offers(name, level) for m in h.months}
    if absent := [m for m in index if str(m) not in held]:
        warnings.warn(
            f"{edition.measure_title(name)} by {level} is held for {months - len(absent)} of the "
            f"{months} months to {in_words(index[-1])}, so no totals are given.",
            SbpWarning,
            stacklevel=3,
        )
        return None
    frame = edition.load(name, level, start=str(index[0]), end=str(index[-1]))
    title, stands_in = edition.measure_title(name), ""
    if name != measure:
        stands_in = (
            f"By {level}, only {title.lower()} is held, which is broader than "
            f"{edition.measure_title(measure).lower()}."
        )
        warnings.warn(stands_in, SbpWarning, stacklevel=3)
    sums = frame.groupby("area_code", sort=True)["value"].sum()
    codes = Fixed({edition.area_name(code): code for code in sums.index})
    sums.index = pd.Index(codes, name="Area")
    where = edition.area if level in ("ward", "lsoa") else "32 London boroughs"
    span = (index[0], index[-1])
    sums.attrs = frame.attrs | {
        "codes": codes,
        "vintage": frame["boundary_vintage"].iloc[0],
        "area": where,
        "span": span,
        "stands_in": stands_in,
        "mean_label": "London mean" if level == "borough" else "Mean",
        "caption": f"{title}, {where}, {months} months to {in_words(index[-1])}",
    }
    return sums


def residents(edition: Edition, values: pd.Series) -> pd.Series | None:
    """The population of the areas of `values` (from `totals`), by name; None if any is not held."""
    codes, level = values.attrs["codes"], values.attrs["level"]
    if not edition.has("population", level):
        return None
    people = edition.population(level=level)
    if not set(codes.values()) <= set(people.index):
        return None
    out = pd.Series({name: people[code] for name, code in codes.items()}, name="population")
    out.attrs = dict(people.attrs)
    return out


def per_residents(edition: Edition, values: pd.Series) -> dict:
    """What a sentence about a rate of `values` per 1,000 residents has to say of itself."""
    people = edition.population(level=values.attrs["level"])
    sources = [*values.attrs["source"], f"{people.attrs['source']}, {people.attrs['year']}"]
    about = {"area": edition.area, "per": 1000, "exposure": "residents", "source": sources}
    return values.attrs | about


def age_shares(edition: Edition) -> pd.DataFrame | None:
    """Percent of residents in each age band, a row a borough; None if no ages are held."""
    # Some publish the shares of one year and the persons of another
    held = [m for m in ("population_share", "population") if edition.has(m, group="all")]
    if not held:
        return None
    frame = edition.load(held[0], "borough", group="all")
    year = min(frame["period"].unique(), key=lambda p: abs(p.year - edition.period_end.year))
    wide = frame[frame["period"] == year].pivot(index="area_code", columns="group", values="value")
    wide = _broad(wide)
    shares = 100 * wide.div(wide.sum(axis=1), axis=0)
    shares.index = pd.Index([edition.area_name(c) for c in shares.index], name="Area")
    shares.columns.name = None
    shares.attrs = frame.attrs | {
        "caption": f"Residents by age band, percent, 32 London boroughs, {year.year}",
        "unit": "percent",
        "digits": 1,
        "title": "residents by age",
        "period": str(year.year),
    }
    return shares


def _broad(wide: pd.DataFrame) -> pd.DataFrame:
    """Age bands as published if they are few; five-year bands summed to three."""
    if wide.shape[1] <= 4:
        return wide
    first = wide.columns.str.extract(r"(\d+)")[0].astype(int)
    under = wide.columns.str.contains("under")  # "4 years and under" begins at 0
    first = first.where(~under, 0).to_numpy()
    names = pd.cut(first, [-1, 14, 64, 200], labels=["0 to 14", "15 to 64", "65 and over"])
    return wide.T.groupby(names.astype(str)).sum().T
