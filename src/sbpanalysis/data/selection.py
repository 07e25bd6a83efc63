"""Which of an edition's files answer for a measure, and what do they say of it?"""

from __future__ import annotations

import difflib

import pandas as pd

from sbpanalysis.data import areas, classification, reference
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.holdings import Holding
from sbpanalysis.data.values import protected, remembered, values
from sbpanalysis.errors import DataError
from sbpanalysis.periods import month


def of(edition, source: str) -> list[Holding]:
    """The edition's holdings of a source."""
    return [held for held in edition.holdings if held.source == source]


def sources(edition, measure: str, level: str) -> list[str]:
    """The sources that hold a measure at a level, in the order of the edition's data.

    London is the sum of its boroughs where no source gives it itself.
    """
    offered = [held.source for held in edition.holdings if held.offers(measure, level)]
    if not offered and level == "region":
        return sources(edition, measure, "borough")
    return list(dict.fromkeys(offered))


def offering(edition, measure: str, level: str) -> list[Holding]:
    """The holdings that answer for a measure at a level: those of the first source that does."""
    chosen = sources(edition, measure, level)[:1]
    at = level if any(h.offers(measure, level) for h in edition.holdings) else "borough"
    return [h for source in chosen for h in of(edition, source) if h.offers(measure, at)]


def frame(edition, measure: str, level: str, wanted, group: str | None, *, protect: bool = True):
    """As `found`; raises `DataError` if no source has any."""
    held = found(edition, measure, level, wanted, group, protect=protect)
    if held.empty:
        raise DataError(_not_held(edition, measure, level, group))
    return held


def found(edition, measure: str, level: str, wanted, group: str | None, *, protect: bool = True):
    """The tidy values of a measure for the `wanted` areas, from the first source that has them.

    Counts of persons come unprotected only where `protect` is False: the replay judges on them
    and shows none.
    """
    held = pd.DataFrame(columns=COLUMNS)
    for source in sources(edition, measure, level):
        held = _of_source(edition, of(edition, source), measure, level, wanted, group, protect)
        if len(held):
            return held
    if (measure, level) == ("population", "ward"):
        return _wards_from_lsoas(edition, wanted, group)
    return held


def _of_source(edition, holdings, measure, level, wanted, group, protect) -> pd.DataFrame:
    breakdown = group is not None
    if level == "region" and not any(h.offers(measure, level) for h in holdings):
        held = _london(edition, holdings, measure, breakdown)
    else:
        held = values(edition.store, holdings, measure, level, wanted, breakdown)
    held = _one_vintage(edition, held, level)
    # After London is summed: a sum of protected parts would lack every hidden one
    if protect and len(held) and _of_persons(held["source"].iloc[0]):
        held = held.assign(value=protected(held["value"]))
    return held if group in (None, "all") else _of_group(held, measure, group)


def _of_persons(source: str) -> bool:
    return reference.entries("sources.yml")[source].get("sensitive") == "persons"


def _wards_from_lsoas(edition, wanted: set[str] | None, group: str | None) -> pd.DataFrame:
    """The population of wards as the sum of their LSOAs, by the edition's best-fit lookup."""
    lookups = [h for h in edition.holdings if h.source == "lookup_lsoa_ward"]
    parts = found(edition, "population", "lsoa", None, group) if lookups else pd.DataFrame()
    if parts.empty:
        return parts
    lookup = edition.store.table(lookups[0].sha256, ["lsoa_code", "ward_code"]).astype(str)
    home = dict(zip(lookup["lsoa_code"], lookup["ward_code"], strict=True))
    vintage = lookups[0].facts["vintages"][0]
    parts = parts.assign(
        area_code=parts["area_code"].map(home), area_type="ward", boundary_vintage=vintage
    )
    keys = [column for column in COLUMNS if column != "value"]
    wards = parts.groupby(keys, sort=False)["value"].sum().reset_index()[list(COLUMNS)]
    wards = wards if wanted is None else wards[wards["area_code"].isin(wanted)]
    return _one_vintage(edition, wards, "ward").reset_index(drop=True)


def _london(edition, holdings, measure: str, breakdown: bool) -> pd.DataFrame:
    """The sum of the 32 boroughs, for months that all of them have."""
    codes = set(areas.boroughs().index)
    parts = values(edition.store, holdings, measure, "borough", codes, breakdown)
    if parts.empty:
        return parts
    keys = ["period", "frequency", "boundary_vintage", "measure", "group", "unit", "source"]

    def summed() -> pd.DataFrame:
        whole = parts.groupby([*keys, "snapshot"], sort=False, dropna=False)["value"]
        whole = whole.agg(["sum", "count"]).reset_index()
        whole = whole[whole["count"] == len(codes)].rename(columns={"sum": "value"})
        whole = whole.assign(area_code=areas.LONDON, area_type="region")
        return whole[list(parts.columns)].sort_values(["group", "period"]).reset_index(drop=True)

    offering = [held for held in holdings if held.offers(measure, "borough")]
    question = (measure, "sum of boroughs", breakdown)
    return remembered(edition.store, offering, question, summed).copy(deep=False)


def _one_vintage(edition, held: pd.DataFrame, level: str) -> pd.DataFrame:
    """Ward values on the wards that the edition counts offences in, and on no others."""
    vintages = sorted(held["boundary_vintage"].unique()) if len(held) else []
    own = ward_vintage(edition) if level == "ward" else None
    if own or (level in ("ward", "lsoa") and len(vintages) > 1):
        held = held[held["boundary_vintage"] == (own or vintages[-1])]
    return held


def ward_vintage(edition) -> str | None:
    """The vintage of wards that the edition's counts of offences are on, or of other values."""
    for kind in ("categories", "values"):
        for held in edition.holdings:
            if held.facts["kind"] == kind and "ward" in held.facts["levels"]:
                return max(held.facts["vintages"])
    return None


