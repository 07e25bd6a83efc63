"""Which files does a new edition, or the next one, stand on? The newest of each source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

from sbpanalysis.data import add, classification, closed, editions, reference, snapshots
from sbpanalysis.data.documents import load_yaml
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.fetch import accept, register
from sbpanalysis.data.files import EditionFile
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local

TEXT = """\
# Begun by sbp new edition from the files that are held. Any line may be changed.
title: {title}
area: {area}
# whom it is set beside in charts: London, and boroughs
comparators: [London]
# the last month that its comparisons go to; figures after it are left out
period_end: "{end}"
# sections that the front page puts first, by number
priorities: []
# what one section's notebook is given, such as  sections: {{"4.5": {{end: "2025-03"}}}}
sections: {{}}
"""


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
    """The edition that follows `name` on the newest files, fetched or added by hand.

    Of each source that the edition holds, newer files take the place of those whose months they
    all have; other files stay. Where the edition's own files are not here (a new checkout),
    it is made of all that was fetched or added. Where editions of one publication overlap,
    `joins` says why they may. Raises `DataError` if nothing newer is there.
    """
    said = load_yaml(editions.locate(name, root))
    try:
        before = Edition.open(name, data=data)
    except DataError:
        before = None
    held: dict[str, list[dict]] = {}
    for file in before.files if before else ():
        held.setdefault(file.source, []).append(file.facts)
    fetched = _fetched(root)
    for source, files in _added(root, held).items():
        known = {facts["sha256"] for facts in fetched.get(source, ())}
        fetched.setdefault(source, []).extend(f for f in files if f["sha256"] not in known)
    if not fetched:
        raise DataError(
            "refresh: nothing newer was fetched or added; run sbp fetch, or sbp add FOLDER with "
            "the new files, first."
        )
    chosen = {s: _chosen(held[s], fetched.get(s, [])) for s in held} or fetched
    replaced = tuple(
        s for s in held if {f["sha256"] for f in held[s]} != {f["sha256"] for f in chosen[s]}
    )
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
    lines += _data(chosen, root)
    beside = editions.locate(name, root).parent
    beside = beside if beside in editions.folders(root) else root / "book" / "editions"
    path = beside / f"{new}.yml"
    return Draft(new, path, "".join(lines), end, replaced, before)


def begin(name: str, area: str, root: Path) -> Path:
    """Write the edition `name` of an area, with remarks, from all files that were taken.

    Returns its file, in `local/editions`. Raises `DataError` where nothing was taken or the name
    is; and where the files do not fit together: then it is written, and what to change is said.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise DataError(f"edition {name!r}: expected small letters, digits and hyphens.")
    if name in editions.names(root):
        raise DataError(f"edition {name!r} is there already; choose another name.")
    area = territory().names[territory().code(area)]
    held = {source: _of_one_generation(_newest(files)) for source, files in taken(root).items()}
    if not held:
        raise DataError("new edition: no published file was taken yet; run sbp add FOLDER first.")
    chosen = {source: files for source, (files, _) in held.items()}
    end = _last(chosen)
    lines = [TEXT.format(title=f"Strategic Crime Assessment, {area}", area=area, end=end)]
    if joins := _joins(chosen):
        lines.append("# why files of a source whose months overlap may be joined\n")
        lines.append(yaml.safe_dump({"joins": joins}, sort_keys=False, width=96))
    lines += _data(chosen, root)
    for facts in (facts for _, others in held.values() for facts in others):
        lines.append(f"# left out, for its categories are older: {_said(facts)}\n")
    path = local(root) / "editions" / f"{name}.yml"
    snapshots.write_whole(path, "".join(lines).encode())
    try:
        Edition.open(name)
    except DataError as error:
        raise DataError(f"{path.relative_to(root)} is written, and needs a hand: {error}") from None
    return path


def _data(chosen: dict[str, list[dict]], root: Path) -> list[str]:
    """The lines of an edition's file that name its files, each by its digest, with a remark."""
    lines = ["data:\n"]
    for source, files in chosen.items():
        lines.append(f"  # {source}\n")
        lines += [f'  - "{_pin(facts, root)}"  # {_said(facts)}\n' for facts in files]
    return lines


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
        facts = add.facts(about["sha256"], store) if about["source"] else None
        if facts and facts not in found.get(about["source"], []):
            parts = [add.facts(sha, store) for sha in facts.get("members", ())] or [facts]
            found.setdefault(about["source"], []).extend(parts)
    return found


