"""What does the London Datastore offer? The files of its data sets, in one shape.

The catalogue of today (v3) is asked first: all of it, or a data set at a time; where its server no
longer answers so, the one before (v2), then CKAN's. Their records differ in names, not in content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.fetch.web import NotThere, Web, said_in_json
from sbpanalysis.errors import DataError

V3, V2, CKAN = "/api/v3", "/api/v2/datasets/export.json", "/api/3/action/package_show"
_MONTH = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])")
_STAMPS = ("timestamp", "last_modified", "check_timestamp", "created")


def files(web: Web, wanted: Wanted) -> list[Address]:
    """The files of an entry's data set, which is found by id, end of its address, or title.

    Raises `DataError` if no catalogue answers, or if not exactly one data set fits.
    """
    faults = []
    for path in _paths(wanted.way.slugs):
        said = web.once(path, lambda path=path: _asked(web, f"https://{wanted.host}{path}"))
        if isinstance(said, NotThere):
            faults.append(said)
            continue
        if isinstance(said, DataError):
            raise said
        return _files(_fitting(wanted, said), wanted)
    raise DataError(f"{wanted.key}: no catalogue of {wanted.host} answers; {faults[0]}")


def _paths(slugs: list[str]) -> Iterator[str]:
    yield f"{V3}/datasets/export.json"
    yield from (f"{V3}/dataset/{quote(slug)}" for slug in slugs)
    yield V2
    yield from (f"{CKAN}?id={quote(slug)}" for slug in slugs)


def _asked(web: Web, url: str) -> list[dict] | DataError:
    """The records at an address, or the fault: neither is asked for again in this run."""
    try:
        said = said_in_json(web, url)
    except DataError as fault:
        return fault
    if isinstance(said, dict):
        said = said.get("result", said)  # CKAN's envelope
    said = [said] if isinstance(said, dict) else said
    if not isinstance(said, list) or not all(isinstance(d, dict) and "id" in d for d in said):
        return NotThere(f"{url}: answered in another shape than known, expected data sets.")
    return said


def _fitting(wanted: Wanted, records: list[dict]) -> dict:
    slugs, title = wanted.way.slugs, _words(wanted.way.dataset)
    ends = tuple(f"-{slug}" for slug in slugs)  # a new address ends in the short one

    def known(record: dict) -> bool:
        page = urlsplit(str(record.get("webpage") or "")).path.rstrip("/").rpartition("/")[2]
        names = {page, *(str(record.get(field)) for field in ("slug", "id", "name"))}
        return bool(names & set(slugs)) or any(name.endswith(ends) for name in names)

    found = [r for r in records if known(r)]
    found = found or [r for r in records if _words(r.get("title")) == title]
    if len(found) != 1:
        raise DataError(
            f"{wanted.key}: found {len(found)} data sets {wanted.way.dataset!r} in the "
            f"catalogue of {wanted.host}, expected one; look for it there and mend `dataset` or "
            f"`slugs` in {wanted.place}."
        )
    return found[0]


def _files(record: dict, wanted: Wanted) -> list[Address]:
    held = record.get("resources") or {}
    pairs = held.items() if isinstance(held, dict) else ((r.get("id", ""), r) for r in held)
    slug = str(record.get("slug") or record["id"])
    short = next((s for s in wanted.way.slugs if slug == s or slug.endswith(f"-{s}")), slug)
    licence = record.get("licence") or record.get("license") or record.get("license_title") or ""
    licence = licence.get("title", "") if isinstance(licence, dict) else licence
    return [
        _file(f"https://{wanted.host}/download/", short, str(key), said, str(licence))
        for key, said in pairs
        if isinstance(said, dict)
    ]


def _file(base: str, dataset: str, key: str, said: dict, licence: str) -> Address:
    """A file as the catalogue describes it, at its own address there or at that of its ids."""
    url, title = str(said.get("url") or ""), str(said.get("title") or said.get("name") or "")
    name = file_name(str(said.get("filename") or urlsplit(url).path))
    if "." not in name:
        name = f"{title}.{str(said.get('format') or '').lower().strip('. ')}".rstrip(".")
    span = said.get("timeframe") or {}
    size = str(said.get("size") or said.get("check_size") or 0)
    return Address(
        url if url.startswith(base) else base + "/".join(map(quote, (dataset, key, name))),
        name,
        key,
        title.strip(),
        int(size) if size.isdigit() else 0,
        _time(next((said[f] for f in _STAMPS if said.get(f)), "")),
        _month(said.get("timeframeFrom") or span.get("from")),
        _month(said.get("timeframeTo") or span.get("to")),
        licence,
    )


def file_name(path: str) -> str:
    """The name that an address ends in, without what no name of a file has."""
    last = re.split(r"[/\\]", unquote(path))[-1]
    return "".join(c for c in last if c.isprintable()).strip()


def _time(said: object) -> str:
    """A time stamp as text that sorts; some catalogues give seconds or milliseconds."""
    if isinstance(said, int | float):
        seconds = said / 1000 if said > 1e11 else said
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    return str(said)


def _month(said: object) -> str:
    """The month, such as 2026-08, in which a date lies."""
    found = _MONTH.match(str(said or ""))
    return "-".join(found.groups()) if found else ""


def _words(title: object) -> str:
    return re.sub(r"[^a-z0-9]+", " ", str(title).casefold()).strip()
