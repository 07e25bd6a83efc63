"""Signals, funnels, forecasts and concentration agree with R, whose calls are quoted.

R 4.2.2; the files in golden/ hold its input and its results. All series were simulated.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp

GOLDEN = Path(__file__).parent / "golden"
RULES = ["astronomical", "shift", "trend", "two_in_three"]
LIMITS = ["lower95", "upper95", "lower998", "upper998"]


def table(name):
    frame = pd.read_csv(GOLDEN / f"{name}.csv")
    if "month" in frame:
        frame["month"] = pd.PeriodIndex(frame["month"].str[:7], freq="M")
    return frame


def cases(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("case", list(table("05_xmr").groupby("case")), ids=lambda c: c[0])
def test_xmr_limits_and_rules_are_those_of_the_nhs_package(case):
    """NHSRplotthedots 0.2.2: ptd_spc(data, value_field=value, date_field=month,
    screen_outliers=TRUE, improvement_direction='neutral'); with screen_outliers=FALSE
    (unscreened) and fix_after_n_points=24 (baseline24)."""
    want = case[1].set_index("month")
    first = want["baseline"].iloc[0]
    chart = sbp.control_chart(
        want["value"],
        screen=bool(want["screen"].iloc[0]),
        baseline=None if np.isnan(first) else int(first),
    ).frame
    for column in ("centre", "lower", "upper"):
        assert chart[column].to_numpy() == pytest.approx(want[column].to_numpy(), rel=1e-9)
    pd.testing.assert_frame_equal(chart[RULES], want[RULES])


@pytest.mark.parametrize(
    ("kind", "centre", "limits"),
    [("c", "c_center", "c"), ("u", "u_center", "u"), ("u_prime", "u_center", "uprime")],
)
def test_charts_of_counts_and_rates_are_those_of_qcc(kind, centre, limits):
    """qcc 2.7: qcc(x, type='c'); qcc(x, sizes=days, type='u'); qicharts2 0.8.1:
    options(qic.screenedmr=FALSE); qic(month, x, n=days, chart='up')."""
    want = table("05_c_u_uprime").set_index("month")
    chart = sbp.control_chart(want["count"], kind, None if kind == "c" else want["days"])
    assert chart.centre.to_numpy() == pytest.approx(want[centre].to_numpy(), rel=1e-9)
    for side in ("lower", "upper"):
        mine = getattr(chart, side).to_numpy()
        assert mine == pytest.approx(want[f"{limits}_{side}"].to_numpy(), rel=1e-9, abs=1e-9)
    assert (chart.astronomical.to_numpy() == want[f"beyond_{limits}"].to_numpy()).all()


@pytest.mark.parametrize(
    ("kind", "limits"),
    [("u", "u"), ("u_prime", "uprime"), ("p", "p"), ("p_prime", "pprime")],
)
def test_charts_of_rates_and_shares_are_those_of_qcc(kind, limits):
    """qcc(crimes, sizes=population/1000, type='u'); qcc(detected, sizes=crimes, type='p');
    qic(..., chart='up'); qic(..., chart='pp')."""
    d = table("05_u_p_population").set_index("month")
    counts, n = (
        (d["crimes"], d["population"] / 1000) if kind[0] == "u" else (d["detected"], d["crimes"])
    )
    chart = sbp.control_chart(counts, kind, n)
    for side in ("lower", "upper"):
        mine = getattr(chart, side).to_numpy()
        assert mine == pytest.approx(d[f"{limits}_{side}"].to_numpy(), rel=1e-9, abs=1e-9)


def test_poisson_funnel_is_r_qpois_interpolated():
    """E = target*population/per; r = qpois(p, E); a = (ppois(r, E) - p)/dpois(r, E);
    max(0, r - a)/population*per, p = 0.025, 0.975, 0.001, 0.999."""
    for (target, per), want in table("06_poisson_funnel").groupby(["target_rate", "per"]):
        counts = (target * want["population"] / per).round()
        mine = sbp.funnel(counts, want["population"], per=per, target=target).frame[LIMITS]
        assert mine.to_numpy() == pytest.approx(want[LIMITS].to_numpy(), rel=1e-8, abs=1e-6)


def test_binomial_funnel_is_r_qbinom_interpolated():
    """r = qbinom(p, n, target); a = (pbinom(r, n, t) - p)/dbinom(r, n, t); max(0, r - a)/n."""
    for target, want in table("06_binomial_funnel").groupby("target"):
        counts = (target * want["n"]).round()
        mine = sbp.funnel(counts, want["n"], per=1, target=target, kind="binomial").frame[LIMITS]
        assert mine.to_numpy() == pytest.approx(want[LIMITS].to_numpy(), rel=1e-8, abs=1e-9)


def test_area_flags_and_overdispersed_limits_are_those_of_r():
    """Exact limits as above; FunnelPlotR 0.6.0: transformed_zscore(data_type='SR',
    sr_method='SHMI'), winsorisation(trim_by=0.1), phi_func, tau_func,
    calculate_limits(draw_adjusted=TRUE), on made-up areas."""
    want = table("06_areas").set_index("area")
    plain = sbp.funnel(want["count"], want["population"])
    assert plain.frame[LIMITS].to_numpy() == pytest.approx(want[LIMITS].to_numpy(), rel=1e-8)
    assert plain.flag.to_list() == want["flag"].to_list()
    wide = sbp.funnel(want["count"], want["population"], adjust=True)
    assert wide.dispersion == pytest.approx(1.8321122360652, rel=1e-9)
    assert wide.tau2 == pytest.approx(0.0132773042980627, rel=1e-9)
    ratio = want[[f"od_ratio_{name}" for name in LIMITS]].to_numpy()
    assert wide.frame[LIMITS].to_numpy() == pytest.approx(ratio * wide.target, rel=1e-6)


def test_backtest_naive_is_r_snaive_and_the_model_keeps_up_with_r_ets():
    """forecast 8.20: snaive(train, h=12), forecast(ets(train), h=12), level=c(80, 95); four
    origins, three months apart; MASE scaled by mean(abs(diff(train, lag=12)))."""
    r = table("08_per_series").pivot(index="series", columns="model")
    models = {}
    for name, series in table("08_series").groupby("series"):
        backtest = sbp.forecast(series.set_index("month")["value"]).backtest
        models[name] = backtest.iloc[0]
        for column in ("mase", "coverage80", "coverage95"):
            want = r.loc[name, (column, "snaive")]
            assert backtest.loc["seasonal naive", column] == pytest.approx(want, rel=1e-9)
    mine = pd.DataFrame(models).T
    assert mine["mase"].mean() <= 1.05 * r[("mase", "ets")].mean()
    assert 0.85 < mine["coverage95"].mean() <= 1


@pytest.mark.parametrize(
    ("name", "alpha", "trend"),
    [("demo_step_nbplugin", 0.01, True), ("demo_nb8_nbplugin_notrend", 0.025, False)],
)
def test_early_warning_is_farrington_flexible(name, alpha, trend):
    """surveillance 1.20.3: farringtonFlexible(sts(counts, frequency=12), control=list(
    b=4, w=1, reweight=TRUE, weightsThreshold=2.58, trend=trend, pThresholdTrend=1,
    limit54=c(5, 4), noPeriods=1, pastWeeksNotIncluded=1, thresholdMethod='nbPlugin',
    alpha=alpha))."""
    d = table(f"09_{name}").set_index("month")
    mine = sbp.early_warning(d["value"], years=4, alpha=alpha, trend=trend)
    want = d.loc[mine.frame.index]
    assert want["expected"].notna().all()
    assert mine.expected.to_numpy() == pytest.approx(want["expected"].to_numpy(), rel=5e-4)
    assert mine.upper.to_list() == want["upper_bound"].to_list()
    assert mine.alarm.to_list() == want["alarm"].astype(bool).to_list()
    assert mine.p.to_numpy() == pytest.approx(want["p_value"].to_numpy(), abs=5e-4)


@pytest.mark.parametrize("case", cases("10_concentration"), ids=lambda case: case["name"])
def test_gini_lorenz_and_shares_are_those_of_r(case):
    """ineq 0.2-13: Gini(x), Lc(x); lorenzgini 0.1.2 for the generalised Gini."""
    mine = sbp.concentration(pd.Series(case["counts"]))
    assert mine.gini == pytest.approx(case["gini"], rel=1e-10)
    assert mine.gini_generalised == pytest.approx(case["gini_generalised"], rel=1e-10)
    assert mine.lorenz.to_list() == pytest.approx(case["lorenz"], rel=1e-10)
    for k, share in case["share_of_top"].items():
        assert mine.share_of_top(int(k)) == pytest.approx(share, rel=1e-10)


@pytest.mark.parametrize("case", cases("10_moran"), ids=lambda case: case["name"])
def test_moran_is_that_of_spdep(case):
    """spdep 1.2-7: moran.test(x, nb2listw(nb, style='W'), alternative='two.sided');
    moran.mc(nsim=9999, alternative='greater')."""
    neighbours = {int(place): others for place, others in case["neighbours"].items()}
    mine = sbp.moran(pd.Series(case["values"], list(neighbours)), neighbours)
    assert mine.i == pytest.approx(case["I"], rel=1e-9)
    assert mine.expected == pytest.approx(case["expected_I"], rel=1e-9)
    assert mine.z == pytest.approx(case["z_randomisation"], rel=1e-9)
    assert mine.p == pytest.approx(case["p_two_sided_randomisation"], abs=1e-9)
    greater = case["p_permutation_greater_9999"]
    assert mine.p_sim == pytest.approx(2 * min(greater, 1 - greater), abs=0.03)
