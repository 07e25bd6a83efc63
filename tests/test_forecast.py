"""Forecasts: the shape that counts demand, and how past ones fared."""

import numpy as np
import pandas as pd
import pytest

from sbpanalysis import Break, BreakError, DataError, SbpWarning, forecast

SEASON = np.array([40, 38, 44, 47, 50, 55, 60, 58, 50, 46, 43, 41])


def series(values, start="2014-01"):
    index = pd.period_range(start, periods=len(values), freq="M")
    return pd.Series(values, index, name="offences")


@pytest.fixture(scope="module")
def stable():
    return series(np.random.default_rng(3).poisson(np.tile(SEASON, 6)))


def test_the_months_after_the_last_are_forecast(stable):
    result = forecast(stable, horizon=15)
    assert result.frame.index[0] == pd.Period("2020-01", "M")
    assert len(result.frame) == 15


def test_a_pure_season_is_continued():
    assert forecast(series(np.tile(SEASON, 4))).mean.to_numpy() == pytest.approx(SEASON, abs=0.5)


def test_intervals_are_about_as_wide_as_poisson_ones_where_counts_are_poisson(stable):
    result = forecast(stable)
    poisson = 2 * 1.96 * np.sqrt(result.mean)
    assert 0.9 < ((result.upper95 - result.lower95) / poisson).mean() < 1.4


def test_limits_are_ordered_and_never_negative():
    rare = forecast(series(np.random.default_rng(1).poisson(0.4, 60))).frame
    ordered = rare[["lower95", "lower80", "mean", "upper80", "upper95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert (ordered >= 0).all()


def test_years_of_zeros_give_a_forecast_near_zero_but_not_a_certainty():
    result = forecast(series([0] * 60))
    assert (result.mean < 0.1).all()
    assert (result.upper95 > 0).all()


def test_backtest_sets_the_model_against_the_seasonal_naive(stable):
    table = forecast(stable).backtest
    assert table.index[1] == "seasonal naive"
    assert table["mase"].iloc[0] < table["mase"].iloc[1]
    assert table["origins"].to_list() == [4, 4]


def test_backtest_naive_is_worked_by_hand():
    counts = series([*[10] * 11, 20, *[13] * 11, 20, *[14] * 11, 22])
    naive = forecast_of_short(counts).backtest.loc["seasonal naive"]
    assert naive["mase"] == pytest.approx(((11 * 1 + 2) / 12) / (11 * 3 / 12))
    assert naive["origins"] == 1


def forecast_of_short(counts):
    with pytest.warns(SbpWarning, match="48 are wanted"):
        return forecast(counts)


def test_backtest_is_computed_when_first_asked_for(stable):
    result = forecast(stable)
    assert "backtest" not in vars(result)
    assert result.backtest is result.backtest


def test_backtest_of_a_short_series_says_how_many_months_it_needs():
    with pytest.raises(DataError, match="at least 36 needed"):
        _ = forecast_of_short(series(np.tile(SEASON, 2))).backtest


def test_under_two_years_is_refused():
    with pytest.raises(DataError, match="at least 24 needed"):
        forecast(series(SEASON))


def test_a_frame_gives_a_frame_a_field_equal_to_one_call_a_column(stable):
    wide = pd.DataFrame({"a": stable, "b": stable[::-1].to_numpy()}, index=stable.index)
    result = forecast(wide)
    for name in wide:
        pd.testing.assert_series_equal(result.upper95[name], forecast(wide[name]).upper95)
    assert result.backtest.loc[("b", "seasonal naive"), "origins"] == 4


@pytest.mark.parametrize("horizon", [0, -1, 2.5])
def test_a_horizon_is_a_number_of_months(stable, horizon):
    with pytest.raises(DataError, match="horizon"):
        forecast(stable, horizon)


def test_no_model_is_fitted_across_a_break(stable):
    broken = stable.copy()
    broken.attrs["breaks"] = (Break(stable.index[9], "system", "New system.", comparable=False),)
    with pytest.raises(BreakError, match="New system"):
        forecast(broken)
