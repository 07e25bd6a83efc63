"""What share of residents say that the police do a good job? The Mayor's Office's workbook.

Its sheet of boroughs gives a share a quarter, of the answers of twelve months, and beside it
that of London. How many were asked is not in it, so no interval can be given.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import areas, strict, workbooks
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import mps_checks

SOURCE = "mopac_survey_shares"
PUBLISHER = "Mayor's Office for Policing and Crime"
_COLUMNS = {
    "survey": ("Survey",),
    "date": ("Date",),
    "place": ("Borough",),
    "question": ("Measure",),
    "share": ("Proportion",),
    "london": ("MPS",),
}
_QUESTIONS = {
    "goodjoblocal": "police_do_a_good_job_locally_percent",
    "contactwardofficer": "contact_ward_officer_percent",
    "informedlocal": "informed_about_local_police_percent",
    "listentoconcerns": "police_listen_to_concerns_percent",
    "reliedontobethere": "police_relied_on_percent",
    "treateveryonefairly": "police_treat_everyone_fairly_percent",
    "trustmps": "trust_in_police_percent",
    "understandissues": "police_understand_issues_percent",
}
_OWN = {"survey", "date", "borough", "measure", "proportion"}


def recognises(file: RawFile) -> bool:
    """The columns of the sheet of boroughs, in a workbook or saved as CSV."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    return held >= _OWN or bool(workbooks.with_columns(file, _OWN))


def read(file: RawFile) -> Reading:
    """Percent of residents by question, borough and twelve months to each quarter's end."""
    sheets = workbooks.with_columns(file, _OWN)
    table = strict.table(
        next(iter(sheets.values()), file), _COLUMNS, optional=("london",), others="drop"
    )
    frame = table.frame
    question = frame["question"].astype(str).map(lambda text: _QUESTIONS.get(strict.meaning(text)))
    code = frame["place"].map(lambda p: areas.lookup().get(areas.normal(p), "?")).astype(str)
    mps_checks.note(table, code.eq("?"), ["place"], "a London borough")
    ends = _date(frame["date"].astype(str))
    mps_checks.note(table, ends.isna(), ["date"], "a date such as 2018-03-31")
    columns = [c for c in ("share", "london") if c in frame]
    shares = {c: pd.to_numeric(frame[c].astype(str), errors="coerce") for c in columns}
    empty = {c: frame[c].astype(str).eq("") for c in columns}
    for column, numbers in shares.items():
        wrong = ~numbers.between(0, 1) & ~empty[column]
        mps_checks.note(table, wrong, [column], "a share from 0 to 1, or nothing")
    strict.unique(table, ["survey", "date", "place", "question"], "answer of a borough's quarter")
    table.faults.check()
    tolerated = [*table.tolerated]
    if others := sorted(set(frame["question"][question.isna()].astype(str))):
        tolerated.append(f"{len(others)} other questions, kept out")
    about = pd.DataFrame(
        {
            "period": (ends.dt.to_period("M") - 11).dt.to_timestamp(),
            "frequency": "12 months",
            "area_code": code,
            "area_type": "borough",
            "boundary_vintage": "",
            "measure": question,
            "group": "",
            "value": 100 * shares["share"],
            "unit": "percent",
            "source": SOURCE,
        }
    )
    london = about.assign(value=100 * shares.get("london", float("nan")))
    london = london.assign(area_code=areas.LONDON, area_type="region")
    london = london.drop_duplicates(["period", "measure"])
    tidy = pd.concat([about, london], ignore_index=True).dropna(subset=["measure", "value"])
    kept = tidy[tidy["area_code"].isin([*areas.boroughs().index, areas.LONDON])]
    kept = kept[[name for name in COLUMNS if name != "snapshot"]].reset_index(drop=True)
    return Reading(SOURCE, PUBLISHER, "values", kept, tuple(dict.fromkeys(tolerated)))


def _date(texts: pd.Series) -> pd.Series:
    iso = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    return iso.fillna(pd.to_datetime(texts, format="%d/%m/%Y", errors="coerce"))
