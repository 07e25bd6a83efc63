"""What do services answer that give a file only page by page? Every page, counted, put together."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlencode

from sbpanalysis.data import add, snapshots
from sbpanalysis.data.fetch import download
from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.fetch.resolve import newest_months
from sbpanalysis.data.fetch.web import Web, said_in_json, text
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_NOMIS_ROWS = 25_000
_MOST_SPLITS = 6  # of a ward's outline: 64 parts
_EPOCH = (1980, 1, 1, 0, 0, 0)

Moved = Callable[[int, int | None], None]


def arcgis(
    web: Web, store: Store, wanted: Wanted, area: str, moved: Moved
) -> tuple[Address, bytes]:
    """The features of the newest service whose name fits, as GeoJSON, or as CSV without shapes."""
    base, yy, service = _service(web, wanted)
    borough = territory().code(area)
    wards = ", ".join(f"'{code}'" for code in territory().wards_of(borough, "2022"))
    where = wanted.way.where.format(yy=yy, area=territory().names[borough], wards=wards)
    shapes = wanted.way.shapes
    query = {
        "where": where,
        "outFields": wanted.way.fields.format(yy=yy),
        "returnGeometry": "true" if shapes else "false",
        "outSR": 4326,
        "orderByFields": wanted.way.fields.format(yy=yy).split(",")[0],
        "f": "geojson" if shapes else "json",
    }
    count = {"where": where, "returnCountOnly": "true", "f": "json"}
    total = said_in_json(web, f"{base}?{urlencode(count)}").get("count")
    features: list[dict] = []
    while isinstance(total, int) and len(features) < total:
        page = said_in_json(web, f"{base}?{urlencode(query | {'resultOffset': len(features)})}")
        new = page.get("features") or []
        if not new:
            break
        features += new
        moved(len(json.dumps(new)), None)
    if not total or len(features) != total:
        raise DataError(
            f"{wanted.key}: {service} gave {len(features)} of {total} features; nothing was taken, "
            "try again later."
        )
    url = f"{base}?{urlencode(query)}"
    if shapes:
        whole = {"type": "FeatureCollection", "features": features}
        name = f"{service}_{territory().names[borough]}.geojson".replace(" ", "_")
        return Address(url, name), json.dumps(whole, separators=(",", ":")).encode()
    stream = io.StringIO()
    rows = csv.DictWriter(stream, list(features[0]["attributes"]), lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(feature["attributes"] for feature in features)
    return Address(url, f"{service}.csv"), stream.getvalue().encode()


def _service(web: Web, wanted: Wanted) -> tuple[str, str, str]:
    """The query address of the newest fitting service, the year in its fields, its name."""
    folder = f"https://{wanted.host}{wanted.way.folder}"
    listed = web.once(folder, lambda: said_in_json(web, f"{folder}?f=json")).get("services") or []
    pattern = re.compile(wanted.way.service, re.IGNORECASE)
    found = []
    for name in {str(s.get("name", "")).rsplit("/", 1)[-1] for s in listed}:
        if match := pattern.fullmatch(name):
            said = match.groupdict()
            month = (said.get("month") or "").upper()
            version = int((re.search(r"_v(\d+)$", name, re.IGNORECASE) or [0, 0])[1])
            when = _MONTHS.index(month) if month in _MONTHS else 0
            found.append((said["year"][-2:], when, version, name))
    if not found:
        raise DataError(
            f"{wanted.key}: no service of a name such as {wanted.way.service!r}; look at "
            f"{folder} and mend `service` in {wanted.place}."
        )
    year, _, _, name = max(found)
    return f"{folder}/{quote(name)}/FeatureServer/0/query", year, name


def nomis(web: Web, store: Store, wanted: Wanted, area: str, moved: Moved) -> tuple[Address, bytes]:
    """Rows of a data set for the boroughs of London, page after page; one header."""
    base = f"https://{wanted.host}/api/v01/dataset/{wanted.way.dataset}.data.csv"
    query = {"geography": ",".join(territory().units), **wanted.way.query}
    pages: list[bytes] = []
    rows = 0
    while True:
        paging = {"recordlimit": _NOMIS_ROWS, "recordoffset": rows}
        page = text(web, f"{base}?{urlencode(query | paging)}", wanted.most_bytes)
        head, _, body = page.partition(b"\n")
        if b"GEOGRAPHY_CODE" not in head.upper():
            raise DataError(
                f"{wanted.key}: Nomis answered {head[:60]!r}, expected a header with "
                "GEOGRAPHY_CODE; try again later."
            )
        new = body.count(b"\n") + (not body.endswith(b"\n") and bool(body))
        pages.append(body if pages else page)
        rows, size = rows + new, sum(map(len, pages))
        moved(len(page), None)
        if size > wanted.most_bytes:
            raise DataError(
                f"{wanted.key}: more than {wanted.most} MB; see `most` in {wanted.place}."
            )
        if new < _NOMIS_ROWS:
            break
    name = f"nomis_{wanted.way.dataset}.csv"
    return Address(f"{base}?{urlencode(query)}", name), b"".join(pages)


def police_api(
    web: Web, store: Store, wanted: Wanted, area: str, moved: Moved
) -> tuple[Address, bytes]:
    """Street crimes inside each ward of an area, month by month, one zip of the API's answers.

    An answer that was had stays until the zip is taken, so a stopped run asks for none twice.
    """
    months = newest_months(web, wanted)
    wards = _outlines(store, area)
    kept = download.folder(store.root) / "police_api" / f"{territory().code(area)}-{months[0]}"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        for month in sorted(months):
            for ward, outline in sorted(wards.items()):
                name = f"crime_month_{month.replace('-', '_')}_area_{ward}_0.json"
                if not (kept / name).is_file():
                    crimes = _crimes(web, wanted, month, outline)
                    snapshots.write_whole(kept / name, crimes)
                    moved(len(crimes), None)
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                zipped.writestr(info, (kept / name).read_bytes())
    return police_address(web, wanted, area), stream.getvalue()


def police_address(web: Web, wanted: Wanted, area: str) -> Address:
    """What the API's answers on an area will be called: of which months they are."""
    months = newest_months(web, wanted)
    place = territory().names[territory().code(area)].replace(" ", "-")
    name = f"api_crimes-street_{place}_wards_{months[-1]}_{months[0]}.zip"
    return Address(f"https://{wanted.host}{wanted.way.address}", name)