def _of_group(held: pd.DataFrame, measure: str, group: str) -> pd.DataFrame:
    names = sorted(held["group"].unique())
    if len(held) and group not in names:
        raise DataError(f"{measure}, group {group!r}: expected all, or one of {', '.join(names)}.")
    return held[held["group"] == group]


def cut(edition, held: pd.DataFrame, measure: str, start, end) -> pd.DataFrame:
    """The rows from `start` to `end`, months as text; raises `DataError` if they are not held."""
    periods = held["period"].dt.to_period("M")
    first, last = periods.min(), periods.max()
    until = last + 11 if held["frequency"].iloc[0] == "annual" else last
    for what, asked in (("start", start), ("end", end)):
        if asked is not None and not first <= month(asked) <= until:
            raise DataError(
                f"{measure}, {what} {asked}: not held, expected months from {first} to {until}; "
                "add the file that has them to the edition's data."
            )
    begin, stop = month(start or first), month(end or edition.period_end)
    inside = held[(periods >= begin) & (periods <= stop)]
    if inside.empty:
        raise DataError(
            f"{measure}: no months from {begin} to {stop}, held are {first} to {last}; give the "
            "edition files of those months, or ask for others."
        )
    return inside.reset_index(drop=True)


def about(edition, name: str, measure: str, level: str, held: pd.DataFrame) -> dict:
    """What travels with figures: title, unit, sources, snapshots, breaks, persons, vintage."""
    entries = reference.entries("sources.yml")
    used = [entries[source] for source in held["source"].unique()]
    said = classification.about(name)
    return {
        "measure": measure,
        "title": said["title"],
        "unit": held["unit"].iloc[0],
        "level": level,
        "source": [entry["title"] for entry in used],
        "publisher": [entry["publisher"] for entry in used],
        "snapshots": edition.named(held["snapshot"]),
        "breaks": edition.breaks(name, level),
        "persons": said["counts"] == "persons" or any(map(_of_persons, held["source"].unique())),
        "vintage": held["boundary_vintage"].iloc[0],
        "note": " ".join(filter(None, (said["note"], *(e.get("note", "") for e in used)))),
    }


def series(edition, held: pd.DataFrame, measure: str) -> pd.Series:
    """The rows of one area as a Series by month, or year, after the last gap; attrs and all."""
    code, frequency = held["area_code"].iloc[0], held["frequency"].iloc[0]
    level, name = areas.level(code), classification.measure(measure)
    index = pd.PeriodIndex(held["period"], freq="Y" if frequency == "annual" else "M")
    values = pd.Series(held["value"].to_numpy(), index=index, name=measure).sort_index()
    values = after_last_gap(values) if frequency == "monthly" else values
    values.index.name = "period"
    attrs = about(edition, name, measure, level, held)
    values.attrs = attrs | {"area": edition.area_name(code), "area_code": code}
    return values


def series_or_none(edition, measure: str, code: str, end, least: int = 24) -> pd.Series | None:
    """The series to `end`; None if it is not held then, or is shorter than a test of it needs.

    Raises `DataError` for an `end` that nothing of the edition reaches: a month is missing.
    """
    held = found(edition, classification.measure(measure), areas.level(code), {code}, None)
    last = month(end or edition.period_end).to_timestamp()
    if held.empty or held["period"].min() > last:
        return None
    if end and held["period"].max() < last and str(month(end)) <= _newest_month(edition):
        return None
    values = series(edition, cut(edition, held, measure, None, end), measure)
    return values if len(values) >= least else None


def _newest_month(edition) -> str:
    """The last month of any monthly figures: years of projections say nothing of what is over."""
    monthly = (h for h in edition.holdings if h.facts.get("frequency", ["monthly"]) == ["monthly"])
    return max((h.months[-1] for h in monthly if h.months), default="")


def holds(edition, measure: str, level: str, wanted, group: str | None) -> bool:
    """Whether any of the `wanted` areas has the measure up to the edition's last month."""
    if group is None and level in ("borough", "region"):
        entries, end = reference.entries("sources.yml"), str(edition.period_end)
        for held in offering(edition, measure, level):  # all of London: no table need be read
            if (
                entries[held.source].get("covers") == "London"
                and min(held.months, default="9") <= end
            ):
                return True
    held = found(edition, measure, level, wanted, group and "all")
    held = held[held["period"] <= edition.period_end.to_timestamp()] if len(held) else held
    return bool((held["group"] == group).any() if group not in (None, "all") else len(held))


def after_last_gap(series: pd.Series) -> pd.Series:
    """The months after the last one that is missing."""
    steps = series.index[1:].asi8 - series.index[:-1].asi8
    gaps = [position for position, step in enumerate(steps, 1) if step != 1]
    return series.iloc[gaps[-1] :] if gaps else series


def _not_held(edition, measure: str, level: str, group: str | None) -> str:
    said = classification.about(measure)
    known = measure in set(reference.table("measures.csv")["measure"])
    close = [] if known else difflib.get_close_matches(measure, edition.measures(), n=1)
    levels = ("borough", "ward", "lsoa", "region", "country")
    held = [at for at in levels if sources(edition, measure, at)]
    if held:
        hint = f"it is held at {', '.join(held)} level."
    elif close:
        hint = f"did you mean {close[0]!r}?"
    elif said["stand_in"]:
        hint = f"ask for the broader {said['stand_in']!r}, or add a file that holds it."
    else:
        hint = "add a file that holds it to the edition's data."
    what = f"{measure} by group" if group else measure
    return f"{what} at {level} level: edition {edition.name!r} holds none for this area; {hint}"
