"""Can a closed file be found again from a site? No digest or size of one may stand in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from sbpanalysis.data import snapshots
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import BuildError

_HEAD = 8  # so many digits of a digest are enough to tell a file among all that are possible
_BYTES = re.compile(rb"(?<![\w.,])(\d[\d,]*) (?:bytes|B)\b")


def refuse_traces(files: dict[str, bytes], edition: Edition) -> None:
    """Raise `BuildError` if one of the files of a site (see `released.files`) tells a closed
    file's digest or size, or the manifest a number of its rows."""
    held = [h for h in edition.files if edition.names[h.sha256] != h.sha256]
    faults = sorted(set(_faults(files, held, edition.root)))
    if faults:
        listed = "".join(f"\n- {fault}" for fault in faults[:20])
        raise BuildError(
            f"the site tells of files about persons, or from partners:{listed}\nA digest or size "
            "gives their counts away; name a file by `edition.snapshot_table`."
        )


def _faults(files: dict[str, bytes], held: list, root: Path) -> Iterator[str]:
    if not held:
        return
    notes = {h.sha256: snapshots.noted(h.sha256, root) for h in held}
    heads = {d[:_HEAD].encode() for h in held for d in digests(h, notes[h.sha256])}
    sizes = {notes[h.sha256].get("size") for h in held} - {None}
    for where, content in files.items():
        if told(content, heads):
            yield f"{where}: the digest of one"
        if any(size in sizes for size in _sizes(content)):
            yield f"{where}: the size of one"
    manifest = json.loads(files["manifest.json"])
    numbers = sizes | {h.facts["rows"] for h in held}
    for row in manifest["snapshots"]:
        if numbers & {value for value in row.values() if isinstance(value, int)}:
            yield f"manifest.json, {row['snapshot']}: the size or the number of rows of one"


def _sizes(content: bytes) -> Iterator[int]:
    if b" bytes" in content or b" B" in content:
        yield from (int(n.replace(b",", b"")) for n in _BYTES.findall(content))


def digests(holding, notes: dict) -> set[str]:
    """Every digest that the store knows of a file: of its bytes, content and table."""
    known = {holding.sha256, holding.facts.get("table"), notes.get("content_sha256")}
    return known - {None}


def told(content: bytes, heads: set[bytes]) -> bool:
    """Whether a word of a text begins as one of these digests do."""
    lowered = content.lower()
    for head in heads:
        at = lowered.find(head)
        while at >= 0:
            before = lowered[at - 1 : at] if at else b" "
            if not (before.isalnum() or before == b"."):
                return True
            at = lowered.find(head, at + 1)
    return False
