"""What do notebooks ask of an edition again and again? Series, totals by area, shares by age."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.data import classification, persons, provenance
from sbpanalysis.data.select import Selection
from sbpanalysis.errors import NotHeldError, SbpWarning
from sbpanalysis.periods import Fixed, in_words, month, window

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition


def about(edition: Edition, measure: str, selection: Selection) -> dict:
    """What travels with figures: title, unit, sources, snapshots, breaks, persons, vintage."""
    used, said = selection.sources, classification.about(measure)
    return {
        "measure": measure,
        "title": said["title"],
        "unit": selection.rows["unit"].iloc[0],
        "level": selection.level,
        "source": [entry["title"] for entry in used],
        "publisher": [entry["publisher"] for entry in used],
        "snapshots": edition.named(held.sha256 for held in selection.files),
        "breaks": provenance.breaks(edition, selection),
        "persons": said["counts"] == "persons" or selection.of_persons,
        "vintage": selection.vintage,
        "note": " ".join(filter(None, (said["note"], *(e.get("note", "") for e in used)))),
    }


def series(edition: Edition, measure: str, selection: Selection) -> pd.Series:
    """The values of one area as a Series by month, or year, after the last gap; attrs and all."""
    selection.tell_calendar("months")
    rows = selection.rows
    code, frequency = rows["area_code"].iloc[0], rows["frequency"].iloc[0]
    index = pd.PeriodIndex(rows["period"], freq="Y" if frequency == "annual" else "M")
    values = pd.Series(rows["value"].to_numpy(), index=index, name=measure).sort_index()
    values = after_last_gap(values) if frequency == "monthly" else values
    values.index.name = "period"
    where = {"area": edition.area_name(code), "area_code": code}
    values.attrs = about(edition, measure, selection) | where
    return values


def check_reach(edition: Edition, found: Selection, end: str | pd.Period | None) -> None:
    """Raise `NotHeldError` for a selection that has not the months up to `end`, but others have.

    An `end` that nothing of the edition reaches is left to `Selection.cut`: a month is missing.
    """
    last = month(end or edition.period_end)
    begins_later = found.periods.min() > last
    ends_before = end and found.periods.max() < last and str(last) <= _newest_month(edition)
    if begins_later or ends_before:
        held = f"{found.periods.min()} to {found.periods.max()}"
        raise NotHeldError(
            f"{found.measure} to {last}: held are {held}; ask for an end inside, or add a file.",
            found.measure,
            found.level,
            f"held from {held} only",
        )


def _newest_month(edition: Edition) -> str:
    """The last month of any monthly figures: years of projections say nothing of what is over."""
    monthly = (h for h in edition.holdings if h.facts.get("frequency", ["monthly"]) == ["monthly"])
    return max((h.months[-1] for h in monthly if h.months), default="")


def after_last_gap(series: pd.Series) -> pd.Series:
    """The months after the last one that is missing."""
    steps = series.index[1:].asi8 - series.index[:-1].asi8
    gaps = [position for position, step in enumerate(steps, 1) if step != 1]
    return series.iloc[gaps[-1] :] if gaps else series


def totals(
    edition: Edition, measure: str, level: str, months: int, end: str | pd.Period | None
) -> pd.Series:
    """Totals of `months` months by area name.

    If only a broader measure is held at the level it is given instead, and a warning says so.
    Raises `NotHeldError` if nothing near the measure is held for them.
    Areas that lack a month are left out, with a warning. Totals of persons are summed as counted
    and then protected. attrs: as `Edition.load`, with codes (name -> code), vintage, span,
    when, caption, mean_label, and stands_in: what the broader measure is and is not, else empty.
    """
    name = edition.best_measure(measure, level)
    if name is None:
        raise NotHeldError(f"{measure} by {level}: not held.", measure, level)
    title = edition.measure_title(name)
    index = window(edition.period_end if end is None else month(end), months)
    found = edition._held(name, level, last=edition._last(end))
    inside = found.where(found.periods.isin(index) & (found.frequencies == "monthly"))
    if absent := months - inside.periods.nunique():
        why = f"held for {months - absent} of the {months} months to {in_words(index[-1])}"
        raise NotHeldError(f"{title} by {level}: {why}.", measure, level, why)
    stands_in = ""
    if name != measure:
        stands_in = (
            f"By {level}, only {title.lower()} is held, which is broader than "
            f"{edition.measure_title(measure).lower()}."
        )
        _warn(stands_in)
    sums = _whole(edition, inside, title, months)
    if sums.empty:
        raise NotHeldError(f"{title} by {level}: no area has all months.", measure, level)
    codes = Fixed({edition.area_name(code): code for code in sums.index})
    sums.index = pd.Index(codes, name="Area")
    where = edition.area if level in ("ward", "lsoa") else "32 London boroughs"
    when = f"{months} months to {in_words(index[-1])}"
    sums.attrs = about(edition, name, inside) | {
        "codes": codes,
        "area": where,
        "span": (index[0], index[-1]),
        "stands_in": stands_in,
        "mean_label": "London mean" if level == "borough" else "Mean",
        "when": when,
        "caption": f"{title}, {where}, {when}",
    }
    return sums


def _whole(edition: Edition, selection: Selection, title: str, months: int) -> pd.Series:
    """Sums by area of those that hold every month; a warning names the others."""
    sums = selection.sums("area_code", months)
    short = set(selection.rows["area_code"]) - set(sums.index)
    if short:
        names = ", ".join(sorted(map(edition.area_name, short)))
        _warn(f"{title}: {names} left out, for not all of the {months} months are held.")
    return sums


def _warn(text: str) -> None:
    warnings.warn(text, SbpWarning, stacklevel=4)


def residents(edition: Edition, values: pd.Series) -> pd.Series:
    """The population of the areas of `values` (from `totals`), by name.

    Raises `NotHeldError` if that of any is not held.
    """
    codes, level = values.attrs["codes"], values.attrs["level"]
    people = persons.population(edition, "population", None, level, None)
    if not set(codes.values()) <= set(people.index):
        raise NotHeldError(f"population by {level}: not of every area.", "population", level)
    out = pd.Series({name: people[code] for name, code in codes.items()}, name="population")
    out.attrs = people.attrs | {"exposure": "residents"}
    return out


def age_shares(edition: Edition, measure: str) -> pd.DataFrame:
    """Percent of residents in each age band, a row a borough.

    Of a count of residents, the `measure`, or of its shares. Raises `NotHeldError` for neither.
    """
    # Some publish the shares of one year and the persons of another
    shares = f"{measure}_share"
    held = shares if edition.has(shares, group="all") else measure
    frame = edition.load(held, "borough", group="all")
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
