"""Which counts of persons add up to which? Read from the form of the tables, and from the counts.

Whoever has a form knows which of its rows are parts of which. That parts are the whole is taken as
known wherever they are so in the counts; otherwise that they are no more than it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from sbpanalysis.data.select import protected
from sbpanalysis.data.territory import territory
from sbpanalysis.data.withheld import Key, keys_of
from sbpanalysis.disclosure.audit import Linked, Sum
from sbpanalysis.periods import length

REVISED = 2  # persons by whom a count of an edition before may be thought to be revised, at most
_BY = re.compile(r"(?P<whole>.+?)_by_(?P<first>\w+?)(?:_and_(?P<second>\w+))?")
_MEASURE, _AREA, _GROUP, _PERIOD, _FREQUENCY = range(5)


def linked(
    rows: pd.DataFrame,
    inside: dict[str, str],
    before: dict[str, dict[Key, float | None]] | None = None,
) -> Linked:
    """The counts of one source as numbers that hang together.

    `rows` in the tidy contract, as counted; `inside`: measures that count some of what another
    does; `before`: what each edition before published, NaN for hidden, None for withheld.
    """
    counts = dict(zip(keys_of(rows), rows["value"].to_numpy(float), strict=True))
    number = {key: i for i, key in enumerate(counts)}
    sums = [
        Sum(tuple(number[p] for p in parts), number[whole], *between)
        for parts, whole, between in _sums(counts, inside)
    ]
    shown = protected(pd.Series(counts.values(), dtype=float)).to_numpy()
    now = Linked(tuple(counts), np.array(list(counts.values())), shown, tuple(sums))
    every = now
    for edition, published in (before or {}).items():
        every = _after(every, now, edition, published)
    return every


def _after(every: Linked, now: Linked, edition: str, before: dict[Key, float | None]) -> Linked:
    """The numbers with those of an edition before, where the two differ."""
    differ = {
        int(i)
        for part in now.parts
        if any(_differs(now.shown[i], before.get(now.names[i], now.shown[i])) for i in part)
        for i in part
    }
    old = [i for i in sorted(differ) if now.names[i] in before]
    place = {i: len(every.names) + n for n, i in enumerate(old)}
    published = [before[now.names[i]] for i in old]
    shown = np.array([np.nan if v is None else v for v in published], dtype=float)
    low = -REVISED if (now.shown[old] < shown).any() else 0
    sums = [
        replace(s, parts=tuple(place[p] for p in s.parts), whole=place[s.whole])
        for s in now.sums
        if s.whole in place and all(p in place for p in s.parts)
    ]
    sums += [Sum((i,), place[i], low, REVISED, revised=True) for i in old]
    untold = [place[i] for i, value in zip(old, published, strict=True) if value is None]
    return Linked(
        (*every.names, *((*now.names[i], edition) for i in old)),
        np.concatenate([every.counts, np.full(len(old), np.nan)]),
        np.concatenate([every.shown, shown]),
        (*every.sums, *sums),
        every.fixed | frozenset(place.values()),
        every.untold | frozenset(untold),
    )


def _differs(now: float, before: float | None) -> bool:
    return before is None or not (now == before or (now != now and before != before))


def _sums(counts: dict[Key, float], inside: dict[str, str]) -> Iterator[tuple]:
    """Parts, whole, and between what the parts less the whole is."""
    for parts, whole in (
        *_groups(counts),
        *_crossed(counts),
        *_areas(counts),
        *_periods(counts),
        *_measures(counts, inside),
    ):
        total = sum(counts[p] for p in parts)
        if total <= counts[whole]:  # that one part is all of it is known to nobody
            every = total == counts[whole] and len(parts) > 1
            yield parts, whole, (0 if every else -np.inf, 0)


def _gathered(counts: Iterable[Key], *left_out: int) -> dict[tuple, list[Key]]:
    """Keys that are the same but for these of their parts."""
    found = defaultdict(list)
    for key in counts:
        found[tuple("" if i in left_out else part for i, part in enumerate(key))].append(key)
    return found


def _groups(counts: dict[Key, float]) -> Iterator[tuple]:
    """Groups that stand beside their whole: each a part of it, and every run that is all of it."""
    for rows in _gathered(counts, _GROUP).values():
        whole = next((key for key in rows if not key[_GROUP]), None)
        parts = [key for key in rows if key[_GROUP]]
        if whole is None or not counts[whole]:
            continue
        yield from (((part,), whole) for part in parts)
        for first, last in _runs([counts[part] for part in parts], counts[whole]):
            yield tuple(parts[first:last]), whole


def _runs(parts: list[float], whole: float) -> list[tuple[int, int]]:
    """Where runs of parts begin and end that are all of a whole.

    A form has one breakdown after the other, so where runs follow each other from the first part
    to the last, those that do not fit among them are so by chance, which no reader knows.
    """
    runs = [
        (first, int(last))
        for first in range(len(parts))
        for last in np.flatnonzero(np.cumsum(parts[first:]) == whole) + first + 1
    ]
    steps = runs + [(at, at + 1) for at, count in enumerate(parts) if count == 0]
    begun, ended = {0}, {len(parts)}
    for first, last in sorted(steps):
        begun |= {last} if first in begun else set()
    for first, last in sorted(steps, key=lambda step: -step[1]):
        ended |= {first} if last in ended else set()
    chained = [(first, last) for first, last in runs if first in begun and last in ended]
    return chained if len(parts) in begun else runs


def _crossed(counts: dict[Key, float]) -> Iterator[tuple]:
    """Measures by one or two breakdowns: parts of the measure, and of each breakdown alone."""
    found = defaultdict(list)
    for key in counts:
        by = _BY.fullmatch(key[_MEASURE])
        if not by:
            continue
        place = (key[_AREA], key[_PERIOD], key[_FREQUENCY])
        area, *when = place
        found[by["whole"], area, "", *when, key[_MEASURE]].append(key)
        if by["second"]:
            names = key[_GROUP].split(": ")
            for one, name in zip((by["first"], by["second"]), names, strict=True):
                found[f"{by['whole']}_by_{one}", area, name, *when, key[_MEASURE]].append(key)
    for (*whole, _), parts in found.items():
        if (whole := tuple(whole)) in counts:
            yield tuple(parts), whole


def _areas(counts: dict[Key, float]) -> Iterator[tuple]:
    here = territory()
    for home in (*here.wards.values(), dict.fromkeys(here.units, here.whole)):
        found = defaultdict(list)
        for key in counts:
            if key[_AREA] in home:
                found[(key[_MEASURE], home[key[_AREA]], *key[_GROUP:])].append(key)
        yield from ((tuple(parts), whole) for whole, parts in found.items() if whole in counts)


def _periods(counts: dict[Key, float]) -> Iterator[tuple]:
    """Shorter periods within a longer one, as far as they do not overlap."""
    for rows in _gathered(counts, _PERIOD, _FREQUENCY).values():
        spans = sorted((pd.Period(k[_PERIOD], "M").ordinal, length(k[_FREQUENCY]), k) for k in rows)
        if len({months for _, months, _ in spans}) < 2:
            continue
        for start, months, whole in spans:
            parts, reached = [], start
            for begins, lasts, key in spans:
                if lasts < months and reached <= begins and begins + lasts <= start + months:
                    parts.append(key)
                    reached = begins + lasts
            if parts:
                yield tuple(parts), whole


def _measures(counts: dict[Key, float], inside: dict[str, str]) -> Iterator[tuple]:
    for key in counts:
        whole = (inside.get(key[_MEASURE], ""), *key[1:])
        if whole in counts:
            yield (key,), whole
