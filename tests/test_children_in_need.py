"""Factors at the end of children's assessments, and in whose place they stand."""

from __future__ import annotations

import pytest
import yaml

from sbpanalysis.data.add import read
from sbpanalysis.data.contract import check
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, NotOursError

HEADER = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,"
    "region_name,old_la_code,new_la_code,la_name,Episodes_with_assessment_factor,Alcohol_Misuse_child,"
    "Going_missing,Child_sexual_exploitation,Trafficking,Gangs"
)
BROMLEY, LONDON = "E09000006", "E12000007"


def row(code=BROMLEY, year="2024", cse="12", gangs="c", level="Local authority") -> str:
    authority = code if level == "Local authority" else ""
    return (
        f"{year},Financial year,{level},E92000001,England,E12000007,London,305,{authority},x,"
        f"900,30,41,{cse},3,{gangs}"
    )


def file(*rows: str, header: str = HEADER) -> RawFile:
    return RawFile.of("c3_factors.csv", "\n".join([header, *rows, ""]).encode())


def test_factors_are_counted_by_borough_london_and_england_and_what_is_suppressed_is_missing():
    rows = [row(), row(year="202223", cse="9", gangs="8"), row(level="Regional", cse="700")]
    reading = read(file(*rows, row(level="National", cse="9000"), row(code="E08000025")))
    check(reading.table, "factors")
    held = {
        (row.measure, row.area_code, f"{row.period:%Y-%m}"): row.value
        for row in reading.table.itertuples()
    }
    cse, gangs = "children_assessed_sexual_exploitation", "children_assessed_gangs"
    assert (held[cse, BROMLEY, "2023-04"], held[cse, BROMLEY, "2022-04"]) == (12, 9)
    assert held[cse, LONDON, "2023-04"] == 700
    assert held[gangs, BROMLEY, "2022-04"] == 8
    assert (gangs, BROMLEY, "2023-04") not in held
    assert set(reading.table["area_code"]) == {BROMLEY, LONDON, "E92000001"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (row(cse="12.5"), "a whole number, or a symbol"),
        (row(year="24"), "a year such as 2018 or 201718"),
        (row(level="Ward"), "National or Regional or Local authority"),
        (row(cse="13"), "each authority and year once"),
    ],
)
def test_a_broken_row_is_refused_with_what_was_expected(broken, said):
    with pytest.raises(DataError, match=said):
        read(file(row(), broken))


def test_a_table_of_no_borough_is_not_ours():
    with pytest.raises(NotOursError, match=territory().every_unit):
        read(file(row(code="E08000025")))


def test_assessments_stand_in_for_children_known_or_suspected_and_it_is_said(checkout):
    (checkout / "factors.csv").write_bytes(file(row(), row(year="2023", cse="9")).content)
    said = {"title": "T", "area": "Bromley", "comparators": ["London"], "period_end": "2025-03"}
    (checkout / "book" / "editions" / "made.yml").write_text(
        yaml.safe_dump(said | {"data": ["factors.csv"]})
    )
    edition = Edition.open("made", data=checkout)
    shown, words = edition.or_substitute("known_or_suspected_cse_victims")
    assert edition.history(shown).to_dict() == {"2022/23": 9, "2023/24": 12}
    assert "assessments and not children" in words
