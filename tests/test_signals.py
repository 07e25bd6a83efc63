"""A month is marked when its own past did not lead to expect it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sbpanalysis as sbp
from sbpanalysis.stats.signals import COLUMNS


def poisson(mean, months=72, series=1, seed=0):
    draws = np.random.default_rng(seed).poisson(mean, (months, series)).astype(float)
    return pd.DataFrame(draws, pd.period_range("2012-04", periods=months, freq="M"))


def test_the_columns_are_those_promised_a_row_a_month():
    table = sbp.signals(poisson(50)[0], last=24).frame
    assert list(table) == ["value", "expected", "lower", "upper", "marked", "marked_three"]
    assert table.index[0] == pd.Period("2016-04", "M")
    assert table.index[-1] == pd.Period("2018-03", "M")
    assert table[["marked", "marked_three"]].dtypes.tolist() == [bool, bool]


def test_a_month_is_marked_if_and_only_if_it_lies_outside_its_limits():
    tables = sbp.signals(poisson(50, series=200), last=24)
    outside = (tables["value"] < tables["lower"]) | (tables["value"] > tables["upper"])
    assert (outside == tables["marked"]).all().all()
    assert outside.to_numpy().any()


def test_one_wild_month_is_marked_and_moves_what_follows_little():
    calm = poisson(50)[0]
    wild = calm.copy()
    wild.iloc[-6] = 150
    before, after = sbp.signals(calm, last=12), sbp.signals(wild, last=12)
    assert after["marked"].tolist() == [False] * 6 + [True] + [False] * 5
    assert (after["expected"] / before["expected"]).iloc[-5:].max() < 1.15


def test_three_high_months_together_are_marked_that_alone_are_not():
    series = poisson(200, seed=5)[0]
    series.iloc[-3:] = sbp.signals(series, last=3)["upper"].iloc[0] - 8
    table = sbp.signals(series, last=3)
    assert table["marked_three"].iloc[-1]
    assert not table["marked"].iloc[-1]


def test_a_season_is_expected():
    index = pd.period_range("2012-04", periods=96, freq="M")
    season = 200 + 120 * np.cos(2 * np.pi * np.arange(96) / 12)
    table = sbp.signals(pd.Series(season.round(), index), last=24)
    assert not table["marked"].any()
    assert (table["expected"] / table["value"]).between(0.8, 1.25).all()


def test_what_is_expected_does_not_know_what_comes():
    series = poisson(40)[0]
    changed = series.copy()
    changed.iloc[-12:] = 400
    known = ["expected", "lower", "upper"]
    one, other = (sbp.signals(s, last=24).frame[known].iloc[:13] for s in (series, changed))
    assert one.equals(other)


def test_months_to_come_have_limits_and_no_value():
    table = sbp.signals(poisson(50)[0], last=6, ahead=3).frame
    to_come = table.iloc[-3:]
    assert [str(m) for m in to_come.index] == ["2018-04", "2018-05", "2018-06"]
    assert to_come["value"].isna().all()
    assert not to_come[["marked", "marked_three"]].any().any()
    assert (to_come["lower"] < to_come["expected"]).all()
    assert (to_come["expected"] < to_come["upper"]).all()


def test_nothing_is_foretold_of_few_events_and_of_what_policing_finds():
    counts = poisson(50)[0]
    policed = counts.copy()
    policed.attrs["policing"] = True
    for series in (policed, (counts / 10).round()):
        assert sbp.signals(series, last=6, ahead=3).value.index[-1] == series.index[-1]
    drugs, robbery = map(
        sbp.Edition.open("bromley-sample").series, ("drug_offences", "robbery_offences")
    )
    assert len(sbp.signals(robbery, 6, ahead=3).value) == 9
    assert len(sbp.signals(drugs, 6, ahead=3).value) == 6


def test_an_extraordinary_spell_does_not_widen_the_limits_after_it():
    series = poisson(200, 96)[0]
    series.iloc[40:50] *= 0.3
    spell = (series.index[40], series.index[49])
    plain = sbp.signals(series, last=12)
    series.attrs["breaks"] = [sbp.Break(spell[0], "event", "", True, spell[1])]
    told = sbp.signals(series, last=12)
    width = [(t["upper"] - t["lower"]).mean() for t in (plain, told)]
    assert width[1] < width[0]


def test_months_before_a_break_are_left_out():
    series = poisson(50, 96)[0]
    broken = series.copy()
    broken.iloc[:40] *= 9
    broken.attrs["breaks"] = [sbp.Break(series.index[40], "category", "Cut anew.", False)]
    assert sbp.signals(broken).frame.equals(sbp.signals(series.iloc[40:]).frame)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(36, 70), st.integers(1, 4))
def test_a_wide_frame_gives_what_its_columns_give(seed, months, series):
    frame = poisson(20, months, series, seed)
    wide = sbp.signals(frame, last=12, ahead=1)
    for name in frame:
        alone = sbp.signals(frame[name], last=12, ahead=1)
        for field in COLUMNS:
            assert np.allclose(wide[field][name], alone[field], equal_nan=True)


@pytest.mark.parametrize("mean", [20, 200])
def test_stable_series_are_seldom_marked_and_a_rise_is_seen(mean):
    frame = poisson(mean, 96, 400)
    calm = sbp.signals(frame, last=12)
    assert (calm["marked"] | calm["marked_three"]).any().mean() <= 0.2
    frame.iloc[-3:] = np.random.default_rng(1).poisson(1.5 * mean, (3, 400))
    risen = sbp.signals(frame, last=3)
    seen = (risen["marked"] | risen["marked_three"]).any().mean()
    assert seen >= (0.9 if mean == 200 else 0.4)


@pytest.mark.parametrize(
    ("months", "asked"),
    [(35, {}), (48, {"last": 0}), (48, {"last": 1.5}), (48, {"ahead": 4}), (48, {"ahead": -1})],
)
def test_unusable_input_is_refused(months, asked):
    with pytest.raises(sbp.DataError, match=r"needed|expected"):
        sbp.signals(poisson(10, months)[0], **asked)
