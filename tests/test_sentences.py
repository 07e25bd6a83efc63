"""What single months, years, quarters and the year to come are told as."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp
from sbpanalysis.report.claims import claim
from sbpanalysis.report.sentences import out_of_the_ordinary

ABOUT = {
    "measure": "robbery_offences", "title": "Robbery", "area": "Bromley", "unit": "offences",
    "source": ["MPS recorded crime"], "snapshots": ["ab" * 32], "breaks": [],
}  # fmt: skip


def monthly(values, start: str = "2012-04") -> pd.Series:
    out = pd.Series(np.asarray(values, float), name="robbery_offences")
    out.index = pd.period_range(start, periods=len(out), freq="M")
    out.attrs = dict(ABOUT)
    return out


def usual(months: int = 72) -> pd.Series:
    return monthly(np.random.default_rng(4).poisson(50, months))


def test_a_month_out_of_the_ordinary_is_named_with_what_was_to_be_expected():
    counts = usual()
    counts.iloc[-5] = 120
    result = sbp.signals(counts, ahead=3)
    row = result.frame.loc[counts.index[-5]]
    told = claim(result)
    assert row["marked"]
    low, high = np.ceil(row["lower"]), np.floor(row["upper"])
    assert f"November 2017, 120 where {low:.0f} to {high:.0f} were to be expected" in told.sentence
    assert told.sentence.startswith("Out of the ordinary in the 24 months to March 2018, robbery")
    assert (told.value, told.period) == (len(out_of_the_ordinary(result)), "2016-04/2018-03")


def test_months_marked_together_are_one_run_and_none_is_said_to_be_none():
    counts = usual()
    assert claim(sbp.signals(counts)).sentence == (
        "In the 24 months to March 2018 no month of robbery in Bromley was out of the ordinary."
    )
    counts.iloc[-4:] += 22
    result = sbp.signals(counts)
    assert not result.marked.any()
    assert out_of_the_ordinary(result) == [
        "the three months from December 2017 to February 2018 together"
    ]
    longer = replace(result, marked_three=result.value.index >= pd.Period("2018-01", "M"))
    longer = replace(longer, marked_three=pd.Series(longer.marked_three, result.value.index))
    assert out_of_the_ordinary(longer) == ["the months from November 2017 to March 2018 together"]


def test_swings_name_both_ends_of_each_in_the_past():
    years = [100, 60, 60, 95]
    told = claim(sbp.swings(monthly(np.repeat(years, 12))), "swings")
    assert told.sentence == (
        "Robbery in Bromley fell from 1,200 offences in 2012/13 to 720 in 2013/14 (−40%) and rose "
        "to 1,140 in 2015/16 (+58%)."
    )
    assert told.headline == "Robbery in Bromley rose from 720 in 2013/14 to 1,140 in 2015/16"
    assert (told.verdict, told.period) == ("rose", "2013/14/2015/16")
    assert told.lower < told.value < told.upper
    level = claim(sbp.swings(monthly([50] * 48)), "swings")
    assert (level.sentence, level.value) == ("No two years of robbery in Bromley are clearly "
                                             "apart.", None)  # fmt: skip


def test_a_season_is_told_in_quarters_or_not_at_all():
    wave = 1 + 0.3 * np.cos(2 * np.pi * np.arange(72) / 12)
    told = claim(sbp.season(monthly((200 * wave).round(), "2012-01")))
    assert told.sentence.startswith(
        "Season of robbery in Bromley: most from December to February, 2"
    )
    none = claim(sbp.season(usual()))
    assert none.sentence == "No season of robbery in Bromley stands out from its usual swings."
    assert not any(c.isdigit() for c in none.sentence + none.headline)


def test_thresholds_are_those_at_which_the_next_year_is_told_as_a_change():
    counts = usual(36)
    result = sbp.thresholds(counts)
    sentence = claim(result).sentence
    assert f"a total of {result.fall_at:.0f} or fewer, or of {result.rise_at:.0f} or more" in (
        sentence
    )
    few = sbp.thresholds(monthly([1] * 36))
    assert "a total of 50 or more in the next 12 months" in claim(few).sentence


def test_ranks_say_how_many_can_be_told_apart():
    counts = pd.Series({"Bromley": 500, "Croydon": 1500, "Sutton": 460})
    place = sbp.standing(counts, "Bromley")
    told = claim(place, **ABOUT)
    assert told.sentence.startswith("As recorded, Bromley was 2nd highest of 3 London boroughs")
    assert told.sentence.endswith(
        "Of the 2 others none are clearly lower, 1 clearly higher, 1 cannot be told apart."
    )
    shares = claim(sbp.standing(counts / 7, "Bromley"), **ABOUT | {"unit": "percent"})
    assert "clearly" not in shares.sentence


@pytest.mark.parametrize("ahead", [0, 3])
def test_the_picture_of_signals_has_band_marks_and_months_to_come(ahead):
    counts = usual()
    counts.iloc[-5] = 120
    chart = sbp.signal_plot(sbp.signals(counts, last=24, ahead=ahead))
    assert len(chart.table) == 24 + ahead
    assert chart.table["Recorded"].isna().sum() == ahead
    assert (chart.table["Marked by"] != "none").sum() >= 1
    for part in ("band", "expected", "series-0", "marked"):
        assert f'id="{part}"' in chart.svg
    assert "November 2017, 120 where" in chart.alt
    assert any("Beyond March 2018" in note for note in chart.notes) == bool(ahead)
    assert chart.explained == "signals"
