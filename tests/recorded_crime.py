"""Small made-up files in each layout of the police's recorded crime, for tests."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sbpanalysis.data.territory import territory

OLD = [
    ("Burglary", "Burglary - Residential"),
    ("Burglary", "Burglary - Business and Community"),
    ("Criminal Damage", "Arson"),
    ("Criminal Damage", "Other Criminal Damage"),
    ("Drugs", "Possession Of Drugs"),
    ("Fraud or Forgery", "Other Fraud & Forgery"),
    ("Robbery", "Personal Property"),
    ("Sexual Offences", "Rape"),
    ("Theft and Handling", "Theft Person"),
    ("Theft and Handling", "Theft From M/V"),
    ("Theft and Handling", "Theft/Taking of M/V"),
    ("Violence Against the Person", "Assault with Injury"),
    ("Violence Against the Person", "Harassment"),
    ("Drugs", "Drug Trafficking"),
    ("Robbery", "Business Property"),
    ("Theft and Handling", "Theft From Shops"),
    ("Theft and Handling", "Theft/Taking of Pedal Cycles"),
    ("Theft and Handling", "Other Theft"),
    ("Theft and Handling", "M/V Interference & Tampering"),
]
NEW = [
    ("Arson and Criminal Damage", "Arson"),
    ("Arson and Criminal Damage", "Criminal Damage"),
    ("Burglary", "Domestic Burglary"),
    ("Burglary", "Burglary Business and Community"),
    ("Drug Offences", "Possession of Drugs"),
    ("Historical Fraud and Forgery", "Historical Fraud and Forgery"),
    ("Miscellaneous Crimes Against Society", "Threat or Possession With Intent to Commit Crimina"),
    ("Robbery", "Robbery of Personal Property"),
    ("Sexual Offences", "Rape"),
    ("Theft", "Theft from Person"),
    ("Vehicle Offences", "Theft from a Motor Vehicle"),
    ("Vehicle Offences", "Theft or Taking of a Motor Vehicle"),
    ("Vehicle Offences", "Aggravated Vehicle Taking"),
    ("Violence Against the Person", "Violence with Injury"),
    ("Violence Against the Person", "Violence without Injury"),
    ("Drug Offences", "Drug Trafficking"),
    ("Robbery", "Robbery of Business Property"),
    ("Theft", "Shoplifting"),
    ("Theft", "Bicycle Theft"),
    ("Theft", "Other Theft"),
    ("Vehicle Offences", "Interfering with a Motor Vehicle"),
]
HEADERS = {
    "old": ("Borough", "Major Category", "Minor Category"),
    "2019": ("LookUp_BoroughName", "MajorText", "MinorText"),
    "2024": ("BoroughName", "MajorText", "MinorText"),
    "2026": ("BOCU", "Group", "SubGroup"),
}


def month_names(start: str = "2017-01", count: int = 24) -> list[str]:
    """Headers such as 201701."""
    return list(pd.period_range(start, periods=count, freq="M").strftime("%Y%m"))


def value(area: int, category: int, month: int, size: int = 100) -> int:
    """A count that differs by area, category and month, and can be worked out by hand."""
    return size + area + 3 * category + month % 12


def borough_frame(layout: str = "2019", start: str = "2017-01", count: int = 24) -> pd.DataFrame:
    """All 32 boroughs, every category, `count` months."""
    borough, major, minor = HEADERS[layout]
    categories = OLD if layout == "old" else NEW
    upper = str.upper if layout in ("2024", "2026") else str
    months = month_names(start, count)
    rows = [
        {borough: name, major: upper(one), minor: upper(two)}
        | {m: value(i, j, k) for k, m in enumerate(months)}
        for i, name in enumerate(territory().units.values())
        for j, (one, two) in enumerate(categories)
    ]
    return pd.DataFrame(rows)


def ward_frame(vintage: str = "2022", start: str = "2021-12", count: int = 24) -> pd.DataFrame:
    """Bromley's 22 wards, every category, `count` months."""
    names = territory().names
    rows = [
        {"MajorText": one, "MinorText": two, "WardName": names[ward], "WardCode": ward}
        | {"LookUp_BoroughName": "Bromley"}
        | {m: value(i, j, k, 10) for k, m in enumerate(month_names(start, count))}
        for j, (one, two) in enumerate(NEW)
        for i, ward in enumerate(territory().wards_of("E09000006", vintage))
    ]
    return pd.DataFrame(rows)


def lsoa_frame(start: str = "2024-02", count: int = 25) -> pd.DataFrame:
    """Bromley's 199 LSOAs of 2021, six categories and the rest of the core, `count` months."""
    rows = [
        {"LSOA Code": f"E01{33800 + i:06d}", "LSOA Name": f"Bromley {i:03d}A"}
        | {"Borough": "E09000006", "Major Category": one.upper(), "Minor Category": two.upper()}
        | {m: value(i % 3, j, k, 0) for k, m in enumerate(month_names(start, count))}
        for i in range(199)
        for j, (one, two) in enumerate(NEW)
        if one != "Sexual Offences"
    ]
    return pd.DataFrame(rows)


def as_csv(frame: pd.DataFrame) -> bytes:
    """As the publisher writes it: commas, CRLF, no byte order mark."""
    return frame.to_csv(index=False, lineterminator="\r\n").encode()


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """The frame as a CSV file in a folder."""
    path = folder / name
    path.write_bytes(as_csv(frame))
    return path
