"""Sums are of whole periods and, of persons, made of counts; what is misspelt stops."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import sbpanalysis as sbp
from conftest import ROOT
from recorded_crime import borough_frame, ward_frame, write
from sbpanalysis.data import classification
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.select import protected
from sbpanalysis.data.sources import lookups
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, SbpWarning

BROMLEY, CROYDON = "E09000006", "E09000008"
SAID = """\
title: Made up
area: Bromley
comparators: [London, Croydon]
period_end: "{end}"
data: [{data}]
"""


def opened(checkout: Path, *files: str, end: str = "2018-03") -> Edition:
    path = checkout / "book" / "editions" / "made-up.yml"
    path.write_text(SAID.format(end=end, data=", ".join(files)))
    return Edition.open("made-up", data=checkout)


def victims(checkout: Path, counts: dict[str, list[int]], first: int = 2017) -> str:
    """A partner's file of monthly victims, so many a month by area from January `first`."""
    lines = ["month,area_code,offence_type,victims,repeat_victims"]
    for code, numbers in counts.items():
        for k, number in enumerate(numbers):
            lines.append(f"{first + k // 12}-{k % 12 + 1:02d},{code},Hate crime,{number},0")
    (checkout / "victims.csv").write_text("\n".join(lines) + "\n")
    return "victims.csv"


# Sums of persons


def test_totals_of_persons_are_summed_as_counted_and_then_protected(checkout):
    file = victims(checkout, {BROMLEY: [6] * 12, CROYDON: [0] * 12, "E09000004": [0] * 11 + [5]})
    edition = opened(checkout, file, end="2017-12")
    assert edition.series("hate_crime_victims").isna().all()
    totals = edition.totals("hate_crime_victims", "borough")
    assert totals["Bromley"] == 70  # 72, to the nearest 5: hidden months are not none
    assert totals["Croydon"] == 0
    assert totals.isna()["Bexley"]  # 5 in all, so hidden
    table = edition.beside(["hate_crime_victims"], ["Bromley", "Croydon"], "2017")
    assert table.iloc[0].tolist() == [70, 0]


def test_events_beside_people_are_rounded_as_they_are(checkout):
    file = victims(checkout, {BROMLEY: [6] * 12, CROYDON: [0] * 12})
    write(checkout, "crime.csv", borough_frame())
    edition = opened(checkout, file, "crime.csv", end="2017-12")
    both = ["hate_crime_victims", "robbery_offences"]
    table = edition.beside(both, ["Bromley", "Croydon"], "2017")
    alone = edition.beside(both[1:], ["Bromley", "Croydon"], "2017")
    assert (alone.attrs["persons"], table.attrs["persons"]) == (False, True)
    assert table.iloc[1].tolist() == protected(alone.iloc[0]).tolist() != alone.iloc[0].tolist()


def test_counts_of_persons_leave_by_no_public_name(checkout):
    edition = opened(checkout, victims(checkout, {BROMLEY: [6] * 12}), end="2017-12")
    assert "store" not in {name for name in dir(edition) if not name.startswith("_")}
    assert edition.load("hate_crime_victims")["value"].isna().all()
    # the latest period of months is a year, summed as counted and then protected
    assert edition.snapshot("hate_crime_victims", "borough").tolist() == [70]


# Whole periods


def test_part_of_a_year_is_not_told_as_the_year(checkout):
    write(checkout, "crime.csv", borough_frame())
    edition = opened(checkout, "crime.csv", end="2018-03")
    names = ["Bromley", "Croydon"]
    with pytest.warns(SbpWarning, match="Burglary is left out"):
        part = edition.beside(["burglary_offences"], names, "2018")
    assert repr(part) == "Absent: Burglary, not held for the whole of 2018"
    whole = edition.beside(["burglary_offences"], names, "2017")
    year = edition.series("burglary_offences", start="2017-01", end="2017-12")
    assert whole["Bromley"].tolist() == [year.sum()]
    financial = edition.beside(["burglary_offences"], names, "2017/18")
    assert financial["Bromley"].tolist() == [edition.series("burglary_offences")[-12:].sum()]


def test_an_area_that_lacks_a_month_has_no_total(checkout):
    file = victims(checkout, {BROMLEY: [10] * 12, CROYDON: [10] * 11})
    edition = opened(checkout, file, end="2017-12")
    with pytest.warns(SbpWarning, match="Croydon left out"):
        totals = edition.totals("hate_crime_victims", "borough")
    assert totals.to_dict() == {"Bromley": 120}
    with pytest.warns(SbpWarning, match="Croydon not held for the whole"):
        assert not edition.beside(["hate_crime_victims"], ["Bromley", "Croydon"], "2017")


# What is misspelt


def test_the_history_of_what_is_counted_by_month_is_of_years(checkout):
    """Months would be told as years; and those of persons would be hidden one by one."""
    edition = opened(checkout, victims(checkout, {BROMLEY: [6] * 12 + [7] * 15}), end="2019-03")
    years = edition.history("hate_crime_victims")
    assert years.to_dict() == {"12 months to March 2018": 75, "12 months to March 2019": 85}
    assert set(years.attrs["lengths"].values()) == {12}
    assert "in the 12 months to March 2019" in sbp.say(sbp.two_counts(years)).sentence
    short = opened(checkout, victims(checkout, {BROMLEY: [6] * 6}), end="2017-06")
    assert "fewer than 12 months to June 2017" in repr(short.history("hate_crime_victims"))


@pytest.fixture
def crime(checkout) -> Edition:
    write(checkout, "crime.csv", borough_frame())
    write(checkout, "ward.csv", ward_frame("2018", start="2017-01"))
    return opened(checkout, "crime.csv", "ward.csv", end="2018-12")


