"""Can a count of persons be worked out from tables of unusual shapes, by another attacker?

One row, one column, two by two, nothing but none, nearly empty, hierarchies of three
levels, and each with the edition before it, in which one or two persons fewer were counted: as the
gate mends them. The attacker carries sets: which sums parts can have, up to the whole and down
again. So what it finds possible is exact, and it shares no code with the gate or the other.

    python bench/shapes.py [--tables 2000] [--seed 1] [--quick]
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Callable

import numpy as np
from disclosure import BROMLEY, Form, mended, rounded, span
from disclosure import crossing as linked

from sbpanalysis.data.territory import territory

REVISED = range(3)  # persons more than in the edition before, in any number


class Tree:
    """A number and those that add up to it: what each may be, now and before."""

    def __init__(self, number: int, below: list[Tree]) -> None:
        self.number, self.below = number, below

    def up(self, may: dict[int, set]) -> set:
        """What it may be by what is below it."""
        sets = [tree.up(may) for tree in self.below]
        if sets:
            may[self.number] &= _sums(sets)
        return may[self.number]

    def down(self, may: dict[int, set]) -> None:
        """Take from what is below what no whole allows."""
        sets = [may[tree.number] for tree in self.below]
        before = list(itertools.accumulate(sets, _plus, initial={_none(may[self.number])}))
        after = {_none(may[self.number])}
        for at in reversed(range(len(sets))):
            others = _plus(before[at], after)
            after = _plus(after, sets[at])
            may[self.below[at].number] = {
                one
                for one in sets[at]
                if any(_add(one, other) in may[self.number] for other in others)
            }
        for tree in self.below:
            tree.down(may)


def _none(values: set) -> tuple:
    return (0,) * len(next(iter(values)))


def _add(one: tuple, other: tuple) -> tuple:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _plus(one: set, other: set) -> set:
    return {_add(a, b) for a in one for b in other}


def _sums(sets: list[set]) -> set:
    total = {_none(sets[0])}
    for one in sets:
        total = _plus(total, one)
    return total


def by_tree(may: list[set], tree: Tree) -> list[set]:
    """What each number may be, of numbers that are one tree."""
    found = dict(enumerate(may))
    tree.up(found)
    tree.down(found)
    return [found[n] for n in range(len(may))]


def by_rows(may: list[set], cells: list[list[int]], down: list[int], across: list[int], whole: int):
    """What each number may be, of a table with both margins, row after row."""
    one = [{v for (v,) in values} for values in may]
    rows = [
        [r for r in itertools.product(*(sorted(one[c]) for c in row)) if sum(r) in one[down[i]]]
        for i, row in enumerate(cells)
    ]
    most = [max(one[a]) for a in across]

    def reached(lists) -> list[set]:
        states = [{(0,) * len(across)}]
        for options in lists:
            fresh = {_add(before, option) for before in states[-1] for option in options}
            states.append({s for s in fresh if all(a <= b for a, b in zip(s, most, strict=True))})
        return states

    begun, ended = reached(rows), reached(rows[::-1])[::-1]
    ends = {
        e for e in begun[-1]
        if sum(e) in one[whole] and all(v in one[a] for v, a in zip(e, across, strict=True))
    }  # fmt: skip
    found = [set() for _ in may]
    for end in ends:
        found[whole].add((sum(end),))
        for value, column in zip(end, across, strict=True):
            found[column].add((value,))
    for i, options in enumerate(rows):
        rest = {
            (before, tuple(x - y for x, y in zip(end, before, strict=True)))
            for before in begun[i] for end in ends
        }  # fmt: skip
        for option in options:
            if any(tuple(x - y for x, y in zip(left, option, strict=True)) in ended[i + 1]
                   for _, left in rest):  # fmt: skip
                found[down[i]].add((sum(option),))
                for cell, value in zip(cells[i], option, strict=True):
                    found[cell].add((value,))
    return found


Shape = tuple[Form, Callable[[list[set]], list[set]]]


def small(rng, size, mean=None):
    """Counts of which most would be hidden."""
    return rng.poisson(mean or rng.choice([0.3, 1, 3, 6, 12]), size=size)


def one_row(rng) -> Shape:
    form, each = Form("one row"), small(rng, int(rng.integers(1, 6)))
    whole = form.add("x", each.sum())
    parts = [form.add("x_by_kind", n, f"kind {i}") for i, n in enumerate(each)]
    form.sum(parts, whole)
    tree = Tree(whole, [Tree(p, []) for p in parts])
    return form, lambda may: by_tree(may, tree)


def no_persons(rng) -> Shape:
    form = Form("none but one part")
    each = np.zeros(int(rng.integers(2, 7)), dtype=int)
    each[0] = rng.integers(0, 9)
    whole = form.add("x", each.sum())
    parts = [form.add("x_by_kind", n, f"kind {i}") for i, n in enumerate(each)]
    form.sum(parts, whole)
    tree = Tree(whole, [Tree(p, []) for p in parts])
    return form, lambda may: by_tree(may, tree)


def crossing(name: str, cells: np.ndarray) -> Shape:
    form, (height, width) = Form(name), cells.shape
    ones, twos = [f"a{i}" for i in range(height)], [f"b{j}" for j in range(width)]
    at, down, across, whole = linked(form, "x", cells, ("one", ones), ("two", twos))
    return form, lambda may: by_rows(may, at, down, across, whole)


def two_by_two(rng) -> Shape:
    return crossing("two by two", small(rng, (2, 2)))


def one_column(rng) -> Shape:
    return crossing("one column, crossed", small(rng, (int(rng.integers(2, 5)), 1)))


def sparse(rng) -> Shape:
    cells = small(rng, (7, 3), 2) * (rng.random((7, 3)) < 0.2)
    return crossing("seven by three, nearly empty", cells)


def places(rng) -> Shape:
    form, here = Form("wards, boroughs, London"), territory()
    wards = here.wards_of(BROMLEY, "2018")
    each = small(rng, len(wards), 0.7)
    others = small(rng, len(here.units) - 1, 3)
    whole = form.add("x", each.sum() + others.sum(), area=here.whole)
    borough = form.add("x", each.sum())
    codes = [code for code in here.units if code != BROMLEY]
    rest = [form.add("x", n, area=code) for code, n in zip(codes, others, strict=True)]
    own = [form.add("x", n, area=code) for code, n in zip(wards, each, strict=True)]
    form.sum(own, borough)
    form.sum([borough, *rest], whole)
    tree = Tree(whole, [Tree(borough, [Tree(n, []) for n in own]), *[Tree(n, []) for n in rest]])
    return form, lambda may: by_tree(may, tree)


def times(rng) -> Shape:
    form, each = Form("months, quarters, year"), small(rng, 12, rng.choice([0.5, 1, 3]))
    whole = form.add("x", each.sum(), period="2018-01")
    quarters = []
    for q in range(4):
        own = each[3 * q : 3 * q + 3]
        number = form.add("x", own.sum(), period=f"2018-{3 * q + 1:02d}", frequency="quarterly")
        months = [form.add("x", n, period=f"2018-{3 * q + m + 1:02d}", frequency="monthly")
                  for m, n in enumerate(own)]  # fmt: skip
        form.sum(months, number)
        quarters.append(Tree(number, [Tree(m, []) for m in months]))
    form.sum([q.number for q in quarters], whole)
    tree = Tree(whole, quarters)
    return form, lambda may: by_tree(may, tree)


def revised(rng) -> Shape:
    """A tree, and the same one or two persons before."""
    form, told = (one_row, no_persons, times)[int(rng.integers(3))](rng)
    wholes = {whole: parts for parts, whole, *_ in form.sums}
    was = {i: form.counted(i) for i in range(len(form.rows))}
    for _ in range(int(rng.integers(1, 3))):
        number = 0
        if not was[0]:
            break
        while True:
            was[number] -= 1
            if number not in wholes:
                break
            number = int(rng.choice([p for p in wholes[number] if was[p]]))
    form.before, form.name = was, f"{form.name}, and the edition before"
    return form, told


SHAPES = (one_row, no_persons, two_by_two, one_column, sparse, places, times, revised)


def tried(shape: Shape, tally: Counter) -> None:
    """Publish a shape as the gate mends it, and count what can be worked out."""
    (form, told), size = shape, len(shape[0].rows)
    true = [form.counted(i) for i in range(size)]
    withheld, before = mended(form)
    most = 2 * sum(true) + 10

    def may(counts, gone) -> list[range]:
        spans = [span(rounded(n), i in gone, most) for i, n in enumerate(counts)]
        return [range(int(low), int(high) + 1) for low, high in spans]

    now = may(true, withheld)
    if form.before:
        was = may([form.before[i] for i in range(size)], before)
        sets = [{(n, n - less) for n in a for less in REVISED if n - less in b}
                for a, b in zip(now, was, strict=True)]  # fmt: skip
    else:
        sets = [{(n,) for n in a} for a in now]
    found = told(sets)
    tally["tables"] += 1
    tally["cells"] += sum(n > 0 for n in true)
    tally["hidden"] += sum(1 <= n <= 7 for n in true)
    tally["withheld"] += len([i for i in withheld if not 1 <= true[i] <= 7])
    for count, values in zip(true, found, strict=True):
        left = {value[0] for value in values}
        assert count in left, "the attacker knows something that is not so"
        tally["exact"] += count > 0 and len(left) == 1
        tally["two"] += 1 <= count <= 7 and len(left) == 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="40 tables")
    asked = parser.parse_args()
    totals: dict[str, Counter] = {}
    for number in range(40 if asked.quick else asked.tables):
        rng = np.random.default_rng([asked.seed, number])
        shape = SHAPES[number % len(SHAPES)](rng)
        tally = totals.setdefault(shape[0].name, Counter())
        before = tally["exact"] + tally["two"]
        tried(shape, tally)
        if tally["exact"] + tally["two"] > before:
            print(f"told: table {number} of seed {asked.seed}, {shape[0].name}", flush=True)
    heads = ["tables", "cells", "hidden", "exact", "two", "withheld"]
    print("\n| shape | " + " | ".join(heads) + " |\n" + "|---" * (len(heads) + 1) + "|")
    for name, tally in [*totals.items(), ("all", sum(totals.values(), Counter()))]:
        print(f"| {name} | " + " | ".join(f"{tally[h]:,}" for h in heads) + " |")


if __name__ == "__main__":
    main()
