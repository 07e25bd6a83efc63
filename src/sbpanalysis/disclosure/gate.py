"""Does an edition publish numbers of persons that together tell a hidden one?"""

from __future__ import annotations

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
from sbpanalysis.disclosure.audit import Linked
from sbpanalysis.disclosure.linked import linked
from sbpanalysis.disclosure.mend import to_withhold, together, told

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
