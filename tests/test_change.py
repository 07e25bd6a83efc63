"""The verdict on a change, hand-checkable."""

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.rates import confint_poisson_2indep

import sbpanalysis as sbp
from sbpanalysis.stats.change import METHOD
from sbpanalysis.stats.intervals import ratio_limits


def counts(values, start="2012-04", **attrs):
    series = pd.Series(values, pd.period_range(start, periods=len(values), freq="M"), name="theft")
    series.attrs = attrs
    return series


def poisson(mean, months, series=1, seed=0):
    draws = np.random.default_rng(seed).poisson(mean, (months, series))
    return pd.DataFrame(draws, pd.period_range("2010-04", periods=months, freq="M"))


def recorded_break(month, comparable=False):
    return sbp.Break(pd.Period(month, "M"), "category", "Sheds count from here.", comparable)


def test_a_rolling_total_is_the_sum_of_the_last_twelve_months():
    x = counts(range(30))
    total = sbp.rolling_total(x)
    assert total.isna().sum() == 11
    assert total.iloc[-1] == x.iloc[-12:].sum()
    assert total.iloc[11] == x.iloc[:12].sum()
    assert total.name == "theft"


def test_a_rolling_total_never_mixes_two_meanings():
    x = counts([1] * 36, breaks=[recorded_break("2013-10")])
    missing = sbp.rolling_total(x).isna()
    assert missing.loc["2013-10":"2014-08"].all()
    assert not missing.loc["2013-03":"2013-09"].any()
    assert not missing.loc["2014-09":].any()


def test_a_break_that_is_comparable_leaves_the_rolling_total_alone():
    x = counts([1] * 36, breaks=[recorded_break("2013-10", comparable=True)])
    assert sbp.rolling_total(x).notna().sum() == 25


def test_before_and_after_are_the_last_two_windows():
    x = counts([*range(36)])
    result = sbp.change(x)
    assert result.after == x.iloc[-12:].sum()
    assert result.before == x.iloc[-24:-12].sum()
    assert result.ratio == result.after / result.before
    assert result.percent == pytest.approx(100 * (result.ratio - 1))
    assert (str(result.before_start), str(result.before_end)) == ("2013-04", "2014-03")
    assert (str(result.after_start), str(result.after_end)) == ("2014-04", "2015-03")


def test_what_came_with_the_series_comes_with_the_result():
    x = counts([5, 7] * 12, measure="theft", unit="offences", snapshots=("a1",))
    result = sbp.change(x)
    assert result.attrs == x.attrs
    assert result.attrs is not x.attrs
    assert result.name == "theft"
    assert result.confidence == 0.95
    assert result.method == METHOD


def test_without_overdispersion_the_interval_is_the_poisson_score_interval():
    """statsmodels: confint_poisson_2indep(after, 1, before, 1, method='score', compare='ratio')"""
    from scipy.special import ndtri

    for before, after in ((240, 300), (40, 25), (7, 12), (1000, 1000)):
        want = confint_poisson_2indep(after, 1, before, 1, method="score", compare="ratio")
        got = ratio_limits(np.array([before]), np.array([after]), 1.0, ndtri(0.975))
        assert np.ravel(got) == pytest.approx(want, rel=1e-6)


