"""A frame is in the tidy contract, or every fault of it is reported together."""

from __future__ import annotations

import pandas as pd
import pytest

from sbpanalysis.data.contract import COLUMNS, check
from sbpanalysis.errors import DataError


def frame(**changes) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "period": pd.to_datetime(["2018-01-01", "2018-02-01"]),
            "frequency": "monthly",
            "area_code": "E09000006",
            "area_type": "borough",
            "boundary_vintage": "",
            "measure": "robbery_offences",
            "group": "",
            "value": [49.0, 26.0],
            "unit": "offences",
            "source": "mps_borough",
        }
    )
    return rows.assign(**changes)


def test_a_frame_in_the_contract_comes_back():
    assert list(check(frame(), "made up")) == [c for c in COLUMNS if c != "snapshot"]


def test_missing_is_not_zero_and_is_allowed():
    assert check(frame(value=[float("nan"), 0]), "made up")["value"].isna().sum() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": [-1, 2]}, "-1"),
        ({"area_code": "Bromley"}, "a code such as"),
        ({"area_type": "parish"}, "parish"),
        ({"frequency": "weekly"}, "weekly"),
        ({"measure": "Robbery Offences"}, "lower case"),
        ({"period": pd.to_datetime(["2018-01-02", "2018-02-01"])}, "first day"),
        ({"period": pd.to_datetime(["2018-01-01", "2018-01-01"])}, "period"),
        ({"boundary_vintage": "old"}, "a year"),
        ({"group": " aged 16"}, "outer blanks"),
        ({"unit": ""}, "not empty"),
        ({"area_code": "E12000007"}, "the level that its code says"),
        ({"area_type": "ward"}, "the level that its code says"),
        ({"period": pd.to_datetime(["2018-01-01", "2018-01-01"])}, "another row gives too"),
        ({"further": 1}, "further"),
    ],
)
def test_what_is_not_in_the_contract_is_named(changes, words):
    with pytest.raises(DataError, match=r"made up: not in the tidy contract") as refusal:
        check(frame(**changes), "made up")
    assert words in str(refusal.value)


def test_all_faults_are_reported_together():
    with pytest.raises(DataError) as refusal:
        check(frame(value=[-1, 2], area_type="parish", frequency="weekly"), "made up")
    assert all(word in str(refusal.value) for word in ("-1", "parish", "weekly"))


def test_a_missing_column_is_a_fault():
    with pytest.raises(DataError, match="unit"):
        check(frame().drop(columns="unit"), "made up")


def test_the_snapshot_is_a_sha256_where_it_is_asked_for():
    assert len(check(frame(snapshot="ab" * 32), "made up", snapshot=True)) == 2
    with pytest.raises(DataError, match="SHA-256"):
        check(frame(snapshot="latest"), "made up", snapshot=True)
