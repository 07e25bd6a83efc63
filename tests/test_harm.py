"""Harm: the weighted sum by hand, offences left out by name, and tables that are missing."""

import pandas as pd
import pytest

from sbpanalysis import DataError, harm

COUNTS = pd.Series({"robbery": 4, "shoplifting": 540, "drug possession": 9})
TABLE = pd.DataFrame(
    {
        "offence": ["robbery", "shoplifting", "drug possession", "arson"],
        "weight": [365, 1, 20, 33],
        "excluded": [False, False, True, False],
    }
)


def test_total_is_counts_times_weights():
    result = harm(COUNTS, TABLE)
    assert result.total == 4 * 365 + 540
    assert result.frame.loc["robbery"].to_list() == [4, 365, 1460, 0.73]
    assert result.frame.index[0] == "robbery"


def test_offences_that_only_policing_detects_are_left_out_and_named():
    result = harm(COUNTS, TABLE)
    assert result.excluded == ("drug possession",)
    assert "drug possession" not in result.harm.index


def test_an_empty_weight_leaves_an_offence_out():
    weights = pd.Series({"robbery": 365.0, "shoplifting": 1.0, "drug possession": None})
    assert harm(COUNTS, weights).excluded == ("drug possession",)


def test_a_table_may_come_from_a_file(tmp_path):
    path = tmp_path / "weights.csv"
    TABLE.to_csv(path, index=False)
    assert harm(COUNTS, path).total == harm(COUNTS, TABLE).total
    assert harm(COUNTS, str(path)).weights == "weights.csv"


def test_a_frame_gives_a_total_a_column():
    wide = pd.DataFrame({"2017/18": COUNTS, "2018/19": COUNTS * 2})
    result = harm(wide, TABLE)
    assert result.total.to_list() == [2000, 4000]
    assert result.share.sum().to_list() == pytest.approx([1, 1])


def test_no_crime_is_no_harm_and_has_no_shares():
    result = harm(COUNTS * 0, TABLE)
    assert result.total == 0
    assert result.share.isna().all()


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "weights.csv").touch()
    with pytest.raises(DataError, match=r"weights\.csv cannot be read"):
        harm(COUNTS, tmp_path / "weights.csv")


@pytest.mark.parametrize("name", ["cchi", "css"])
def test_a_published_table_is_looked_for_in_the_checkout(name, tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "_config.yml").touch()
    (tmp_path / "data" / "reference").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=rf"data/reference/harm_weights_{name}\.csv not found") as e:
        harm(COUNTS, name)
    assert "offence, weight" in str(e.value)
    TABLE.to_csv(tmp_path / "data" / "reference" / f"harm_weights_{name}.csv", index=False)
    assert harm(COUNTS, name).total == 2000


@pytest.mark.parametrize(
    ("counts", "weights", "message"),
    [
        (pd.Series({"piracy": 1}), TABLE, "first 'piracy'"),
        (COUNTS, TABLE.rename(columns={"weight": "days"}), "weight is missing"),
        (COUNTS, TABLE.assign(weight=["365", "one", "20", "33"]), "weight of 'shoplifting'"),
        (COUNTS, TABLE.assign(weight=-1), "not a number from 0"),
        (COUNTS, pd.concat([TABLE, TABLE]), "two weights"),
        (COUNTS, TABLE.assign(excluded=True), "leave every offence out"),
        (COUNTS, "no such file.csv", "cchi, css"),
        (COUNTS - 10, TABLE, "0 or more"),
        (pd.Series(dtype=float), TABLE, "size 0"),
        (pd.Series([1, 2], ["robbery", "robbery"]), TABLE, "twice"),
        (pd.Series({"robbery": "many"}), TABLE, "expected numbers"),
        ({"robbery": 1}, TABLE, "found dict"),
    ],
)
def test_wrong_counts_or_weights_are_named(counts, weights, message):
    with pytest.raises(DataError, match=message):
        harm(counts, weights)
