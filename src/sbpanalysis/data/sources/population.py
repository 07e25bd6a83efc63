"""How many people live where? Yearly estimates and projections, and the census of 2021."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

# Persons of any area in the layouts: Stratford and New Town is projected to hold 74,000 in 2050
_BOUNDS = {"borough": (50_000, 800_000), "ward": (1_000, 120_000), "lsoa": (300, 20_000)}
_ALL_WARDS = 624
_BANDS = [
    "4 years and under",
    *(f"{a} to {a + 4} years" for a in range(5, 85, 5)),
    "85 years and over",
]


@dataclass(frozen=True)
class Kind:
    """A published table of persons: its source, its layout, and how it becomes tidy."""

    source: str
    layout: strict.Layout
    tidy: Callable[[strict.Table], pd.DataFrame]


def recognises(file: RawFile) -> bool:
    """Code, name and year beside a population, the census's age bands, or Nomis's estimates."""
    return _kind(file) is not None


def read(file: RawFile) -> Reading:
    """Persons by area, year and, where the table has it, age band."""
    kind = _kind(file)
    table = kind.layout.table(file)
    if "borough" not in table.frame:
        kit.one_borough(table, ["area_code", "area_name"])
    table.faults.check()
    tidy = kind.tidy(table)
    table.faults.check()
    return kit.reading(kind.source, finished(tidy, kind.source), table.tolerated)


def finished(tidy: pd.DataFrame, source: str) -> pd.DataFrame:
    """The tidy contract from area_code, area_type, year, value, and what else is set already."""
    years = pd.to_datetime(tidy["year"].astype(str), format="%Y")
    tidy = tidy.assign(period=years, value=tidy["value"].astype(float)).reset_index(drop=True)
    return kit.tidy(tidy, source, frequency="annual", measure="population", unit="persons")


def ward_vintage(table: strict.Table, codes: pd.Series) -> np.ndarray:
    """The vintage of each ward: 2018, or 2011 for the older codes of boroughs reviewed since.

    2022 where the file has those wards; notes codes of before and after in one file.
    """
    old, new = (codes.isin(territory().wards[vintage]) for vintage in territory().wards)
    if not (new & ~old).any():
        return np.where(old, "2018", "2011")
    both = ~new & codes.str.startswith("E05")
    kit.note(table, both, ["area_code"], "wards of 2022 throughout, as others of the file are")
    return np.where(new, "2022", "2011")


def within_bounds(table: strict.Table, tidy: pd.DataFrame, lines: pd.Series) -> None:
    """Note numbers of persons that no area of the level can have; `lines` are those of the file."""
    for level, (low, high) in _BOUNDS.items():
        wrong = tidy["area_type"].eq(level) & ~tidy["value"].between(low, high)
        table.faults.each(
            [
                (f"line {line}, {code}", f"{value:,.0f} persons")
                for line, code, value in zip(
                    lines[wrong], tidy["area_code"][wrong], tidy["value"][wrong], strict=True
                )
            ],
            f"{low:,} to {high:,} in a {level}",
            quote=False,
        )


def _kind(file: RawFile) -> Kind | None:
    held = file.meanings
    if {"agetotal", "geographycode"} <= held or sum(h.startswith("ageaged") for h in held) > 5:
        return _CENSUS
    if {"datename", "geographycode", "obsvalue"} <= held and held & {"agename", "cagename"}:
        return _ESTIMATES
    if "population" not in held or "populationperhectare" not in held:
        return None
    return _WARD if held & {"wardname", "borough"} else _BOROUGH


def _density(table: strict.Table, hectares: str) -> None:
    """Note rows whose population is not their density times their area, and repeated years."""
    frame = table.frame
    numbers = frame[[hectares, "per_hectare"]].astype(str).apply(pd.to_numeric, errors="coerce")
    expected = numbers[hectares] * numbers["per_hectare"]
    wrong = ~((frame["value"] - expected).abs() <= 0.005 * expected + 60)
    said = "a population that is the row's own area times its density"
    kit.note(table, wrong, ["area_code", "year", "value"], said)
    strict.unique(table, ["area_code", "year"], "area and year")
    years = frame.groupby("area_code", observed=True)["year"].nunique()
    short = years[years < frame["year"].nunique()]
    table.faults.each(
        [(str(code), f"{n} years of {frame['year'].nunique()}") for code, n in short.items()],
        "every year that any area has",
        quote=False,
    )


def _wards(table: strict.Table) -> pd.DataFrame:
    """Wards by year, and the boroughs all of whose wards are there."""
    frame = table.frame
    _density(table, "hectares")
    codes = frame["area_code"].astype(str)
    borough = territory().codes_of(frame["borough"]).rename("area_code")
    named = f"{territory().a_unit} by name"
    kit.note(table, borough.eq(""), ["borough"], named, "leave other places out")
    kit.one_borough(table, ["area_code", "borough"])
    wards = frame.assign(
        area_code=codes, area_type="ward", boundary_vintage=ward_vintage(table, codes), group=""
    )
    within_bounds(table, wards, frame.index.to_series() + 2)
    sums = wards.groupby([borough, "year"])["value"].sum()
    held = codes.groupby(borough).agg(set)
    whole = [
        b
        for b in held.index
        if codes.nunique() == _ALL_WARDS or held[b] >= set(territory().wards_of(b, "2018"))
    ]
    if short := sorted(set(held.index) - set(whole)):
        named = ", ".join(territory().units[b] for b in short)
        table.tolerated.append(f"not all wards of {named}: no total is made of them")
    sums = sums.reset_index().query("area_code in @whole").assign(area_type="borough")
    return pd.concat([wards, sums.assign(boundary_vintage="", group="")], ignore_index=True)


def _boroughs(table: strict.Table) -> pd.DataFrame:
    """The 32 boroughs by year."""
    frame = table.frame
    _density(table, "hectares")
    kept = frame["area_code"].isin(territory().units)
    _only_boroughs(table, frame["area_code"][kept], frame["area_name"][~kept])
    out = frame[kept].assign(area_type="borough")
    within_bounds(table, out, out.index.to_series() + 2)
    return out


def _estimates(table: strict.Table) -> pd.DataFrame:
    """All persons of the boroughs by year; rows of one sex or age are kept out."""
    frame = table.frame
    whole = frame["sex"].str.casefold().isin(["total", "all persons"])
    whole &= frame["age"].str.casefold().eq("all ages")
    kept = whole & frame["area_code"].isin(territory().units)
    _only_boroughs(table, frame["area_code"][kept], frame["area_name"][whole & ~kept])
    if number := int((~whole).sum()):
        table.tolerated.append(f"{number} rows of one sex or age, kept out")
    unpublished = kept & frame["status"].ne("A")
    kit.note(table, unpublished, ["status"], "the status A, of a published value")
    out = frame[kept].assign(area_type="borough")
    strict.unique(replace(table, frame=out), ["area_code", "year"], "borough and year")
    within_bounds(table, out, out.index.to_series() + 2)
    return out


def _census(table: strict.Table) -> pd.DataFrame:
    """Persons by age band in boroughs or LSOAs, and in all."""
    frame = table.frame
    wide = frame[["value", *_BANDS]].astype(float)
    off = (wide[_BANDS].sum(axis=1) - wide["value"]).abs() > 0.001 * wide["value"] + 30
    kit.note(table, off, ["area_name", "value"], "a total that its age bands add up to")
    strict.unique(table, ["area_code", "year"], "area")
    codes = frame["area_code"].astype(str)
    if not codes.str[:3].isin(["E01", "E09"]).any():
        raise kit.not_ours(
            table.faults.name,
            f"areas such as {plain(codes.iloc[0], 20)}, none of them a London borough or an LSOA",
            "those",
            "of the census files for one level each, give ltla (local authorities) or lsoa",
        )
    level = codes.str[:3].map({"E01": "lsoa"}).fillna("borough")
    kept = codes.isin(territory().units) | level.eq("lsoa")
    if level.eq("lsoa").any():
        kept &= level.eq("borough") | _whole_lsoas(table)
    else:
        _only_boroughs(table, frame["area_code"][kept], frame["area_name"][~kept])
    about = frame[kept].assign(
        area_code=codes,
        area_type=level,
        boundary_vintage=np.where(level[kept].eq("lsoa"), "2021", ""),
    )
    totals = about.assign(group="")
    within_bounds(table, totals, totals.index.to_series() + 2)
    keys = ["area_code", "area_type", "boundary_vintage", "year"]
    bands = about[[*keys, *_BANDS]].melt(keys, var_name="group")
    return pd.concat([totals[[*keys, "group", "value"]], bands], ignore_index=True)


def _only_boroughs(table: strict.Table, held: pd.Series, others: pd.Series) -> None:
    kit.every_unit(table.faults, held)
    if number := others.nunique():
        table.tolerated.append(f"{number} other areas, kept out")


def _whole_lsoas(table: strict.Table) -> pd.Series:
    """Whether each row is an LSOA of London; notes boroughs of which LSOAs are missing."""
    frame = table.frame
    borough = frame["area_name"].astype(str).map(territory().unit_of_lsoa)
    inside = borough.ne("")
    if not inside.any():
        found = f"LSOAs such as {plain(frame['area_name'].iloc[0])}, none of London"
        choose = "choose London's areas for the download"
        raise kit.not_ours(table.faults.name, found, "those", choose)
    if outside := int((~inside).sum()):
        table.tolerated.append(f"{outside:,} LSOAs outside London, kept out")
    kit.every_lsoa(table.faults, borough, "2021")
    return inside


_AREA = {"area_code": ("Code",), "hectares": ("Hectares", "Inland_Area _Hectares")}
_AREA |= {"per_hectare": ("Population_per_hectare",)}
_NUMBERS = {"year": ("Year",), "value": ("Population",)}
_WARD = Kind(
    "gla_density_ward",
    strict.Layout(
        _AREA | {"borough": ("Borough",), "area_name": ("Ward_Name",)}, _NUMBERS, others="drop"
    ),
    _wards,
)
_BOROUGH = Kind(
    "gla_density_borough",
    strict.Layout(_AREA | {"area_name": ("Name",)}, _NUMBERS, others="drop"),
    _boroughs,
)
_ESTIMATES = Kind(
    "ons_mid_year_estimates",
    strict.Layout(
        {
            "area_code": ("GEOGRAPHY_CODE",),
            "area_name": ("GEOGRAPHY_NAME",),
            "sex": ("SEX_NAME", "GENDER_NAME"),
            "age": ("AGE_NAME", "C_AGE_NAME"),
            "status": ("OBS_STATUS",),
        },
        {"year": ("DATE_NAME",), "value": ("OBS_VALUE",)},
        others="drop",
    ),
    _estimates,
)
_CENSUS = Kind(
    "census_2021",
    strict.Layout(
        {"area_code": ("geography code",), "area_name": ("geography",)},
        {"year": ("date",), "value": ("Age: Total",)} | {b: (f"Age: Aged {b}",) for b in _BANDS},
        others="drop",
    ),
    _census,
)
