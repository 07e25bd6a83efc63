"""Does an edition publish numbers of persons that together tell a hidden one?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sbpanalysis.data import editions, reference
from sbpanalysis.data import withheld as lists
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.select import LEAST, values
from sbpanalysis.data.territory import territory
from sbpanalysis.data.withheld import Key, keys_of
from sbpanalysis.disclosure import ledger
from sbpanalysis.disclosure.audit import ENOUGH, Linked, Programme, confined
from sbpanalysis.disclosure.linked import linked

_MOST = 5  # counts that a message lists


@dataclass(frozen=True)
class Told:
    """A count that can be worked out: what it is, what it may be, and by which numbers."""

    source: str
    name: tuple
    values: tuple[int, ...]
    by: tuple[tuple, ...]


def numbers(edition: Edition) -> dict[str, Linked]:
    """Source -> all that the edition may show of its counts of persons, with what was shown before.

    That is every number of its files, and the sum of the boroughs where no file gives London.
    """
    before = ledger.before(edition.root / "book" / "editions")
    return {s: linked(rows, _inside(s), before) for s, rows in counted(edition).items()}


def found(edition: Edition) -> list[Told]:
    """The counts that can be worked out from what the edition publishes, and editions before."""
    out = []
    for source, one in numbers(edition).items():
        withheld = {i for i, name in enumerate(one.names) if name in edition.withheld}
        for number, possible in told(one, withheld).items():
            by = [one.names[i] for i in together(one, number, withheld)]
            out.append(Told(source, one.names[number], tuple(possible), tuple(by)))
    return out


def protect(edition: Edition) -> list[Key]:
    """Write beside the edition's file which numbers it withholds, so that no count is told."""
    keys = {one.names[i] for one in numbers(edition).values() for i in to_withhold(one)}
    lists.write(_file(edition), keys)
    return sorted(keys)


def hidden(edition: Edition) -> tuple[int, int]:
    """How many counts of persons are hidden for being 1 to 7, and how many there are but none."""
    values = pd.concat([rows["value"] for rows in counted(edition).values()] or [pd.Series([])])
    return int(values.between(1, LEAST - 1).sum()), int(values.gt(0).sum())


def release(edition: Edition) -> Path | None:
    """Keep what the edition published of persons, for those that come after; None for none.

    Persons of the sample are nobody, and no edition comes after it.
    """
    counts: dict[Key, float] = {}
    for rows in counted(edition).values():
        counts |= dict(zip(keys_of(rows), rows["value"], strict=True))
    if edition.is_sample or not counts:
        return None
    return ledger.write(_file(edition), counts, edition.withheld)


def message(told_now: list[Told], edition: Edition) -> str:
    """What stands against a release: the counts, the numbers that tell them, and the mend.

    It says how many values a count may have, and not which: logs are read by others.
    """
    lines = [
        f"- {in_words(one.name)}: {len(one.values)} possible, by "
        f"{'; '.join(map(in_words, one.by)) or 'its parts'}"
        for one in sorted(told_now, key=lambda one: max(one.values))[:_MOST]
    ]
    more = len(told_now) - len(lines)
    lines += [f"- and {more} more"] if more > 0 else []
    return (
        "numbers of persons that are published together tell what is hidden:\n"
        + "\n".join(lines)
        + f"\nRun sbp build --edition {edition.name} --protect, which lists what is to be withheld "
        f"in {lists.path_of(_file(edition)).name} beside the edition, or leave the file out."
    )


def in_words(name: tuple) -> str:
    """A number's name in one line."""
    measure, area, group, period, frequency, *when = name
    group = f", {group}" if group else ""
    since = f" ({when[0]})" if when else ""
    return f"{measure}{group}, {area}, {period} {frequency}{since}"


def _file(edition: Edition) -> Path:
    return editions.locate(edition.reference, edition.root)


def _inside(source: str) -> dict[str, str]:
    return reference.sources()[source].get("form", {}).get("inside", {})


