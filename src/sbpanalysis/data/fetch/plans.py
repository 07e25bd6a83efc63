"""What would be fetched, how large is it, and of when? Asked for without any file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pandas as pd

from sbpanalysis.data.fetch import accept, archive, assembled, download
from sbpanalysis.data.fetch.accept import ENDED, UNASKED
from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.fetch.resolve import addresses
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

COLUMNS = (
    "key", "source", "host", "file", "status", "why", "chosen", "first", "last", "date", "bytes",
)  # fmt: skip
FETCH, HELD, LOST = "to fetch", "held", "not found"
# What an answer of another shape than known, or of an address that is none, leads to
FAULTS = (
    DataError, LookupError, TypeError, AttributeError, ValueError, RuntimeError, httpx.InvalidURL,
)  # fmt: skip


def rows(
    out, store: Store, wanted: Iterable[Wanted], area: str, names: Iterable[str] | None = None
) -> pd.DataFrame:
    """What would be fetched of these entries; see `run.plan`."""
    wanted = list(wanted)
    hosts = [[w for w in wanted if w.host == host] for host in {w.host: 0 for w in wanted}]

    def of_host(mine: list[Wanted]) -> dict[str, list[dict]]:
        return {w.key: _entry(out, store, w, area, names) for w in mine}

    with ThreadPoolExecutor(max(1, len(hosts))) as pool:  # a slow host holds up no other
        try:
            told = {key: said for part in pool.map(of_host, hosts) for key, said in part.items()}
        except BaseException:
            out.stop.set()
            raise
    found = [dict.fromkeys(COLUMNS, "") | {"bytes": 0} | r for w in wanted for r in told[w.key]]
    return pd.DataFrame(found, columns=list(COLUMNS)).astype({"bytes": int})


def _entry(out, store: Store, wanted: Wanted, area: str, names: Iterable[str] | None) -> list[dict]:
    """The rows of one entry; a fault of it is a row too."""
    passed = passed_over(wanted, names) if names is not None else None
    state = {k: passed[k] for k in ("status", "why")} if passed else {}
    try:
        offered = [] if wanted.ended else list(_offered(out, store, wanted, area))
        offered = offered or [{"status": HELD, "why": "the catalogue offers none as long"}]
    except FAULTS as fault:
        offered = [{"status": LOST, "why": said(wanted, fault)}]
    return [wanted.row | row | state for row in offered]


def passed_over(wanted: Wanted, names: Iterable[str]) -> dict | None:
    """The row of an entry that is not asked for: one that ended, or that nobody reads yet."""
    if wanted.ended:
        return wanted.row | {"status": ENDED, "why": f"its publisher ended it {wanted.ended}"}
    if wanted.unread and wanted.key not in names:
        why = f"{wanted.unread}; `sbp fetch {wanted.key}` keeps its bytes"
        return wanted.row | {"status": UNASKED, "why": why}
    return None


def said(wanted: Wanted, fault: Exception) -> str:
    """A fault of an entry in words."""
    if isinstance(fault, DataError):
        return str(fault)
    return (
        f"{wanted.host} answered in another shape than known ({fault!r:.80}); mend its entry in "
        f"{wanted.place}."
    )


def _offered(out, store: Store, wanted: Wanted, area: str) -> Iterator[dict]:
    """A row for each file of an entry."""
    if wanted.find == "archive":
        yield from _members(out, store, wanted)
    elif wanted.find in assembled.WAYS:
        last = accept.known(store.root, wanted.key)
        name = last["name"] if last else ""
        if wanted.find == "police_api":
            name = assembled.police_address(out, wanted, area).name
        same = wanted.find == "police_api" and last and last["name"] == name
        why = "put together from a service's answers, of no size stated before"
        yield {"file": name, "status": HELD if same else FETCH, "why": why}
    else:
        for at in addresses(out, wanted, accept.months_held(store, wanted.key)):
            yield _file(out, store, wanted, at)


def _file(out, store: Store, wanted: Wanted, at: Address) -> dict:
    key = f"{wanted.key}/{at.part}" if at.part else wanted.key
    last = accept.known(store.root, key)
    size, date = (at.size, "") if at.size else _announced(out, at.url)
    return {
        "key": key,
        "file": at.name,
        "status": HELD if last and last["url"] == at.url else FETCH,
        "chosen": at.why,
        "first": at.first,
        "last": at.last,
        "date": at.when[:10] or date,
        "bytes": size,
    }


def _announced(out, url: str) -> tuple[int, str]:
    """Size and date of what is at an address, as far as its server says them at once."""
    try:
        return download.announced(replace(out, limits=replace(out.limits, attempts=2)), url)
    except DataError:
        return 0, ""  # the fetch itself tries longer, and says what is wrong


def _members(out, store: Store, wanted: Wanted) -> Iterator[dict]:
    at = archive.address(out, wanted)
    size, date = _announced(out, at.url)
    members = archive.listed(out, wanted, at)
    if members is None:
        why = "the server gives no parts of the archive: all of it is fetched"
        yield {"file": at.name, "status": FETCH, "why": why, "date": date, "bytes": size}
        return
    for name, checksum, packed in members:
        key = f"{wanted.key}/{name}"
        last = accept.known(store.root, key)
        same = last and last["checksum"] == checksum
        yield {"key": key, "file": name.rpartition("/")[2], "status": HELD if same else FETCH,
               "date": date, "bytes": packed}  # fmt: skip
