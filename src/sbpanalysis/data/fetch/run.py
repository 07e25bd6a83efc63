"""What have the publishers put out since last time? Every open source asked, each in its pace."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sbpanalysis.data import snapshots
from sbpanalysis.data.fetch import accept, archive, assembled, download, plans, register, web
from sbpanalysis.data.fetch.accept import ASIDE, FAILED, SAME, Came
from sbpanalysis.data.fetch.register import Wanted
from sbpanalysis.data.fetch.resolve import addresses
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

COLUMNS = (
    "key", "source", "host", "file", "status", "why", "chosen", "first", "last", "bytes", "sha256",
)  # fmt: skip
# What the API is asked for lies inside outlines that another entry brings
_LAST = ("police_api",)

Moved = Callable[[str, int, int | None], None]


def fetch(
    root: Path,
    names: Iterable[str] = (),
    *,
    area: str = "Bromley",
    months: int | None = None,
    said: dict | None = None,
    stand_ins: dict[str, str] | None = None,
    limits: web.Limits | None = None,
    moved: Moved = lambda key, new, total: None,
    done: Callable[[dict], None] = lambda row: None,
    agree: Callable[[pd.DataFrame], None] | None = None,
) -> pd.DataFrame:
    """Fetch the open files that `names` mean (keys, sources or hosts), all if there are none.

    `area` is the borough of boundaries and API answers, `months` how many of the newest months
    of an archive or API. `said` is another register, as `register.load` takes it; `stand_ins`
    as `web.STAND_IN`. `moved` hears of bytes, `done` of each file's row. `agree` is given what
    would be fetched (as `plan` tells it) before anything is, and may raise to end it there.

    A file is taken only if its reader accepts it whole; else it is kept aside with the reason,
    and what was held stays. What no reader takes yet is fetched only if `names` has its key.
    Returns one row a file: key, source, host, file, status ("taken", "unchanged", "kept unread",
    "kept aside", "not fetched", "no reader yet", "ended"), why, chosen (why it of several files),
    first and last month, bytes, sha256. Raises `DataError` for a name that means nothing.
    """
    names = list(names)
    book = register.load(said)
    wanted = [_with_months(w, months) for w in book.chosen(names)]
    store, rows, reading = Store(root), [], threading.Lock()
    asked = [w for w in wanted if not plans.passed_over(w, names)]
    rows += [plans.passed_over(w, names) for w in wanted if w not in asked]
    with _locked(root), web.opened(book, limits, stand_ins) as out, ExitStack() as pools:
        try:
            if agree:
                agree(plans.rows(out, store, asked, area))
            for late in (False, True):
                jobs: list[Future] = []
                for name, host in book.hosts.items():
                    mine = [w for w in asked if w.host == name and (w.find in _LAST) == late]
                    if mine:
                        pool = pools.enter_context(ThreadPoolExecutor(host.at_once))
                        jobs += [
                            pool.submit(_all, out, store, w, area, reading, moved) for w in mine
                        ]
                for job in as_completed(jobs):
                    for row in job.result():
                        rows.append(row)
                        done(row)
        except BaseException:
            out.stop.set()  # every download ends at its next piece
            raise
    for one in (w for w in asked if w.find == "archive"):
        archive.forget(root, one)
    order = {w.key: n for n, w in enumerate(wanted)}
    rows.sort(key=lambda row: (order[row["key"].partition("/")[0]], row["key"]))
    return pd.DataFrame([dict.fromkeys(COLUMNS, "") | row for row in rows], columns=COLUMNS)


def plan(
    root: Path,
    names: Iterable[str] = (),
    *,
    area: str = "Bromley",
    months: int | None = None,
    said: dict | None = None,
    stand_ins: dict[str, str] | None = None,
    limits: web.Limits | None = None,
) -> pd.DataFrame:
    """What `fetch` would fetch now, with sizes and dates as the publishers state them.

    Returns a row a file: key, source, host, file, status ("to fetch", "held", "no reader yet",
    "ended", "not found"), why, chosen, first and last month, date, bytes (0 if not stated).
    """
    names, book = list(names), register.load(said)
    wanted = [_with_months(w, months) for w in book.chosen(names)]
    with web.opened(book, limits, stand_ins) as out:
        return plans.rows(out, Store(root), wanted, area, names)


def failed(report: pd.DataFrame) -> pd.DataFrame:
    """The rows of what was not fetched or kept aside."""
    return report[report["status"].isin([FAILED, ASIDE])]


def _all(out: web.Web, store: Store, wanted: Wanted, area: str, reading, moved) -> list[dict]:
    """The rows of one entry; a fault of it ends it alone."""
    rows = []
    try:
        for row in _files(out, store, wanted, area, reading, moved):
            rows.append(wanted.row | row)
    except OSError as fault:
        why = f"could not be written ({fault.strerror}); free some space and fetch again."
        rows.append(wanted.row | {"status": FAILED, "why": why})
    except plans.FAULTS as fault:
        rows.append(wanted.row | {"status": FAILED, "why": plans.said(wanted, fault)})
    return rows


def _files(out, store: Store, wanted: Wanted, area: str, reading, moved) -> Iterator[dict]:
    def heard(new: int, total: int | None) -> None:
        moved(wanted.key, new, total)

    answered = out.stand_ins.get(wanted.host)

    def taken(came: Came) -> dict:
        if answered:  # whoever reads where a snapshot is from must know
            came = replace(came, headers=came.headers | {"answered-by": answered})
        with reading:  # a reader may need much memory: one at a time
            return {"key": came.key, "file": came.name} | accept.accept(store, wanted, came)

    if wanted.find == "archive":
        for member in archive.members(out, store.root, wanted, heard):
            key, name = f"{wanted.key}/{member.name}", member.name.rsplit("/", 1)[-1]
            last = accept.known(store.root, key)
            if last and last["checksum"] == member.checksum:
                yield {"key": key, "file": name, "status": SAME, "sha256": last["sha256"]}
                continue
            url = f"{member.url}#{member.name}"
            yield taken(Came(key, name, url, member.read(), {}, member.checksum))
    elif wanted.find in assembled.WAYS:
        last = accept.known(store.root, wanted.key)
        if wanted.find == "police_api" and last:
            name = assembled.police_address(out, wanted, area).name
            if last["name"] == name:  # published months are not published again
                yield {"file": name, "status": SAME, "sha256": last["sha256"]}
                return
        at, received = assembled.WAYS[wanted.find](out, store, wanted, area, heard)
        yield taken(Came(wanted.key, at.name, at.url, received, {}))
    else:
        yield from _whole(out, store, wanted, taken, heard)


def _whole(out, store: Store, wanted: Wanted, taken, heard) -> Iterator[dict]:
    """The files that a publisher has as files, each asked for whole."""
    found = addresses(out, wanted, accept.months_held(store, wanted.key))
    keys = {wanted.key}
    if not any(at.part == "" or getattr(wanted.way, "pick", "") == "each" for at in found):
        why = "the catalogue offers none as long; what is held stays"
        yield {"status": SAME, "why": why, "sha256": accept.known(store.root, wanted.key)["sha256"]}
    for at in found:
        key = f"{wanted.key}/{at.part}" if at.part else wanted.key
        keys.add(key)
        last = accept.known(store.root, key)
        whole = download.download(
            out, store.root, key, at.url, at.name, wanted.most_bytes, last, heard
        )
        row = {"key": key, "file": at.name, "chosen": at.why}
        if whole is None:
            yield row | {"status": SAME, "sha256": last["sha256"]}
            continue
        headers = whole.headers | ({"licence": at.licence} if at.licence else {})
        yield row | taken(Came(key, whole.name, at.url, whole.path.read_bytes(), headers))
        download.drop(store.root, key)
    accept.forget(store.root, wanted.key, keys)


def _with_months(wanted: Wanted, months: int | None) -> Wanted:
    if months is None or getattr(wanted.way, "months", None) is None:
        return wanted
    return replace(wanted, way=wanted.way.model_copy(update={"months": months}))


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One fetch at a time; the lock goes with the process that holds it."""
    folder = snapshots.folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".fetching").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError("another sbp fetch is running here; wait for it to end.") from None
        snapshots.sweep(root)
        yield