def counted(edition: Edition) -> dict[str, pd.DataFrame]:
    """Source -> its counts of persons up to the edition's last month, as counted.

    Those that partners send; what a publisher shows to everybody cannot be told by an edition.
    """
    entries, every = reference.sources(), {}
    for held in edition.files:
        entry = entries[held.source]
        if entry.get("sensitive") == "persons" and entry["reader"] == "partner":
            every.setdefault(held.source, []).append(held)
    return {source: _of_source(edition, files) for source, files in every.items()}


def _of_source(edition: Edition, files: list) -> pd.DataFrame:
    pairs = {(m, at) for held in files for m, levels in held.facts["measures"].items()
             for at in levels}  # fmt: skip
    frames = [
        values(edition._store, files, measure, level, None, parts=parts)
        for measure, level in sorted(pairs)
        for parts in (False, True)
    ]
    rows = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    rows = rows[rows["period"].dt.to_period("M") <= edition.period_end]
    return pd.concat([rows, _whole(rows)], ignore_index=True)


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """London as the sum of its boroughs, where all of them and no London is held."""
    whole = territory().whole
    keys = ["measure", "group", "period", "frequency"]
    held = rows.loc[rows["area_code"] == whole, "measure"].unique()
    boroughs = rows[rows["area_code"].isin(territory().units) & ~rows["measure"].isin(held)]
    sums = boroughs.groupby(keys, as_index=False)["value"].agg(["sum", "count"])
    sums = sums[sums["count"] == len(territory().units)].rename(columns={"sum": "value"})
    return sums.assign(area_code=whole)[[*keys, "value", "area_code"]]


def together(linked: Linked, number: int, withheld: set[int]) -> list[int]:
    """Numbers without any one of which a count could not be worked out; the smallest of those
    that are possible, for least is lost with them.
    """
    kept = next(part for part in linked.parts if number in part)
    place = {int(old): new for new, old in enumerate(kept)}
    inside = {place[i] for i in withheld if i in place}
    programme = Programme(linked.only(kept), inside)
    at = place[number]
    hidden = linked.shown[number] != linked.shown[number] or number in withheld
    need = ENOUGH if hidden else 2
    told = []
    # what is hidden first, which there is no use in withholding; then the wholes, which a reader
    # would miss most: so they are not among the numbers if others are
    for new in sorted(set(place.values()) - inside - {at}, key=lambda i: _worth(linked, kept[i])):
        before = programme.low[new], programme.high[new]
        programme.relax(new)
        if len(programme.values(at, need)) >= need:
            programme.low[new], programme.high[new] = before
            told.append(int(kept[new]))
    return told


def told(linked: Linked, withheld: Iterable[int] = ()) -> dict[int, list[int]]:
    """As `confined`, without what editions before told already, and nothing now can mend."""
    found = confined(linked, withheld)
    if found and linked.fixed:
        now = set(range(len(linked.names))) - linked.fixed
        for number in confined(linked, now):
            found.pop(number, None)
    return found


def to_withhold(linked: Linked) -> set[int]:
    """Numbers that, if they are not published, leave no count to be worked out.

    Each is chosen among those that together tell a count: the one after which fewest are told,
    and the smallest of equals.
    """
    return {int(kept[i]) for kept in linked.parts for i in _of_part(linked.only(kept))}


def _of_part(linked: Linked) -> set[int]:
    withheld: set[int] = set()
    while found := told(linked, withheld):
        number = min(found)
        may = [i for i in [*together(linked, number, withheld), number]
               if i not in linked.fixed | withheld]  # fmt: skip
        may = [i for i in may if linked.shown[i] == linked.shown[i]] or may
        left = {i: (len(told(linked, withheld | {i})), _size(linked, i), i) for i in may}
        withheld.add(min(left, key=left.get))
    for number in sorted(withheld, key=lambda i: -_size(linked, i)):
        if not told(linked, withheld - {number}):
            withheld.discard(number)
    return withheld


def _worth(linked: Linked, number: int) -> tuple[bool, float]:
    return linked.shown[number] == linked.shown[number], -_size(linked, number)


def _size(linked: Linked, number: int) -> float:
    shown = linked.shown[number]
    return shown if shown == shown else 0.0
