"""Which snapshots does the next edition stand on? The newest of each source, pinned by checksum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from sbpanalysis.data import classification, closed, editions, reference, snapshots
from sbpanalysis.data.documents import load_yaml
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.fetch import accept, register
from sbpanalysis.data.holdings import Holding
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError


@dataclass(frozen=True)
class Draft:
    """A next edition not yet written: its name, file and text; the edition before, if it opens."""

    name: str
    path: Path
    text: str
    period_end: str
    replaced: tuple[str, ...]
    before: Edition | None

    def write(self) -> Path:
        """Write the edition; it then is as any other."""
        snapshots.write_whole(self.path, self.text.encode())
        return self.path


def draft(name: str, root: Path, to: str | None = None, data: str | Path | None = None) -> Draft:
    """The edition that follows `name` on the newest fetched files.

    Of each source that the edition holds, the fetched files take the place of those whose months
    they all have; other files stay. Where the edition's own files are not here (a new checkout),
    it is made of all that was fetched. Where editions of one publication overlap, `joins` says
    why they may. Raises `DataError` if nothing was fetched.
    """
    said = load_yaml(editions.locate(name, root))
    fetched = _fetched(root)
    if not fetched:
        raise DataError("refresh: nothing was fetched yet; run sbp fetch first.")
    try:
        before = Edition.open(name, data=data)
    except DataError:
        before = None
    held: dict[str, list[dict]] = {}
    for holding in before.holdings if before else ():
        held.setdefault(holding.source, []).append(holding.facts)
    chosen = {s: _chosen(held[s], fetched.get(s, [])) for s in held} or fetched
    replaced = tuple(s for s in held if {f["sha256"] for f in held[s]}
                     != {f["sha256"] for f in chosen[s]})  # fmt: skip
    end = max(_last(chosen), said["period_end"] if before else "") or said["period_end"]
    stem = re.sub(r"-(latest|next|\d{4}-\d{2})$", "", Path(name).stem)
    new = to or f"{stem}-{end}"
    if new == Path(name).stem:
        raise DataError(f"refresh: the next edition would be {new} again; give --to another name.")
    follows = {"follows": Path(name).stem} if before else {}
    said = {k: v for k, v in said.items() if k not in ("data", "follows")}
    said |= {"period_end": end, **follows}
    if joins := _joins(chosen) | said.get("joins", {}):
        said["joins"] = joins
    lines = [
        f"# Written by sbp refresh from {Path(name).stem}; files by the SHA-256 of their bytes, "
        "closed ones by a digest under this checkout's key\n"
    ]
    lines.append(yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=96))
    lines.append("data:\n")
    for source, files in chosen.items():
        lines.append(f"  # {source}\n")
        lines += [f'  - "{_pin(facts, root)}"  # {_said(facts)}\n' for facts in files]
    path = root / "book" / "editions" / f"{new}.yml"
    return Draft(new, path, "".join(lines), end, replaced, before)


def opened(one: Draft, root: Path) -> Edition:
    """The drafted edition, opened from a file of its own name that is removed again."""
    trial = root / "data" / "snapshots" / "partial" / f"{one.name}.yml"
    snapshots.write_whole(trial, one.text.encode())
    try:
        return Edition.open(trial)
    finally:
        trial.unlink()


def _fetched(root: Path) -> dict[str, list[dict]]:
    """The facts of what was last taken of each source, in the order of the register."""
    store, found = Store(root), {}
    order = list(register.load().files)
    ledger = accept.ledger(root).values()
    mine = [about for about in ledger if about["entry"] in order]  # no longer: not fetched again
    for about in sorted(mine, key=lambda a: (order.index(a["entry"]), a["key"])):
        facts = store.facts(about["sha256"]) if about["source"] else None
        if facts and facts not in found.get(about["source"], []):
            parts = [store.facts(sha) for sha in facts.get("members", ())] or [facts]
            found.setdefault(about["source"], []).extend(parts)
    return found


def _chosen(held: list[dict], fetched: list[dict]) -> list[dict]:
    """The fetched files, and those held that have months, or a vintage, which they lack."""
    months = {m for facts in fetched for m in facts.get("months", ())}
    vintages = {v for facts in fetched for v in facts.get("vintages", ())}
    kept = [
        facts
        for facts in held
        if facts["sha256"] not in {f["sha256"] for f in fetched}
        and (not set(facts.get("months", ())) <= months if facts.get("months")
             else not fetched or not set(facts.get("vintages", ())) <= vintages)
    ]  # fmt: skip
    return fetched + kept


def _joins(chosen: dict[str, list[dict]]) -> dict[str, str]:
    """Why the files of a source may be joined, where editions of one publication overlap.

    Only files of one generation of categories are: what another counts is for a person to judge.
    """
    joins, entries = {}, reference.entries("sources.yml")
    for source, files in chosen.items():
        if entries[source].get("covers") != "London":  # its files may hold other places
            continue
        months = [month for facts in files for month in facts.get("months", ())]
        generations = {Holding(facts).generation() for facts in files} - {""}
        if len(months) > len(set(months)) and len(generations) < 2:
            joins[source] = (
                "Editions of one publication: a month that two of them hold is given by the one "
                "that ends later."
            )
    return joins


def _last(chosen: dict[str, list[dict]]) -> str:
    """The last month of the source that gives all offences, or else of any."""
    total = classification.TOTAL
    files = [f for facts in chosen.values() for f in facts if f.get("months")]
    giving = [f["source"] for f in files if Holding(f).offers(total, "borough")]
    wanted = [f for f in files if f["source"] in giving[:1]] or files
    return max((max(f["months"]) for f in wanted), default="")


def _pin(facts: dict, root: Path) -> str:
    """The SHA-256, or where that would tell of persons the digest under the checkout's key."""
    is_closed = closed.is_closed(facts["source"])
    return closed.pin(facts["sha256"], root) if is_closed else facts["sha256"]


def _said(facts: dict) -> str:
    title = reference.entries("sources.yml")[facts["source"]]["title"]
    name = title if closed.is_closed(facts["source"]) else facts["name"]
    months = facts.get("months") or [""]
    return f"{name} {months[0]} to {months[-1]}" if months[0] else name
