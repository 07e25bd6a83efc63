"""Of dozens of files of one name, which is meant? By what they cover and when, not by their order.

A publisher that never removes an edition leaves each under the same name. The newest is the one
that covers the latest month, and of those the one put there last. A history may later be cut
short: then the longest ever offered is meant, and the editions that fill the months since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

Span = tuple[str, str]  # first and last month, such as 2010-04
_FILLERS = {"from", "to", "the", "of", "and", "data", "csv", "xlsx", "mps"}


def choose(wanted: Wanted, offered: Iterable[Address], held: Span | None = None) -> list[Address]:
    """The files that an entry of the register means, in the order in which they follow.

    `held` are the months of the longest file that is held already. Raises `DataError` where no
    file name fits, or none of an ending that is taken.
    """
    offered = sorted(offered, key=lambda r: r.key)
    fitting = _fitting(wanted, offered, wanted.way.file)
    match wanted.way.pick:
        case "newest":
            one = newest(wanted, fitting)
            return [replace(one, why=_why_newest(wanted, offered, fitting, one))]
        case "each":
            return _each(wanted, fitting)
        case "longest":
            then = _fitting(wanted, offered, wanted.way.then)
            return _joined(wanted, fitting, then, held)


def newest(wanted: Wanted, fitting: list[Address]) -> Address:
    """The file that covers the latest month; of several the one put there last."""
    endings = wanted.way.endings
    return max(fitting, key=lambda r: (_last(wanted, r), r.when, -endings.index(r.ending), r.key))


def _last(wanted: Wanted, one: Address) -> str:
    """The last month that a file covers: as stated, or as its time stamp lets expect.

    What is said to end after it was put there is not trusted.
    """
    stamp = one.when[:7]
    if one.last and (not stamp or one.last <= stamp):
        return one.last
    return _shifted(stamp, -wanted.lag) if stamp else ""


def _fitting(wanted: Wanted, offered: list[Address], name: str) -> list[Address]:
    """The files whose names fit, of the endings that are taken."""
    pattern, endings = re.compile(name, re.IGNORECASE), wanted.way.endings
    named = [r for r in offered if pattern.fullmatch(r.stem)]
    if fitting := [r for r in named if r.ending in endings]:
        return fitting
    there = sorted({plain(r.name, 60) for r in named or offered})
    raise DataError(
        f"{wanted.key}: found no file {name!r} of the ending {' or '.join(endings)} in the "
        f"catalogue of {wanted.host} (there are: {'; '.join(there[:12]) or 'none'}); the publisher "
        f"renamed it or changed its form: mend `file` or `endings` in {wanted.place}."
    )


def _why_newest(
    wanted: Wanted, offered: list[Address], fitting: list[Address], one: Address
) -> str:
    """Why the newest is the newest, and what else of its name there is."""
    why = _of("newest", fitting) + _dated(one)
    pattern = re.compile(wanted.way.file, re.IGNORECASE)
    others = [r for r in offered if pattern.fullmatch(r.stem) and r not in fitting]
    later = [r for r in others if (_last(wanted, r), r.when) > (_last(wanted, one), one.when)]
    if later:
        last = max(later, key=lambda r: (_last(wanted, r), r.when))
        why += f"; a newer one is {last.ending}{_dated(last)}, which no reader takes yet"
    if wrong := [r for r in fitting if _contradicts(r)]:
        said = ", ".join(f"{plain(r.title, 50)!r} of {plain(r.key, 40)}" for r in wrong[:3])
        why += f"; the file name decides, not the title ({said})"
    return why


def _contradicts(one: Address) -> bool:
    """Whether a title has a word that the file name has not."""
    title, file = (set(re.findall(r"[a-z0-9]+", t.casefold())) for t in (one.title, one.name))
    return bool(title - file - _FILLERS)


def _each(wanted: Wanted, fitting: list[Address]) -> list[Address]:
    pattern = re.compile(wanted.way.file, re.IGNORECASE)
    parts: dict[str, list[Address]] = {}
    for one in fitting:
        parts.setdefault(pattern.fullmatch(one.stem)["part"], []).append(one)
    chosen = {part: newest(wanted, those) for part, those in sorted(parts.items())}
    return [
        replace(
            one,
            why=f"{_of('newest', parts[part])} for {plain(part, 20)}{_dated(one)}",
            part=part,
        )
        for part, one in chosen.items()
    ]


def _joined(
    wanted: Wanted, histories: list[Address], then: list[Address], held: Span | None
) -> list[Address]:
    """The longest history, and the editions between it and the newest of the files `then`."""
    last = newest(wanted, then)
    dated = [r for r in (*histories, *then) if r.first and _last(wanted, r) == r.last]
    stated = [r for r in histories if r in dated]
    if not stated or last not in dated:
        one = max(histories, key=lambda r: (r.size, r.when, r.key))
        why = f"the largest of {len(histories)}{_dated(one)}; the catalogue states no periods, so "
        return [replace(one, why=why + "whether the files join is seen when they are read")]
    long = max(stated, key=lambda r: (_months(r.first, r.last), r.when, r.key))
    if held and _months(*held) > _months(long.first, long.last):
        chosen, end = [], held[1]
    else:
        chosen, end = [replace(long, why=_of("longest", histories) + _dated(long))], long.last
    between, missing = _between(dated, end, _shifted(last.first, -1))
    chosen += [
        replace(one, why=f"for {a} to {b}{_dated(one)}", part=one.key) for one, a, b in between
    ]
    said = _newest_pair(wanted, stated, last)
    if missing:
        said += f"; no edition has {_listed(missing)}: a gap that no join can mend"
    return [*chosen[:-1], *(replace(one, why=one.why + said) for one in chosen[-1:])]


def _between(
    pool: list[Address], end: str, target: str
) -> tuple[list[tuple[Address, str, str]], list[str]]:
    """The fewest editions, newest first, that go on from `end` to `target`; the months of none."""
    chosen, missing = [], []
    while end < target:
        following = _shifted(end, 1)
        fits = [r for r in pool if r.first <= following <= r.last]
        if fits:
            one = max(fits, key=lambda r: (min(r.last, target), r.when, r.key))
            chosen.append((one, following, min(one.last, target)))
            end = min(one.last, target)
        else:
            missing.append(following)
            end = following
    return chosen, missing


def _newest_pair(wanted: Wanted, histories: list[Address], last: Address) -> str:
    """What the newest history leaves out before the newest recent file begins."""
    history = newest(wanted, histories)
    gap = _months(history.last, last.first) - 2
    if gap <= 0:
        return ""
    months = [_shifted(history.last, n + 1) for n in range(gap)]
    return f"; the newest history and the newest recent file leave out {_listed(months)}"


def _of(which: str, those: list[Address]) -> str:
    return f"the {which} of {len(those)}" if len(those) > 1 else "the only one of its name"


def _dated(one: Address) -> str:
    span = f"{one.first} to {one.last}" if one.first and one.last else "no period stated"
    return f" ({span}, put there {one.when[:10] or 'at no stated time'})"


def _listed(months: list[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"


def _months(first: str, last: str) -> int:
    return (pd.Period(last, "M") - pd.Period(first, "M")).n + 1


def _shifted(month: str, by: int) -> str:
    return str(pd.Period(month, "M") + by)
