"""Laws that hold for any counts, and input that must give a result or a clear error."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sbpanalysis as sbp

pytestmark = pytest.mark.filterwarnings("ignore::sbpanalysis.SbpWarning")


def months(n):
    return pd.period_range("2012-01", periods=n, freq="M")


def counts(shortest, longest, largest=500):
    values = st.lists(st.integers(0, largest), min_size=shortest, max_size=longest)
    return values.map(lambda x: pd.Series(x, months(len(x)), dtype=float))


@st.composite
def areas(draw, smallest=1):
    n = draw(st.integers(smallest, 30))
    y = draw(st.lists(st.integers(0, 300), min_size=n, max_size=n))
    base = draw(st.lists(st.integers(300, 90_000), min_size=n, max_size=n))
    index = [f"E{k:02d}" for k in range(n)]
    return pd.Series(y, index), pd.Series(base, index)


@settings(deadline=None)
@given(counts(2, 40), st.integers(-1000, 1000))
def test_moving_all_values_moves_an_xmr_chart_with_them(values, by):
    here, there = sbp.control_chart(values), sbp.control_chart(values + by)
    for column in ("centre", "lower", "upper"):
        moved = getattr(here, column) + by
        assert getattr(there, column).to_numpy() == pytest.approx(moved.to_numpy(), abs=1e-8)


@settings(deadline=None)
@given(counts(2, 40))
def test_turning_an_xmr_chart_over_keeps_every_signal(values):
    here, there = sbp.control_chart(values), sbp.control_chart(-values)
    for rule in ("astronomical", "shift", "trend", "two_in_three"):
        assert getattr(here, rule).equals(getattr(there, rule))


@settings(deadline=None)
@given(counts(3, 40), st.randoms())
def test_order_of_rows_does_not_matter_for_months(values, random):
    shuffled = values.sample(frac=1, random_state=random.randint(0, 99))
    pd.testing.assert_frame_equal(
        sbp.control_chart(values).frame, sbp.control_chart(shuffled).frame
    )


@settings(deadline=None)
@given(counts(2, 40), st.sampled_from(["c", "u", "u_prime"]))
def test_limits_of_counts_hold_the_centre_and_are_never_negative(values, kind):
    chart = sbp.control_chart(values, kind, None if kind == "c" else 30.0)
    assert (chart.lower >= 0).all()
    assert (chart.lower <= chart.centre).all()
    assert (chart.centre <= chart.upper).all()


@settings(max_examples=40, deadline=None)
@given(counts(62, 80), st.sampled_from([0.001, 0.01, 0.05]))
def test_an_alarm_is_rarer_than_alpha_and_has_a_finite_limit(values, alpha):
    frame = sbp.early_warning(values, alpha=alpha).frame
    assert np.isfinite(frame.astype(float).to_numpy()).all()
    assert frame["p"].between(0, 1).all()
    above = frame["observed"] > frame["upper"]
    assert (frame.loc[above, "p"] <= alpha + 1e-9).all()
    assert not (frame["alarm"] & ~above).any()


@settings(max_examples=40, deadline=None)
@given(counts(63, 75))
def test_a_stricter_alpha_raises_the_limit(values):
    strict, loose = (sbp.early_warning(values, alpha=alpha) for alpha in (0.001, 0.05))
    assert (strict.upper >= loose.upper).all()


@settings(max_examples=60, deadline=None)
@given(areas(), st.booleans())
def test_funnel_limits_are_nested_and_flags_agree_with_them(pair, adjust):
    f = sbp.funnel(*pair, adjust=adjust).frame
    ordered = f[["lower998", "lower95", "upper95", "upper998"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= -1e-12).all()
    assert ((f["flag"] == "above 99.8%") == (f["rate"] > f["upper998"])).all()
    assert ((f["flag"] == "below 99.8%") == (f["rate"] < f["lower998"])).all()


@settings(max_examples=40, deadline=None)
@given(areas(2), st.randoms(), st.booleans())
def test_order_of_areas_does_not_matter(pair, random, adjust):
    y, n = pair
    shuffled = y.sample(frac=1, random_state=random.randint(0, 99))
    there = sbp.funnel(shuffled, n, adjust=adjust).frame.loc[y.index]
    pd.testing.assert_frame_equal(sbp.funnel(y, n, adjust=adjust).frame, there)


@settings(max_examples=40, deadline=None)
@given(areas())
def test_rates_and_limits_scale_with_per(pair):
    one, thousand = (sbp.funnel(*pair, per=per).frame for per in (1, 1000))
    scaled = ["rate", "lower95", "upper95", "lower998", "upper998"]
    assert one.drop(columns=scaled).equals(thousand.drop(columns=scaled))
    assert thousand[scaled].to_numpy() == pytest.approx(one[scaled].to_numpy() * 1000)


@settings(max_examples=8, deadline=None)
@given(counts(24, 60))
def test_forecasts_are_ordered_finite_and_never_negative(values):
    f = sbp.forecast(values, horizon=14).frame
    ordered = f[["lower95", "lower80", "mean", "upper80", "upper95"]].to_numpy()
    assert np.isfinite(ordered).all()
    assert (ordered >= 0).all()
    assert (np.diff(ordered, axis=1) >= 0).all()


places = st.lists(st.integers(0, 400), min_size=1, max_size=60).filter(any).map(pd.Series)


@settings(deadline=None)
@given(places, st.randoms(), st.integers(2, 9))
def test_gini_does_not_depend_on_order_or_scale(x, random, times):
    shuffled = x.sample(frac=1, random_state=random.randint(0, 99)) * times
    assert sbp.concentration(shuffled).gini == pytest.approx(sbp.concentration(x).gini)


@settings(deadline=None)
@given(places)
def test_shares_rise_to_one_and_the_generalised_gini_is_never_larger(x):
    result = sbp.concentration(x)
    shares = [result.share_of_top(k) for k in range(len(x) + 1)]
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert (np.diff(shares) >= -1e-12).all()
    assert -1e-12 <= result.gini <= 1
    assert result.gini_generalised <= result.gini + 1e-12


RING = {k: [(k - 1) % 12, (k + 1) % 12] for k in range(12)}
spread = st.lists(st.integers(0, 90), min_size=12, max_size=12).filter(lambda x: len(set(x)) > 1)


@settings(max_examples=40, deadline=None)
@given(spread, st.integers(1, 9), st.integers(-50, 50), st.randoms())
def test_moran_does_not_depend_on_unit_or_order(x, times, plus, random):
    here = sbp.moran(pd.Series(x, dtype=float), RING, permutations=0)
    moved = pd.Series(x, dtype=float).sample(frac=1, random_state=random.randint(0, 99))
    there = sbp.moran(moved * times + plus, RING, permutations=0)
    assert (there.i, there.z) == pytest.approx((here.i, here.z))
    assert 0 <= here.p <= 1


WEIGHTS = pd.Series({"robbery": 365.0, "burglary": 20.0, "theft": 1.0, "drugs": None})
offences = st.lists(st.integers(0, 900), min_size=4, max_size=4)


@settings(deadline=None)
@given(offences, offences)
def test_harm_of_two_places_together_is_the_sum_of_their_harm(a, b):
    a, b = pd.Series(a, WEIGHTS.index), pd.Series(b, WEIGHTS.index)
    together = sbp.harm(a + b, WEIGHTS)
    assert together.total == sbp.harm(a, WEIGHTS).total + sbp.harm(b, WEIGHTS).total
    assert together.harm.sum() == together.total


GOOD = pd.Series(np.random.default_rng(0).poisson(9, 75).astype(float), months(75))

BAD = {
    "missing value": GOOD.mask(GOOD.index == GOOD.index[5]),
    "infinite": GOOD.replace(GOOD.iloc[0], np.inf),
    "empty": GOOD[:0],
    "one value": GOOD[:1],
    "all zero": GOOD * 0,
    "negative": GOOD - 100,
    "unsorted": GOOD[::-1],
    "gapped": GOOD.drop(GOOD.index[7]),
    "doubled": pd.concat([GOOD, GOOD[:1]]),
    "daily": GOOD.set_axis(pd.period_range("2018-01-01", periods=75, freq="D")),
    "no months": GOOD.reset_index(drop=True),
    "time stamps": GOOD.set_axis(GOOD.index.to_timestamp()),
    "text": GOOD.astype(str).replace(str(GOOD.iloc[0]), "many"),
    "list": GOOD.to_list(),
    "nothing": None,
}

MONTHLY = {
    "control_chart": sbp.control_chart,
    "c chart": lambda x: sbp.control_chart(x, "c"),
    "u chart": lambda x: sbp.control_chart(x, "u_prime", 30),
    "early_warning": sbp.early_warning,
    "forecast": sbp.forecast,
}


def moran_among_three(x):
    known = x.index if isinstance(x, pd.Series) else range(75)
    return sbp.moran(x, {place: list(known[:3]) for place in known}, permutations=0)


def harm_of_equal_weight(x):
    known = x.index if isinstance(x, pd.Series) else range(75)
    return sbp.harm(x, pd.Series(1.0, known.unique() if isinstance(x, pd.Series) else known))


BY_PLACE = {
    "funnel": lambda x: sbp.funnel(x, 5000.0),
    "concentration": sbp.concentration,
    "moran": moran_among_three,
    "harm": harm_of_equal_weight,
}


def result_or_error(function, given):
    """The numbers of a result, all finite, or None for a `DataError`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sbp.SbpWarning)
        try:
            frame = function(given).frame
        except sbp.DataError:
            return None
    return frame.select_dtypes(["number", "bool"]).astype(float)


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("name", MONTHLY)
def test_months_that_cannot_be_used_are_refused_and_others_give_numbers(name, what):
    numbers = result_or_error(MONTHLY[name], BAD[what])
    usable = {"all zero", "unsorted"} | ({"negative"} if name == "control_chart" else set())
    assert (numbers is not None) == (what in usable)
    assert numbers is None or np.isfinite(numbers.to_numpy()).all()


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("name", BY_PLACE)
def test_places_that_cannot_be_used_are_refused_and_others_give_numbers(name, what):
    numbers = result_or_error(BY_PLACE[name], BAD[what])
    refused = {"missing value", "infinite", "empty", "doubled", "text", "list", "nothing"}
    refused |= {"negative"} if name != "moran" else {"one value", "all zero"}
    refused |= {"all zero"} if name == "concentration" else set()
    refused -= {"list"} if name == "funnel" else set()
    assert (numbers is None) == (what in refused)
    # no harm at all has no shares
    if numbers is not None and not (name == "harm" and what == "all zero"):
        assert np.isfinite(numbers.drop(columns="p_sim", errors="ignore").to_numpy()).all()
