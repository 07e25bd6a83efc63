"""Make data/sample.zip: synthetic files in each publisher's own format.

    PYTHONPATH=tools python -m sample.make

Every count is invented: a trend, a season, chance, ward differences and one planted change,
fitted to the figures that the 2018 assessment printed, so that each can be found again in rows.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from sample import crime as recorded
from sample import dashboards, fires, partner, population, profiles, vawg, workbooks
from sample.targets import read_targets
from sbpanalysis.data import reference
from sbpanalysis.paths import root

SEED = 2018
TABLES = Path(__file__).parent / "tables"
CLAIMS = "assessments/bromley-2018/claims.csv"
RECENT = "2016-10"  # the first of the publisher's "most recent 24 months"
WARDS_FROM = "2014-04"


def files() -> dict[str, bytes]:
    """The files by name, the same bytes every time."""
    areas, wards, offences, subtypes, kinds, records = map(
        _table, ("boroughs", "wards", "offences", "dashboards", "fires", "lfb_columns")
    )
    offences["step_factor"] = pd.to_numeric(offences.step_factor)
    targets = read_targets(reference.path(CLAIMS))
    rng = np.random.default_rng(SEED)
    crime = recorded.borough_crime(rng, targets, areas, offences)
    by_ward = recorded.ward_crime(rng, targets, wards, crime, WARDS_FROM)
    flags = dashboards.dashboard_rows(rng, targets, areas, wards, subtypes)
    calls = fires.incidents(rng, targets, areas, wards, kinds, records.columns)
    people = population.population_tables(targets, areas, wards)
    partners = _partner_files(targets, areas, wards)
    tables = {
        **_borough_files(crime),
        **_ward_files(by_ward, areas),
        **_dashboard_files(flags),
        **_later_files(crime, by_ward),
        **_fire_files(calls),
        **people,
        **partners,
        **workbooks.workbooks(crime, partners["partner_surveys.csv"]),
        **{f"old_layout/{name}": f for name, f in _old_files(crime).items()},
    }
    return {name: _bytes(name, table) for name, table in tables.items()}


def pack(target: Path) -> None:
    """Write the files as one archive, the same bytes every time."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files().items():
            archive.writestr(
                zipfile.ZipInfo(name, (2018, 10, 1, 0, 0, 0)), content, zipfile.ZIP_LZMA
            )


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / f"{name}.csv", keep_default_na=False)


def _dashboard_files(flags: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame | bytes]:
    """Knife crime as a workbook, and all other flags in one table, as published."""
    knife = flags.pop("KnifeCrimeData")
    month = pd.to_datetime(knife["Month_Year"]).dt.date
    name = "M1045_MonthlyCrimeDashboard"
    return {
        f"{name}_KnifeCrimeData.xlsx": workbooks.xlsx(
            {"MPS_MonthlyCrimeDashboard_Other": knife.assign(Month_Year=month)}
        ),
        f"{name}_OtherCrimeData.csv": pd.concat(flags.values(), ignore_index=True),
    }


def _later_files(crime: recorded.Crime, by_ward: recorded.Crime) -> dict[str, pd.DataFrame | bytes]:
    """All offences in the dashboard layout, and violence against women and girls as a workbook."""
    # streams of their own: what was published before stays as it was
    total, women = (np.random.default_rng([SEED, n]) for n in (3, 4))
    return {
        "M1045_MonthlyCrimeDashboard_TNOCrimeData.csv": dashboards.total_rows(
            total, crime, by_ward, RECENT
        ),
        "VAWG_Offence_Data.xlsx": workbooks.xlsx(vawg.sheets(women, crime, RECENT)),
    }


def _fire_files(calls: pd.DataFrame) -> dict[str, pd.DataFrame | bytes]:
    """The years to 2017 as a table, those since as a workbook with dates, as published."""
    before = calls["CalYear"] < 2018
    since = calls[~before]
    dates = pd.to_datetime(since["DateOfCall"], format="%d %b %Y").dt.date
    return {
        "LFB Incident data from 2009 - 2017.csv": calls[before],
        "LFB Incident data from 2018 - 2023.xlsx": workbooks.xlsx(
            {"Sheet1": since.assign(DateOfCall=dates)}
        ),
    }


