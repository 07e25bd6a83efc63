"""Per cent a year with season and month length allowed for, hand-checkable."""

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp


def months(n):
    return pd.period_range("2012-04", periods=n, freq="M")


def counts(n=96, yearly=1.0, season=0.0, mean=50, seed=0, size=None):
    index, rng = months(n), np.random.default_rng(seed)
    rate = mean * yearly ** (np.arange(n) / 12) * index.days_in_month / 30.4
    rate = rate * np.exp(season * np.cos(2 * np.pi * index.month / 12))
    drawn = rng.poisson(rate) if size is None else rng.negative_binomial(size, size / (size + rate))
    return pd.Series(drawn, index, name="robbery")


def exact(yearly=1.1, season=0.3):
    """A series that follows the model without noise."""
    index = months(60)
    rate = 9 * yearly ** (np.arange(60) / 12) * np.exp(season * np.cos(np.pi * index.month / 6))
    return pd.Series(rate * index.days_in_month, index)


@pytest.mark.parametrize("family", ["poisson", "quasipoisson"])
def test_a_series_that_follows_the_model_gives_the_model_back(family):
    got = sbp.count_model(exact(), family=family)
    assert got.percent_per_year.value == pytest.approx(10)
    assert got.coef["cos1"] == pytest.approx(0.3)
    assert got.coef["sin1"] == pytest.approx(0, abs=1e-9)
    assert np.exp(got.coef["const"]) == pytest.approx(9)
    assert got.fitted.to_numpy() == pytest.approx(exact().to_numpy())
    assert got.seasonal_factors[12] == pytest.approx(np.exp(0.3))


def test_the_length_of_the_month_is_not_taken_for_season():
    index = months(60)
    got = sbp.count_model(pd.Series(10 * index.days_in_month, index), family="poisson")
    assert got.seasonal_factors.to_numpy() == pytest.approx(np.ones(12))


def test_the_coefficients_are_named_in_order():
    got = sbp.count_model(counts(), harmonics=2)
    assert got.coef.index.tolist() == ["const", "t", "cos1", "sin1", "cos2", "sin2"]
    assert got.se.index.tolist() == got.coef.index.tolist()
    assert list(got.frame) == ["coef", "se"]


def test_the_sixth_pair_has_no_sine():
    assert "sin6" not in sbp.count_model(counts(), harmonics=6).coef


def test_quasi_poisson_widens_the_poisson_errors_by_the_dispersion():
    x = counts(size=10)
    plain, quasi = (sbp.count_model(x, family=f) for f in ("poisson", "quasipoisson"))
    assert plain.dispersion == 1
    assert quasi.dispersion > 2
    assert (quasi.se / plain.se).to_numpy() == pytest.approx(np.sqrt(quasi.dispersion))
    assert quasi.coef.to_numpy() == pytest.approx(plain.coef)


def test_the_negative_binomials_dispersion_is_its_alpha():
    x = counts(n=600, size=10)
    got = sbp.count_model(x, family="negativebinomial").dispersion
    assert got == pytest.approx(0.1, rel=0.2)


@pytest.mark.parametrize("family", ["poisson", "quasipoisson", "negativebinomial"])
def test_a_season_is_seen_where_there_is_one(family):
    assert sbp.count_model(counts(season=0.3), family=family).seasonality_p < 1e-6
    assert sbp.count_model(counts(season=0.0), family=family).seasonality_p > 0.01


def test_without_harmonics_there_is_no_season_to_test():
    got = sbp.count_model(counts(), harmonics=0)
    assert np.isnan(got.seasonality_p)
    assert (got.seasonal_factors == 1).all()


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    hits = [
        m.lower <= 5 <= m.upper
        for m in (
            sbp.count_model(counts(60, yearly=1.05, size=20, seed=s)).percent_per_year
            for s in range(200)
        )
    ]
    assert 0.89 <= np.mean(hits) <= 0.99


def test_a_wide_frame_gives_a_row_a_series():
    frame = pd.DataFrame({"a": counts(seed=1), "b": counts(seed=2, yearly=1.1)})
    wide = sbp.count_model(frame)
    for name in frame:
        alone = sbp.count_model(frame[name])
        assert wide.loc[name, "percent_per_year"] == alone.percent_per_year.value
        assert wide.loc[name, "lower"] == alone.percent_per_year.lower
        assert wide.loc[name, "se_t"] == alone.se["t"]


def test_what_came_with_the_series_comes_with_the_model():
    x = counts()
    x.attrs = {"unit": "offences"}
    got = sbp.count_model(x)
    assert (got.attrs, got.name) == ({"unit": "offences"}, "robbery")


def test_under_four_years_warns():
    with pytest.warns(sbp.SbpWarning, match="48 are wanted"):
        sbp.count_model(counts(36))


def test_nothing_is_fitted_across_a_break():
    x = counts()
    x.attrs["breaks"] = [sbp.Break(pd.Period("2015-01", "M"), "system", "New system.", False)]
    with pytest.raises(sbp.BreakError, match="New system"):
        sbp.count_model(x)


def test_a_series_with_hardly_any_event_is_refused():
    x = pd.Series(0, months(60))
    with pytest.raises(sbp.DataError, match="events in 0 months"):
        sbp.count_model(x)
    x.iloc[[3, 30, 50]] = 1
    with pytest.raises(sbp.DataError, match="fewer harmonics"):
        sbp.count_model(x)


@pytest.mark.parametrize(
    "settings",
    [{"family": "normal"}, {"harmonics": 7}, {"harmonics": 1.5}, {"confidence": 95}],
)
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(sbp.DataError, match="expected"):
        sbp.count_model(counts(), **settings)
