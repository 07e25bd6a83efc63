"""What the front page says is new: months, verdicts, measures that the last edition had not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import yaml

import sbpanalysis as sbp
from conftest import ROOT
from sbpanalysis.publish.news import since_last, until

CARD = {"measure": "burglary_offences", "title": "Burglary"}


def edition_like(tmp_path, real, **other):
    """The edition of 2018 with other words in its file."""
    said = yaml.safe_load((ROOT / "book" / "editions" / "bromley-2018.yml").read_text("utf-8"))
    path = tmp_path / "next.yml"
    path.write_text(yaml.safe_dump(said | other), "utf-8")
    return sbp.Edition.open(path, data=real)


def test_an_edition_that_follows_none_says_so_in_a_line(building, monkeypatch):
    monkeypatch.chdir(building)
    text = since_last(sbp.Edition.open("bromley-sample"), [])
    assert text == "<p>This edition follows no earlier one, so nothing is listed here as new.</p>"


def test_months_and_verdicts_that_differ_are_told(real, tmp_path):
    edition = edition_like(tmp_path, real, period_end="2018-06", follows="bromley-2018")
    before = sbp.Edition.open("bromley-2018", data=real)
    verdict = sbp.change(before.series("burglary_offences")).word
    text = since_last(edition, [CARD | {"verdict": verdict}])
    assert "go up to June 2018; those of the last edition went up to March 2018" in text
    assert "No verdict on this page is another one" in text
    other = "fell" if verdict != "fell" else "rose"
    text = since_last(edition, [CARD | {"verdict": other}])
    assert f"Burglary: {other} now, {verdict} in the last edition." in text


def test_a_measure_held_for_the_first_time_is_named(real, tmp_path):
    wards = ["api_crimes-street_bromley_wards_2016-01_2018-06.zip", "wards_2013/E090000*.json"]
    said = yaml.safe_load((ROOT / "book" / "editions" / "bromley-2018.yml").read_text("utf-8"))
    fewer = [name for name in said["data"] if name not in wards]
    edition = edition_like(tmp_path, real, data=fewer, follows="bromley-2018")
    assert "No longer held: anti-social behaviour reported to the police" in since_last(edition, [])


def test_an_earlier_edition_that_does_not_open_stops_nothing(real, tmp_path):
    edition = edition_like(tmp_path, real, follows="no-such-edition")
    assert since_last(edition, []).startswith("<p>Not compared with no-such-edition")


def test_a_section_that_goes_further_than_the_edition_is_named():
    edition = sbp.Edition.open("bromley-sample")
    assert until(edition) == "September 2018"
    further = replace(
        edition, period_end=pd.Period("2018-03", "M"), sections={"3.2": {"end": "2018-05"}}
    )
    assert until(further) == "March 2018 (section 3.2 up to May 2018)"
