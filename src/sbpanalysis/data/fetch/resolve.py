"""At which address is a file today? By its title or its page, never by a stored id.

One function a way of finding (`find` in data/reference/fetch.yml); each gives addresses. What is
put together from several answers is made in `assembled`, what is read out of an archive in
`archive`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode, urlsplit

from sbpanalysis.data.fetch.register import TABLE, Wanted
from sbpanalysis.data.fetch.web import Web, text
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

_CATALOGUE = "/api/v2/datasets/export.json"
_FORMATS = ("csv", "ods", "xlsx", "xls", "zip")


@dataclass(frozen=True)
class Address:
    """Where a file is, and what it is called."""

    url: str
    name: str


def datastore(web: Web, wanted: Wanted) -> Address:
    """A file of the London Datastore: the data set by slug or title, the file by title or name."""
    catalogue = web.once(
        "catalogue", lambda: said_in_json(web, f"https://{wanted.host}{_CATALOGUE}")
    )
    dataset = _dataset(wanted, catalogue)
    pattern = re.compile(wanted.options["file"], re.IGNORECASE)
    found: dict[str, list[tuple[str, dict]]] = {}
    for key, resource in _resources(dataset):
        title = str(resource.get("title") or resource.get("name") or "").strip()
        file = _last(str(resource.get("url", "")))
        names = (title, title.rsplit(".", 1)[0], file, file.rsplit(".", 1)[0])
        if any(pattern.fullmatch(name) for name in names):
            kind = str(resource.get("format") or file.rsplit(".", 1)[-1]).lower().strip(". ")
            found.setdefault(kind, []).append((key, resource))
    kind = next((k for k in _FORMATS if k in found), next(iter(found), None))
    if kind is None or len(found[kind]) > 1:
        titles = [plain(str(r.get("title")), 60) for _, r in _resources(dataset)]
        number = len(found.get(kind, ()))
        raise DataError(
            f"{wanted.key}: found {number} files of the title {wanted.options['file']!r} in "
            f"{plain(str(dataset.get('title')))!r} ({'; '.join(titles[:12])}), expected one; the "
            f"publisher renamed or doubled it: mend `file` in {TABLE}."
        )
    [(key, resource)] = found[kind]
    file = _last(str(resource.get("url", ""))) or f"{resource.get('title')}.{kind}"
    slug = str(dataset.get("slug", "")).rsplit("-", 1)[-1] or str(dataset.get("id"))
    slug = slug if slug in wanted.options["slugs"] else str(dataset.get("slug"))
    return Address(f"https://{wanted.host}/download/{quote(slug)}/{quote(key)}/{quote(file)}", file)


def _dataset(wanted: Wanted, catalogue: list[dict]) -> dict:
    slugs, title = wanted.options["slugs"], _plain_title(wanted.options["dataset"])
    ends = tuple(f"-{slug}" for slug in slugs)  # a new slug ends in the short one
    known = [
        d
        for d in catalogue
        if {str(d.get("slug")), str(d.get("id"))} & set(slugs) or str(d.get("slug")).endswith(ends)
    ]
    found = known or [d for d in catalogue if _plain_title(str(d.get("title"))) == title]
    if len(found) != 1:
        raise DataError(
            f"{wanted.key}: found {len(found)} data sets {wanted.options['dataset']!r} in the "
            f"catalogue of {wanted.host}, expected one; look for it there and mend `dataset` or "
            f"`slugs` in {TABLE}."
        )
    return found[0]


def _resources(dataset: dict) -> Iterator[tuple[str, dict]]:
    held = dataset.get("resources") or {}
    pairs = held.items() if isinstance(held, dict) else ((r.get("id", ""), r) for r in held)
    yield from ((str(key), resource) for key, resource in pairs if isinstance(resource, dict))


def ons(web: Web, wanted: Wanted) -> Address:
    """The newest edition of a data set of the ONS: page, then edition, then its file."""
    base = f"https://{wanted.host}"
    page = said_in_json(web, f"{base}{wanted.options['page']}/data")
    editions = page.get("datasets") or []
    about = said_in_json(web, f"{base}{editions[0]['uri']}/data") if editions else page
    files = [d.get("file", "") for d in about.get("downloads") or []]
    kind = next((k for k in _FORMATS if any(f.lower().endswith(k) for f in files)), None)
    fitting = [f for f in files if kind and f.lower().endswith(kind)]
    uri = about.get("uri") or (editions[0]["uri"] if editions else wanted.options["page"])
    file = _only(wanted, fitting, files)
    return Address(f"{base}/file?{urlencode({'uri': f'{uri}/{file}'})}", _last(file))


def govuk(web: Web, wanted: Wanted) -> Address:
    """An attachment of a GOV.UK publication, by its title."""
    page = said_in_json(web, f"https://{wanted.host}{wanted.options['page']}")
    attachments = page.get("details", {}).get("attachments") or []
    pattern = re.compile(wanted.options["file"], re.IGNORECASE)
    titles = {str(a.get("url")): str(a.get("title", "")) for a in attachments}
    fitting = [url for url, title in titles.items() if pattern.fullmatch(title.strip())]
    url = _only(wanted, fitting, list(titles.values()))
    return Address(url, _last(url))


def fingertips(web: Web, wanted: Wanted) -> Address:
    """An indicator for the newest area type of a name: their numbers change with boundaries."""
    base = f"https://{wanted.host}/api"
    types = web.once("area types", lambda: said_in_json(web, f"{base}/area_types"))
    name = wanted.options["area_type"].casefold()
    numbers = [t["Id"] for t in types if str(t.get("Name", "")).casefold().startswith(name)]
    if not numbers:
        raise DataError(f"{wanted.key}: no area type {name!r}; mend `area_type` in {TABLE}.")
    query = {
        "indicator_ids": wanted.options["indicator"],
        "child_area_type_id": max(numbers),
        "parent_area_type_id": 15,
    }
    url = f"{base}/all_data/csv/by_indicator_id?{urlencode(query)}"
    return Address(url, f"fingertips_{wanted.options['indicator']}.csv")


def newest_months(web: Web, wanted: Wanted) -> list[str]:
    """The newest months that data.police.uk has, as many as are wanted, newest first."""
    url = f"https://{wanted.host}{wanted.options['newest']}"
    answer = web.once(url, lambda: said_in_json(web, url))
    months = sorted({str(entry.get("date")) for entry in answer}, reverse=True)
    if not months or not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", m) for m in months):
        raise DataError(f"{wanted.key}: {url} tells no months such as 2026-01; try again later.")
    return months[: wanted.options["months"]]


def said_in_json(web: Web, url: str):
    """What an address answers in JSON."""
    content = text(web, url)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = plain(content[:60].decode("utf-8", "replace"), 60)
        raise DataError(
            f"{url}: found {start!r}, expected JSON; open it in a browser to see what it says."
        ) from None


def _only(wanted: Wanted, fitting: list[str], all_of_them: list[str]) -> str:
    if len(fitting) == 1:
        return fitting[0]
    listed = "; ".join(plain(str(name), 60) for name in all_of_them[:8]) or "none"
    raise DataError(
        f"{wanted.key}: {len(fitting)} files fit, expected one (there are: {listed}); mend its "
        f"entry in {TABLE}."
    )


def _plain_title(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.casefold()).strip()


def _last(address: str) -> str:
    """The file name an address ends in."""
    return unquote(urlsplit(address).path.rsplit("/", 1)[-1])
