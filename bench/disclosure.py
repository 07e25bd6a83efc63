"""Can a count of persons be worked out from tables that are published together?

Random tables in the partners' forms, linked as pages link them, are published by the 8-and-5 rule
alone, and then as the gate mends them; each time an attacker, which shares no code with the gate,
tries every value that every number may have. Printed: what it finds, and what the mend costs.

    python bench/disclosure.py [--tables 10000] [--first 0] [--seed 1] [--quick]
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sbpanalysis.data.territory import territory
from sbpanalysis.disclosure.gate import to_withhold
from sbpanalysis.disclosure.linked import linked

BROMLEY = "E09000006"
NODES = 20_000  # that the attacker looks at before it gives a value up as not decided


@dataclass
class Form:
    """Tables of one form: rows of the tidy contract, and what a reader of the form knows."""

    name: str
    rows: list[tuple] = field(default_factory=list)
    sums: list[tuple] = field(default_factory=list)  # parts, whole, low, high
    before: dict[int, int] = field(default_factory=dict)  # count of the edition before, by row

    def add(self, measure, count, group="", area=BROMLEY, period="2018-04", frequency="annual"):
        """A row; its number."""
        self.rows.append((measure, area, group, period, frequency, int(count)))
        return len(self.rows) - 1

    def sum(self, parts, whole, low=0, high=0):
        """Parts that are the whole, or within it."""
        self.sums.append((tuple(parts), whole, low, high))

    def counted(self, number):
        """The count of a row."""
        return self.rows[number][-1]


def counts(rng, size):
    """Counts as partners send them: many small ones, some none."""
    mean = rng.choice([1, 2, 4, 8, 15, 40], size=size, p=[0.15, 0.2, 0.25, 0.2, 0.15, 0.05])
    return rng.poisson(mean * rng.uniform(0.3, 1.7))


def crossed(form, rng, base, first, second, others=()):
    """A measure by two breakdowns, with both margins; `others`: breakdowns beside them."""
    cells = counts(rng, len(first[1]) * len(second[1])).reshape(len(first[1]), len(second[1]))
    *_, whole = crossing(form, base, cells, first, second)
    for name, groups in others:
        split = rng.multinomial(cells.sum(), rng.dirichlet(np.ones(len(groups))))
        numbers = zip(groups, split, strict=True)
        form.sum([form.add(f"{base}_by_{name}", n, g) for g, n in numbers], whole)
    return form


def crossing(form, base, cells, first, second):
    """The cells of two breakdowns with both margins, added to a form: cells by row, rows, columns
    and whole."""
    (one, ones), (two, twos) = first, second
    whole = form.add(base, cells.sum())
    at = [[form.add(f"{base}_by_{one}_and_{two}", cells[i, j], f"{a}: {b}")
           for j, b in enumerate(twos)] for i, a in enumerate(ones)]  # fmt: skip
    down = [form.add(f"{base}_by_{one}", n, a) for n, a in zip(cells.sum(1), ones, strict=True)]
    across = [form.add(f"{base}_by_{two}", n, b) for n, b in zip(cells.sum(0), twos, strict=True)]
    for i, row in enumerate(at):
        form.sum(row, down[i])
    for j, column in enumerate(across):
        form.sum([row[j] for row in at], column)
    form.sum(down, whole)
    form.sum(across, whole)
    return at, down, across, whole


AGES = ("age_band", ["13 to 15", "16 to 17", "18 to 20", "21 to 24"])
SEX = ("sex", ["Male", "Female"])
STATUS = ("status", ["Looked after by the borough", "Not looked after", "Others"])
ETHNIC = ("ethnicity", ["Asian", "Black", "Mixed", "White", "Other", "Not known"])
CUSTODY = ("in_custody", ["Yes", "No"])
BREAKDOWNS = (
    ["Male", "Female"],
    ["White", "Other ethnic groups"],
    ["Violence against the person", "Drugs", "Motoring", "Other offences"],
)
REPEATED = ("tno", "domestic_abuse", "sexual_offence", "hate_crime", "vwi")
INSIDE = {"reoffenders": "reoffending_cohort"}
INSIDE |= {f"{kind}_repeat_victims": f"{kind}_victims" for kind in REPEATED}


def panel(rng):
    return crossed(Form("panel: age by sex, status"), rng, "mega_young_people", AGES, SEX, [STATUS])


def gangs(rng):
    form = Form("gangs: ethnicity by sex, custody")
    return crossed(form, rng, "known_gang_members", ETHNIC, SEX, [CUSTODY])


def gangs_one_way(rng):
    form, total = Form("gangs: each breakdown alone"), int(counts(rng, 8).sum())
    whole = form.add("known_gang_members", total)
    for name, groups in (ETHNIC, SEX, CUSTODY):
        split = rng.multinomial(total, rng.dirichlet(np.ones(len(groups))))
        rows = zip(groups, split, strict=True)
        form.sum([form.add(f"known_gang_members_by_{name}", n, g) for g, n in rows], whole)
    return form


def offending(rng):
    form, total = Form("youth offending: breakdowns, parts"), int(counts(rng, 6).sum())
    whole = form.add("youth_offenders", total)
    for groups in BREAKDOWNS:
        split = rng.multinomial(total, rng.dirichlet(np.ones(len(groups))))
        rows = zip(groups, split, strict=True)
        form.sum([form.add("youth_offenders", n, g) for g, n in rows], whole)
    cohort = form.add("reoffending_cohort", rng.poisson(12))
    again = form.add("reoffenders", rng.integers(0, form.counted(cohort) + 1))
    form.sum([again], cohort, -np.inf)
    return form


def victims(rng):
    form = Form("repeat victims of five kinds")
    for kind in REPEATED:
        number = counts(rng, 1)[0] + (60 if kind == "tno" else 0)
        whole = form.add(f"{kind}_victims", number)
        again = form.add(f"{kind}_repeat_victims", rng.integers(0, number + 1))
        form.sum([again], whole, -np.inf)
    return form


def admissions(rng):
    form = Form("admissions by age, three years")
    for year in (2015, 2016, 2017):
        ages, at = counts(rng, 4), {"period": f"{year}-04"}
        name = "hospital_admissions_substance_misuse"
        whole = form.add(name, ages.sum(), **at)
        form.sum([form.add(name, n, f"band {i}", **at) for i, n in enumerate(ages)], whole)
    return form


def wards(rng):
    form, codes = Form("wards and their borough"), territory().wards_of(BROMLEY, "2018")
    each = counts(rng, len(codes))
    whole = form.add("youth_tno_victims", each.sum())
    rows = zip(codes, each, strict=True)
    form.sum([form.add("youth_tno_victims", n, area=c) for c, n in rows], whole)
    return form


def quarters(rng):
    form, name = Form("quarters, years, financial years"), "county_lines_referrals"
    each = counts(rng, 12)
    at = [form.add(name, n, period=str(pd.Period("2016-01", "M") + 3 * i), frequency="quarterly")
          for i, n in enumerate(each)]  # fmt: skip
    for first in (0, 1, 4, 5, 8):
        period = str(pd.Period("2016-01", "M") + 3 * first)
        form.sum(
            at[first : first + 4], form.add(name, each[first : first + 4].sum(), period=period)
        )
    return form


def revised(rng):
    form = panel(rng) if rng.random() < 0.5 else offending(rng)
    form.name = f"two editions, 1 or 2 persons more: {form.name}"
    return _with_before(form, rng)


def _with_before(form, rng):
    """The form as it is, and as the edition before had it: one or two persons fewer, in every
    number that counted them.
    """
    was = {i: form.counted(i) for i in range(len(form.rows))}
    for _ in range(int(rng.integers(1, 3))):
        fewer = _one_fewer(form, was, rng)
        was = fewer or was
    form.before = was
    return form


def _one_fewer(form, was, rng):
    """One person taken out of a random part and of all that it is a part of; None if none can."""
    equal = [s for s in form.sums if s[2] == 0]
    leaves = [i for i in was if not any(i == s[1] for s in form.sums) and was[i] > 0]
    if not leaves:
        return None
    out, taken, open_ = dict(was), set(), [int(rng.choice(leaves))]
    while open_:
        number = open_.pop()
        if number in taken:
            continue
        if out[number] == 0:
            return None
        taken.add(number)
        out[number] -= 1
        for parts, whole, *_ in equal:
            if number in parts:
                open_.append(whole)
            elif number == whole and not taken & set(parts):
                may = [p for p in parts if out[p] > 0 and p not in open_]
                if not may:
                    return None
                open_.append(int(rng.choice(may)))
    ok = all(
        low <= sum(out[p] for p in parts) - out[whole] <= high
        for parts, whole, low, high in form.sums
    )
    return out if ok else None


FORMS = (panel, gangs, gangs_one_way, offending, victims, admissions, wards, quarters, revised)


class Attacker:
    """Tries every value that a number may have, by bounds and by search."""

    def __init__(self, low, high, sums, seed=0):
        self.low, self.high = list(low), list(high)
        rows = [({**dict.fromkeys(parts, 1), whole: -1}, lo, hi) for parts, whole, lo, hi in sums]
        self.sums = [(list(terms.items()), lo, hi) for terms, lo, hi in (*rows, *_less(rows))]
        self.of = [[] for _ in low]
        for row, (terms, *_) in enumerate(self.sums):
            for number, _ in terms:
                self.of[number].append(row)
        self.random = random.Random(seed)

    def narrowed(self, low, high, rows):
        """Bounds with what the sums leave of them; None if nothing is left."""
        waiting = set(rows)
        while waiting:
            terms, lo, hi = self.sums[waiting.pop()]
            least = sum(low[n] if s > 0 else -high[n] for n, s in terms)
            most = sum(high[n] if s > 0 else -low[n] for n, s in terms)
            if least > hi or most < lo:
                return None
            for number, sign in terms:
                a, b = (low[number], high[number]) if sign > 0 else (-high[number], -low[number])
                up, down = min(b, hi - (least - a)), max(a, lo - (most - b))
                up, down = (up, down) if sign > 0 else (-down, -up)
                if down > up:
                    return None
                if (down, up) != (low[number], high[number]):
                    low[number], high[number] = down, up
                    waiting |= set(self.of[number])
        return low, high

    def completed(self, low, high):
        """Counts within bounds that fit all sums; None if there are none."""
        bounds = self.narrowed(list(low), list(high), range(len(self.sums)))
        if bounds is None:
            return None
        low, high = bounds
        free = [i for i in range(len(low)) if low[i] < high[i] and self.of[i]]
        if not free:
            return low
        self.nodes += 1
        if self.nodes > NODES:
            raise TimeoutError
        number = min(free, key=lambda i: high[i] - low[i])
        values = list(range(int(low[number]), int(high[number]) + 1))
        self.random.shuffle(values)
        for value in values:
            a, b = list(low), list(high)
            a[number] = b[number] = value
            if (found := self.completed(a, b)) is not None:
                return found
        return None

    def values(self, need):
        """For each number the values that it may have, up to as many as are asked for."""
        self.nodes = 0
        bounds = self.narrowed(list(self.low), list(self.high), range(len(self.sums)))
        assert bounds is not None, "the attacker knows something that is not so"
        seen = [set() for _ in self.low]
        for _ in range(6):
            self._see(seen, self.completed(*bounds))
        for number, enough in enumerate(need):
            for value in range(int(bounds[0][number]), int(bounds[1][number]) + 1):
                if len(seen[number]) >= enough:
                    break
                if value in seen[number]:
                    continue
                low, high = list(bounds[0]), list(bounds[1])
                low[number] = high[number] = value
                self.nodes = 0
                self._see(seen, self.completed(low, high))
        return seen

    @staticmethod
    def _see(seen, solution):
        for number, value in enumerate(solution or ()):
            seen[number].add(value)


def _less(rows):
    """What overlapping true sums tell of each other: one less the other, without what both have."""
    for i, (one, *between) in enumerate(rows):
        for other, *beside in rows[:i]:
            if between == beside == [0, 0] and len(set(one) & set(other)) > 1:
                terms = {n: one.get(n, 0) - other.get(n, 0) for n in {**one, **other}}
                if set(terms.values()) <= {-1, 0, 1}:
                    yield {n: sign for n, sign in terms.items() if sign}, 0, 0


def span(shown, withheld, most):
    """What a published number may stand for."""
    if withheld:
        return 0, most
    if shown != shown:
        return 1, 7
    return (0, 0) if shown == 0 else (max(8, shown - 2), shown + 2)


def rounded(count):
    """A count as the rule publishes it."""
    return np.nan if 1 <= count <= 7 else float(5 * int(count / 5 + 0.5))


def attacked(form, withheld, before=frozenset()):
    """What the attacker finds: (count, hidden, values) of each number that is not none.

    `withheld` of this edition, and `before` of the one before.
    """
    size = len(form.rows)
    true = [form.counted(i) for i in range(size)] + list(form.before.values())
    out = withheld | {i + size for i in before}
    spans = [span(rounded(n), i in out, 2 * sum(true) + 100) for i, n in enumerate(true)]
    sums = list(form.sums)
    if form.before:
        sums += [(tuple(p + size for p in ps), w + size, lo, hi) for ps, w, lo, hi in form.sums]
        sums += [((i,), i + size, 0, 2) for i in range(size)]  # they know what was added
    low, high = zip(*spans, strict=True)
    found = Attacker(low, high, sums).values([3] * len(low))
    assert all(n in values or len(values) >= 3 for n, values in zip(true, found, strict=True))
    return [(n, 1 <= n <= 7, len(v)) for n, v in zip(true, found, strict=True) if n]


def mended(form):
    """The numbers that the gate withholds, and those that it did in the edition before."""
    columns = ["measure", "area_code", "group", "period", "frequency"]
    rows = pd.DataFrame([row[:-1] for row in form.rows], columns=columns)
    rows["period"] = pd.to_datetime(rows["period"])
    keys = list(
        rows.assign(period=[row[3] for row in form.rows]).itertuples(index=False, name=None)
    )
    gone, before = set(), {}
    if form.before:
        gone = to_withhold(linked(rows.assign(value=list(form.before.values())), INSIDE))
        before = {keys[i]: None if i in gone else rounded(n) for i, n in form.before.items()}
    now = rows.assign(value=[row[-1] for row in form.rows])
    return to_withhold(linked(now, INSIDE, {"before": before})), gone


def tried(form, tally):
    """Publish a form's tables without and with the mend, and count what the attacker finds."""
    withheld, before = mended(form)
    size = len(form.rows)
    true = [form.counted(i) for i in range(size)] + list(form.before.values())
    tally["tables"] += 1
    tally["cells"] += sum(n > 0 for n in true)
    tally["hidden"] += sum(1 <= n <= 7 for n in true)
    out = withheld | {i + size for i in before}
    tally["withheld"] += sum(not 1 <= true[i] <= 7 for i in out)
    tally["doubly hidden"] += sum(1 <= true[i] <= 7 for i in out)
    for what, out in (("alone", (set(), set())), ("mended", (withheld, before))):
        try:
            found = attacked(form, *out)
        except TimeoutError:
            tally[f"{what} undecided"] += 1
            continue
        tally[f"{what} exact"] += sum(values == 1 for *_, values in found)
        tally[f"{what} two"] += sum(hidden and values == 2 for _, hidden, values in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="40 tables")
    asked = parser.parse_args()
    attack(40 if asked.quick else asked.tables, asked.seed, asked.first)


def attack(tables: int, seed: int, first: int = 0) -> None:
    """Publish so many tables, try each, and print what was found, and in which."""
    totals: dict[str, Counter] = {}
    for number in range(first, first + tables):
        form = FORMS[number % len(FORMS)](np.random.default_rng([seed, number]))
        tally = totals.setdefault(form.name, Counter())
        before = tally["mended exact"] + tally["mended two"]
        tried(form, tally)
        if tally["mended exact"] + tally["mended two"] > before:
            print(f"told: table {number} of seed {seed}")
        if number % 500 == 499:
            printed(totals)
    printed(totals)


def printed(totals: dict[str, Counter]) -> None:
    every = sum(totals.values(), Counter())
    heads = ["tables", "cells", "hidden", "alone exact", "alone two", "alone undecided",
             "mended exact", "mended two", "mended undecided", "withheld",
             "doubly hidden"]  # fmt: skip
    print("\n| form | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for name, tally in [*totals.items(), ("all", every)]:
        print(f"| {name} | " + " | ".join(f"{tally[h]:,}" for h in heads) + " |")
    print(f"hidden by 8-and-5 alone {every['hidden'] / every['cells']:.1%} of counts, withheld "
          f"besides by the mend {every['withheld'] / every['cells']:.2%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
