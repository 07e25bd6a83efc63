"""Decomposition, trend, rates, count models and change points agree with R, its calls quoted.

R 4.2.2; the files in golden/ hold its input and its results. All series were simulated.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp

GOLDEN = Path(__file__).parent / "golden"


def table(name):
    return pd.read_csv(GOLDEN / f"{name}.csv")


def cases(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def series(name):
    rows = table("a_series").query("series == @name")
    return pd.Series(
        rows["value"].to_numpy(), pd.PeriodIndex(rows["month"].str[:7], freq="M"), name=name
    )


def close(got, want, rel=1e-8, absolute=0.0):
    assert np.asarray(got, float) == pytest.approx(np.asarray(want, float), rel=rel, abs=absolute)


@pytest.mark.parametrize("case", cases("01_stl"), ids=lambda c: c["case"])
def test_stl_components_are_those_of_r(case):
    """stl(x, s.window=..., robust=...); the smdefault case: statsmodels' own defaults."""
    want = table("01_stl").query("case == @case['case']")
    got = sbp.decompose(series(case["series"]), **case["arguments"])
    for part in ("trend", "seasonal", "remainder"):
        close(getattr(got, part), want[part], rel=0, absolute=1e-8)
    close(got.seasonal_strength, case["seasonal_strength"])
    close(got.trend_strength, case["trend_strength"])


@pytest.mark.parametrize("case", cases("02_trend"), ids=lambda c: c["series"])
def test_mann_kendall_and_sen_are_those_of_r(case):
    """trend::mk.test(x); trend::sens.slope(x); EnvStats::kendallTrendTest(x)"""
    x, want = series(case["series"]), case["mann_kendall"]
    got, slope = sbp.mann_kendall(x), sbp.sen_slope(x)
    close(
        [got.s, got.var_s, got.z, got.p, got.tau_a, got.tau_b],
        [want[k] for k in ("S", "var_S", "z", "p", "tau_a", "tau_b")],
    )
    close(
        [slope.slope, slope.intercept], [want["sen_slope_per_year"], want["intercept_conover_t0"]]
    )
    close([slope.lower, slope.upper], 12 * np.array(want["sen_slope_ci95_interpolated"]))


@pytest.mark.parametrize("case", cases("02_trend"), ids=lambda c: c["series"])
def test_seasonal_mann_kendall_and_its_correction_are_those_of_r(case):
    """trend::smk.test(x); EnvStats::kendallSeasonalTrendTest(x, season=month, year=year);
    trend::csmk.test(x); trend::sea.sens.slope(x)"""
    x, want = series(case["series"]), case["seasonal"]
    got, slope = sbp.mann_kendall(x, seasonal=True), sbp.sen_slope(x, seasonal=True)
    close([got.s, got.var_s, got.z, got.p], [want[k] for k in ("S", "var_S", "z", "p")])
    assert np.isnan(got.tau_a)
    assert np.isnan(got.tau_b)
    close([got.var_s_corrected, got.z_corrected], [want["correlated_var_S"], want["correlated_z"]])
    close(slope.slope, want["seasonal_sen_slope_per_year"])
    close([slope.lower, slope.upper], want["seasonal_sen_slope_ci95_interpolated"])


@pytest.mark.parametrize(("lags", "key"), [(None, "all_lags"), (3, "three_lags")])
@pytest.mark.parametrize("case", cases("02_trend"), ids=lambda c: c["series"])
def test_hamed_and_raos_correction_is_that_of_r(case, lags, key):
    """modifiedmk::mmkh(x); modifiedmk::mmkh3lag(x)"""
    got, want = sbp.mann_kendall(series(case["series"]), lags=lags), case["hamed_rao"][key]
    close([got.var_s_corrected, got.z_corrected], [want["var_S"], want["z"]])
    close(got.p_corrected, want["p"], absolute=1e-12)


@pytest.mark.parametrize("method", ["exact", "byar"])
def test_poisson_limits_are_those_of_r(method):
    """poisson.test(x, conf.level=conf)$conf.int; PHEindicatormethods byars_lower, byars_upper"""
    for confidence, want in table("03_poisson").groupby("conf_level"):
        got = sbp.rate(want["x"], 1, per=1, method=method, confidence=confidence)
        close(got["lower"], want[f"{method}_lower"].fillna(0), absolute=1e-10)
        close(got["upper"], want[f"{method}_upper"])


def test_rate_ratios_are_those_of_r():
    """poisson.test(c(x1, x2), c(t1, t2)); exactci::poisson.exact(..., tsmethod='central')"""
    want = table("03_rate_ratio").query("conf_level == 0.95 and x2 > 0").reset_index(drop=True)
    got = sbp.rate_ratio(want["x1"], want["t1"], want["x2"], want["t2"])
    names = {"ratio": "rate_ratio", "lower": "exact_lower", "upper": "exact_upper"}
    for mine, theirs in {**names, "p": "p_central"}.items():
        close(got[mine], want[theirs], rel=1e-7, absolute=1e-9)


def test_proportions_are_those_of_r():
    """prop.test(x, n, correct=FALSE)$conf.int"""
    for row in table("03_proportion").to_dict("records"):
        got = sbp.proportion(row["x"], row["n"], confidence=row["conf_level"])
        want = [row["proportion"], row["wilson_lower"], row["wilson_upper"]]
        close([got.value, got.lower, got.upper], want, absolute=1e-9)


def test_differences_of_proportions_are_those_of_r():
    """ratesci::moverci(x1, n1, x2, n2, type='wilson', contrast='RD')"""
    for row in table("03_newcombe").to_dict("records"):
        got = sbp.proportion_difference(
            row["x1"], row["n1"], row["x2"], row["n2"], confidence=row["conf_level"]
        )
        want = [row["difference"], row["newcombe_lower"], row["newcombe_upper"]]
        close([got.value, got.lower, got.upper], want, absolute=1e-9)


@pytest.mark.parametrize("family", ["quasipoisson", "negativebinomial"])
@pytest.mark.parametrize("case", cases("04_count_model"), ids=lambda c: c["series"])
def test_count_models_are_those_of_r(case, family):
    """glm(y ~ t + cos1 + sin1 + ... + offset(log(days)), family=quasipoisson); MASS::glm.nb"""
    want, rel = case[family], 1e-7 if family == "quasipoisson" else 1e-4
    got = sbp.count_model(series(case["series"]), harmonics=case["harmonics"], family=family)
    close(got.coef, list(want["coef"].values()), rel=rel, absolute=1e-5 if rel > 1e-6 else 0)
    close(got.se, list(want["se"].values()), rel=rel)
    close(got.dispersion, want["dispersion"], rel=rel)
    percent = got.percent_per_year
    close([percent.value, percent.lower, percent.upper], want["percent"], rel=max(rel, 1e-6))
    close(got.seasonal_factors, want["seasonal_factors"], rel=max(rel, 1e-6))
    close(got.seasonality_p, want["seasonality_p"], rel=10 * rel)


@pytest.mark.parametrize("case", cases("07_change_points"), ids=lambda c: c["r_call"][-40:])
def test_change_points_are_those_of_r(case):
    """changepoint::cpt.mean(y, penalty='Manual', pen.value=..., method='PELT', minseglen=6)"""
    got = sbp.change_points(series(case["series"]), case["min_segment"], case["penalty"])
    assert got.last_index == case["last_index"]
