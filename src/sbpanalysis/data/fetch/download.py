"""How does a file come over whole? Kept in part while it comes, taken up again where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from sbpanalysis.data import snapshots
from sbpanalysis.data.fetch.web import Again, Web, ask, check_pace, pieces

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_FRESH = 86_400  # seconds that a file left lying by an interruption is still the publisher's
_KEPT_HEADERS = ("content-type", "content-length", "etag", "last-modified", "date")


@dataclass(frozen=True)
class Whole:
    """A file that was received whole: where it lies, its name, from where, with which headers."""

    path: Path
    name: str
    url: str
    headers: dict[str, str]


def folder(root: Path) -> Path:
    """Where files lie while they come."""
    return snapshots.folder(root) / "partial"


def waiting(root: Path, key: str, url: str) -> Whole | None:
    """A file that came whole before an interruption, and was not looked at yet."""
    part, whole = _path(root, key, ".part"), _path(root, key, ".whole")
    if not part.exists() and not whole.exists():  # killed between the two steps of `drop`
        _path(root, key, ".json").unlink(missing_ok=True)
        return None
    about = _about(part)
    length = about.get("headers", {}).get("content-length")
    if about.get("url") != url:
        return None
    if part.is_file() and str(part.stat().st_size) == length:
        return _finished(part, url)
    if whole.is_file() and time.time() - whole.stat().st_mtime < _FRESH:
        return Whole(whole, about["name"], url, about["headers"])
    return None


def drop(root: Path, key: str) -> None:
    """Remove what came under a key, once it is taken or kept aside."""
    for suffix in (".whole", ".json"):
        _path(root, key, suffix).unlink(missing_ok=True)


def download(
    web: Web,
    root: Path,
    key: str,
    url: str,
    name: str,
    most: int,
    known: dict | None = None,
    moved: Callable[[int, int | None], None] = lambda new, total: None,
) -> Whole | None:
    """The file at an address, whole; None if it is still the one whose validators are `known`.

    `moved` hears of bytes received (negative where they had to be given up) and of the total.
    Raises `DataError` where it cannot be had whole.
    """
    if whole := waiting(root, key, url):
        return whole
    part = _path(root, key, ".part")
    part.parent.mkdir(parents=True, exist_ok=True)

    def headers() -> dict[str, str]:
        plainly = {"Accept-Encoding": "identity"}
        about = _about(part)
        if part.is_file() and about.get("url") == url and (mark := _mark(about["headers"])):
            return plainly | {"Range": f"bytes={part.stat().st_size}-", "If-Range": mark}
        part.unlink(missing_ok=True)
        return plainly | _conditions(known, url)

    def use(answer: httpx.Response) -> Whole | None:
        return _receive(web, answer, part, url, name, most, moved)

    return ask(web, url, use, headers)


def announced(web: Web, url: str) -> tuple[int, str]:
    """The bytes of the file at an address (0 if not stated) and its date, without the file."""

    def use(answer: httpx.Response) -> tuple[int, str]:
        span = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        length = span[2] if span else answer.headers.get("content-length", "")
        when = answer.headers.get("last-modified", "")
        try:
            date = parsedate_to_datetime(when).date().isoformat() if when else ""
        except ValueError:
            date = ""
        return int(length) if length.isdigit() else 0, date

    return ask(web, url, use, lambda: {"Range": "bytes=0-3", "Accept-Encoding": "identity"})


def _receive(web, answer: httpx.Response, part: Path, url, name, most, moved) -> Whole | None:
    if answer.status_code == 304:
        return None
    held = part.stat().st_size if part.is_file() else 0
    told = {k: answer.headers[k] for k in _KEPT_HEADERS if k in answer.headers}
    total = _total(answer, part, held)
    if answer.status_code == 200:
        moved(-held, total)
        held, about = 0, {"url": url, "name": name, "headers": told}
        part.unlink(missing_ok=True)
        if "content-encoding" in answer.headers:  # its ranges are of the packed bytes
            about["headers"] = {k: v for k, v in told.items() if k in ("content-type", "date")}
            total = None
        snapshots.write_whole(part.with_suffix(".json"), json.dumps(about).encode())
    if total is not None:
        check_pace(web, url, total, most, time.monotonic())
    started, size = time.monotonic(), held
    with part.open("ab") as stream:
        for chunk in pieces(answer):  # as they come, so that a slow one is noticed
            size += len(chunk)
            stream.write(chunk)
            moved(len(chunk), total)
            if size > most:
                part.unlink()
            check_pace(web, url, size, most, started, size - held)
        stream.flush()
        os.fsync(stream.fileno())
    if total is not None and size != total:
        raise Again(f"the answer was cut off after {size:,} of {total:,} bytes")
    return _finished(part, url)


def _total(answer: httpx.Response, part: Path, held: int) -> int | None:
    """The bytes of the whole file; gives a partial one up that the answer does not continue."""
    if answer.status_code == 200:
        length = answer.headers.get("content-length", "")
        return int(length) if length.isdigit() else None
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    before, now = _about(part).get("headers", {}), answer.headers.get("etag")
    same = now is None or before.get("etag") in (None, now)
    if answer.status_code == 206 and found and int(found[1]) == held and same:
        return int(found[2])
    part.unlink(missing_ok=True)
    raise Again("the file changed while it came")


def _finished(part: Path, url: str) -> Whole:
    whole = part.with_suffix(".whole")
    about = _about(part)
    os.replace(part, whole)
    return Whole(whole, about["name"], url, about["headers"])


def _mark(headers: dict[str, str]) -> str | None:
    """What tells the server which file the part is of; a weak tag does not."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified")


def _conditions(known: dict | None, url: str) -> dict[str, str]:
    if not known or known.get("url") != url:
        return {}
    pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
    return {asks: known["headers"][k] for asks, k in pairs if known["headers"].get(k)}


def _path(root: Path, key: str, suffix: str) -> Path:
    return folder(root) / (hashlib.sha256(key.encode()).hexdigest()[:24] + suffix)


def _about(path: Path) -> dict:
    beside = path.with_suffix(".json")
    return json.loads(beside.read_bytes()) if beside.is_file() else {}
