"""How many people live in the synthetic boroughs and wards, by year and by age?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample.targets import Targets, whole

YEARS = range(2006, 2031)
BASE_YEAR = 2018
GROWTH = 0.008  # a year, about that of outer London in the 2010s
BANDS = {
    "population_aged_0_15": "aged_0_15",
    "population_aged_65_plus": "aged_65_plus",
}


def population_tables(
    targets: Targets, boroughs: pd.DataFrame, wards: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Population by borough and year, by ward and year, and age shares of one year.

    The layouts are those of the Greater London Authority's density files and borough profiles.
    """
    people = boroughs.set_index("name").population.astype(float)
    people.update(targets.values("population", "count"))
    return {
        "housing-density-borough.csv": _density_borough(boroughs, people),
        "housing-density-ward.csv": _density_ward(boroughs, wards, people),
        "london-borough-profiles.csv": _profiles(targets, boroughs, people),
    }


def _by_year(people: pd.Series) -> pd.DataFrame:
    years = pd.Index(YEARS, name="Year")
    growth = np.exp(GROWTH * (years.to_numpy() - BASE_YEAR))
    table = pd.DataFrame(np.outer(people, growth).round().astype(int), people.index, years)
    return table.stack().rename("Population").reset_index()


def _density_borough(boroughs: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    table = _by_year(people).merge(boroughs, on="name").sort_values(["area_code", "Year"])
    return pd.DataFrame(
        {
            "Code": table.area_code,
            "Name": table.name,
            "Year": table.Year,
            "Source": np.where(table.Year < 2017, "ONS MYE", "GLA Population Projections"),
            "Population": table.Population,
            "Inland_Area _Hectares": table.hectares,
            "Total_Area_Hectares": table.hectares,
            "Population_per_hectare": (table.Population / table.hectares).round(1),
            "Square_Kilometres": table.hectares / 100,
            "Population_per_square_kilometre": (100 * table.Population / table.hectares).round(1),
        }
    )


def _density_ward(boroughs: pd.DataFrame, wards: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    wards = wards.copy()
    wards["borough"] = wards.borough.map(boroughs.set_index("area_code").name)
    yearly = _by_year(people)
    frames = []
    for borough, group in wards.groupby("borough"):
        totals = yearly[yearly.name.eq(borough)].set_index("Year").Population
        for year, total in totals.items():
            part = whole(group.population.to_numpy(), int(total))
            frames.append(group.assign(Year=year, Population=part))
    table = pd.concat(frames).query("Year >= 2011").sort_values(["Year", "area_code"])
    return pd.DataFrame(
        {
            "Code": table.area_code,
            "Borough": table.borough,
            "Ward_Name": table.name,
            "Year": table.Year,
            "Population": table.Population,
            "Hectares": table.hectares,
            "Square_Kilometres": table.hectares / 100,
            "Population_per_hectare": table.Population / table.hectares,
            "Population_per_square_kilometre": 100 * table.Population / table.hectares,
        }
    )


def _profiles(targets: Targets, boroughs: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    shares = boroughs.set_index("name")[[*BANDS.values()]].astype(float)
    shares.update(pd.DataFrame({c: targets.values(m, "share_pct") for m, c in BANDS.items()}))
    working = (100 - shares.sum(axis=1)).round(2)
    hectares = boroughs.set_index("name").hectares
    text = {
        "Code": boroughs.set_index("name").area_code,
        "Inner/_Outer_London": boroughs.set_index("name").region,
        f"GLA_Population_Estimate_{BASE_YEAR}": people.astype(int).astype(str),
        "Inland_Area_(Hectares)": hectares.map("{:,}".format),  # as published, with commas
        f"Proportion_of_population_aged_0-15,_{BASE_YEAR}": shares.aged_0_15,
        f"Proportion_of_population_of_working-age,_{BASE_YEAR}": working,
        f"Proportion_of_population_aged_65_and_over,_{BASE_YEAR}": shares.aged_65_plus,
        f"%_of_population_from_BAME_groups_({BASE_YEAR})": shares.aged_0_15.round(0) + 14,
        f"Average_Band_D_Council_Tax_charge_(\u00a3),_{BASE_YEAR}": pd.Series(".", people.index),
    }
    table = pd.DataFrame(text).reset_index(names="Area_name").sort_values("Code")
    table = table[["Code", "Area_name", *[c for c in table if c not in ("Code", "Area_name")]]]
    london = dict.fromkeys(table, ".") | {
        "Code": "E12000007",
        "Area_name": "London",
        f"GLA_Population_Estimate_{BASE_YEAR}": str(int(people.sum())),
        "Inland_Area_(Hectares)": f"{int(hectares.sum()):,}",
    }
    return pd.concat([table, pd.DataFrame([london])], ignore_index=True)
