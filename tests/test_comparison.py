"""Funnel plots: exact interpolated limits by hand, flags at the edge, overdispersion."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sbpanalysis import DataError, funnel


def areas(values):
    return pd.Series(values, index=[f"E0500{k}" for k in range(len(values))])


def test_limits_interpolate_between_the_two_counts_around_the_tail():
    # 10 expected: P(X <= 4) = 0.0293, P(X <= 3) = 0.0103; the 2.5 % point lies in between
    result = funnel(areas([10]), areas([10_000]), target=1.0)
    share = (stats.poisson.cdf(4, 10) - 0.025) / stats.poisson.pmf(4, 10)
    assert result.lower95.iloc[0] == pytest.approx((4 - share) / 10)
    assert 0.3 < result.lower95.iloc[0] < 0.4


def test_target_is_the_rate_of_all_areas_together():
    result = funnel(areas([10, 50]), areas([1000, 2000]))
    assert result.target == pytest.approx(20)
    assert result.rate.to_list() == pytest.approx([10, 25])


def test_every_flag_is_reached_from_within_to_beyond():
    n = areas([10_000] * 5)
    flags = funnel(areas([40, 79, 100, 125, 160]), n, target=10).flag
    assert flags.to_list() == ["below 99.8%", "below 95%", "within", "above 95%", "above 99.8%"]


def test_a_rate_on_the_limit_is_within():
    n = areas([1_000])
    limit = funnel(areas([9]), n, target=9).upper95
    assert funnel(limit * n / 1000, n, target=9).flag.iloc[0] == "within"
    assert funnel(limit * n / 1000 + 1e-6, n, target=9).flag.iloc[0] == "above 95%"


def test_denominators_are_matched_by_area_not_by_position():
    counts, n = areas([10, 50, 30]), areas([1000, 2000, 3000])
    pd.testing.assert_frame_equal(funnel(counts, n).frame, funnel(counts, n[::-1]).frame)


def test_binomial_limits_stay_between_0_and_1():
    result = funnel(areas([1, 2, 0]), areas([2, 2, 3]), per=1, kind="binomial")
    assert (result.upper998 <= 1).all()
    assert (result.lower998 >= 0).all()


def test_overdispersion_adds_nothing_to_areas_that_differ_by_chance_only():
    rng = np.random.default_rng(1)
    n = areas(rng.integers(5_000, 20_000, 300))
    counts = pd.Series(rng.poisson(0.01 * n), n.index)
    plain, adjusted = funnel(counts, n), funnel(counts, n, adjust=True)
    assert adjusted.dispersion < 1.1
    assert (adjusted.flag == "within").sum() >= (plain.flag == "within").sum()
    assert adjusted.tau2 < 0.002


def test_overdispersion_recovers_the_variance_between_areas():
    rng = np.random.default_rng(2)
    n = areas([50_000] * 2000)
    counts = pd.Series(rng.poisson(0.01 * n * np.exp(rng.normal(0, 0.2, 2000))), n.index)
    result = funnel(counts, n, adjust=True)
    # winsorising a tenth at either end takes about a third of a normal variance away
    assert 0.2**2 * 0.5 < result.tau2 < 0.2**2
    outside = (result.flag != "within").mean()
    assert outside < 0.15 < (funnel(counts, n).flag != "within").mean()


def test_without_adjust_no_variance_is_added():
    assert funnel(areas([10, 90]), areas([1000, 1000])).tau2 == 0


def test_an_area_without_a_case_does_not_break_the_adjustment():
    result = funnel(areas([0, 12, 30, 25, 40]), areas([1000] * 5), adjust=True)
    assert np.isfinite(result.frame.drop(columns="flag").to_numpy()).all()


def test_what_is_known_about_the_counts_travels_along():
    counts = areas([10, 20])
    counts.attrs["source"] = "police"
    result = funnel(counts, areas([1000, 1000]))
    assert result.attrs == result.frame.attrs == {"source": "police"}


@pytest.mark.parametrize(
    ("counts", "n", "more", "message"),
    [
        (areas([1, 2]), areas([10, 0]), {}, "found 0 for 'E05001', expected a number above 0"),
        (areas([1, 2]), areas([10]), {}, "no denominator"),
        (areas([1, 2]), [10], {}, "2 counts but 1 denominators"),
        (areas([1, -2]), areas([10, 10]), {}, "0 or more"),
        (areas([1, 20]), areas([10, 10]), {"kind": "binomial"}, "at least the count"),
        (areas([1, 2]), areas([10, 10]), {"kind": "proportion"}, "poisson, binomial"),
        (areas([1, 2]), areas([10, 10]), {"kind": "binomial", "target": 2000}, "0 to 1"),
        (pd.DataFrame({"a": [1]}), areas([10]), {}, "pick a column"),
        (pd.Series([1, 2], ["a", "a"]), pd.Series([3], ["a"]), {}, "twice"),
    ],
)
def test_wrong_input_is_named(counts, n, more, message):
    with pytest.raises(DataError, match=message):
        funnel(counts, n, **more)
