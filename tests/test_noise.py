"""The noise of a series, against the same formulas written out slowly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from sbpanalysis.periods import Break
from sbpanalysis.stats.noise import extraordinary, scatter, spline


def counted(seed, months, series=1, mean=40.0):
    rng = np.random.default_rng(seed)
    level = mean * np.exp(rng.normal(0, 0.15, (months, series)))
    return rng.poisson(level).astype(float)


def slowly(x, left_out=()):
    """The closed form of one series, with least squares, explicit sums and full matrices."""
    n = len(x)
    y = np.array([2 * np.sqrt(v + 3 / 8) for v in x])
    years = n // 12
    degree = min(3, years - 1)
    knots = [0] * degree + list(np.linspace(0, 1, years - degree + 1)) + [1] * degree
    columns = [BSpline(knots, np.eye(years)[k], degree)(np.linspace(0, 1, n)) for k in range(years)]
    columns += [[float(t % 12 == m) for t in range(n)] for m in range(11)]
    columns += [[float(t >= n - 12) for t in range(n)]]
    columns += [[float(t == place) for t in range(n)] for place in left_out]
    design = np.array(columns).T
    matrix = np.eye(n) - design @ np.linalg.pinv(design)
    rest, d = matrix @ y, n - np.linalg.matrix_rank(design)
    s2 = sum(r**2 for r in rest) / d
    s0 = 1 + np.mean([v for t, v in enumerate(x) if t not in left_out]) * 0.08**2
    belief = 6 * min(1, (1.3 * s0 / s2) ** 2)
    lingering = [[0.32 ** abs(a - b) for a in range(n)] for b in range(n)]
    own = 1 + (s2 - 1) * d / np.trace(matrix @ lingering)
    phi = max(1, (belief * s0 + d * own) / (belief + d))
    times = (1 + 0.32) / (1 - 0.32)
    inflation = 1 + times * (phi - 1)
    return phi, inflation, (belief + d) * min(1, inflation / (times * phi))


@pytest.mark.parametrize("months", [24, 30, 47, 96])
@pytest.mark.parametrize("left_out", [(), (5, 6, 17)])
def test_the_closed_form_is_the_plain_computation(months, left_out):
    values = counted(months, months, 3)
    got = np.array(scatter(values, left_out))
    want = np.array([slowly(column, left_out) for column in values.T]).T
    assert got == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("months", [12, 24, 36, 48, 60, 131])
def test_the_spline_is_that_of_scipy(months):
    years = months // 12
    degree = min(3, years - 1)
    knots = np.r_[[0] * degree, np.linspace(0, 1, years - degree + 1), [1] * degree]
    want = BSpline.design_matrix(np.linspace(0, 1, months), knots, degree).toarray()
    assert spline(months) == pytest.approx(want, abs=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(24, 100), st.integers(1, 6))
def test_noise_is_what_it_must_be(seed, months, series):
    values = counted(seed, months, series, mean=5.0)
    noise = scatter(values)
    assert (noise.dispersion >= 1).all()
    assert (noise.inflation >= noise.dispersion - 1e-12).all()
    assert (noise.df > 0).all()
    assert np.array(scatter(values[:, :1]))[:, 0] == pytest.approx(
        [part[0] for part in noise], rel=1e-9
    )


def test_a_step_a_season_and_a_drift_are_no_noise():
    t = np.arange(96)
    level = 400 * np.exp(0.4 * np.sin(t / 30)) * (1 + 0.3 * np.cos(2 * np.pi * t / 12))
    level[-12:] *= 2
    assert scatter(np.round(level)[:, None]).dispersion < 2


def test_extraordinary_months_are_left_out_of_the_noise():
    values = counted(1, 96, mean=200.0)
    odd = values.copy()
    odd[40:56] *= 0.3
    quiet, wild, masked = (
        scatter(v, places).inflation[0]
        for v, places in ((values, ()), (odd, ()), (odd, tuple(range(40, 56))))
    )
    assert wild > 3 * quiet
    assert masked < 1.5 * quiet


def test_with_too_few_months_left_over_extraordinary_ones_stay():
    values = counted(2, 24)
    assert np.array(scatter(values, tuple(range(10)))) == pytest.approx(np.array(scatter(values)))


def test_the_recorded_breaks_say_which_months_are_extraordinary():
    index = pd.period_range("2020-01", periods=6, freq="M")
    frame = pd.DataFrame({"a": range(6)}, index)
    lockdown = Break(pd.Period("2019-12", "M"), "event", "", True, pd.Period("2020-02", "M"))
    plain = Break(pd.Period("2020-05", "M"), "event", "", True)
    assert extraordinary(frame) == ()
    frame.attrs["breaks"] = (plain, lockdown)
    assert extraordinary(frame) == (0, 1)


def test_one_series_is_the_same_each_time():
    values = counted(3, 60)
    assert [p.tobytes() for p in scatter(values)] == [p.tobytes() for p in scatter(values)]
