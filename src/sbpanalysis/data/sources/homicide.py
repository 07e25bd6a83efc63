"""How many people were killed, and how many proceeded against? The police's homicide dashboard.

One file has a row for each victim, by the month of recording; the other accused persons, by the
month of the proceedings.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

_LONGEST_GAP = 366  # days; one or two months are the longest of the published years


_OFFENCES = ("Murder", "Manslaughter", "Corporate Manslaughter", "Infanticide")


@dataclass(frozen=True)
class Kind:
    """One of the two files: its layout, and what it counts."""

    layout: strict.Layout
    source: str
    measure: str


ACCUSED = Kind(
    strict.Layout(
        {
            "place": ("Borough",),
            "gender": ("Gender",),
            "age": ("Age Group",),
            "ethnicity": ("Self Classified Ethnicity",),
            "offence": ("Offence Type",),
            "charged": ("Charged/Summonsed",),
            "date": ("Proceedings Date",),
        },
        {"value": ("Count of PPA",)},
        own=frozenset(
            {"countofppa", "selfclassifiedethnicity", "chargedsummonsed", "proceedingsdate"}
        ),
        least=2,
    ),
    "mps_homicide_accused",
    "homicide_accused",
)
VICTIMS = Kind(
    strict.Layout(
        {
            "place": ("Borough",),
            "sex": ("Sex",),
            "age": ("Age Group",),
            "ethnicity": ("Officer Observed Ethnicity",),
            "offence": ("Homicide Offence Type",),
            "method": ("Method of Killing",),
            "domestic": ("Domestic Abuse",),
            "solved": ("Solved Status",),
            "date": ("Recorded Date",),
        },
        {"value": ("Count of Victims",)},
        own=frozenset({"countofvictims", "methodofkilling", "homicideoffencetype", "solvedstatus"}),
        least=2,
    ),
    "mps_homicide_victims",
    "homicide_victims",
)


def recognises(file: RawFile) -> bool:
    """Columns that only the one or the other file has."""
    return any(kind.layout.recognises(file) for kind in (ACCUSED, VICTIMS))


def read(file: RawFile) -> Reading:
    """Persons by borough and month; months and boroughs without a row have none."""
    kinds = [kind for kind in (ACCUSED, VICTIMS) if kind.layout.recognises(file)]
    if len(kinds) > 1:
        raise DataError(
            f"{plain(file.name)}: found a sheet of victims and one of persons accused, expected "
            "one of them; save each sheet as a file of its own."
        )
    [kind] = kinds
    table = kind.layout.table(file)
    strict.known(table, "offence", _OFFENCES, " or ".join(_OFFENCES), "it is no homicide")
    dates = kit.month(table, "date", "a month such as Mar-18")
    kit.note(table, dates.gt(pd.Timestamp.now()), ["date"], "a month that is over")
    held = dates.dropna().drop_duplicates().sort_values()
    lonely = dates.isin(
        held[held.diff().dt.days.gt(_LONGEST_GAP) | held.diff(-1).dt.days.lt(-_LONGEST_GAP)]
    )
    kit.note(table, lonely, ["date"], "no year without anybody in all London")
    code = kit.place(table)
    table.faults.check()
    boroughs = kit.held_boroughs(file, table, code, "persons")
    inside = code.isin(territory().units)
    if away := (~inside).sum():
        table.tolerated.append(f"{away} rows of no borough, kept out")
    sums = kit.monthly(table.frame["value"][inside], code[inside], dates[inside], boroughs)
    tidy = kit.tidy(sums, kind.source, measure=kind.measure, unit="persons")
    return kit.reading(kind.source, tidy, table.tolerated)
