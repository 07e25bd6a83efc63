"""Partner forms: every example is read, every fault is named, counts of people leave protected."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from sample.workbooks import xlsx

import attack
from conftest import ROOT, sbp
from sbpanalysis.data import reference
from sbpanalysis.data.add import add, read
from sbpanalysis.data.classification import measures_of
from sbpanalysis.data.contract import check
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import partner
from sbpanalysis.errors import DataError

FOLDER = ROOT / "data" / "partner"
NUMBER = re.compile(rb"(?<![\w.,#])\d{1,3}(?:,\d{3})+(?!\d)|(?<![\w.,#])\d{4,}(?!\w)")
TEMPLATES = sorted(reference.forms())


def rows_of(name: str) -> list[list[str]]:
    return list(csv.reader((FOLDER / f"{name}-example.csv").read_text("utf-8").splitlines()))


def file(rows: list[list[str]]) -> RawFile:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return RawFile.of("sent.csv", stream.getvalue().encode())


def changed(name: str, line: int, column: str, value: str) -> RawFile:
    rows = rows_of(name)
    rows[line][rows[0].index(column)] = value
    return file(rows)


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_form_has_a_note_a_header_and_an_example_that_is_read(name):
    template = (FOLDER / f"{name}-template.csv").read_text("utf-8")
    assert template == partner.header(name) + "\n"
    assert (FOLDER / f"{name}.md").read_text("utf-8").startswith("# ")
    reading = read(RawFile.open(FOLDER / f"{name}-example.csv"))
    assert reading.source == reference.forms()[name]["source"]
    check(reading.table, name)
    assert {m.split("_by_")[0] for m in reading.table.measure} == {
        m.split("_by_")[0] for m in measures_of(name)
    }


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_register_says_who_holds_it_and_whether_it_counts_people(name):
    entry = reference.sources()[reference.forms()[name]["source"]]
    assert entry["reader"] == "partner"
    assert entry["sensitive"] in ("persons", "no")


def test_every_source_of_the_assessment_has_a_row():
    entries = reference.sources()
    named = reference.entries("assessments/bromley-2018/sources.yml")["sources"]
    assert len(named) == 48
    for source in named:
        assert {"served_by", "document"} & set(source), source["id"]
        assert set(source.get("served_by", ())) <= set(entries), source["id"]


@pytest.mark.parametrize(
    ("name", "line", "column", "value", "said"),
    [
        ("gang_flagged_offences", 1, "month", "2016-13", "a period such as 2018-03 (month)"),
        ("youth_offending_service", 1, "period", "2016/19", "2017/18 (financial year)"),
        ("mega_panel", 1, "period", "2019-01/2018-05", "2018-05/2019-01 (months)"),
        ("gang_flagged_offences", 2, "area_code", "E07000101", "the code of a borough or region"),
        ("council_asb", 3, "ward_code", "E05013987", "wards of one vintage"),
        ("victims", 1, "who_and_of_what", "Aged 12", "one of Aged 1 to 24, injured"),
        ("mega_panel", 12, "age_band", "13", "one of All; 13 to 15"),
        ("mega_panel", 2, "status", "<script>", "one of All; Looked after"),
        ("surveys", 1, "said_so", "90000", "no more said_so than respondents"),
        ("repeat_victims", 1, "repeat_victims", "1e3", "1e3"),
        ("victims", 1, "victims", "-4", "-4"),
        ("youth_offending_service", 2, "number", "99999", "at most the whole of"),
        ("council_asb", 1, "incident_type", "", "All, or a name of at most 60 letters"),
    ],
)
def test_a_broken_twin_of_the_example_is_refused_with_the_reason(name, line, column, value, said):
    broken = changed(name, line, column, value)
    assert partner.recognises(broken)
    with pytest.raises(DataError) as refusal:
        partner.read(broken)
    assert said in str(refusal.value)


def test_a_ward_left_out_is_not_taken_for_none():
    rows = [r for r in rows_of("ambulance_night_violence") if r[1] != "E05000117"]
    with pytest.raises(DataError, match="no row for ward E05000117"):
        partner.read(file(rows))


def test_a_part_without_its_whole_is_refused():
    rows = [r for r in rows_of("trafficking_referrals") if r[2] != "All"]
    with pytest.raises(DataError, match="no row of All"):
        partner.read(file(rows))


def test_every_fault_is_reported_at_once():
    rows = rows_of("gang_flagged_offences")
    rows[1][0], rows[2][1], rows[3] = "May", "Bromley", rows[4]
    with pytest.raises(DataError) as refusal:
        partner.read(file(rows))
    said = str(refusal.value)
    assert said.startswith("sent.csv: 3 faults")
    assert all(part in said for part in ("'May'", "'Bromley'", "each row once"))


def test_a_header_with_a_column_missing_is_still_known_and_refused():
    rows = [r[:-1] for r in rows_of("repeat_victims")]
    assert partner.recognises(file(rows))
    with pytest.raises(DataError, match="no column for repeat_victims"):
        partner.read(file(rows))


def test_wards_and_types_of_the_council_add_up():
    frame = partner.read(RawFile.open(FOLDER / "council_asb-example.csv")).table
    for _, year in frame.groupby("period"):
        sums = year.groupby(["area_type", year.group.eq("")]).value.sum()
        assert len(set(sums)) == 1


def test_breakdowns_by_several_columns_are_measures_of_their_own():
    frame = partner.read(RawFile.open(FOLDER / "mega_panel-example.csv")).table
    two_way = frame[frame.measure.eq("mega_young_people_by_age_band_and_sex")]
    assert "13 to 15: Male" in set(two_way.group)
    assert frame[frame.measure.eq("mega_young_people")].group.tolist() == [""]
    assert set(frame.frequency) == {"9 months"}


def sent_to(folder: Path, *names: str) -> list[Path]:
    """The examples under the names of files that were sent."""
    return [Path(shutil.copy(FOLDER / f"{n}-example.csv", folder / f"{n}.csv")) for n in names]


def test_from_an_added_form_an_edition_gives_protected_counts_only(checkout):
    sent = sent_to(checkout, "mega_panel", "victims", "gang_flagged_offences")
    added = add(sent, checkout)
    assert set(added.status) == {"taken"}
    names = "\n".join(f"  - {path.name}" for path in sent)
    said = checkout / "book" / "editions" / "sent.yml"
    said.write_text(
        f'title: Sent\narea: Bromley\ncomparators: []\nperiod_end: "2018-09"\ndata:\n{names}\n'
    )
    edition = Edition.open(said)
    for measure in ("mega_young_people_by_age_band_and_sex", "mega_young_people"):
        counts = edition.load(measure, group="all" if "_by_" in measure else None).value.dropna()
        assert len(counts)
        assert (counts % 5 == 0).all()
        assert not counts.between(1, 7).any()
    wards = edition.snapshot("young_knife_victims")
    assert len(wards) == 22
    assert ((wards.dropna() % 5) == 0).all()
    assert set(edition.series("gang_flagged_offences")) == {0.0, 1.0, 2.0, 3.0}
    assert edition.history("mega_young_people").index.tolist() == ["May 2018 to January 2019"]
    assert isinstance(edition.crossed("mega_young_people", "age_band", "sex"), pd.DataFrame)


def canaries(folder: Path) -> tuple[list[Path], dict[int, int]]:
    """The sample's files about persons, every count of them 4,001 times as large, so that a
    number which is found is none by chance; and what each that is no multiple of 5 is shown as.
    """
    forms, sources = reference.forms(), reference.sources()
    sample, sent, shown = zipfile.ZipFile(ROOT / "data" / "sample.zip"), [], {}
    for name, form in forms.items():
        held = f"partner_{name}.csv"
        if sources[form["source"]]["sensitive"] != "persons" or held not in sample.namelist():
            continue
        table = pd.read_csv(sample.open(held), dtype=str)
        columns = [column for column, kind in form["columns"].items() if kind == "number"]
        table[columns] = 4001 * table[columns].astype(int)
        table = table[(table[columns] < 20_000_000).all(axis=1)]  # believable
        shown |= {n: 5 * round(n / 5) for n in table[columns].to_numpy().ravel() if n % 5}
        sent.append(folder / f"sent-{name}.csv")
        table.to_csv(sent[-1], index=False)
    return sent, shown


@pytest.mark.slow
def test_no_count_that_was_sent_is_in_anything_released(building):
    """Pages, documents, parts of workbooks, archives, the search index, coordinates of charts."""
    sent, shown = canaries(building)
    said = building / "book" / "editions" / "sent.yml"
    said.write_text(
        'title: Sent\narea: Bromley\ncomparators: []\nperiod_end: "2018-09"\ndata:\n'
        + "".join(f"  - {path.name}\n" for path in sent)
    )
    try:
        for words in (("add", *map(str, sent)), ("build", "--edition", "sent")):
            ran = sbp(building, *words)
            assert ran.returncode == 0, ran.stdout + ran.stderr
    finally:
        for path in (said, *sent):
            path.unlink()
    built = building / "build" / "sent"
    released = [*(built / "site").rglob("*"), *built.glob("*.zip")]
    told = set()
    for path in filter(Path.is_file, released):
        for where, content in attack.parts(path.name, path.read_bytes()):
            numbers = {int(n.replace(b",", b"")) for n in NUMBER.findall(content)}
            assert not numbers & shown.keys(), where
            told |= numbers
    assert len(told & set(shown.values())) >= 60
    page = (built / "site" / "sections" / "7-4-repeat-victims.html").read_text("utf-8")
    assert 'id="exhibit-7-4-e1"' in page
    assert "rounded to the nearest 5" in page


def test_a_form_filled_in_as_a_workbook_is_read_as_the_csv_is():
    """A title stands above the table, and Excel has made dates of its months."""
    header, *rows = rows_of("gang_flagged_offences")
    dated = [[dt.date.fromisoformat(f"{month}-01"), code, int(n)] for month, code, n in rows]
    above = [["Flags, sent in May", "", ""], header, *dated]
    sheets = {
        "Notes": pd.DataFrame({"Contents": ["about"]}),
        "Flags": pd.DataFrame(above[1:], columns=above[0]),
    }
    sent = RawFile.of("sent.xlsx", xlsx(sheets))
    assert read(sent).table.equals(read(file([header, *rows])).table)
    both = RawFile.of("sent.xlsx", xlsx(sheets | {"More": sheets["Flags"]}))
    with pytest.raises(DataError, match="found forms on 2 sheets"):
        read(both)


def council(number: str = "3") -> list[list[str]]:
    """The example of the form for counts by ward and month, with another number in a cell."""
    rows = rows_of("council_counts")
    rows[2][4] = number
    return rows


def test_counts_with_a_column_a_month_are_those_with_a_row_a_month():
    header, *rows = council()
    across = partner.read(file([header, *rows])).table
    assert across.area_type.value_counts().to_dict() == {"ward": 22 * 36, "borough": 36}
    assert across[across.area_code.eq("E05000107")].value.iloc[1] == 3
    long = [
        [*row[:2], month, row[place]] for place, month in enumerate(header[3:], 3) for row in rows
    ]
    assert partner.read(file([["measure", "ward_code", "month", "number"], *long])).table.equals(
        across
    )
    dated = [*header[:3], *(dt.date.fromisoformat(f"{month}-01") for month in header[3:]), "Oct-18"]
    numbers = [[*row[:3], *map(int, row[3:]), ""] for row in rows]  # the last is to come
    sheet = {"Tips": pd.DataFrame(numbers, columns=dated)}
    assert read(RawFile.of("tips.xlsx", xlsx(sheet))).table.equals(across)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "line 3, 2015-02: found ''; expected a whole number, 0 where there is none"),
        ("3.5", "line 3, 2015-02: found '3.5'; expected a whole number"),
        ("-1", "line 3, 2015-02: found '-1'; expected a whole number"),
        ("E05099999", "line 3: found 'E05099999'; expected the code of a ward, such as E05000106"),
    ],
)
def test_what_is_wrong_in_a_column_of_a_month_is_told_with_its_place(cell, said):
    rows = council() if cell[:1] == "E" else council(cell)
    rows[2][1] = cell if cell[:1] == "E" else rows[2][1]
    with pytest.raises(DataError) as refusal:
        partner.read(file(rows))
    assert said in str(refusal.value)


def test_the_councils_own_measures_are_taken_but_not_those_of_persons(tmp_path, monkeypatch):
    monkeypatch.setenv("SBP_LOCAL", str(tmp_path))
    (tmp_path / "measures.csv").write_text(
        "measure,title,unit,counts,made_of\nnoise,Noise,complaints,events,\n"
        "rough_sleepers,Rough sleepers,people,persons,\nmixed,Mixed,offences,events,Robbery\n"
    )
    header, *rows = council()

    def named(name: str) -> RawFile:
        return file([header, *([name, *row[1:]] for row in rows)])

    assert set(partner.read(named("noise")).table.unit) == {"complaints"}
    for name in ("rough_sleepers", "mixed", "robbery_offences"):
        with pytest.raises(DataError, match="expected one of fly_tipping_reports; noise"):
            partner.read(named(name))
