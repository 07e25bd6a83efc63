"""Workbooks of publishers: sheets are read strictly, what stands beside a table is left out."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pandas as pd
import pytest
from sample.workbooks import ods, xlsx

from recorded_crime import as_csv, borough_frame
from sbpanalysis.data import workbooks
from sbpanalysis.data.add import read
from sbpanalysis.data.contract import check
from sbpanalysis.data.parsing import what_is
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import home_office, mopac_surveys
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

BOROUGHS = list(territory().units.values())
OFFENCES = ["Financial Year", "Financial Quarter", "Police Force", "CSP Name",
            "Offence Description", "Offence Group", "Offence Subgroup", "Offence Code",
            "Offence Count"]  # fmt: skip
BROMLEY = "E09000006"


def rows(year: str = "2017/18", quarters=(1, 2, 3, 4)) -> list[tuple]:
    """Each borough 10 robberies a quarter and 3 thefts, one partnership elsewhere 100 robberies."""
    met = [("Metropolitan Police", name) for name in BOROUGHS]
    return [
        (year, q, force, place, text, group, text, code, count)
        for q in quarters
        for force, place in [*met, ("Kent", "Canterbury")]
        for text, group, code, count in (
            ("Robbery of personal property", "Robbery", "34B", 100 if force == "Kent" else 10),
            ("Bicycle theft", "Theft offences", "44", 3),
        )
    ]


def offences(held: list[tuple], columns=OFFENCES, **others: pd.DataFrame) -> RawFile:
    sheets = {"Notes": pd.DataFrame({"Contents": ["about"]})} | others
    sheets["2017_18"] = pd.DataFrame(held, columns=columns)
    return RawFile.of("prc-csp-tables.ods", ods(sheets))


def test_offences_are_those_of_boroughs_by_quarter_and_of_the_country_by_year():
    reading = read(offences(rows()))
    assert (reading.source, reading.publisher) == ("home_office_partnerships", "Home Office")
    check(reading.table, "partnerships")
    own = reading.table[reading.table["area_code"].eq(BROMLEY)]
    assert set(own["frequency"]) == {"quarterly"}
    assert own[own["group"].eq("")]["value"].tolist() == [13] * 4
    assert own[own["group"].eq("Robbery")]["value"].tolist() == [10] * 4
    assert own["period"].dt.strftime("%Y-%m").unique().tolist() == [
        "2017-04", "2017-07", "2017-10", "2018-01",
    ]  # fmt: skip
    country = reading.table[reading.table["area_type"].eq("country")].set_index("group")["value"]
    assert country.to_dict() == {
        "": 4 * (32 * 13 + 103),
        "Robbery": 1680.0,
        "Theft offences": 396.0,
    }


def test_older_tables_with_other_headers_and_forms_of_the_quarter_are_read_alike():
    older = [*OFFENCES[:2], "Force Name", *OFFENCES[3:8], "Number of Offences"]
    text = [(r[0].replace("/", "-"), f"Q{r[1]}", *r[2:]) for r in rows()]
    assert read(offences(text, older)).table.equals(read(offences(rows())).table)
    saved = pd.DataFrame(rows(), columns=OFFENCES).to_csv(index=False).encode()
    assert read(RawFile.of("saved.csv", saved)).table.equals(read(offences(rows())).table)


def test_a_year_that_is_not_over_counts_for_no_country():
    part = pd.DataFrame(rows("2018/19", (1,)), columns=OFFENCES)
    reading = read(offences(rows(), **{"2018_19": part}))
    assert any("2018/19: not all quarters" in text for text in reading.tolerated)
    country = reading.table[reading.table["area_type"].eq("country")]
    assert set(country["period"].dt.year) == {2017}
    assert reading.table["period"].max() == pd.Timestamp("2018-04-01")


def test_an_offence_that_is_taken_back_is_subtracted():
    held = rows()
    held[0] = (*held[0][:-1], -2)
    reading = read(offences(held))
    assert "1 counts below 0, which take back earlier ones" in reading.tolerated
    first = reading.table[reading.table["area_code"].eq(territory().code(BOROUGHS[0]))]
    assert first[first["group"].eq("")]["value"].tolist()[0] == 1


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (0, "2017", "a financial year such as 2017/18"),
        (1, 5, "a quarter, 1 to 4"),
        (3, "Atlantis", f"no {BOROUGHS[0]}"),
        (3, BOROUGHS[1], "each offence of a partnership's quarter once"),
        (6, "Robbery of personal property", "each offence subgroup in one offence group"),
        (8, "12.5", "a whole number"),
        (8, "1,234", "a whole number"),
    ],
)
def test_a_broken_table_is_refused_with_the_place(column, value, said):
    held = [list(row) for row in rows()]
    for row in held:
        if row[3] == BOROUGHS[0] and row[1] == 1:
            row[column] = value
    file = offences(held)
    assert home_office.recognises(file)
    with pytest.raises(DataError) as refusal:
        home_office.read(file)
    assert said in str(refusal.value)
    assert "sheet 2017_18" in str(refusal.value)


ANSWERS = ["Survey", "Date", "Borough", "Measure", "Proportion", "MPS"]
END = dt.datetime(2018, 3, 31)


def answers(*held: tuple, columns=ANSWERS) -> RawFile:
    frame = pd.DataFrame([*held], columns=columns)
    return RawFile.of("PAS.xlsx", xlsx({"MPS": pd.DataFrame({"x": [1]}), "Borough": frame}))


GOOD = ("PAS", END, "Bromley", '"Good Job" local', 0.72, 0.67)


def test_shares_are_of_the_twelve_months_to_the_date_and_london_stands_beside():
    reading = read(answers(GOOD, ("PAS", END, "Richmond Upon Thames", "Trust MPS", 0.9, 0.82)))
    check(reading.table, "surveys")
    table = reading.table.set_index(["area_code", "measure"])
    row = table.loc[(BROMLEY, "police_do_a_good_job_locally_percent")]
    assert (row["value"], row["frequency"], row["unit"]) == (72, "12 months", "percent")
    assert row["period"] == pd.Timestamp("2017-04-01")
    assert table.loc[("E12000007", "trust_in_police_percent"), "value"] == pytest.approx(82)
    assert len(table) == 4


def test_notes_beside_the_table_other_questions_and_empty_shares_are_left_out():
    beside = [*ANSWERS, "", ""]
    held = [(*GOOD, "", "a note"), ("PAS", END, "Bexley", "NQ135", 0.2, 0.3, "", ""),
            ("PAS", END, "Sutton", "Trust MPS", "", 0.82, "", "")]  # fmt: skip
    reading = read(answers(*held, columns=beside))
    assert set(reading.table["area_code"]) == {BROMLEY, "E12000007"}
    assert "1 other questions, kept out" in reading.tolerated


def test_dates_as_text_are_day_first():
    text = ("PAS", "30/09/2018", *GOOD[2:])
    assert read(answers(text)).table["period"].iloc[0] == pd.Timestamp("2017-10-01")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("PAS", END, "Atlantis", *GOOD[3:]), "a London borough"),
        (("PAS", "March 2018", *GOOD[2:]), "a date such as 2018-03-31"),
        ((*GOOD[:4], 72, 0.67), "a share from 0 to 1, or nothing"),
        (GOOD, "each answer of a borough's quarter once"),
    ],
)
def test_a_broken_survey_is_refused(row, said):
    file = answers(GOOD, row)
    assert mopac_surveys.recognises(file)
    with pytest.raises(DataError) as refusal:
        mopac_surveys.read(file)
    assert said in str(refusal.value)
    assert "PAS.xlsx, sheet Borough" in str(refusal.value)


SHARED_TEXTS = {
    "as they are": (b"", b""),
    "rich text": (b"<t>three</t>", b"<r><t>thr</t></r><r><t>ee</t></r>"),
    "another prefix": (b"<si>", b'<x:si xml:space="preserve">', b"</si>", b"</x:si >"),
    "none in an element": (b"<si><t>three</t></si>", b"<si/>"),
    "an odd tag": (b"<si><t>three", b'<si a=">"><t>three'),
    "a tag that is none": (b"<si><t>three", b"<!-- <si><t>no</t></si> --><si><t>three"),
}


@pytest.mark.parametrize("how", SHARED_TEXTS)
def test_each_part_of_a_sheet_has_the_shared_texts_that_it_names(how, monkeypatch):
    texts = ["one", "two", "three", "four", "one"] * 40
    frame = pd.DataFrame({"a": texts, "b": range(200), "c": [f"{n} of it" for n in range(200)]})
    with zipfile.ZipFile(io.BytesIO(xlsx({"Sheet": frame}))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    old, *new = SHARED_TEXTS[how]
    for wanted in zip([old, *new[1::2]], new[::2], strict=True):
        parts["xl/sharedStrings.xml"] = parts["xl/sharedStrings.xml"].replace(*wanted)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    monkeypatch.setattr(workbooks, "_FIRST", 2**10)
    monkeypatch.setattr(workbooks, "_NEXT", 2**10)
    opened = list(workbooks._opened(RawFile.of("a.xlsx", stream.getvalue()))["Sheet"]())
    three = "" if how == "none in an element" else "three"
    held = frame.replace({"a": {"three": three}})
    assert opened == [list(frame), *held.to_numpy().tolist()]


def test_a_workbook_of_something_else_is_nobodys():
    file = RawFile.of("other.xlsx", xlsx({"Sheet1": pd.DataFrame({"Borough": ["Bromley"]})}))
    assert file.is_workbook
    assert read(file) is None


def test_an_archive_whose_bytes_look_like_a_workbook_is_none():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notes.txt", "xl/workbook.xml")
    file = RawFile.of("archive.zip", stream.getvalue())
    assert not file.is_workbook
    assert what_is(file) is None


def test_a_workbook_that_is_cut_off_is_refused_or_nobodys():
    whole = offences(rows())
    cut = RawFile.of("cut.ods", whole.content[: len(whole.content) // 2])
    with pytest.raises(DataError, match=r"cut\.ods: cannot be unpacked"):
        workbooks.with_columns(cut, lambda held: "cspname" in held)


def test_both_forms_of_workbook_give_the_same_bytes_every_time():
    frame = {"A": pd.DataFrame({"x": [1, 2.5], "when": [END, END], "text": ["a & b", ""]})}
    assert ods(frame) == ods(frame)
    assert xlsx(frame) == xlsx(frame)


@pytest.mark.parametrize("form", [xlsx, ods])
def test_a_table_that_its_publisher_gives_as_csv_is_read_from_a_sheet_too(form):
    frame = borough_frame()
    sheets = {"About": pd.DataFrame({"Notes": ["made up"]}), "Data": frame}
    book = RawFile.of("crime.book", form(sheets))
    pd.testing.assert_frame_equal(read(book).table, read(RawFile.of("c.csv", as_csv(frame))).table)


def test_a_workbook_of_two_known_tables_is_refused_with_what_to_do():
    both = RawFile.of("crime.xlsx", xlsx({"One": borough_frame(), "Two": borough_frame()}))
    with pytest.raises(DataError, match="found 2 tables that readers know, expected one; save"):
        read(both)
