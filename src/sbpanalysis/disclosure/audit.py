"""Which counts can be worked out from numbers that are published together?

An integer programme holds all that a reader knows: what each number may stand for, and which add
up to which. A hidden count with fewer than three possible values is as good as told, and so is a
shown one with a single value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sbpanalysis.data.select import LEAST, STEP
from sbpanalysis.errors import DataError

ENOUGH = 3  # values that a count which is not shown must be able to have
_TRIES = 8  # mixed directions in which possible tables are looked for, before each count's own


@dataclass(frozen=True)
class Sum:
    """What the parts add up to less the whole is from `low` to `high`: 0 for a true sum.

    `revised`: the whole is what an edition before said of the one part.
    """

    parts: tuple[int, ...]
    whole: int
    low: float = 0
    high: float = 0
    revised: bool = False


@dataclass(frozen=True)
class Linked:
    """Counts that are published together, by what each is called, and how they hang together.

    `counts`: as counted; NaN for one of an edition before, of which only `shown` is known.
    `shown`: as published, NaN for a hidden one. `fixed`: published already, so not to be withheld;
    `untold`: neither published now nor then.
    """

    names: tuple
    counts: np.ndarray
    shown: np.ndarray
    sums: tuple[Sum, ...]
    fixed: frozenset[int] = frozenset()
    untold: frozenset[int] = frozenset()

    @cached_property
    def parts(self) -> list[np.ndarray]:
        """The numbers that hang together, each group apart; one that stands alone is in none."""
        ends = [(s.whole, part) for s in self.sums for part in s.parts]
        if not ends:
            return []
        rows, columns = np.transpose(ends)
        size = len(self.names)
        graph = csr_array((np.ones(len(ends)), (rows, columns)), (size, size))
        labels = connected_components(graph, directed=False)[1]
        order = np.argsort(labels, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
        return [group for group in groups if len(group) > 1]

    def only(self, kept: np.ndarray) -> Linked:
        """These numbers alone, with the sums among them."""
        place = {old: new for new, old in enumerate(kept.tolist())}
        sums = tuple(
            replace(s, parts=tuple(place[p] for p in s.parts), whole=place[s.whole])
            for s in self.sums
            if s.whole in place
        )
        fixed, untold = (
            frozenset(place[i] for i in which if i in place) for which in (self.fixed, self.untold)
        )
        names = tuple(self.names[i] for i in kept)
        return Linked(names, self.counts[kept], self.shown[kept], sums, fixed, untold)


def confined(linked: Linked, withheld: Iterable[int] = ()) -> dict[int, list[int]]:
    """The numbers that can be worked out, each with the values it may have.

    `withheld`: numbers that are not published at all. Raises `DataError` where no counts fit.
    """
    withheld, found = set(withheld), {}
    for kept in linked.parts:
        inside = {new for new, old in enumerate(kept) if old in withheld}
        programme = Programme(linked.only(kept), inside)
        found |= {int(kept[i]): values for i, values in programme.confined()}
    return found


class Programme:
    """All that is known of numbers that hang together, as an integer programme."""

    def __init__(self, linked: Linked, withheld: set[int]) -> None:
        self.linked = linked
        known = np.nan_to_num(np.fmax(linked.counts, linked.shown), nan=LEAST - 1)
        self._most = float(known.sum() * 2 + 10 * LEAST)  # what nobody tells has no other bound
        self.low, self.high = _ranges(linked.shown)
        untold = withheld | linked.untold
        for i in untold:
            self.relax(i)
        self._hidden = np.isnan(linked.shown) | np.isin(np.arange(len(self.low)), list(untold))
        for sums in _beliefs(linked):
            self._rows = _rows(linked, sums)
            if self._solve(np.zeros(len(self.low))) is not None:
                break

    def relax(self, number: int) -> None:
        """Forget what is told of a number."""
        self.low[number], self.high[number] = 0, self._most

    def confined(self) -> Iterator[tuple[int, list[int]]]:
        """Each number that has too few values, with them; a none that is shown is no count."""
        need = np.where(self._hidden, ENOUGH, np.where(self.high > 0, 2, 0))
        seen = [set() for _ in need]
        for signs in _directions(len(need)):
            lacking = np.array([len(v) < n for v, n in zip(seen, need, strict=True)])
            if not lacking.any():
                return
            self._see(seen, signs * lacking)
        for number in np.flatnonzero(need):
            if len(seen[number]) < need[number]:
                values = self.values(int(number), int(need[number]), seen)
                if len(values) < need[number]:
                    yield int(number), values

    def values(self, number: int, need: int, seen: list[set] | None = None) -> list[int]:
        """Values that a number may have: all if they are fewer than `need`, else enough of them."""
        seen = [set() for _ in self.low] if seen is None else seen
        one = np.zeros(len(self.low))
        one[number] = 1
        ends = [int(self._see(seen, weights)[number]) for weights in (one, -one)]
        for value in range(ends[0] + 1, ends[1]):
            if len(seen[number]) >= need:
                break
            if value not in seen[number] and self._solve(one, (number, value)) is not None:
                seen[number].add(value)
        return sorted(seen[number])

    def _see(self, seen: list[set], weights: np.ndarray) -> np.ndarray:
        solution = self._solve(weights)
        if solution is None:
            raise DataError("numbers that are published together: no counts fit them all.")
        for values, value in zip(seen, solution, strict=True):
            values.add(int(value))
        return solution

    def _solve(self, weights: np.ndarray, at: tuple[int, int] | None = None) -> np.ndarray | None:
        """The counts that make the weighted sum least, one held `at` a value; None if none fit."""
        low, high = self.low, self.high
        if at:
            low, high = low.copy(), high.copy()
            low[at[0]] = high[at[0]] = at[1]
        bounds, whole = Bounds(low, high), np.ones(len(low))
        solved = milp(weights, integrality=whole, bounds=bounds, constraints=self._rows)
        return None if solved.x is None else np.rint(solved.x)


def _directions(size: int) -> Iterator[np.ndarray]:
    """Weights by which tables that differ much are found: all counts small, all large, mixed."""
    yield from (np.ones(size), -np.ones(size))
    random = np.random.default_rng(0)
    yield from (random.choice((-1.0, 1.0), size) for _ in range(_TRIES))


def _ranges(shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most that each number may stand for, by the rule that hid or rounded it."""
    half = STEP // 2
    low = np.where(np.isnan(shown), 1, np.where(shown == 0, 0, np.maximum(LEAST, shown - half)))
    high = np.where(np.isnan(shown), LEAST - 1, np.where(shown == 0, 0, shown + half))
    return low.astype(float), high.astype(float)


def _beliefs(linked: Linked) -> Iterator[list[Sum]]:
    """What is taken as known, and less of it where no counts fit: more was revised than is
    thought, or what adds up now did not in an edition before.
    """
    yield list(linked.sums)
    if linked.fixed:
        old = [s for s in linked.sums if s.whole in linked.fixed and not s.revised]
        yield from ([s for s in linked.sums if s is not one] for one in old)
        certain = [s for s in linked.sums if not s.revised]
        yield certain
        yield [s for s in certain if s.whole not in linked.fixed]


def _rows(linked: Linked, sums: Iterable[Sum]) -> LinearConstraint:
    sums = list(sums)
    entries = [(row, part, 1.0) for row, s in enumerate(sums) for part in s.parts]
    entries += [(row, s.whole, -1.0) for row, s in enumerate(sums)]
    rows, columns, values = np.transpose(entries) if entries else np.empty((3, 0))
    shape = (len(sums), len(linked.names))
    matrix = csr_array((values, (rows.astype(int), columns.astype(int))), shape)
    return LinearConstraint(matrix, [s.low for s in sums], [s.high for s in sums])
