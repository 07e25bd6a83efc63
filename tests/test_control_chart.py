"""Control charts: limits worked by hand, and each NHS rule at the edge where it starts to hold."""

import numpy as np
import pandas as pd
import pytest

from sbpanalysis import Break, BreakError, DataError, SbpWarning, control_chart


def series(values, name="offences"):
    index = pd.period_range("2016-01", periods=len(values), freq="M")
    return pd.Series(values, index, dtype=float, name=name)


FLAT = [10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12]


def test_xmr_limits_are_the_mean_and_2_66_moving_ranges():
    chart = control_chart(series(FLAT))
    assert chart.centre.iloc[0] == 11
    assert chart.upper.iloc[0] == pytest.approx(11 + 2.66 * 2)
    assert chart.lower.iloc[0] == pytest.approx(11 - 2.66 * 2)


def test_xmr_lower_limit_may_be_below_zero():
    assert (control_chart(series([0, 6] * 8)).lower < 0).all()


def test_moving_ranges_of_3_267_times_the_mean_are_dropped_once():
    values = [*FLAT, 90, *FLAT]  # two ranges of 78 and 80 among thirty-eight of 2
    assert control_chart(series(values)).upper.iloc[0] == pytest.approx(
        np.mean(values) + 2.66 * 2, rel=1e-12
    )
    mean_range = np.abs(np.diff(values)).mean()
    unscreened = control_chart(series(values), screen=False)
    assert unscreened.upper.iloc[0] == pytest.approx(np.mean(values) + 2.66 * mean_range)


def test_astronomical_is_strictly_outside():
    upper = 11 + 2.66 * 2
    chart = control_chart(series([*FLAT, upper - 1e-6, 11, upper + 1e-6]), baseline=20)
    assert chart.astronomical.to_list() == [False] * 22 + [True]


@pytest.mark.parametrize(("above", "marked"), [(6, 0), (7, 7), (9, 9)])
def test_shift_needs_seven_on_one_side_and_marks_them_all(above, marked):
    chart = control_chart(series([*FLAT, 10, *[12] * above, 10]), baseline=20)
    assert chart.shift.sum() == marked


def test_a_point_on_the_mean_ends_a_shift():
    chart = control_chart(series([*FLAT, 10.5, 12, 12, 12, 11, 12, 12, 12, 12]), baseline=20)
    assert not chart.shift.any()


@pytest.mark.parametrize(("points", "marked"), [(6, 0), (7, 7), (8, 8)])
def test_trend_needs_seven_rising_points(points, marked):
    rising = 10 + np.arange(points) * 0.1
    chart = control_chart(series([*FLAT, *rising, 9]), baseline=20)
    assert chart.trend.sum() == marked


def test_a_falling_trend_counts_and_a_tie_ends_it():
    falling = list(12 - np.arange(7) * 0.2)
    assert control_chart(series([*FLAT, *falling]), baseline=20).trend.sum() == 7
    falling[3] = falling[2]
    assert not control_chart(series([*FLAT, *falling]), baseline=20).trend.any()


def test_two_in_three_marks_only_the_points_in_the_outer_third():
    near = 11 + 5.32 * 0.8
    chart = control_chart(series([*FLAT, near, 11.5, near, 10]), baseline=20)
    assert chart.two_in_three.to_list() == [False] * 20 + [True, False, True, False]


def test_two_in_three_wants_all_three_on_one_side():
    near = 11 + 5.32 * 0.8
    chart = control_chart(series([*FLAT, near, 10.5, near, 10]), baseline=20)
    assert not chart.two_in_three.any()


def test_a_point_outside_the_limits_is_not_one_of_the_two():
    near, far = 11 + 5.32 * 0.8, 11 + 5.32 * 1.2
    chart = control_chart(series([*FLAT, near, far, 11.5, 10]), baseline=20)
    assert chart.astronomical.sum() == 1
    assert not chart.two_in_three.any()


def test_c_chart_is_mean_and_three_roots_cut_at_zero():
    chart = control_chart(series([4, 2, 3, 3] * 5), kind="c")
    assert chart.centre.iloc[0] == 3
    assert chart.upper.iloc[0] == pytest.approx(3 + 3 * np.sqrt(3))
    assert chart.lower.iloc[0] == 0


def test_u_chart_limits_follow_the_denominator():
    days = series([30, 31] * 10)
    chart = control_chart(series([30, 31] * 10), kind="u", denominators=days)
    assert chart.centre.unique().tolist() == [1]
    assert chart.upper.iloc[1] == pytest.approx(1 + 3 / np.sqrt(31))


def test_p_chart_is_cut_at_zero_and_one():
    chart = control_chart(series([1, 2] * 10), kind="p", denominators=2)
    assert chart.lower.min() == 0
    assert chart.upper.max() == 1


def test_u_prime_equals_u_times_sigma_z():
    counts = series([20, 50, 35, 60, 15, 40] * 3)
    days = series([30, 31, 28] * 6)
    u, prime = (control_chart(counts, kind, denominators=days) for kind in ("u", "u_prime"))
    z = (u.value - u.centre) / np.sqrt(u.centre / days)
    sigma = z.diff().abs().mean() / 1.128
    assert (prime.upper - prime.centre).to_numpy() == pytest.approx(
        sigma * (u.upper - u.centre).to_numpy()
    )


def test_a_constant_series_gives_no_signal():
    chart = control_chart(series([0.1] * 24))
    assert not chart.signal.any()


def test_a_frame_gives_a_frame_a_field_equal_to_one_call_a_column():
    rng = np.random.default_rng(4)
    index = pd.period_range("2015-01", periods=48, freq="M")
    wide = pd.DataFrame(rng.poisson(9, (48, 5)), index, columns=list("ABCDE"))
    chart = control_chart(wide)
    for area in wide:
        pd.testing.assert_series_equal(chart.upper[area], control_chart(wide[area]).upper)
        pd.testing.assert_frame_equal(
            chart.frame.xs(area, axis=1, level=1), control_chart(wide[area]).frame
        )


def test_what_is_known_about_the_series_travels_along():
    counts = series(FLAT)
    counts.attrs["source"] = "police"
    chart = control_chart(counts)
    assert chart.attrs == chart.frame.attrs == chart.upper.attrs == {"source": "police"}


def test_limits_are_not_fitted_across_a_break():
    counts = series(FLAT)
    counts.attrs["breaks"] = (Break(counts.index[9], "system", "New system.", comparable=False),)
    with pytest.raises(BreakError, match="New system"):
        control_chart(counts)


def test_few_points_are_a_caveat():
    with pytest.warns(SbpWarning, match="8 points"):
        control_chart(series(FLAT[:8]))


@pytest.mark.parametrize("wrong", [{"kind": "np"}, {"baseline": 1}, {"baseline": 21}])
def test_unknown_kind_or_baseline_is_refused(wrong):
    with pytest.raises(DataError, match="expected"):
        control_chart(series(FLAT), **wrong)


@pytest.mark.parametrize(
    ("kind", "denominators", "message"),
    [
        ("u", None, "needs denominators"),
        ("u", 0, "above 0"),
        ("p", 5, "at least the count"),
        ("c", 3, "kind='u'"),
        ("u", series([30] * 19), "2017-08"),
        ("u", [30] * 20, "are a list"),
        ("u", "many", "expected numbers"),
    ],
)
def test_denominators_must_fit_the_kind(kind, denominators, message):
    with pytest.raises(DataError, match=message):
        control_chart(series(FLAT), kind, denominators)