ASKED = {
    "series": lambda e, m: e.series(m),
    "load": lambda e, m: e.load(m),
    "has": lambda e, m: e.has(m),
    "totals": lambda e, m: e.totals(m),
    "best_measure": lambda e, m: e.best_measure(m),
    "history": lambda e, m: e.history(m),
    "snapshot": lambda e, m: e.snapshot(m),
    "parts": lambda e, m: e.parts(m),
    "by_year": lambda e, m: e.by_year(m),
    "by_ward": lambda e, m: e.by_ward([m]),
    "beside": lambda e, m: e.beside([m], ["Bromley"], "2018"),
    "kinds": lambda e, m: e.kinds(m, ["Darwin"]),
    "provenance": lambda e, m: e.provenance(m),
    "breaks": lambda e, m: e.breaks(m),
    "data_line": lambda e, m: sbp.data_line(e, m),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_misspelt_measure_stops_everywhere(crime, name):
    with pytest.raises(DataError, match="did you mean 'robbery_offences'"):
        ASKED[name](crime, "robery_offences")


def test_a_measure_that_is_known_and_not_held_is_absent(crime):
    assert not crime.has("domestic_abuse_offences")
    assert isinstance(crime.series("domestic_abuse_offences"), sbp.Absent)
    assert isinstance(crime.totals("domestic_abuse_offences", "borough"), sbp.Absent)
    assert not len(crime.provenance("domestic_abuse_offences"))
    assert crime.by_ward(["domestic_abuse_offences"]) == {}


@pytest.mark.parametrize("name", ["totals", "has", "load", "provenance", "snapshot", "breaks",
                                  "population", "best_measure", "measures"])  # fmt: skip
def test_a_level_that_is_none_stops(crime, name):
    ask = getattr(crime, name)
    with pytest.raises(DataError, match="did you mean 'ward'"):
        ask(level="wards") if name in ("population", "measures") else ask(
            "robbery_offences", level="wards"
        )


def test_a_misspelt_area_or_group_stops(crime):
    for ask in (crime.series, crime.history, crime.parts):
        with pytest.raises(DataError, match="did you mean 'Bromley'"):
            ask("robbery_offences", "Bromly")
    with pytest.raises(DataError, match="did you mean"):
        crime.has("robbery_offences", area="Bromly")
    with pytest.raises(DataError, match="did you mean"):
        crime.beside(["robbery_offences"], ["Bromly"], "2018")
    with pytest.raises(DataError, match="did you mean 'Darwin'"):
        crime.series("robbery_offences", "Darwn")
    with pytest.raises(DataError, match="E05999999"):
        crime.has("robbery_offences", area="E05999999")
    group = "Robbery of personal propert"
    for ask in (crime.series, crime.load, crime.has):
        with pytest.raises(DataError, match="Robbery of personal property"):
            ask("robbery_offences", group=group)


def test_a_measure_of_the_registers_is_checked_without_an_edition():
    for name in ("drugs_offences", "mega_young_people_by_age_band", "reported_notifiable_offences"):
        classification.current().check(name)
    with pytest.raises(DataError, match="did you mean 'shoplifting_offences'"):
        classification.current().check("shopliftng_offences")


# Wards and LSOAs of two times


@pytest.mark.parametrize("vintage", ["2018", "2022"])
@pytest.mark.parametrize("borough", sorted(territory().units))
def test_a_list_of_one_boroughs_wards_has_their_vintage(borough, vintage):
    name = territory().units[borough]
    wards = territory().wards_of(borough, vintage)
    lines = ["Unique Id,Ward,Area", *(f"{code},Ward {k},{name}" for k, code in enumerate(wards))]
    table = lookups.read(RawFile.of("wards.csv", "\n".join([*lines, ""]).encode())).table
    other = {"2018": "2022", "2022": "2018"}[vintage]
    same = set(wards) == set(territory().wards_of(borough, other))
    assert set(table["boundary_vintage"]) == {"2022" if same else vintage}
    assert len(table) == len(wards)


def test_a_list_of_wards_of_both_times_is_refused():
    lines = ["Unique Id,Ward,Area"]
    camden = territory().wards_of("E09000007", "2018")
    brent = territory().wards_of("E09000005", "2022")
    lines += [f"{code},A{k},Camden" for k, code in enumerate(camden)]
    lines += [f"{code},B{k},Brent" for k, code in enumerate(brent)]
    with pytest.raises(DataError, match="the wards of one vintage"):
        lookups.read(RawFile.of("wards.csv", "\n".join([*lines, ""]).encode()))


def test_residents_by_ward_are_not_summed_of_some_lsoas(real, monkeypatch):
    monkeypatch.chdir(ROOT)
    edition = Edition.open("bromley-latest", data=real)
    with warnings.catch_warnings():
        warnings.simplefilter("error", SbpWarning)
        whole = edition.population(level="ward")
    table = Store.table
    lookup = next(h for h in edition.files if h.source == "lookup_lsoa_ward").sha256

    def of_other_codes(store, sha256, *args, **named):
        held = table(store, sha256, *args, **named)
        if sha256 != lookup:
            return held
        wards = territory().wards_of(BROMLEY, "2022")
        first = held.loc[held["ward_code"].isin(wards), "lsoa_code"].min()
        return held.replace(first, "E01099999")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "table", of_other_codes)
        with pytest.warns(SbpWarning, match="1 of the 199 LSOAs of the wards, such as E01099999"):
            assert not edition.has("population", "ward")
    assert len(whole) == 22
