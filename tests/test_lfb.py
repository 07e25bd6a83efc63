"""The fire brigade's records: whole months of secondary fires, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest

from sbpanalysis.data.contract import check
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import lfb
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

HEADER = (
    "IncidentNumber,DateOfCall,CalYear,IncidentGroup,StopCodeDescription,PropertyType,"
    "IncGeo_BoroughCode,IncGeo_WardCode"
)


def row(number, date, stop="Secondary Fire", ward="E05000114", borough="E09000006", kind="Fire"):
    return f"{number},{date},{date[-4:]},{kind},{stop},Loose refuse ,{borough},{ward}"


USUAL = [row(1, "01 Mar 2018"), row(2, "15 Mar 2018"), row(3, "31 Mar 2018", ward="E05000115")]


def file(*rows: str) -> RawFile:
    return RawFile.of("incidents.csv", "\n".join([HEADER, *rows, ""]).encode())


def test_only_secondary_fires_count():
    other = [
        row(4, "02 Mar 2018", "Primary Fire"),
        row(5, "02 Mar 2018", "AFA", kind="False Alarm"),
    ]
    table = lfb.read(file(*USUAL, *other)).table
    totals = table[table.group.eq("")].set_index("area_code").value
    assert totals["E09000006"] == 3
    assert (totals["E05000114"], totals["E05000115"], totals["E05000117"]) == (2, 1, 0)
    # of boroughs without any call nothing is known: the file was filtered
    assert set(totals.index) == {"E09000006", *territory().wards_of("E09000006", "2018")}
    check(table, "lfb")


def test_what_burned_is_the_breakdown():
    table = lfb.read(file(*USUAL)).table
    assert table[table.group.eq("Loose refuse")].groupby("area_type").value.sum().tolist() == [3, 3]


def test_a_month_that_is_cut_short_is_left_out(real):
    reading = lfb.read(file(*USUAL, row(4, "10 Apr 2018")))
    assert "2018-04 is not whole, left out" in reading.tolerated
    assert set(reading.table.period.dt.strftime("%Y-%m")) == {"2018-03"}
    with pytest.raises(DataError, match="expected calls of at least one whole month"):
        lfb.read(RawFile.open(next((real / "lfb").glob("LFB_Incident*"))))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            row(4, "2018-03-04"),
            "date: found '2018-03-04'; expected dates such as 01 Jan 2009, all of one form",
        ),
        (row(3, "04 Mar 2018"), "found '3'; expected each incident once"),
        (
            row(4, "04 Mar 2018").replace(",2018,", ",2017,"),
            "04 Mar 2018 / 2017'; expected the year",
        ),
        (
            row(4, "04 Mar 2018", borough="E07000101"),
            "found 'E07000101'; expected a London borough's",
        ),
        (row(4, "04 Mar 2018", kind="Flood"), "found 'Flood'; expected Fire or False Alarm"),
    ],
)
def test_a_broken_record_is_refused(broken, said):
    made = file(*USUAL, broken)
    assert lfb.recognises(made)
    with pytest.raises(DataError) as refusal:
        lfb.read(made)
    assert said.removeprefix("date: ") in str(refusal.value)


@pytest.mark.parametrize("form", ["%d-%b-%y", "%Y-%m-%d", "%Y-%m-%d 00:00:00", "%d/%m/%Y"])
def test_dates_since_2018_and_as_workbooks_are_saved_are_read_alike(form):
    plain = file(*USUAL).content.decode()
    for day in ("01", "15", "31"):
        as_published = dt.datetime.strptime(f"{day} Mar 2018", "%d %b %Y").strftime(form)
        plain = plain.replace(f"{day} Mar 2018", as_published)
    reading = lfb.read(RawFile.of("incidents.csv", plain.encode()))
    assert reading.table.equals(lfb.read(file(*USUAL)).table)


def test_names_where_the_wards_codes_should_be_are_refused():
    with pytest.raises(DataError, match="expected a ward's code such as E05000114"):
        lfb.read(file(*USUAL, row(4, "02 Mar 2018", ward="Bromley Town")))


def test_calls_told_by_two_sets_of_wards_are_refused():
    new = row(4, "02 Mar 2018", ward="E05013990")
    with pytest.raises(DataError, match="expected wards of 2018 throughout"):
        lfb.read(file(*USUAL, new))


def column(position: int, change) -> RawFile:
    """The usual file with what `change` makes of the cells of one column."""
    rows = [text.split(",") for text in USUAL]
    cells = change([cells[position] for cells in rows])
    return file(*(",".join([*c[:position], new, *c[position + 1 :]])
                  for c, new in zip(rows, cells, strict=True)))  # fmt: skip


@pytest.mark.parametrize("position", [6, 7])
def test_a_blank_column_of_places_is_refused_with_its_lines(position):
    header = HEADER.split(",")[position]
    with pytest.raises(DataError) as refusal:
        lfb.read(column(position, lambda cells: [""] * len(cells)))
    said = f"lines 2 to 4, column {header}: found no text; expected a column that is filled in;"
    assert said in str(refusal.value)
    assert "download the file again" in str(refusal.value)


def test_wards_of_another_borough_than_the_calls_are_refused():
    with pytest.raises(DataError, match=r"line 2: found 'E09000005 / E05000114'.*one borough"):
        lfb.read(column(6, lambda cells: ["E09000005"] * len(cells)))


def named(*names: str) -> RawFile:
    """The usual file with the boroughs' names too."""
    lines = [HEADER + ",IncGeo_BoroughName"]
    lines += [f"{text},{name}" for text, name in zip(USUAL, names, strict=True)]
    return RawFile.of("incidents.csv", "\n".join([*lines, ""]).encode())


def test_names_of_boroughs_that_were_moved_from_their_codes_are_refused():
    with pytest.raises(DataError, match=r"line 2: found 'E09000006 / BRENT'.*one borough by both"):
        lfb.read(named("BRENT", "BEXLEY", "BROMLEY"))
    # one call on a border is no moved column: it counts where its code says
    reading = lfb.read(named("BROMLEY", "BEXLEY", "BROMLEY"))
    assert "1 rows tell two boroughs; the first code counts" in reading.tolerated
    assert reading.table.equals(lfb.read(file(*USUAL)).table)
