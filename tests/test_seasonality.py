"""Season, trend and what is left: hand-checkable cases and the matrix that replaces a loop."""

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp


def months(n, start="2012-04"):
    return pd.period_range(start, periods=n, freq="M")


def noisy(n, series, seed=0):
    rng = np.random.default_rng(seed)
    season = 1 + 0.3 * np.cos(2 * np.pi * np.arange(n) / 12)
    return pd.DataFrame(rng.poisson(30 * season[:, None], (n, series)), months(n))


@pytest.mark.parametrize("robust", [True, False])
@pytest.mark.parametrize("log", [True, False])
def test_the_parts_add_up_to_the_series(robust, log):
    x = noisy(72, 1)[0]
    parts = sbp.decompose(x, robust=robust, log=log)
    whole = np.log(x + 0.5) if log else x
    assert (parts.trend + parts.seasonal + parts.remainder).to_numpy() == pytest.approx(whole)


def test_a_fixed_season_repeats_every_year():
    parts = sbp.decompose(noisy(72, 1)[0])
    assert parts.seasonal.iloc[12:].to_numpy() == pytest.approx(parts.seasonal.iloc[:-12])


def test_an_outlying_month_stays_out_of_a_robust_season():
    x = pd.Series(100 + 10 * np.cos(2 * np.pi * np.arange(72) / 12), months(72))
    spoilt = x.copy()
    spoilt.iloc[40] += 500
    clean = sbp.decompose(x).seasonal
    assert abs(sbp.decompose(spoilt).seasonal - clean).max() < 1
    assert abs(sbp.decompose(spoilt, robust=False).seasonal - clean).max() > 20


def test_strength_is_one_for_pure_season_and_nought_for_a_constant():
    cosine = pd.Series(100 + 10 * np.cos(2 * np.pi * np.arange(72) / 12), months(72))
    assert sbp.decompose(cosine).seasonal_strength == pytest.approx(1)
    constant = sbp.decompose(pd.Series(1e6, months(72)))
    assert (constant.seasonal_strength, constant.trend_strength) == (0, 0)


@pytest.mark.parametrize(
    "settings",
    [
        {"seasonal": 7},
        {"seasonal": 11, "seasonal_deg": 0, "trend": 25},
        {"seasonal": 13, "seasonal_jump": 2, "trend_jump": 3, "inner_iter": 2},
        {"seasonal": None},
    ],
)
@pytest.mark.parametrize("n", [48, 61])
def test_the_matrix_gives_what_fitting_each_series_gives(settings, n):
    frame = noisy(n, n + 20)  # more series than months: the matrix; fewer: one by one
    wide = sbp.decompose(frame, robust=False, **settings)
    for name in (0, 7, n + 19):
        alone = sbp.decompose(frame[name], robust=False, **settings)
        for part in ("trend", "seasonal", "remainder"):
            assert abs(getattr(wide, part)[name] - getattr(alone, part)).max() < 1e-9
        assert wide.seasonal_strength[name] == pytest.approx(alone.seasonal_strength)
        assert wide.trend_strength[name] == pytest.approx(alone.trend_strength)


def test_what_came_with_the_series_comes_with_the_parts():
    x = noisy(60, 1)[0].rename("burglary")
    x.attrs = {"unit": "offences"}
    for result in (sbp.decompose(x), sbp.seasonal_index(x)):
        assert result.attrs == {"unit": "offences"}
        assert result.name == "burglary"
    assert list(sbp.decompose(x).frame) == ["trend", "seasonal", "remainder"]


def test_the_seasonal_index_of_a_constant_daily_rate_is_one_in_every_month():
    index = months(48, "2013-01")  # no leap year
    got = sbp.seasonal_index(pd.Series(10 * index.days_in_month, index))
    assert got.value.to_numpy() == pytest.approx(np.ones(12))
    assert (got.lower < 1).all()
    assert (got.upper > 1).all()


def test_a_short_february_is_not_taken_for_season():
    index = months(48)
    got = sbp.seasonal_index(pd.Series(10 * index.days_in_month, index))
    assert got.value[2] == pytest.approx(1, abs=0.01)


def test_a_busy_december_is_found_and_a_trend_is_not_taken_for_season():
    index = months(60)
    daily = np.where(index.month == 12, 15, 10) * 1.3 ** (np.arange(60) // 12)
    got = sbp.seasonal_index(pd.Series((daily * index.days_in_month).round(), index))
    assert got.value.idxmax() == 12
    assert got.value[12] / got.value[6] == pytest.approx(1.5, rel=0.01)
    assert got.lower[12] > 1
    assert got.value.index.tolist() == list(range(1, 13))


def test_a_wide_index_gives_what_its_columns_give():
    frame = noisy(60, 3)
    wide = sbp.seasonal_index(frame)
    for name in frame:
        alone = sbp.seasonal_index(frame[name])
        assert wide.lower[name].tolist() == alone.lower.tolist()
        assert wide.dispersion[name] == alone.dispersion


def test_no_event_has_no_index_but_no_error():
    got = sbp.seasonal_index(pd.Series(0, months(48)))
    assert got.value.isna().all()
    assert (got.lower == 0).all()
    assert np.isinf(got.upper).all()


@pytest.mark.parametrize("method", [sbp.decompose, sbp.seasonal_index])
def test_under_two_years_is_refused_and_under_four_warns(method):
    with pytest.raises(sbp.DataError, match="at least 24"):
        method(pd.Series(5, months(23)))
    with pytest.warns(sbp.SbpWarning, match="48 are wanted"):
        method(pd.Series([5, 6] * 18, months(36)))


@pytest.mark.parametrize("method", [sbp.decompose, sbp.seasonal_index])
def test_nothing_is_fitted_across_a_break(method):
    x = pd.Series([5, 6] * 30, months(60))
    x.attrs["breaks"] = [sbp.Break(pd.Period("2015-01", "M"), "system", "New system.", False)]
    with pytest.raises(sbp.BreakError, match="New system"):
        method(x)


@pytest.mark.parametrize("settings", [{"seasonal": 4}, {"seasonal": 7, "trend": 8}])
def test_settings_that_stl_cannot_use_are_refused(settings):
    with pytest.raises(sbp.DataError, match="STL"):
        sbp.decompose(noisy(60, 1)[0], **settings)


def test_a_misspelt_setting_is_refused():
    with pytest.raises(TypeError, match="treend"):
        sbp.decompose(noisy(60, 1)[0], treend=25)


def test_a_logarithm_of_a_negative_value_is_refused():
    with pytest.raises(sbp.DataError, match="0 or more"):
        sbp.decompose(pd.Series([-1.0] * 48, months(48)), log=True)
