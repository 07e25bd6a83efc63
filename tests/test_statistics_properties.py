"""Laws that hold for any series: scale and shift, order of rows, intervals, odd input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sbpanalysis as sbp

law = settings(deadline=None, max_examples=40, database=None)

COUNTS = arrays(np.int64, st.integers(48, 75), elements=st.integers(0, 300))
LEVELS = st.tuples(st.floats(0.5, 0.9), st.floats(0.91, 0.999))
NUMBER = st.integers(0, 5000)
PEOPLE = st.integers(5000, 400_000)


def series(values, start="2012-04"):
    index = pd.period_range(start, periods=len(values), freq="M")
    return pd.Series(np.asarray(values), index, name="x")


def shuffled(x, seed=0):
    return x.sample(frac=1, random_state=seed)


@law
@given(COUNTS)
def test_rolling_totals_equal_sums_of_months(values):
    total = sbp.rolling_total(series(values))
    wanted = [values[i - 11 : i + 1].sum() for i in range(11, len(values))]
    assert total.iloc[11:].tolist() == wanted


@law
@given(COUNTS)
def test_what_is_compared_adds_up_to_two_years(values):
    result = sbp.change(series(values))
    assert result.before + result.after == values[-24:].sum()


@law
@given(COUNTS, st.integers(2, 50))
def test_a_change_in_scale_leaves_the_ratio(values, factor):
    one, many = sbp.change(series(values)), sbp.change(series(values * factor))
    assert many.ratio == pytest.approx(one.ratio, nan_ok=True)
    assert many.dispersion >= one.dispersion - 1e-9


@law
@given(COUNTS)
def test_looking_back_in_time_turns_the_ratio_over(values):
    year, before = values[-12:], values[-24:-12]
    then = sbp.change(series(np.r_[before, year]))
    back = sbp.change(series(np.r_[year, before]))
    if then.before and then.after:
        assert back.ratio == pytest.approx(1 / then.ratio)
    opposite = {"up": "down", "down": "up"}
    # the months that meet in the middle differ, and with them the correlation a little
    assert back.verdict != then.verdict or back.verdict not in opposite


@law
@given(COUNTS, LEVELS)
def test_intervals_hold_the_estimate_and_widen_with_confidence(values, levels):
    low, high = (sbp.change(series(values), confidence=c) for c in levels)
    if np.isfinite(low.ratio):
        assert high.lower <= low.lower <= low.ratio <= low.upper <= high.upper
    assert high.p == low.p


@law
@given(NUMBER, PEOPLE, LEVELS)
def test_rates_and_proportions_lie_in_intervals_that_widen(count, people, levels):
    for call in (
        lambda c: sbp.rate(count, people, method="exact", confidence=c),
        lambda c: sbp.rate(count, people, method="byar", confidence=c),
        lambda c: sbp.proportion(count, people, confidence=c),
        lambda c: sbp.proportion_difference(count, people, 2500, 5000, confidence=c),
    ):
        low, high = (call(c) for c in levels)
        inside = [high.lower, low.lower, low.value, low.upper, high.upper]
        assert (np.diff(inside) >= -1e-12).all()


@law
@given(NUMBER, PEOPLE, NUMBER, PEOPLE, LEVELS)
def test_rate_ratios_lie_in_intervals_that_widen_and_agree_with_p(x, n, x0, n0, levels):
    low, high = (sbp.rate_ratio(x, n, x0, n0, confidence=c) for c in levels)
    if x0:
        assert high.lower <= low.lower <= low.ratio * (1 + 1e-9)
        assert low.ratio <= low.upper * (1 + 1e-9) <= high.upper * (1 + 2e-9)
    excludes = low.lower > 1 or low.upper < 1
    assert excludes == (low.p < 1 - levels[0]) or abs(low.p - 1 + levels[0]) < 1e-9


@law
@given(NUMBER, PEOPLE, st.integers(2, 100))
def test_rates_scale_with_per_and_with_population(count, people, factor):
    one = sbp.rate(count, people, per=1000)
    assert sbp.rate(count, people, per=1000 * factor).upper == pytest.approx(factor * one.upper)
    assert sbp.rate(count, people * factor, per=1000).lower * factor == pytest.approx(one.lower)


@law
@given(COUNTS, st.floats(0.1, 50), st.floats(-1000, 1000))
def test_decomposition_follows_scale_and_shift(values, factor, shift):
    one = sbp.decompose(series(values), robust=False)
    other = sbp.decompose(series(factor * values + shift), robust=False)
    scale = 1e-8 * (1 + factor * 300 + abs(shift))
    assert abs(other.trend - factor * one.trend - shift).max() < scale
    assert abs(other.seasonal - factor * one.seasonal).max() < scale
    assert 0 <= one.seasonal_strength <= 1
    assert 0 <= one.trend_strength <= 1


@law
@given(COUNTS, st.integers(-1000, 1000), st.booleans())
def test_trend_tests_follow_scale_and_shift(values, shift, seasonal):
    one, other = series(values), series(values * 4 + shift)
    test, moved = (sbp.mann_kendall(x, seasonal=seasonal, lags=0) for x in (one, other))
    assert (moved.s, moved.p) == (test.s, test.p)
    slope, moved = (sbp.sen_slope(x, seasonal=seasonal) for x in (one, other))
    assert moved.slope == pytest.approx(4 * slope.slope)
    assert moved.upper == pytest.approx(4 * slope.upper)
    assert slope.lower <= slope.slope <= slope.upper


@law
@given(COUNTS)
def test_a_series_turned_round_has_the_opposite_trend(values):
    there, back = sbp.mann_kendall(series(values)), sbp.mann_kendall(series(values[::-1]))
    assert (back.s, back.p) == (-there.s, there.p)


@law
@given(COUNTS)
def test_the_seasonal_index_averages_one_over_the_days_of_a_year(values):
    got = sbp.seasonal_index(series(values + 1))
    days = [31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    # which years are leap years moves the weight of February by less than a day in 365
    assert np.average(got.value, weights=days) == pytest.approx(1, abs=0.03)
    assert (got.lower <= got.value).all()
    assert (got.value <= got.upper).all()


@settings(law, max_examples=8)
@given(COUNTS, st.integers(2, 20))
def test_a_count_model_follows_scale(values, factor):
    one, many = (
        sbp.count_model(series(v), family="quasipoisson")
        for v in (values + 1, factor * (values + 1))
    )
    assert many.percent_per_year.upper == pytest.approx(
        one.percent_per_year.upper, rel=1e-5, abs=1e-6
    )
    assert many.fitted.sum() == pytest.approx(factor * (values + 1).sum())


METHODS = {
    "rolling_total": sbp.rolling_total,
    "change": sbp.change,
    "decompose": sbp.decompose,
    "decompose, linear": lambda x: sbp.decompose(x, robust=False),
    "seasonal_index": sbp.seasonal_index,
    "mann_kendall": sbp.mann_kendall,
    "mann_kendall, seasonal": lambda x: sbp.mann_kendall(x, seasonal=True),
    "sen_slope": sbp.sen_slope,
    "sen_slope, seasonal": lambda x: sbp.sen_slope(x, seasonal=True),
    "count_model": sbp.count_model,
    "count_model, negative binomial": lambda x: sbp.count_model(x, family="negativebinomial"),
    "change_points": sbp.change_points,
    "signals": sbp.signals,
    "season": sbp.season,
    "thresholds": sbp.thresholds,
}
GOOD = series(np.random.default_rng(5).poisson(20, 60))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_order_of_rows_does_not_matter(method):
    one, other = method(GOOD), method(shuffled(GOOD))
    one, other = (r.to_frame() if isinstance(r, pd.Series) else r.frame for r in (one, other))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_came_with_the_data_goes_with_the_result(method):
    one, many = GOOD.copy(), pd.DataFrame({"a": GOOD, "b": GOOD})
    one.attrs = many.attrs = {"unit": "offences", "snapshots": ("a1",)}
    assert method(one).attrs == method(many).attrs == one.attrs


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(
    "bad",
    {
        "missing": GOOD.astype(float).where(GOOD.index != GOOD.index[7]),
        "infinite": GOOD.astype(float).replace(GOOD.iloc[7], np.inf),
        "empty": GOOD.iloc[:0],
        "one value": GOOD.iloc[:1],
        "a gap": GOOD.drop(GOOD.index[20]),
        "a month twice": pd.concat([GOOD, GOOD.iloc[-1:]]),
        "not periods": GOOD.set_axis(GOOD.index.to_timestamp()),
        "quarters": GOOD.set_axis(pd.period_range("2000Q1", periods=60, freq="Q")),
        "no index": GOOD.reset_index(drop=True),
        "words": GOOD.astype(object).replace(GOOD.iloc[7], "many"),
        "a list": GOOD.tolist(),
    }.items(),
    ids=lambda item: item[0],
)
def test_unusable_series_are_refused_with_what_to_do(method, bad):
    with pytest.raises(sbp.DataError, match=r"expected|needed|missing|not a number|once"):
        method(bad[1])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("odd", ["zeros", "one event", "constant", "negative", "huge", "sparse"])
def test_odd_series_give_a_result_or_a_clear_refusal(method, odd):
    values = {
        "zeros": np.zeros(60),
        "one event": np.eye(60)[59],
        "constant": np.full(60, 7.0),
        "negative": -GOOD.to_numpy(float),
        "huge": 1e9 + GOOD.to_numpy(float),
        "sparse": np.random.default_rng(1).poisson(0.1, 60),
    }[odd]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sbp.SbpWarning)
            result = method(series(values))
    except sbp.DataError:
        assert odd in ("zeros", "one event", "negative")
    else:
        assert len(result if isinstance(result, pd.Series) else result.frame) > 0