def _partner_files(targets, boroughs, wards) -> dict[str, pd.DataFrame]:
    claims = pd.read_csv(reference.path(CLAIMS), dtype=str).set_index("id").value
    persons = pd.read_csv(TABLES / "persons.csv", dtype=str).set_index("id").value
    claims.update(persons)  # nobody of the sample is counted anywhere
    targets = targets.instead(persons)
    tables = {"boroughs": boroughs, "wards": wards}
    tables |= {name: _table(name) for name in ("asb_types", "partner_cells")}
    # A stream of its own, so that what partners send never changes what is published
    rng = np.random.default_rng([SEED, 2])
    templates = reference.forms()
    made = partner.partner_files(rng, targets, claims, tables, templates)
    return made | profiles.profile_files(boroughs)


def _bytes(name: str, content: pd.DataFrame | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    encoding = "latin-1" if "profiles" in name else "utf-8"  # as published
    return content.to_csv(index=False, lineterminator="\r\n").encode(encoding)


def _wide(keys: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    index = recorded.MONTHS[-counts.shape[-1] :]
    table = pd.DataFrame(counts.reshape(len(keys), -1), columns=index.strftime("%Y%m"))
    return pd.concat([keys.reset_index(drop=True), table], axis=1)


def _split(name: str, table: pd.DataFrame, old: str = "Historical") -> dict[str, pd.DataFrame]:
    """The publisher's two files: the past, and the most recent 24 months."""
    month = [c for c in table if c.isdigit()]
    keys = [c for c in table if not c.isdigit()]
    cut = RECENT.replace("-", "")
    past, recent = [m for m in month if m < cut], [m for m in month if m >= cut]
    return {
        f"MPS_{name}_Level_Crime_{old}_{past[0]}-{past[-1]}.csv": table[keys + past],
        f"MPS_{name}_Level_Crime_24m_{recent[0]}-{recent[-1]}.csv": table[keys + recent],
    }


def _keys(crime: recorded.Crime) -> pd.DataFrame:
    """One row for each area and offence, in the order of the counts."""
    areas = crime.areas.loc[crime.areas.index.repeat(len(crime.offences))].reset_index(drop=True)
    offences = pd.concat([crime.offences] * len(crime.areas), ignore_index=True)
    return pd.concat([areas, offences], axis=1)


def _borough_files(crime: recorded.Crime) -> dict[str, pd.DataFrame]:
    keys = _keys(crime)[["major", "minor", "name"]].set_axis(
        ["MajorText", "MinorText", "BoroughName"], axis=1
    )
    table = _wide(keys, crime.counts)
    return _split("Borough", table.sort_values([*keys], kind="stable"))


def _ward_files(crime: recorded.Crime, boroughs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    keys = _keys(crime)
    keys["borough"] = keys.borough.map(boroughs.set_index("area_code").name)
    names = ["MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName"]
    keys = keys[["major", "minor", "name", "area_code", "borough"]].set_axis(names, axis=1)
    files = _split("Ward", _wide(keys, crime.counts).sort_values(names, kind="stable"))
    # the publisher leaves out rows that are zero throughout a file
    return {n: t[t.drop(columns=names).sum(axis=1) > 0] for n, t in files.items()}


def _old_files(crime: recorded.Crime) -> dict[str, pd.DataFrame]:
    """The same counts in the categories that the publisher used until March 2019."""
    keys = _keys(crime)[["name", "old_major", "old_minor"]].set_axis(
        ["Borough", "Major Category", "Minor Category"], axis=1
    )
    table = _wide(keys, crime.counts).groupby([*keys], sort=True).sum().reset_index()
    return _split("Borough", table[table.Borough.ne("Unknown")], old="Historic")


if __name__ == "__main__":
    pack(root() / "data" / "sample.zip")
