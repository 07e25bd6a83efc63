"""A season is told when it is clear, per day, in quarters; else nothing is."""

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp


def waves(amplitude, peak=1, months=96, mean=200.0, series=1, seed=0, correlation=0.0, spread=0.0):
    rng = np.random.default_rng(seed)
    index = pd.period_range("2010-04", periods=months, freq="M")
    level = mean * (1 + amplitude * np.cos(2 * np.pi * (index.month.to_numpy() - peak) / 12))
    level = level[:, None] * (index.days_in_month.to_numpy() / 30.44)[:, None]
    noise = rng.normal(0, 1, (months, series))
    for t in range(1, months):
        noise[t] = correlation * noise[t - 1] + np.sqrt(1 - correlation**2) * noise[t]
    return pd.DataFrame(rng.poisson(level * np.exp(spread * noise)).astype(float), index)


@pytest.mark.parametrize("peak", [1, 5, 9, 12])
def test_the_quarters_are_those_of_the_season(peak):
    result = sbp.season(waves(0.3, peak)[0])
    assert result.clear is True
    assert result.busiest == tuple((peak - 2 + i) % 12 + 1 for i in range(3))
    assert result.quietest == tuple((peak + 4 + i) % 12 + 1 for i in range(3))
    # the mean of a wave over its highest quarter is 0.91 of its height
    assert result.busiest_percent == pytest.approx(27, abs=5)
    assert result.quietest_percent == pytest.approx(-27, abs=5)


def test_where_nothing_is_clear_nothing_is_told():
    result = sbp.season(waves(0.0)[0])
    assert result.clear is False
    assert (result.busiest, result.quietest) == ((), ())
    assert np.isnan([result.busiest_percent, result.quietest_percent]).all()


def test_short_months_are_no_season():
    index = pd.period_range("2010-04", periods=120, freq="M")
    assert not sbp.season(pd.Series(1000.0 * index.days_in_month, index)).clear


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_series_without_a_season_are_seldom_given_one(correlation):
    frame = waves(0.0, mean=200.0, series=1000, correlation=correlation, spread=0.09)
    assert sbp.season(frame)["clear"].mean() <= 0.02


def test_a_drift_a_step_and_a_spell_are_no_season():
    frame = waves(0.0, series=200)
    frame *= np.linspace(1, 3, 96)[:, None]
    frame.iloc[-12:] *= 2
    frame.iloc[40:46] *= 0.3
    spell = sbp.Break(frame.index[40], "event", "", True, frame.index[45])
    frame.attrs["breaks"] = [spell]
    assert sbp.season(frame.round())["clear"].mean() <= 0.03


def test_a_wide_frame_gives_what_its_columns_give():
    frame = waves(0.12, series=6)
    wide = sbp.season(frame)
    for name in frame:
        alone = sbp.season(frame[name])
        assert wide.loc[name, "p"] == pytest.approx(alone.p, rel=1e-9)
        assert wide.loc[name, "busiest"] == alone.busiest


def test_a_short_series_warns_and_a_shorter_one_is_refused():
    with pytest.warns(sbp.SbpWarning, match="few to tell a season"):
        sbp.season(waves(0.3, months=36)[0])
    with pytest.raises(sbp.DataError, match="at least 24"):
        sbp.season(waves(0.3, months=23)[0])


def test_months_before_a_break_are_left_out():
    series = waves(0.3)[0]
    broken = series.copy()
    broken.iloc[:36] = 7
    broken.attrs["breaks"] = [sbp.Break(series.index[36], "category", "Cut anew.", False)]
    assert sbp.season(broken).p == sbp.season(series.iloc[36:]).p
