"""Rates, ratios and proportions: hand-checkable cases, limits of use, many areas at once."""

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp


def test_a_rate_is_events_over_population():
    assert sbp.rate(50, 10_000).value == 5
    assert sbp.rate(50, 10_000, per=100_000).value == 500


def test_the_interval_is_exact_below_ten_events_and_byars_from_ten():
    table = sbp.rate(np.array([0, 9, 10, 500]), 1000)
    assert table["method"].tolist() == ["exact", "exact", "byar", "byar"]


def test_no_event_has_a_lower_limit_of_nought_and_the_rule_of_three_above():
    for method, upper in (("exact", 3.69), ("byar", 3.67)):
        got = sbp.rate(0, 1000, method=method)
        assert (got.value, got.lower) == (0, 0)
        assert got.upper == pytest.approx(upper, abs=0.005)


def test_a_negative_byar_limit_is_nought():
    assert sbp.rate(1, 1000, method="byar", confidence=0.998).lower >= 0


def test_equal_rates_have_a_ratio_of_one_and_a_p_of_one():
    got = sbp.rate_ratio(20, 1000, 40, 2000)
    assert got.ratio == 1
    assert got.lower < 1 < got.upper
    assert got.p == 1


def test_the_p_value_of_a_rate_ratio_is_twice_a_binomial_tail():
    # 5 of 5 events on one side of a fair coin: 2/32
    assert sbp.rate_ratio(5, 1, 0, 1).p == pytest.approx(2 / 32)
    assert sbp.rate_ratio(0, 1, 5, 1).p == pytest.approx(2 / 32)


def test_no_reference_event_gives_an_infinite_ratio_and_none_at_all_an_undefined_one():
    got = sbp.rate_ratio(5, 1, 0, 1)
    assert (got.ratio, got.upper) == (np.inf, np.inf)
    assert got.lower > 0
    nothing = sbp.rate_ratio(0, 1, 0, 1)
    assert np.isnan(nothing.ratio)
    assert (nothing.lower, nothing.upper, nothing.p) == (0, np.inf, 1)


def test_wilsons_limits_stay_between_nought_and_one():
    assert sbp.proportion(0, 10).lower == 0
    assert sbp.proportion(10, 10).upper == 1
    assert 0 < sbp.proportion(10, 10).lower < 1


def test_a_difference_of_proportions_changes_sign_when_they_are_swapped():
    one, other = (
        sbp.proportion_difference(20, 60, 12, 55),
        sbp.proportion_difference(12, 55, 20, 60),
    )
    assert one.value == -other.value
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower))


def test_a_standardised_rate_weighs_each_bands_rate_by_the_standard():
    # rates 2 and 5 per 1,000, weights 3/4 and 1/4
    got = sbp.standardised_rate([20, 25], [10_000, 5000], [30, 10], per=1000)
    assert got.value == pytest.approx(0.75 * 2 + 0.25 * 5)


def test_a_standard_like_the_area_gives_the_areas_own_rate_and_interval():
    got = sbp.standardised_rate([20, 25], [10_000, 5000], [10_000, 5000])
    crude = sbp.rate(45, 15_000, per=100_000, method="byar")
    assert (got.value, got.lower, got.upper) == pytest.approx(
        (crude.value, crude.lower, crude.upper)
    )


def test_many_areas_are_standardised_at_once():
    counts = pd.DataFrame({"a": [20, 25], "b": [5, 9]})
    population = pd.DataFrame({"a": [10_000, 5000], "b": [8000, 2000]})
    wide = sbp.standardised_rate(counts, population, [30, 10])
    for area in counts:
        alone = sbp.standardised_rate(counts[area], population[area], [30, 10])
        assert wide.loc[area, ["value", "lower", "upper"]].tolist() == pytest.approx(
            [alone.value, alone.lower, alone.upper]
        )


def test_fewer_than_ten_events_are_too_few_to_standardise():
    with pytest.raises(sbp.DataError, match="at least 10 events"):
        sbp.standardised_rate([4, 5], [1000, 1000], [1, 1])


def test_numbers_give_a_record_and_columns_a_frame_with_their_labels():
    assert sbp.rate(5, 1000).frame.columns.tolist() == list(sbp.rate([5], [1000]).columns)
    areas = pd.Series([5, 20], index=["E1", "E2"])
    areas.attrs = {"unit": "offences"}
    table = sbp.rate(areas, 1000)
    assert table.index.tolist() == ["E1", "E2"]
    assert table.attrs == {"unit": "offences"}
    assert table.loc["E1", "lower"] == sbp.rate(5, 1000).lower


def test_five_thousand_areas_are_judged_together():
    rng = np.random.default_rng(0)
    counts, population = rng.poisson(20, 5000), rng.integers(1000, 9000, 5000)
    one, other = (counts, population), (counts[::-1], population[::-1])
    for found in (
        sbp.rate(*one),
        sbp.rate_ratio(*one, *other),
        sbp.proportion(*one),
        sbp.proportion_difference(*one, *other),
    ):
        assert len(found.lower) == len(found.upper) == 5000


@pytest.mark.parametrize(
    "call",
    [
        lambda: sbp.rate(-1, 1000),
        lambda: sbp.rate(np.nan, 1000),
        lambda: sbp.rate(5, 0),
        lambda: sbp.rate(5, 1000, per=0),
        lambda: sbp.rate("5 events", 1000),
        lambda: sbp.rate([1, 2], [1, 2, 3]),
        lambda: sbp.rate([[1, 2]], 5),
        lambda: sbp.rate(5, 1000, method="normal"),
        lambda: sbp.rate(5, 1000, confidence=95),
        lambda: sbp.rate(pd.Series([1], ["a"]), pd.Series([1], ["b"])),
        lambda: sbp.rate_ratio(5.5, 1, 5, 1),
        lambda: sbp.rate_ratio(5, 1, 5, 0),
        lambda: sbp.proportion(11, 10),
        lambda: sbp.proportion(0, 0),
        lambda: sbp.proportion_difference(1, 10, 11, 10),
        lambda: sbp.standardised_rate([20, 20], [1000, 0], [1, 1]),
        lambda: sbp.standardised_rate([20, 20], [1000, 1000], [1, 1, 1]),
        lambda: sbp.standardised_rate([20, 20], [1000, 1000], [0, 0]),
    ],
)
def test_unusable_input_is_refused_with_what_was_expected(call):
    with pytest.raises(sbp.DataError, match="expected"):
        call()


def test_a_dispersion_widens_the_interval_by_its_root_and_none_is_the_usual_one():
    """At a dispersion of 4 the interval is about twice as wide: sqrt(4)."""
    plain, four = (sbp.rate(4000, 1000, dispersion=d) for d in (1, 4))
    width = [r.upper - r.lower for r in (plain, four)]
    assert width[1] / width[0] == pytest.approx(2, rel=0.02)
    assert four.value == plain.value
    assert (four.dispersion, plain.dispersion) == (4, 1)
    usual = sbp.rate([400, 4000], [1000, 1000], dispersion=None)["dispersion"]
    assert usual.tolist() == pytest.approx(
        [1 + 0.08**2 * 1.32 / 0.68 * n / 12 for n in (400, 4000)]
    )
    with pytest.raises(sbp.DataError, match="dispersion"):
        sbp.rate(10, 1000, dispersion=0.5)
