"""What data does a fresh copy have? Synthetic files in each publisher's own format.

Every count is invented: a trend, a season, chance, ward differences and one planted change,
fitted to the figures that the 2018 assessment printed, so that each can be found again in rows.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from sbpanalysis.data import (
    reference,
    sample_crime,
    sample_dashboards,
    sample_fires,
    sample_partner,
    sample_population,
    sample_profiles,
    sample_workbooks,
)
from sbpanalysis.data.sample_targets import read_targets
from sbpanalysis.paths import unfinished

SEED = 2018
RECENT = "2016-10"  # the first of the publisher's "most recent 24 months"
WARDS_FROM = "2014-04"


def write_sample(folder: Path) -> list[Path]:
    """Write the synthetic published files into `folder`, the same bytes every time.

    Returns the files written. Raises `DataError` outside a checkout, since the sizes of areas
    and offences are tables in data/reference/sample.
    """
    boroughs, wards, offences, subtypes, kinds, records = (
        pd.read_csv(reference.path(f"sample/{name}.csv"), keep_default_na=False)
        for name in ("boroughs", "wards", "offences", "dashboards", "fires", "lfb_columns")
    )
    offences["step_factor"] = pd.to_numeric(offences.step_factor)
    targets = read_targets(reference.path("assessments/bromley-2018/claims.csv"))
    rng = np.random.default_rng(SEED)
    crime = sample_crime.borough_crime(rng, targets, boroughs, offences)
    by_ward = sample_crime.ward_crime(rng, targets, wards, crime, WARDS_FROM)
    dashboards = sample_dashboards.dashboard_rows(rng, targets, boroughs, wards, subtypes)
    fires = sample_fires.incidents(rng, targets, boroughs, wards, kinds, records.columns)
    population = sample_population.population_tables(targets, boroughs, wards)
    partners = _partner_files(targets, boroughs, wards)
    files = {
        **_borough_files(crime),
        **_ward_files(by_ward, boroughs),
        **{f"MonthlyCrimeDashboard_{name}_201204-201809.csv": f for name, f in dashboards.items()},
        "LFB_Incident_data_201501-201809.csv": fires,
        **population,
        **partners,
        **sample_workbooks.workbooks(crime, partners["partner_surveys.csv"]),
        **{f"old_layout/{name}": f for name, f in _old_files(crime).items()},
    }
    return [_write(folder / name, content) for name, content in files.items()]


def _partner_files(targets, boroughs, wards) -> dict[str, pd.DataFrame]:
    claims = (
        pd.read_csv(reference.path("assessments/bromley-2018/claims.csv"), dtype=str)
        .set_index("id")
        .value
    )
    persons = pd.read_csv(reference.path("sample/persons.csv"), dtype=str).set_index("id").value
    claims.update(persons)  # nobody of the sample is counted anywhere
    targets = targets.instead(persons)
    tables = {"boroughs": boroughs, "wards": wards} | {
        name: pd.read_csv(reference.path(f"sample/{name}.csv"), keep_default_na=False)
        for name in ("asb_types", "partner_cells")
    }
    # A stream of its own, so that what partners send never changes what is published
    rng = np.random.default_rng([SEED, 2])
    templates = reference.entries("partner_templates.yml")
    files = sample_partner.partner_files(rng, targets, claims, tables, templates)
    return files | sample_profiles.profile_files(boroughs)


def ensure_sample(root: Path) -> Path:
    """The folder of the sample in a checkout, written first if it is not there or outdated."""
    folder, digest = root / "data" / "sample", hashlib.sha256()
    code = sorted((root / "src" / "sbpanalysis" / "data").glob("sample*.py"))
    tables = sorted((root / "data" / "reference" / "sample").glob("*.csv"))
    others = (
        root / "assessments" / "bromley-2018" / "claims.csv",
        root / "data" / "reference" / "partner_templates.yml",
    )
    for path in (*code, *tables, *others):
        digest.update(path.read_bytes())
    made_by = folder / ".made-by"
    if not made_by.is_file() or made_by.read_text("ascii") != digest.hexdigest():
        fresh = folder.with_name(unfinished("sample"))
        write_sample(fresh)
        (fresh / made_by.name).write_text(digest.hexdigest(), "ascii")
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(FileExistsError):  # another process was first, with the same bytes
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _write(path: Path, content: pd.DataFrame | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pd.DataFrame):
        encoding = "latin-1" if "profiles" in path.name else "utf-8"  # as published
        content = content.to_csv(index=False, lineterminator="\r\n").encode(encoding)
    path.write_bytes(content)
    return path


def _wide(keys: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    index = sample_crime.MONTHS[-counts.shape[-1] :]
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


def _keys(crime: sample_crime.Crime) -> pd.DataFrame:
    """One row for each area and offence, in the order of the counts."""
    areas = crime.areas.loc[crime.areas.index.repeat(len(crime.offences))].reset_index(drop=True)
    offences = pd.concat([crime.offences] * len(crime.areas), ignore_index=True)
    return pd.concat([areas, offences], axis=1)


def _borough_files(crime: sample_crime.Crime) -> dict[str, pd.DataFrame]:
    keys = _keys(crime)[["major", "minor", "name"]].set_axis(
        ["MajorText", "MinorText", "BoroughName"], axis=1
    )
    table = _wide(keys, crime.counts)
    return _split("Borough", table.sort_values([*keys], kind="stable"))


def _ward_files(crime: sample_crime.Crime, boroughs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    keys = _keys(crime)
    keys["borough"] = keys.borough.map(boroughs.set_index("area_code").name)
    names = ["MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName"]
    keys = keys[["major", "minor", "name", "area_code", "borough"]].set_axis(names, axis=1)
    files = _split("Ward", _wide(keys, crime.counts).sort_values(names, kind="stable"))
    # the publisher leaves out rows that are zero throughout a file
    return {n: t[t.drop(columns=names).sum(axis=1) > 0] for n, t in files.items()}


def _old_files(crime: sample_crime.Crime) -> dict[str, pd.DataFrame]:
    """The same counts in the categories that the publisher used until March 2019."""
    keys = _keys(crime)[["name", "old_major", "old_minor"]].set_axis(
        ["Borough", "Major Category", "Minor Category"], axis=1
    )
    table = _wide(keys, crime.counts).groupby([*keys], sort=True).sum().reset_index()
    return _split("Borough", table[table.Borough.ne("Unknown")], old="Historic")
