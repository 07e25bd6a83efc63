"""Each category of a publisher counts towards the measures that its meaning says."""

from __future__ import annotations

import pandas as pd
import pytest

from sbpanalysis.data import classification, reference
from sbpanalysis.data.classification import classify, current, key
from sbpanalysis.errors import DataError

MPS = "Metropolitan Police Service"


def rows() -> pd.DataFrame:
    return reference.table("offences.csv")


def test_a_label_stands_for_one_row_only():
    keys = rows().assign(major=rows()["major"].map(key), minor=rows()["minor"].map(key))
    assert not keys.duplicated(["publisher", "major", "minor"]).any()


def test_every_category_counts_towards_some_measure_that_is_described():
    described = set(reference.table("measures.csv")["measure"])
    for text in rows()["measures"]:
        assert text
        assert set(text.split(";")) <= described


def test_every_measure_that_stands_in_is_described():
    table = reference.table("measures.csv")
    assert set(table["stand_in"]) - {""} <= set(table["measure"])
    assert not table["measure"].duplicated().any()


def test_case_blanks_and_length_do_not_matter():
    long = "Racially or Religiously Aggravated Public Fear, Alarm or Distress"
    for label in (long, long.upper(), long[:50], f"  {long[:50]} "):
        assert classify(MPS, [("Public Order Offences", label)])["group"][0].startswith("Racially")


def test_an_unknown_category_is_refused_by_name_with_the_table_to_mend():
    with pytest.raises(DataError, match=r"Cyber.*offences\.csv"):
        classify(MPS, [("ROBBERY", "Cyber robbery")])


def test_the_generation_of_a_file_is_known_by_its_labels():
    old, new = ("Robbery", "Personal Property"), ("Robbery", "Robbery of Personal Property")
    assert current().generation(MPS, [old, ("Sexual Offences", "Rape")]) == "until 2019-02"
    assert current().generation(MPS, [new, ("Sexual Offences", "Rape")]) == "from 2019-03"
    with pytest.raises(DataError, match="two generations"):
        current().generation(MPS, [old, new])


def test_both_names_of_a_measure_work():
    assert (
        current().held_as("drugs_offences") == current().held_as("drug_offences") == "drug_offences"
    )


@pytest.mark.parametrize("era", ["until 2019-02", "from 2019-03"])
def test_the_parts_of_a_measure_are_those_of_the_table(era):
    table = rows()[(rows()["publisher"] == MPS) & (rows()["notifiable"] == "yes")]
    table = table[table["generation"].isin([era, ""])]
    pairs = list(zip(table["major"], table["minor"], strict=True))
    whole = set(current().by_measure(MPS, pairs)["total_notifiable_offences"])
    assert whole == set(pairs)
    counted = current().by_measure(MPS, pairs)
    parts = [n for n in counted if n != "total_notifiable_offences"]
    assert set().union(*(counted[name] for name in parts)) == whole


def test_anti_social_behaviour_is_no_notifiable_offence():
    table = rows()[rows()["publisher"] == "data.police.uk"]
    pairs = list(zip(table["major"], table["minor"], strict=True))
    total = current().by_measure("data.police.uk", pairs)["total_notifiable_offences"]
    assert total
    assert ("", "anti-social-behaviour") not in total


def test_a_file_without_whole_classes_of_crime_gives_no_total():
    counted = current().by_measure("data.police.uk", [("", "burglary")])
    assert "total_notifiable_offences" not in counted
    assert counted["burglary_offences"]


def test_a_measure_nobody_described_still_has_a_title():
    assert classification.about("new_thing_offences")["title"] == "New thing offences"
