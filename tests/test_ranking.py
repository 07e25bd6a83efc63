"""Ranks with what chance leaves open."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import studentized_range

import sbpanalysis as sbp
from sbpanalysis.stats.ranking import largest


def wards(rng, mean=40.0, places=22):
    rates = rng.gamma(4, mean / 4, places)
    names = [f"Ward {n}" for n in range(places)]
    return pd.Series(rates, names), pd.Series(rng.poisson(rates).astype(float), names)


def one_year(counts):
    return pd.DataFrame([counts.to_numpy()], ["2017/18"], counts.index)


def true_ranks(rates):
    return rates.rank(ascending=False, method="min").astype(int)


def test_chances_and_ranks_agree_with_draws_from_the_posterior():
    rng = np.random.default_rng(1)
    _, counts = wards(rng)
    table = sbp.rank_chances(one_year(counts), dispersion=1.0)
    shape = table["prior_shape"].iloc[0]
    scale = shape / counts.mean()
    drawn = rng.gamma(shape + counts.to_numpy(), 1 / (scale + 1), (40_000, len(counts)))
    ranks = len(counts) - drawn.argsort(1).argsort(1)
    assert table["chance_top"].to_numpy() == pytest.approx((ranks <= 5).mean(0), abs=0.012)
    for name, q in (("rank_lower", 0.025), ("rank_upper", 0.975)):
        assert abs(table[name].to_numpy() - np.quantile(ranks, q, axis=0)).max() <= 1
    assert table["shrunk"].to_numpy() == pytest.approx(drawn.mean(0), rel=0.02)


def test_the_chances_of_the_top_add_up_to_the_places_in_it():
    _, counts = wards(np.random.default_rng(2))
    assert sbp.rank_chances(one_year(counts), top=3)["chance_top"].sum() == pytest.approx(3, 0.01)


def test_chances_hold():
    """Of places said to be among the top five with a chance of so much, so many are."""
    rng, said, true = np.random.default_rng(3), [], []
    for _ in range(400):
        rates, counts = wards(rng, mean=20)
        said += sbp.rank_chances(one_year(counts), dispersion=1.0)["chance_top"].tolist()
        true += (true_ranks(rates) <= 5).tolist()
    said, true = np.array(said), np.array(true)
    for low in (0, 0.2, 0.4, 0.6, 0.8):
        band = (said >= low) & (said < low + 0.2)
        assert said[band].mean() == pytest.approx(true[band].mean(), abs=0.06)


def test_where_all_are_alike_none_is_named():
    rng = np.random.default_rng(4)
    named = 0
    for _ in range(100):
        counts = pd.Series(rng.poisson(30, 22).astype(float))
        table = sbp.rank_chances(one_year(counts), dispersion=1.0, top=1)
        named += (table["rank_upper"] <= 3).any()
        named += (sbp.rank_sets(counts=counts)["rank_upper"] == 1).any()
    assert named <= 2


def test_months_say_how_much_counts_scatter_and_exposure_what_they_are_of():
    rng = np.random.default_rng(5)
    index = pd.period_range("2014-04", periods=48, freq="M")
    frame = pd.DataFrame(rng.negative_binomial(5, 1 / 3, (48, 8)), index, list("ABCDEFGH"))
    residents = pd.Series(1000.0, frame.columns)
    residents["C"] = 4000.0
    table = sbp.rank_chances(frame, residents)
    assert table["count"].tolist() == frame.iloc[-36:].sum().tolist()
    assert table.loc["C", "rate"] == pytest.approx(table.loc["C", "count"] / 3 / 4000)
    assert table["rank"].idxmax() == "C"
    assert 1.5 < table["dispersion"].iloc[0] < 5  # 3, from 21 degrees of freedom


@pytest.mark.parametrize("places", [4, 5, 6])
def test_few_places_or_events_are_refused(places):
    few = pd.DataFrame(np.full((3, places), 0.5), list("abc"))
    with pytest.raises(sbp.DataError, match="expected"):
        sbp.rank_chances(few)
    with pytest.raises(sbp.DataError, match="top"):
        sbp.rank_chances(pd.DataFrame(np.full((3, 6), 50.0), list("abc")), top=6)


def test_one_place_with_most_of_all_warns():
    counts = pd.Series([900.0] + [20.0] * 10)
    with pytest.warns(sbp.SbpWarning, match="of all events"):
        sbp.rank_chances(one_year(counts))


def test_the_limit_of_one_against_all_is_that_of_draws():
    rng = np.random.default_rng(6)
    variance = np.r_[4.0, np.ones(10), np.full(11, 0.1)]
    drawn = rng.normal(size=(100_000, 22)) * np.sqrt(variance)
    far = np.abs(drawn[:, 1:] - drawn[:, :1]) / np.sqrt(variance[1:] + 4.0)
    want = np.quantile(far.max(1), 0.95)
    assert largest(4.0, variance[1:], 0.95) == pytest.approx(want, abs=0.02)


def test_all_pairs_together_are_those_of_tukey():
    values = pd.Series([0.0, 1.0, 2.0, 3.0])
    limit = studentized_range.ppf(0.95, 4, np.inf)
    for step, apart in ((0.99, False), (1.01, True)):
        spread = (2 / (step * limit)) ** 2  # variance at which a difference of 2 is so far
        told = sbp.rank_sets(values, pd.Series(spread, values.index))
        assert bool(told.loc[2, "below"]) is apart


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rank_sets_hold_the_rank_and_add_up(seed, simultaneous):
    _, counts = wards(np.random.default_rng(seed), places=8)
    told = sbp.rank_sets(counts=counts, simultaneous=simultaneous)
    assert (told["rank_lower"] <= told["rank"]).all()
    assert (told["rank"] <= told["rank_upper"]).all()
    assert (told["above"] + told["below"] <= 7).all()
    assert (told["rank_lower"] == told["above"] + 1).all()


def test_simultaneous_sets_hold_all_true_ranks_at_once():
    rng, held = np.random.default_rng(7), []
    for _ in range(150):
        rates, counts = wards(rng)
        told = sbp.rank_sets(counts=counts, dispersion=1)
        true = true_ranks(rates)
        held.append(((told["rank_lower"] <= true) & (true <= told["rank_upper"])).all())
    assert np.mean(held) >= 0.95


def test_more_dispersion_tells_fewer_apart():
    _, counts = wards(np.random.default_rng(8), mean=200)
    one, five = (sbp.rank_sets(counts=counts, dispersion=d) for d in (1, 5))
    assert five["above"].sum() < one["above"].sum()


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"values": pd.Series([1.0, 2.0])},
        {"values": pd.Series([1.0, 2.0]), "variances": pd.Series([1.0])},
        {"counts": pd.Series([1.0, -2.0])},
        {"counts": pd.Series([1.0, np.nan])},
        {"counts": pd.Series([1.0, 2.0]), "exposure": pd.Series([1.0, 0.0])},
    ],
)
def test_unusable_input_is_refused(given_):
    with pytest.raises(sbp.DataError, match="expected"):
        sbp.rank_sets(**given_)


def test_a_standing_says_how_many_are_clearly_lower_and_higher():
    values = pd.Series({"Bromley": 500.0, "A": 30.0, "B": 480.0, "C": 520.0, "D": 3000.0})
    s = sbp.standing(values, "Bromley")
    assert (s.higher, s.lower, s.not_told_apart) == (1, 1, 2)
    assert (s.rank_lower, s.rank_upper, s.rank) == (2, 4, 3)
    assert s.median == 500


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_standing_says_of_a_place_what_its_rank_set_says(seed, counted):
    _, counts = wards(np.random.default_rng(seed), places=8)
    variances = None if counted else counts + 1
    one = {"counts": counts} if counted else {"values": counts, "variances": variances}
    sets = sbp.rank_sets(**one, simultaneous=False)
    for place in counts.index:
        told, row = sbp.standing(counts, place, variances), sets.loc[place]
        assert (told.rank, told.rank_lower, told.rank_upper) == tuple(row[:3])
        assert (told.higher, told.lower) == (row["above"], row["below"])


def test_of_what_is_no_count_a_standing_needs_the_variances():
    shares = pd.Series({"Bromley": 52.1, "A": 40.3, "B": 60.0})
    assert sbp.standing(shares, "Bromley").not_told_apart is None
    s = sbp.standing(shares, "Bromley", pd.Series(1.0, shares.index))
    assert (s.higher, s.lower) == (1, 1)
    with pytest.raises(sbp.DataError, match="variances"):
        sbp.standing(shares, "Bromley", pd.Series({"Bromley": 1.0}))


def test_a_place_is_above_or_below_the_mean_only_where_chance_does_not_explain_it():
    alike = pd.Series([40.0, 44, 38, 41, 45, 39, 36, 43], list("ABCDEFGH"))
    assert set(sbp.sides(alike)["side"]) == {"not told apart"}
    apart = sbp.sides(alike.set_axis(list("abcdefgh")).reindex([*"abcdefgh", "X", "Y"]).fillna(300))
    assert apart["side"].to_dict() == dict.fromkeys("abcdefgh", "below") | {
        "X": "above",
        "Y": "above",
    }
    assert (apart["shrunk"] < apart["count"])[["X", "Y"]].all()
    with pytest.raises(sbp.DataError, match="expected 3 or more"):
        sbp.sides(alike / 20)


@given(st.lists(st.integers(0, 400), min_size=5, max_size=30), st.floats(1, 5))
def test_more_dispersion_never_tells_more_places_apart(counts, times):
    values = pd.Series(counts, [f"P{n}" for n in range(len(counts))], dtype=float)
    if values.mean() < 40:
        return
    few, many = (sbp.sides(values, dispersion=d)["side"] for d in (2.0 * times, 2.0))
    assert (few != "not told apart").sum() <= (many != "not told apart").sum()
