"""At which address is a file today? By its title or its page, never by a stored id.

One function a way of finding (`find` of a file in data/reference/sources); each gives addresses.
What is put together from several answers is made in `assembled`, what is read out of an archive in
`archive`.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from sbpanalysis.data.fetch import catalogue, choose
from sbpanalysis.data.fetch.catalogue import file_name
from sbpanalysis.data.fetch.choose import Span
from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.fetch.web import Web, said_in_json
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

_FORMATS = ("csv", "ods", "xlsx", "xls", "zip")


def datastore(web: Web, wanted: Wanted, held: Span | None = None) -> list[Address]:
    """The files of the London Datastore that an entry means; `held` is the longest held so far.

    Raises `DataError` where none fits, or none of an ending that is taken.
    """
    return choose.choose(wanted, catalogue.files(web, wanted), held)


def addresses(web: Web, wanted: Wanted, held: Span | None = None) -> list[Address]:
    """The files that an entry means today, where its publisher has them as files."""
    if wanted.find == "datastore":
        return datastore(web, wanted, held)
    return [{"ons": ons, "govuk": govuk, "fingertips": fingertips}[wanted.find](web, wanted)]


def ons(web: Web, wanted: Wanted) -> Address:
    """The newest edition of a data set of the ONS: page, then edition, then its file."""
    base = f"https://{wanted.host}"
    page = said_in_json(web, f"{base}{wanted.way.page}/data")
    editions = page.get("datasets") or []
    about = said_in_json(web, f"{base}{editions[0]['uri']}/data") if editions else page
    files = [d.get("file", "") for d in about.get("downloads") or []]
    kind = next((k for k in _FORMATS if any(f.lower().endswith(k) for f in files)), None)
    fitting = [f for f in files if kind and f.lower().endswith(kind)]
    uri = about.get("uri") or (editions[0]["uri"] if editions else wanted.way.page)
    file = _only(wanted, fitting, files)
    return Address(f"{base}/file?{urlencode({'uri': f'{uri}/{file}'})}", file_name(file))


def govuk(web: Web, wanted: Wanted) -> Address:
    """An attachment of a GOV.UK publication by its title: of several windows, the newest years."""
    page = said_in_json(web, f"https://{wanted.host}{wanted.way.page}")
    attachments = page.get("details", {}).get("attachments") or []
    pattern = re.compile(wanted.way.file, re.IGNORECASE)
    titles = {str(a.get("url")): str(a.get("title", "")) for a in attachments}
    fitting = {url: t for url, t in titles.items() if pattern.fullmatch(t.strip())}
    ends = {url: max(re.findall(r"\b(?:19|20)\d\d\b", t), default="") for url, t in fitting.items()}
    newest = [url for url in fitting if ends[url] == max(ends.values())]
    url = _only(wanted, newest, list(titles.values()))
    return Address(
        url,
        file_name(urlsplit(url).path),
        why=f"{fitting[url].strip()!r}: the window that ends last",
    )


def fingertips(web: Web, wanted: Wanted) -> Address:
    """An indicator for the newest area type of a name: their numbers change with boundaries."""
    base = f"https://{wanted.host}/api"
    types = web.once("area types", lambda: said_in_json(web, f"{base}/area_types"))
    name = wanted.way.area_type.casefold()
    numbers = [t["Id"] for t in types if str(t.get("Name", "")).casefold().startswith(name)]
    if not numbers:
        raise DataError(f"{wanted.key}: no area type {name!r}; mend `area_type` in {wanted.place}.")
    query = {
        "indicator_ids": wanted.way.indicator,
        "child_area_type_id": max(numbers),
        "parent_area_type_id": 15,
    }
    url = f"{base}/all_data/csv/by_indicator_id?{urlencode(query)}"
    return Address(url, f"fingertips_{wanted.way.indicator}.csv")


def newest_months(web: Web, wanted: Wanted) -> list[str]:
    """The newest months that data.police.uk has, as many as are wanted, newest first."""
    url = f"https://{wanted.host}{wanted.way.newest}"
    answer = web.once(url, lambda: said_in_json(web, url))
    months = sorted({str(entry.get("date")) for entry in answer}, reverse=True)
    if not months or not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", m) for m in months):
        raise DataError(f"{wanted.key}: {url} tells no months such as 2026-01; try again later.")
    return months[: wanted.way.months]


def _only(wanted: Wanted, fitting: list[str], all_of_them: list[str]) -> str:
    if len(fitting) == 1:
        return fitting[0]
    listed = "; ".join(plain(str(name), 60) for name in all_of_them[:8]) or "none"
    raise DataError(
        f"{wanted.key}: {len(fitting)} files fit, expected one (there are: {listed}); mend its "
        f"entry in {wanted.place}."
    )
