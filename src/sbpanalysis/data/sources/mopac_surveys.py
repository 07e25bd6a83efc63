"""What share of residents say that the police do a good job? The Mayor's Office's workbook.

Its sheet of boroughs gives a share a quarter, of the answers of twelve months, and beside it
that of London, which a sheet of its own gives too. How many were asked is not in it, so no interval
can be given.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "mopac_survey_shares"
_COLUMNS = {
    "survey": ("Survey",),
    "date": ("Date",),
    "place": ("Borough",),
    "question": ("Measure",),
    "share": ("Proportion",),
    "london": ("MPS",),
}
_SURVEY = ("pas", "publicattitudesurvey", "publicattitudessurvey")
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
LAYOUT = strict.Layout(
    _COLUMNS,
    own=frozenset({"survey", "date", "borough", "measure", "proportion"}),
    optional=("london",),
    others="drop",
)
# The same survey's answers of all London, a row a question and quarter
LONDON_SOURCE = "mopac_public_perception"
LONDON = strict.Layout(
    {"date": (), "question": ("measure",)},
    {"value": ("proportion",)},
    own=frozenset({"date", "measure", "proportion"}),
)
_IN_FULL = {
    "policedoagoodjobinthelocalarea": "goodjoblocal",
    "knowshowtocontacttheirlocalwardofficer": "contactwardofficer",
    "feelswellinformedaboutlocalpoliceactivitiesoverthelast12months": "informedlocal",
    "agreethepolicelistentotheconcernsoflocalpeople": "listentoconcerns",
    "agreethepolicecanbereliedupontobetherewhenneeded": "reliedontobethere",
    "agreethepolicetreateveryonefairlyregardlessofwhotheyare": "treateveryonefairly",
    "agreethepolicearedealingwiththethingsthatmattertothiscommunity": "understandissues",
}


def recognises(file: RawFile) -> bool:
    """The columns of the workbook's sheets, or of the table of all London."""
    return LAYOUT.recognises(file) or _is_london(file)


def _is_london(file: RawFile) -> bool:
    return file.meanings == LONDON.own


def read(file: RawFile) -> Reading:
    """Percent of residents by question, area and twelve months to each quarter's end.

    All sheets of the layout are read, in whatever order they stand: one of London alone, and one
    of the boroughs with London's share beside each.
    """
    if _is_london(file):
        return _read_london(file)
    tables = [_checked(table) for table in LAYOUT.tables(file)]
    tolerated = [text for table in tables for text in table.tolerated]
    frames = [table.frame for table in tables]
    others = sorted({q for f in frames for q in f["question"][f["measure"].isna()].astype(str)})
    if others:
        tolerated.append(f"{len(others)} other questions, kept out")
    tidy = pd.concat([_tidy(frame) for frame in frames], ignore_index=True)
    tidy = tidy.dropna(subset=["measure", "value"])
    tidy = tidy[tidy["area_code"].isin([*territory().units, territory().whole])]
    key = ["period", "area_code", "measure"]
    tidy = tidy.drop_duplicates([*key, "value"])  # London's share stands beside each borough's
    _check_once(file, tidy, key)
    if tidy["area_code"].eq(territory().whole).all():
        tolerated.append("London alone: no sheet or row of a borough")
    return kit.reading(SOURCE, kit.tidy(tidy, SOURCE).reset_index(drop=True), tolerated)


def _read_london(file: RawFile) -> Reading:
    table = LONDON.table(file)
    frame = table.frame
    end = kit.dates(frame["date"])
    kit.note(table, end.isna(), ["date"], "a month such as Mar-18")
    measure = frame["question"].map(lambda q: _QUESTIONS.get(_IN_FULL.get(strict.meaning(q), "")))
    kit.note(table, measure.isna(), ["question"], "a question of the survey")
    kit.note(table, frame["value"].gt(100), ["value"], "percent, from 0 to 100")
    strict.unique(table, ["date", "question"], "answer of a quarter")
    table.faults.check()
    shares = pd.DataFrame(
        {
            "period": (end.dt.to_period("M") - 11).dt.to_timestamp(),
            "measure": measure.astype(str),
            "value": frame["value"],
        }
    )
    tidy = kit.tidy(
        shares,
        LONDON_SOURCE,
        frequency="12 months",
        area_code=territory().whole,
        area_type="region",
        unit="percent",
    )
    return kit.reading(LONDON_SOURCE, tidy, table.tolerated)


def _checked(table: strict.Table) -> strict.Table:
    """A sheet, with columns `code`, `measure` and `end` for what its rows are of."""
    frame = table.frame
    code = kit.place(table, expected=f"{territory().a_unit}, or MPS for {territory().name}")
    end = kit.dates(frame["date"])
    kit.note(table, end.isna(), ["date"], "a date such as 2018-03-31")
    for column in ("share", "london"):
        if column in frame:
            numbers = pd.to_numeric(frame[column].astype(str), errors="coerce")
            wrong = ~numbers.between(0, 1) & frame[column].ne("")
            kit.note(table, wrong, [column], "a share from 0 to 1, or nothing")
    strict.unique(table, ["survey", "date", "place", "question"], "answer of a borough's quarter")
    table.faults.check()
    measure = frame["question"].astype(str).map(lambda text: _QUESTIONS.get(strict.meaning(text)))
    # of victims another survey asks, and may ask the same
    ours = frame["survey"].astype(str).map(strict.meaning).isin(_SURVEY)
    if others := sorted(set(frame["survey"][~ours])):
        table.tolerated.append(f"answers of other surveys, kept out: {', '.join(others)}")
    measure = measure.where(ours)
    return replace(table, frame=frame.assign(code=code, measure=measure, end=end))


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """The shares of a sheet by area, and those of London that stand beside them."""
    about = pd.DataFrame(
        {
            "period": (frame["end"].dt.to_period("M") - 11).dt.to_timestamp(),
            "frequency": "12 months",
            "area_code": frame["code"],
            "area_type": frame["code"].map({territory().whole: "region"}).fillna("borough"),
            "measure": frame["measure"],
            "value": 100 * pd.to_numeric(frame["share"].astype(str), errors="coerce"),
            "unit": "percent",
        }
    )
    if "london" not in frame:
        return about
    beside = 100 * pd.to_numeric(frame["london"].astype(str), errors="coerce")
    london = about.assign(value=beside, area_code=territory().whole, area_type="region")
    return pd.concat([about, london], ignore_index=True)


def _check_once(file: RawFile, tidy: pd.DataFrame, key: list[str]) -> None:
    """Note areas of which two sheets, or two rows, give two shares."""
    faults = Faults(file.name)
    twice = tidy[tidy.duplicated(key, keep=False)].groupby(key)["value"].agg(list)
    faults.each(
        [
            (f"{code}, {measure}, from {period:%Y-%m}", " and ".join(f"{v:g}%" for v in values))
            for (period, code, measure), values in twice.items()
        ],
        "one share, the same on every sheet",
        quote=False,
    )
    faults.check()