def _added(root: Path, held: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """The facts of files that lie in the store and are newer than those of an edition.

    Newer is what was received later, or has a later month. Of no edition: all of them.
    """
    found: dict[str, list[dict]] = {}
    for source, files in taken(root).items():
        mine = {facts["sha256"] for facts in held.get(source, ())}
        last = max((m for f in held.get(source, ()) for m in f.get("months", ())), default="")
        when = max((_received(f, root) for f in held.get(source, ())), default="")
        newer = [
            facts
            for facts in files
            if facts["sha256"] not in mine
            and (_received(facts, root) > when or max(facts.get("months", [""])) > last)
        ]
        if newer and (source in held or not held):
            found[source] = _newest(newer)
    return found


def taken(root: Path) -> dict[str, list[dict]]:
    """The facts of all published files in the store, by source in the order of the register, that
    with the last month last.
    """
    store, found = Store(root), {}
    for path in sorted((root / "data" / "store").glob("*.json")):
        facts = add.facts(path.stem, store)
        if not facts or facts.get("kind") == "archive":
            continue
        if snapshots.noted(path.stem, root).get("origin", "").startswith(snapshots.SAMPLE):
            continue
        found.setdefault(facts["source"], []).append(facts)
    for files in found.values():
        files.sort(key=lambda f: (max(f.get("months") or [""]), _received(f, root), f["name"]))
    return dict(sorted(found.items(), key=lambda item: reference.place(item[0])))


def _received(facts: dict, root: Path) -> str:
    return snapshots.noted(facts["sha256"], root).get("time", "")


def _newest(files: list[dict]) -> list[dict]:
    """Of files of one source, oldest first, those that hold something which no later one does."""
    kept: list[dict] = []
    for facts in reversed(files):
        if _adds(facts, kept):
            kept.append(facts)
    for facts in reversed(list(kept)):
        if len(kept) > 1 and not _adds(facts, [one for one in kept if one is not facts]):
            kept.remove(facts)
    return kept


def _of_one_generation(files: list[dict]) -> tuple[list[dict], list[dict]]:
    """Files of the newest one's generation of categories, and the others: how those may be joined
    is for a person to judge."""
    newest = EditionFile(files[0]).generation
    other = [facts for facts in files if EditionFile(facts).generation not in (newest, "")]
    return [facts for facts in files if facts not in other], other


def _chosen(held: list[dict], newer: list[dict]) -> list[dict]:
    """The newer files, and those held that have months, or a vintage, which they lack."""
    there = {facts["sha256"] for facts in newer}
    return newer + [f for f in held if f["sha256"] not in there and _adds(f, newer)]


def _adds(facts: dict, others: list[dict]) -> bool:
    """Does a file hold a month of a measure at a level that none of others does, or a vintage of a
    unit's boundaries?"""
    if not others:
        return True
    return not _cells(facts) <= set().union(*map(_cells, others))


def _cells(facts: dict) -> set[tuple]:
    months = facts.get("months") or facts.get("vintages", ())
    levels = facts.get("measures") or {"": facts.get("levels", ("",))}
    kinds = {(m, level) for m in levels for level in levels[m]}
    return set(product(kinds, months, facts.get("within", ("",))))


def _joins(chosen: dict[str, list[dict]]) -> dict[str, str]:
    """Why the files of a source may be joined, where editions of one publication overlap.

    Only files of one generation of categories are: what another counts is for a person to judge.
    """
    joins, entries = {}, reference.sources()
    for source, files in chosen.items():
        if entries[source].get("covers") != territory().name:  # its files may hold other places
            continue
        months = [month for facts in files for month in facts.get("months", ())]
        generations = {EditionFile(facts).generation for facts in files} - {""}
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
    giving = [f["source"] for f in files if EditionFile(f).offers(total, "borough")]
    wanted = [f for f in files if f["source"] in giving[:1]] or files
    return max((max(f["months"]) for f in wanted), default="")


def _pin(facts: dict, root: Path) -> str:
    """The SHA-256, or where that would tell of persons the digest under the checkout's key."""
    is_closed = closed.is_closed(facts["source"])
    return closed.pin(facts["sha256"], root) if is_closed else facts["sha256"]


def _said(facts: dict) -> str:
    title = reference.sources()[facts["source"]]["title"]
    name = title if closed.is_closed(facts["source"]) else facts["name"]
    months = facts.get("months") or [""]
    return f"{name} {months[0]} to {months[-1]}" if months[0] else name