WAYS = {"arcgis": arcgis, "nomis": nomis, "police_api": police_api}


def _outlines(store: Store, area: str) -> dict:
    """The outline of each ward of an area, from the newest boundaries that are held."""
    here = territory()
    borough, found = here.code(area), {}
    for sha in snapshots.kept(store.root):
        facts = add.facts(sha, store) or {}
        if facts.get("kind") == "boundaries" and "ward" in facts["levels"]:
            vintage = max(facts["vintages"])
            wards = set(here.wards_of(borough, vintage) if vintage in here.wards else ())
            shapes = store.boundaries(sha).set_index("area_code")["geometry"]
            if wards and wards <= set(shapes.index):
                found[vintage] = shapes[sorted(wards)].to_dict()
    if not found:
        raise DataError(
            f"police_uk_api: no boundaries of the wards of {area} are held; fetch or add them "
            "first: sbp fetch boundaries_ward"
        )
    return found[max(found)]


def _crimes(web: Web, wanted: Wanted, month: str, outline, split: int = 0) -> bytes:
    """The API's answer for an outline; halves of it where it holds too many crimes for one."""
    url = f"https://{wanted.host}{wanted.way.address}"
    parts = list(getattr(outline, "geoms", [outline]))
    if len(parts) == 1:
        ring = parts[0].simplify(0.0001).exterior.coords
        poly = ":".join(f"{lat:.5f},{lng:.5f}" for lng, lat, *_ in ring)
        asked = {"poly": poly, "date": month}
        brisk = replace(web, limits=replace(web.limits, attempts=2))  # 503 may mean: too many
        try:
            return text(brisk, url, wanted.most_bytes, data=asked)
        except DataError as fault:
            if "503" not in str(fault) or split >= _MOST_SPLITS:
                raise
            parts = _halves(parts[0])
    merged: dict[object, dict] = {}
    for part in parts:  # a crime on the cut is inside both halves
        for crime in json.loads(_crimes(web, wanted, month, part, split + 1)):
            merged.setdefault(crime["id"], crime)
    return json.dumps(list(merged.values()), separators=(",", ":")).encode()


def _halves(outline) -> list:
    """An outline cut across its longer side."""
    from shapely.geometry import box

    west, south, east, north = outline.bounds
    if east - west > (north - south) * 1.6:  # a degree of longitude is shorter here
        middle = (west + east) / 2
        boxes = (box(west, south, middle, north), box(middle, south, east, north))
    else:
        middle = (south + north) / 2
        boxes = (box(west, south, east, middle), box(west, middle, east, north))
    cut = [outline.intersection(half) for half in boxes]
    return [g for part in cut for g in getattr(part, "geoms", [part]) if g.geom_type == "Polygon"]
