"""The register names the dates at which a series changes meaning."""

from __future__ import annotations

import pandas as pd
import pytest

from sbpanalysis.data import reference
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.select import breaks_for
from sbpanalysis.periods import month
from sbpanalysis.stats.noise import extraordinary


def found(measure, **about) -> dict[str, bool]:
    return {str(b.date): b.comparable for b in breaks_for(measure, **about) if b.kind != "event"}


def test_every_row_of_the_register_can_be_read():
    table = reference.table("breaks.csv")
    assert set(table["comparable"]) == {"yes", "no"}
    assert set(table["kind"]) == {"category", "boundary", "system", "counting", "event"}
    assert all(month(date) for date in table["date"])
    assert (table["note"] != "").all()


def test_lockdowns_and_riots_are_extraordinary_months_and_nothing_else_is():
    spans = [(str(b.date), str(b.until)) for b in breaks_for("robbery_offences") if b.until]
    assert spans == [("2011-08", "2011-08"), ("2020-03", "2021-06")]
    assert all(b.comparable for b in breaks_for("robbery_offences") if b.until)


def test_what_an_edition_gives_says_which_months_are_extraordinary(real):
    robbery = Edition.open("bromley-latest", data=real).series("robbery_offences")
    months = [str(robbery.index[place]) for place in extraordinary(robbery)]
    assert months == ["2011-08", *map(str, pd.period_range("2020-03", "2021-06", freq="M"))]


def test_residential_burglary_is_not_comparable_before_april_2017():
    assert found("burglary_residential_offences")["2017-04"] is False
    assert "2017-04" not in found("burglary_offences")


@pytest.mark.parametrize(
    "measure",
    ["theft_from_person_offences", "criminal_damage_offences", "theft_of_motor_vehicle_offences"],
)
def test_measured_links_make_march_2019_comparable(measure):
    assert found(measure)["2019-03"] is True


def test_violence_is_cut_differently_from_march_2019():
    assert found("violence_with_injury_offences")["2019-03"] is False


def test_a_history_the_publisher_classified_anew_has_no_break_in_2019():
    assert "2019-03" not in found("violence_with_injury_offences", joined=False)


def test_new_wards_break_a_series_unless_the_publisher_mapped_it_to_one_vintage():
    assert found("robbery_offences", level="ward")["2022-05"] is False
    assert "2022-05" not in found("robbery_offences", level="ward", boundary_vintage="2022")
    assert "2022-05" not in found("robbery_offences", level="borough")


def test_the_record_system_of_2024_breaks_flags_but_not_offences():
    assert found("domestic_abuse_offences")["2024-03"] is False
    assert found("hate_crime_offences")["2024-03"] is False
    assert found("robbery_offences")["2024-03"] is True


def test_fraud_is_not_comparable_from_april_2020():
    assert found("fraud_offences")["2020-04"] is False


def test_riots_are_marked_and_restrictions_at_both_ends():
    events = [str(b.date) for b in breaks_for("robbery_offences") if b.kind == "event"]
    assert events == ["2011-08", "2020-03", "2021-08"]


def test_population_has_no_break_of_the_police():
    assert breaks_for("population") == []


def test_breaks_come_oldest_first():
    dates = [b.date for b in breaks_for("violence_with_injury_offences")]
    assert dates == sorted(dates)
