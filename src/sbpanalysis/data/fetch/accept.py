"""Is what came the publisher's file, whole, and no step back? Taken if so, else kept aside."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sbpanalysis.data import add, reference, snapshots, strict
from sbpanalysis.data.fetch.register import Wanted
from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

TAKEN, SAME, ASIDE, FAILED = "taken", "unchanged", "kept aside", "not fetched"
UNREAD, UNASKED, ENDED = "kept unread", "no reader yet", "ended"
_ROLLED = 1  # months that a rolling window may lose beyond those it gains


@dataclass(frozen=True)
class Came:
    """A file that came whole: its name, from where, its bytes, and what the server said of it."""

    key: str
    name: str
    url: str
    received: bytes
    headers: dict[str, str]
    checksum: str = ""


def known(root: Path, key: str) -> dict | None:
    """What was last taken under a key: url, headers, sha256, checksum, source, time."""
    path = _ledger(root, key)
    return json.loads(path.read_bytes()) if path.is_file() else None


def ledger(root: Path) -> dict[str, dict]:
    """What was last taken under every key."""
    paths = sorted((snapshots.folder(root) / "addresses").glob("*.json"))
    return {said["key"]: said for said in (json.loads(p.read_bytes()) for p in paths)}


def accept(store: Store, wanted: Wanted, came: Came) -> dict:
    """Take a file if its reader accepts it whole and it is no step back; a row of the report."""
    row = {"sha256": hashlib.sha256(came.received).hexdigest(), "bytes": len(came.received)}
    last = known(store.root, came.key)
    if last and last["sha256"] == row["sha256"]:
        _note(store.root, wanted, came, row["sha256"])
        return row | {"status": SAME}
    try:
        file = RawFile.of(came.name, _bounded(wanted, came))
        facts = _read(store, wanted, came, file, last)
    except DataError as fault:
        why = f"{fault} {_where_to_mend(wanted, came)}"
        _keep_aside(store.root, came, row["sha256"], why)
        return row | {"status": ASIDE, "why": why}
    if facts is None:
        snapshots.keep(file, store.root, came.url, came.headers)
        _note(store.root, wanted, came, row["sha256"])
        return row | {"status": UNREAD, "why": wanted.unread}
    _note(store.root, wanted, came, row["sha256"])
    months = facts.get("months") or [""]
    why = "; ".join(facts.get("refused", {}).values())  # of an archive the others are taken
    return row | {"status": TAKEN, "first": months[0], "last": months[-1], "why": why}


def months_held(store: Store, key: str) -> tuple[str, str] | None:
    """The first and last month of the file that was last taken under a key."""
    last = known(store.root, key)
    months = (add.facts(last["sha256"], store) or {}).get("months") if last else None
    return (months[0], months[-1]) if months else None


def forget(root: Path, entry: str, keys: set[str]) -> None:
    """Of the files of an entry note only those of `keys`; the bytes of all stay."""
    for key, said in ledger(root).items():
        if said["entry"] == entry and key not in keys:
            _ledger(root, key).unlink()


def _read(
    store: Store, wanted: Wanted, came: Came, file: RawFile, last: dict | None
) -> dict | None:
    """The facts of a file that its reader takes; None if none does and none is expected to."""
    try:
        if not wanted.source:
            raise DataError(f"{plain(came.name)}: {wanted.unread}.")
        before = add.facts(last["sha256"], store) if last else None
        facts = add.take(
            file, store, came.url, came.headers, lambda facts: _approve(wanted, facts, before)
        )
        if facts is None:
            raise DataError(f"{plain(came.name)}: {strict.why_unknown(file)}.")
        return facts
    except DataError:
        if not wanted.unread:
            raise
    if not file.is_workbook and (why := strict.what_is(file)):
        raise DataError(f"{plain(came.name)}: {why}.")
    return None


def _approve(wanted: Wanted, facts: dict, before: dict | None) -> None:
    """Raise unless the file is of the source asked for, and holds no less than the last one."""
    if facts["source"] != wanted.source:
        raise DataError(
            f"read as {facts['source']}, expected {wanted.source}: the publisher put another file "
            "in its place."
        )
    if not before or before.get("source") != wanted.source:
        return
    held, now = set(before.get("months", ())), set(facts.get("months", ()))
    lost, gained = held - now, now - held
    if held and (len(lost) > len(gained) + _ROLLED or max(now, default="") < max(held)):
        raise DataError(
            f"history shrank: {min(held)} to {max(held)} was held, the file has "
            f"{min(now, default='nothing')} to {max(now, default='nothing')}."
        )
    if facts.get("vintages") == before.get("vintages") and facts["areas"] < before["areas"]:
        raise DataError(f"{before['areas']} areas were held, the file has {facts['areas']}.")


def _bounded(wanted: Wanted, came: Came) -> bytes:
    """The bytes, if they unpack to what the source may have."""
    most, unpacked = 4 * wanted.most_bytes, 0
    if came.received[:2] == b"\x1f\x8b":
        stream, rest = zlib.decompressobj(wbits=31), came.received
        while rest and not stream.eof:
            try:
                unpacked += len(stream.decompress(rest, 2**20))
            except zlib.error:
                break  # the reader says what is wrong
            rest = stream.unconsumed_tail
            if unpacked > most:
                raise DataError(f"{plain(came.name)}: unpacks to more than {most >> 20} MB.")
    return came.received


def _where_to_mend(wanted: Wanted, came: Came) -> str:
    """Whose file, from where, and the one place to mend if the publisher changed it for good."""
    entry = reference.sources().get(wanted.source, {})
    mend = f"src/sbpanalysis/data/sources/{entry.get('reader')}.py, the names at its top"
    place = mend if wanted.source else wanted.place
    return (
        f"From {entry.get('publisher', wanted.host)}, {plain(came.url.partition('?')[0], 160)}. "
        f"If the publisher changed it for good, mend {place}."
    )


def _keep_aside(root: Path, came: Came, sha256: str, why: str) -> None:
    """Keep what was not taken, with the reason, apart from the snapshots."""
    path = snapshots.folder(root) / "aside" / sha256
    about = {"name": came.name, "url": came.url, "headers": came.headers, "why": why}
    about["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    snapshots.write_whole(path, came.received)
    snapshots.write_whole(path.with_suffix(".json"), json.dumps(about, indent=1).encode())


def _note(root: Path, wanted: Wanted, came: Came, sha256: str) -> None:
    about = {
        "key": came.key,
        "entry": wanted.key,
        "source": wanted.source,
        "url": came.url,
        "name": came.name,
        "headers": came.headers,
        "checksum": came.checksum,
        "sha256": sha256,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    snapshots.write_whole(_ledger(root, came.key), json.dumps(about, indent=1).encode())


def _ledger(root: Path, key: str) -> Path:
    return snapshots.folder(root) / "addresses" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
