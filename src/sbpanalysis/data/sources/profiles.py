"""What do the Greater London Authority's profiles say of population? Boroughs and wards.

Spreadsheets for reading: numbers with thousands commas, a full stop for what is missing, a year
in each header, regions under the boroughs, wards and boroughs in one column.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.sources.population import finished, ward_vintage, within_bounds
from sbpanalysis.data.territory import territory

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_MISSING = (".", "n/a", "")
# a header without its year -> what its number is; case, blanks and marks do not matter
_BOROUGH = {
    "GLA Population Estimate": ("population", ""),
    "Proportion of population aged 0-15": ("population_share", "0-15"),
    "Proportion of population of working-age": ("population_share", "16-64"),
    "Proportion of population aged 65 and over": ("population_share", "65 and over"),
}
_OPTIONAL = {"% of population from BAME groups": ("population_share_bme", "")}
_WARD = {
    "Population": ("population", ""),
    "Children aged 0-15": ("population", "0-15"),
    "Working-age (16-64)": ("population", "16-64"),
    "Older people aged 65+": ("population", "65 and over"),
}
_KEYS = {
    "gla_borough_profiles": {"area_code": ("Code",), "area_name": ("Area_name",)},
    "gla_ward_profiles": {"area_code": ("New code",), "area_name": ("Ward name",)},
}


def recognises(file: RawFile) -> bool:
    """The profiles' own names for an area and its population in the header."""
    return _source(file) is not None


def read(file: RawFile) -> Reading:
    """Persons and age shares of the boroughs, or persons by age of wards and boroughs."""
    source = _source(file)
    found = _columns(file, _BOROUGH | _OPTIONAL if source == "gla_borough_profiles" else _WARD)
    keys = _KEYS[source]
    wanted = keys | {header: (header,) for header in found}
    table = strict.Layout(wanted, others="drop", encodings=("utf-8", "cp1252")).table(file)
    needed = _BOROUGH if source == "gla_borough_profiles" else _WARD
    missing = set(needed) - {pattern for pattern, *_ in found.values()}
    table.faults.each(
        [("header", f"no column {name}, with a year") for name in sorted(missing)],
        "the population and its three age bands, each with a year",
        quote=False,
    )
    numbers = pd.DataFrame({h: _numbers(table, h) for h in found})
    table.faults.check()
    tidy = _tidy(table, numbers, found)
    kit.one_borough(table, ["area_code", "area_name"])
    table.faults.check()
    _wards_add_up(table, tidy)
    _complete(table, tidy)
    table.faults.check()
    return kit.reading(source, finished(tidy, source), table.tolerated)


def _source(file: RawFile) -> str | None:
    held = file.meanings
    if (
        any(h.startswith("glapopulationestimate") for h in held)
        or {"areaname", "innerouterlondon"} <= held
    ):
        return "gla_borough_profiles"
    if len(held & {"wardname", "oldcode", "newcode"}) >= 2:
        return "gla_ward_profiles"
    return None


def _columns(file: RawFile, patterns: dict) -> dict[str, tuple]:
    """Header -> (name, year, measure, group) of the columns of interest."""
    named = {strict.meaning(name): name for name in patterns}
    found = {}
    for header in file.header:
        match = re.fullmatch(r"(.*?)((?:19|20)\d{2})", strict.meaning(header))
        if match and match[1] in named:
            name = named[match[1]]
            found[header] = (name, int(match[2]), *patterns[name])
    return found


def _numbers(table: strict.Table, header: str) -> np.ndarray:
    """A column of numbers with thousands commas; missing where it says so."""
    texts = table.frame[header].astype(str)
    missing = texts.isin(_MISSING)
    wrong = ~missing & ~texts.str.fullmatch(_NUMBER)
    kit.note(table, wrong, [header], "a number, or a full stop where it is missing")
    return pd.to_numeric(texts.mask(missing).str.replace(",", ""), errors="coerce").to_numpy(float)


def _tidy(table: strict.Table, numbers: pd.DataFrame, found: dict) -> pd.DataFrame:
    codes = table.frame["area_code"].astype(str)
    level = np.where(codes.isin(territory().units), "borough", "")
    level = np.where(codes.str.startswith("E05"), "ward", level)
    kept = level != ""
    twice = kept & codes.duplicated().to_numpy()
    kit.note(table, twice, ["area_code"], "each borough and ward once")
    others = table.frame["area_name"][~kept].astype(str)
    if len(others):
        table.tolerated.append(f"rows of {', '.join(others)}: no boroughs, kept out")
    about = pd.DataFrame(
        {
            "area_code": codes,
            "area_type": level,
            "boundary_vintage": np.where(level == "ward", ward_vintage(table, codes), ""),
        }
    )[kept]
    frames = [
        about.assign(
            year=year,
            measure=measure,
            group=group,
            value=numbers[header][kept],
            unit="percent" if measure.startswith("population_share") else "persons",
        )
        for header, (_, year, measure, group) in found.items()
    ]
    tidy = pd.concat([*frames, *_persons(about, numbers[kept], found)])
    tidy = tidy.dropna(subset="value")
    totals = tidy[tidy["measure"].eq("population") & tidy["group"].eq("")]
    within_bounds(table, totals, totals.index.to_series() + 2)
    return tidy


def _persons(about: pd.DataFrame, numbers: pd.DataFrame, found: dict) -> list[pd.DataFrame]:
    """Persons of an age band, where share and population are of one year."""
    total = {year: h for h, (_, year, measure, _) in found.items() if measure == "population"}
    return [
        about.assign(
            year=year,
            measure="population",
            group=group,
            value=numbers[header] / 100 * numbers[total[year]],
            unit="persons",
        )
        for header, (_, year, measure, group) in found.items()
        if measure == "population_share" and year in total
    ]


def _wards_add_up(table: strict.Table, tidy: pd.DataFrame) -> None:
    """Note boroughs that are not the sum of their wards, which are named after them."""
    totals = tidy[tidy["measure"].eq("population") & tidy["group"].eq("")]
    wards = totals[totals["area_type"].eq("ward")]
    if wards.empty:
        return
    name = table.frame["area_name"].astype(str).str.split(" - ").str[0]
    codes = name.reindex(wards.index).map(lambda n: territory().find(n) or "")
    sums = wards.groupby(codes)["value"].sum()
    boroughs = totals[totals["area_type"].eq("borough")].set_index("area_code")["value"]
    for code, total in boroughs.items():
        if abs(sums.get(code, 0) - total) > 0.01 * total:
            table.faults.add(
                territory().units[code],
                f"{sums.get(code, 0):,.0f} persons in its wards",
                f"about the {total:,.0f} of the borough",
            )


def _complete(table: strict.Table, tidy: pd.DataFrame) -> None:
    """Note missing boroughs, and age bands that do not add up."""
    kit.every_unit(table.faults, tidy["area_code"])
    bands = tidy[tidy["group"] != ""].groupby(["measure", "area_code", "year"])["value"].sum()
    for measure, sums in bands.groupby(level="measure"):
        if measure == "population_share":
            whole = pd.Series(100.0, sums.index)
        else:
            total = tidy[tidy["measure"].eq(measure) & tidy["group"].eq("")]
            whole = total.set_index(["measure", "area_code", "year"])["value"].reindex(sums.index)
        off = ((sums - whole).abs() > 0.011 * whole) & whole.notna()
        table.faults.each(
            [
                (f"{area}, {year}", f"age bands of {sums[m, area, year]:,.1f}")
                for m, area, year in sums.index[off]
            ],
            "bands that add up to the whole",
            quote=False,
        )
