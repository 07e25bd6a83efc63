"""Custodial sentences of children: by borough and year, of the publisher's local table."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from sample.workbooks import ods

from sbpanalysis.data.add import read
from sbpanalysis.data.contract import check
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.reading import RawFile
from sbpanalysis.errors import DataError, NotOursError

COLUMNS = ["Wales or English Region", "PCC", "YJS", "England_Wales", "Financial_Year",
           "Caution_or_sentence_type", "Caution_or_sentence_tier",
           "Number_Cautioned_Sentenced"]  # fmt: skip
BROMLEY, BEXLEY = "E09000006", "E09000004"


def row(place="Bromley", year="2023-24", tier="Custody", count=3, kind="Detention"):
    return ("London", "Metropolitan Police", place, "England", year, kind, tier, count)


ROWS = [
    row(),
    row(count=2, kind="Section 250"),
    row(tier="First Tier", count=30),
    row(year="2024-25", tier="Pre Court", count=12),
    row(place="Bexley [note 4]", tier="Community", count=9),
    row(place="Kingston-upon-Thames and Richmond", count=4),
    row(place="Birmingham", count=40),
]


def table(rows, columns=COLUMNS) -> RawFile:
    sheets = {"Cover": pd.DataFrame({"Contents": ["about"]})}
    return RawFile.of(
        "Outcome_Table.ods", ods(sheets | {"Data": pd.DataFrame(rows, columns=columns)})
    )


def test_sentences_to_custody_are_added_up_and_none_is_none_where_others_were_passed():
    reading = read(table(ROWS))
    assert reading.source == "yjb_outcomes"
    check(reading.table, "sentences")
    held = reading.table.set_index(["area_code", "period"])["value"]
    at = {(code, f"{day:%Y-%m}"): n for (code, day), n in held.items()}
    assert at == {(BROMLEY, "2023-04"): 5, (BROMLEY, "2024-04"): 0, (BEXLEY, "2023-04"): 0}
    assert set(reading.table["frequency"]) == {"annual"}
    assert set(reading.table["unit"]) == {"recorded sentences"}
    assert "2 services of no one borough, kept out" in reading.tolerated


def test_columns_in_another_order_and_older_names_are_read_alike():
    older = [c.replace("YJS", "YOT") for c in COLUMNS]
    frame = pd.DataFrame(ROWS, columns=older)[older[::-1]]
    other = read(table(frame.to_numpy().tolist(), older[::-1]))
    assert other.table["value"].tolist() == read(table(ROWS)).table["value"].tolist()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (row(year="2023"), "a year such as 2016-17"),
        (row(tier="Prison"), "one of pre court, first tier, community, custody"),
        (row(count=-1), "a whole number of 0 or more"),
    ],
)
def test_a_broken_row_is_refused_with_what_was_expected(broken, said):
    with pytest.raises(DataError, match=said):
        read(table([*ROWS, broken]))


def test_a_table_of_no_borough_is_not_ours():
    with pytest.raises(NotOursError, match="none of the 32 boroughs"):
        read(table([row(place="Birmingham")]))


def test_an_edition_tells_them_by_year_as_published(checkout):
    (checkout / "Outcome_Table.ods").write_bytes(table(ROWS).content)
    said = {"title": "T", "area": "Bromley", "comparators": ["London"], "period_end": "2025-03"}
    said["data"] = ["Outcome_Table.ods"]
    (checkout / "book" / "editions" / "made.yml").write_text(yaml.safe_dump(said))
    years = Edition.open("made", data=checkout).history("custodial_sentences")
    assert years.to_dict() == {"2023/24": 5, "2024/25": 0}
    assert (years.attrs["persons"], years.attrs["as_published"]) == (False, True)