def test_a_doubling_is_up_a_halving_down_and_the_same_again_unclear():
    flat = [50, 54, 47, 52, 49, 51, 55, 46, 50, 53, 48, 45]
    for factor, verdict in ((2, "up"), (0.5, "down"), (1, "no clear change")):
        assert sbp.change(counts(flat + [v * factor // 1 for v in flat])).verdict == verdict


def test_the_verdict_is_the_interval_and_the_interval_is_the_p_value():
    frame = poisson(30, 48, 400)
    frame.iloc[-12:] = (frame.iloc[-12:] * np.linspace(0.6, 1.6, 400)).round()
    table = sbp.change(frame)
    up, down = table["lower"] > 1, table["upper"] < 1
    assert (table["verdict"] == np.select([up, down], ["up", "down"], "no clear change")).all()
    assert ((table["p"] < 0.05) == (up | down)).all()
    assert {"up", "down", "no clear change"} == set(table["verdict"])


def test_a_changed_level_does_not_count_as_noise():
    x = poisson(100, 48)[0]
    stepped = x.copy()
    stepped.iloc[-12:] *= 3
    assert sbp.change(stepped).dispersion < 2


def test_season_does_not_count_as_noise():
    season = 100 + 60 * np.cos(2 * np.pi * np.arange(48) / 12)
    assert sbp.change(counts(season.round())).dispersion == 1


def test_dispersion_is_found_and_widens_the_interval():
    rng = np.random.default_rng(3)
    index = pd.period_range("2010-04", periods=96, freq="M")
    wild = pd.DataFrame(rng.negative_binomial(50 / 4, 1 / 5, (96, 300)), index)
    tame = pd.DataFrame(rng.poisson(50, (96, 300)), index)
    wild, tame = sbp.change(wild), sbp.change(tame)
    assert wild["dispersion"].mean() == pytest.approx(5, rel=0.1)
    assert tame["dispersion"].mean() < 1.15
    assert (wild["dispersion"] >= 1).all()
    width = {k: np.log(v["upper"] / v["lower"]).median() for k, v in (("w", wild), ("t", tame))}
    assert width["w"] > 2 * width["t"]


def test_what_scatters_more_than_chance_widens_the_interval_more_than_its_variance_alone():
    """Excess lingers: a total scatters more than its months do."""
    rng = np.random.default_rng(4)
    index = pd.period_range("2010-04", periods=96, freq="M")
    counted = rng.poisson(200 * np.exp(rng.normal(0, 0.2, (96, 300))))
    found = sbp.change(pd.DataFrame(counted, index))
    assert (found["inflation"] > 1.7 * found["dispersion"]).all()


@pytest.mark.parametrize("mean", [5, 12, 200])
def test_the_chance_of_a_rise_is_not_surer_than_what_is_seen(mean):
    """True changes of 16 % (sd of the log): of what is said with 85 to 95 % as many are true."""
    rng = np.random.default_rng(mean)
    level = np.full((48, 4000), float(mean))
    change = rng.normal(0, 0.16, 4000)
    level[-12:] *= np.exp(change)
    index = pd.period_range("2010-04", periods=48, freq="M")
    p_up = sbp.change(pd.DataFrame(rng.poisson(level), index))["p_up"].to_numpy()
    band = (p_up > 0.85) & (p_up < 0.95)
    assert (change[band] > 0).mean() >= p_up[band].mean() - 0.03


@pytest.mark.parametrize("months", [24, 36, 96])
@pytest.mark.parametrize("mean", [8, 200])
def test_at_most_five_in_a_hundred_stable_series_are_called_changed(mean, months):
    frame = poisson(mean, months, 2000)
    assert (sbp.change(frame)["verdict"] != "no clear change").mean() <= 0.05


def test_a_true_rise_of_a_fifth_is_seen_at_two_hundred_a_month():
    frame = poisson(200, 24, 1000)
    frame.iloc[-12:] = np.random.default_rng(1).poisson(240, (12, 1000))
    assert (sbp.change(frame)["verdict"] == "up").mean() >= 0.9


def test_a_wide_frame_gives_what_its_columns_give():
    frame = poisson(20, 60, 5)
    wide = sbp.change(frame)
    for name in frame:
        alone = sbp.change(frame[name])
        for field in ("ratio", "lower", "upper", "p", "p_up", "within", "dispersion"):
            # a product of matrices sums in another order than one of a matrix and a vector
            assert wide.loc[name, field] == pytest.approx(getattr(alone, field), rel=1e-9)
        for field in ("verdict", "word", "before", "after_end"):
            assert wide.loc[name, field] == getattr(alone, field)
        assert list(alone.frame.drop(columns="q")) == list(wide)


def year_on_year(before, after, months=96, spread=0.0, seed=0):
    """A Poisson history at the level before, and a last year that is exactly the count after."""
    rng = np.random.default_rng(seed)
    values = rng.poisson(before / 12 * np.exp(spread * rng.normal(size=months))).astype(float)
    for last, total in ((slice(-12, None), after), (slice(-24, -12), before)):
        values[last] = np.floor(values[last] * total / max(1, values[last].sum()))
        values[-1 if last.stop is None else -13] += total - values[last].sum()
    return counts(values)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (600, 900, "rose"),
        (900, 600, "fell"),
        (300, 345, "probably rose"),
        (345, 300, "probably fell"),
        (6000, 6060, "about the same"),
        (100, 106, "cannot tell"),
        (49, 12, "too few"),
        (0, 0, "too few"),
        (12, 50, "rose"),
    ],
)
def test_each_word_is_said_of_what_it_says(before, after, word):
    result = sbp.change(year_on_year(before, after))
    assert (result.before, result.after, result.difference) == (before, after, after - before)
    assert result.word == word


def test_words_follow_from_the_chances():
    frame = poisson(40, 60, 2000)
    frame.iloc[-12:] = (frame.iloc[-12:] * np.linspace(0.7, 1.4, 2000)).round()
    frame.iloc[:, ::4] *= 10
    table = sbp.change(frame)
    up, within, verdict = table["p_up"], table["within"], table["verdict"]
    rules = {
        "rose": verdict == "up",
        "fell": verdict == "down",
        "probably rose": (up > 0.90) & (verdict != "up"),
        "probably fell": (up < 0.10) & (verdict != "down"),
        "about the same": (within >= 0.8) & up.between(0.10, 0.90) & (verdict == "no clear change"),
    }
    for word, rule in rules.items():
        assert ((table["word"] == word) == rule).all()
    assert set(table["word"]) == {*rules, "cannot tell"}
    # the belief about changes makes the chances less sure than p, never surer
    assert (2 * np.minimum(up, 1 - up) >= table["p"] - 1e-12).all()


def test_a_wider_margin_holds_more():
    x = year_on_year(3000, 3150)
    assert sbp.change(x, margin=0.05).within < sbp.change(x, margin=0.2).within


@pytest.mark.parametrize("margin", [0, 1, "ten", True])
def test_a_margin_is_a_fraction(margin):
    with pytest.raises(sbp.DataError, match="margin"):
        sbp.change(counts([5] * 24), margin=margin)


def test_extraordinary_months_do_not_hide_a_change():
    values = poisson(200, 96, seed=2)[0]
    values.iloc[-12:] = (values.iloc[-12:] * 1.25).round()
    values.iloc[40:56] = (values.iloc[40:56] * 0.3).round()
    hidden = sbp.change(values)
    values.attrs["breaks"] = [
        sbp.Break(values.index[40], "event", "Lockdown.", True, values.index[55])
    ]
    assert hidden.word != "rose"
    assert sbp.change(values).word == "rose"


def test_a_family_demotes_what_only_chance_of_many_explains():
    frame = poisson(50, 60, 100, seed=9)
    frame.iloc[-12:, :3] *= 2
    alone = sbp.change(frame)
    together = sbp.family(alone)
    assert together["word"].iloc[:3].tolist() == ["rose"] * 3
    demoted = (alone["word"] != together["word"]).to_numpy()
    assert demoted.any()
    assert together["word"][demoted].isin(["probably rose", "probably fell"]).all()
    assert (demoted == (alone["word"].isin(["rose", "fell"]) & (together["q"] >= 0.2))).all()
    same = ["verdict", "p", "lower", "upper", "percent"]
    assert together[same].equals(alone[same])


def test_what_is_too_few_is_no_member_of_a_family():
    frame = poisson(50, 60, 20, seed=9)
    few = frame.assign(few=[0, 1] * 30)
    one, other = (sbp.family(sbp.change(f)) for f in (frame, few))
    assert np.isnan(other.loc["few", "q"])
    assert one["q"].tolist() == pytest.approx(other["q"].iloc[:20].tolist())


def test_a_list_is_a_family_as_a_frame_is():
    frame = poisson(50, 36, 30, seed=3)
    frame.iloc[-12:, :4] *= 2
    one_by_one = sbp.family([sbp.change(frame[c]) for c in frame])
    wide = sbp.family(sbp.change(frame))
    assert [r.word for r in one_by_one] == wide["word"].tolist()
    assert [r.q for r in one_by_one] == pytest.approx(wide["q"].tolist())
    assert sbp.family([]) == []


def test_a_chance_of_a_rise_is_one():
    """Of changes said to be rises with a chance of so much, so many are; levels drift as
    London's boroughs do."""
    rng, months, series = np.random.default_rng(5), 60, 6000
    level = np.cumsum(rng.normal(0, 0.044, (months, series)), axis=0)
    level += np.log(rng.choice([20, 60, 200], series)) - level.mean(0)
    noise = rng.normal(0, 0.075, (months, series))
    for t in range(1, months):
        noise[t] = 0.3 * noise[t - 1] + np.sqrt(1 - 0.09) * noise[t]
    true = np.exp(level)
    rose = true[-12:].sum(0) > true[-24:-12].sum(0)
    frame = pd.DataFrame(rng.poisson(true * np.exp(noise)), poisson(1, months).index)
    said = sbp.change(frame)["p_up"].to_numpy()
    for low, high in ((0, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1)):
        band = (said >= low) & (said <= high)
        assert said[band].mean() == pytest.approx(rose[band].mean(), abs=0.045)


def test_no_event_at_all_is_no_clear_change():
    result = sbp.change(counts([0] * 24))
    assert np.isnan(result.ratio)
    assert (result.lower, result.upper, result.p) == (0, np.inf, 1)
    assert result.verdict == "no clear change"


def test_events_only_after_give_an_infinite_ratio_with_a_finite_lower_limit():
    result = sbp.change(counts([0] * 12 + [5] * 12))
    assert result.ratio == np.inf
    assert 1 < result.lower < np.inf
    assert result.upper == np.inf
    assert result.verdict == "up"


def test_one_month_with_all_events_is_a_cluster_not_a_rise():
    assert sbp.change(counts([0] * 23 + [30])).verdict == "no clear change"


def test_a_comparison_across_a_break_is_refused():
    values = [20] * 48
    inside = counts(values, breaks=[recorded_break("2015-04")])
    with pytest.raises(sbp.BreakError, match="Sheds count from here"):
        sbp.change(inside)
    sbp.change(counts(values, breaks=[recorded_break("2015-04", comparable=True)]))


def test_history_before_a_break_does_not_speak_of_the_noise():
    quiet, wild = [50, 51] * 18, [5, 95] * 12
    broken = counts(wild + quiet, breaks=[recorded_break("2014-04")])
    assert sbp.change(broken).dispersion == sbp.change(counts(quiet)).dispersion == 1
    assert sbp.change(counts(wild + quiet)).dispersion > 5


@pytest.mark.filterwarnings("ignore::sbpanalysis.SbpWarning")
def test_a_history_since_the_break_too_short_to_know_the_noise_is_refused():
    with pytest.raises(sbp.DataError, match="18 months given, at least 24 needed"):
        sbp.change(counts([20, 21] * 24, breaks=[recorded_break("2014-10")]), months=6)


def test_windows_that_differ_by_season_warn():
    with pytest.warns(sbp.SbpWarning, match="differ by season"):
        sbp.change(counts([5] * 24), months=6)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ([5] * 23, {}),
        ([5] * 40, {"months": 24}),
        ([5] * 24, {"months": 0}),
        ([5] * 24, {"months": 1.5}),
        ([5] * 24, {"confidence": 95}),
        ([5] * 24, {"confidence": "high"}),
        ([5] * 23 + [-1], {}),
        ([5] * 23 + [np.nan], {}),
    ],
)
def test_unusable_input_is_refused(values, settings):
    with pytest.raises(sbp.DataError, match=r"found|needed|expected"):
        sbp.change(counts(values), **settings)


def test_ten_thousand_series_are_judged_together():
    frame = poisson(50, 60, 10_000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sbp.change(frame)) == 10_000
