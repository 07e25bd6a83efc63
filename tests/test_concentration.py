"""Lorenz, Gini, shares of the top, and Moran's I, small enough to work by hand."""

import numpy as np
import pandas as pd
import pytest

from sbpanalysis import DataError, concentration, moran


def test_gini_of_five_places_by_hand():
    # 1, 2, 3, 4, 10: sum of (2i - n - 1) x / (n sum x) = (-4 - 4 + 0 + 8 + 40) / (5 x 20)
    assert concentration(pd.Series([4, 10, 1, 3, 2])).gini == pytest.approx(0.4)


def test_equal_places_have_no_concentration():
    assert concentration(pd.Series([7] * 9)).gini == pytest.approx(0, abs=1e-12)


def test_fewer_crimes_than_places_are_not_called_concentrated_for_that_alone():
    # five crimes in five of twenty places: as evenly spread as five crimes can be
    spread = concentration(pd.Series([1] * 5 + [0] * 15))
    assert spread.gini == pytest.approx(0.75)
    assert spread.gini_generalised == pytest.approx(0)


def test_share_of_top_counts_places():
    result = concentration(pd.Series([50, 30, 20, 0]))
    assert [result.share_of_top(k) for k in range(5)] == pytest.approx([0, 0.5, 0.8, 1, 1])


@pytest.mark.parametrize("k", [-1, 5, 0.1])
def test_share_of_top_wants_a_number_of_places(k):
    with pytest.raises(DataError, match="from 0 to 4"):
        concentration(pd.Series([50, 30, 20, 0])).share_of_top(k)


def test_lorenz_runs_from_nothing_to_everything():
    curve = concentration(pd.Series([3, 1])).lorenz
    assert curve.to_dict() == {0.0: 0.0, 0.5: 0.25, 1.0: 1.0}


def test_a_frame_gives_one_row_a_column():
    wide = pd.DataFrame({"burglary": [1, 2, 3, 4, 10], "robbery": [0, 0, 0, 0, 5]})
    result = concentration(wide)
    assert result.frame.loc["burglary", "gini"] == pytest.approx(0.4)
    assert result.share_of_top(1)["robbery"] == 1
    assert list(result.lorenz) == ["burglary", "robbery"]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (pd.Series([], dtype=float), "no places"),
        (pd.Series([0, 0]), "is 0 in every place"),
        (pd.Series([1, -1]), "0 or more"),
        (pd.Series([1, None]), "missing is not zero"),
        (pd.Series(["a", "b"]), "expected numbers"),
        ([1, 2], "expected a Series"),
    ],
)
def test_what_cannot_be_concentrated_is_refused(counts, message):
    with pytest.raises(DataError, match=message):
        concentration(counts)


ROW = {k: [j for j in (k - 1, k + 1) if 0 <= j < 6] for k in range(6)}


def test_moran_of_a_row_by_hand():
    x = pd.Series([1.0, 1, 1, 3, 3, 3])
    # z = -1 or 1, row-standardised lags -1, -1, 0, 0, 1, 1: I = (6/6) x (1+1+0+0+1+1) / 6
    assert moran(x, ROW).i == pytest.approx(4 / 6)
    assert moran(x, ROW).expected == pytest.approx(-1 / 5)


def test_alternating_values_are_negatively_autocorrelated_two_sided():
    result = moran(pd.Series([1.0, 5] * 5), {k: [(k - 1) % 10, (k + 1) % 10] for k in range(10)})
    assert result.i == pytest.approx(-1)
    assert result.z < 0
    assert result.p < 0.05
    assert result.p_sim < 0.05


def test_permutations_repeat_with_a_seed_and_leave_the_global_generator_alone():
    x = pd.Series([2.0, 1, 4, 3, 6, 5])
    np.random.seed(1)
    first = moran(x, ROW, seed=5).p_sim
    drawn = np.random.random()
    np.random.seed(1)
    assert np.random.random() == drawn
    assert moran(x, ROW, seed=5).p_sim == first


def test_no_permutations_give_no_permutation_p():
    assert np.isnan(moran(pd.Series([2.0, 1, 4, 3, 6, 5]), ROW, permutations=0).p_sim)


def test_an_island_has_an_empty_list_and_no_message(capsys, recwarn):
    island = {**ROW, 6: []}
    assert np.isfinite(moran(pd.Series([2.0, 1, 4, 3, 6, 5, 7]), island).i)
    assert capsys.readouterr() == ("", "")
    assert not recwarn.list


def test_one_case_on_a_ring_is_not_unusual_wherever_it_lies():
    ring = {k: [(k - 1) % 8, (k + 1) % 8] for k in range(8)}
    result = moran(pd.Series([1.0] + [0.0] * 7), ring)
    assert (result.z, result.p, result.p_sim) == (0, 1, 1)


def test_a_number_of_permutations_is_not_negative():
    with pytest.raises(DataError, match="permutations"):
        moran(pd.Series([2.0, 1, 4, 3, 6, 5]), ROW, permutations=-1)


@pytest.mark.parametrize(
    ("values", "neighbours", "message"),
    [
        (pd.Series([1, 2, 3]), ROW, "at least 4"),
        (pd.Series([1.0] * 6), ROW, "same value"),
        (pd.Series(range(7)), ROW, "1 places have no entry"),
        (pd.Series(range(5)), ROW, "1 neighbours have no value"),
        (pd.Series(range(6)), {k: [] for k in range(6)}, "no place has a neighbour"),
        (pd.Series([1, 2, 3, 4, 5, None]), ROW, "missing is not zero"),
        (pd.Series(range(6), [0, 1, 2, 3, 4, 4]), ROW, "twice"),
        (pd.Series(range(6)), [(0, 1)], "mapping"),
    ],
)
def test_places_and_neighbours_must_match(values, neighbours, message):
    with pytest.raises(DataError, match=message):
        moran(values, neighbours)
