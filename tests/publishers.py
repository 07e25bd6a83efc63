"""A local server that stands in for the publishers: it answers as each does, or as told."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import re
import select
import socket
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pandas as pd

from conftest import ROOT
from sbpanalysis.data.documents import load_yaml
from sbpanalysis.data.territory import territory

REFERENCE = ROOT / "data" / "reference"
REGISTER = {
    "hosts": load_yaml(REFERENCE / "hosts.yml"),
    "sources": {
        name: load_yaml(REFERENCE / "sources" / f"{name}.yml")
        for name in load_yaml(REFERENCE / "order.yml")["fetched"]
    },
}
FILES = {key: about for one in REGISTER["sources"].values() for key, about in one["files"].items()}
HOSTS = [h for name, about in REGISTER["hosts"].items() for h in (name, *about.get("also", ()))]
STORAGE = "files.datapress.com"
DATASTORE = "data.london.gov.uk"
CATALOGUE = "/api/v3/datasets/export.json"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the server's `pages`: bytes, or a function of the handler."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.form = parse_qs(self.rfile.read(length).decode()) if length else {}
        host, path = self.headers["Host"].split(":")[0], urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(path.query).items()}
        self.server.asked.append((host, unquote(path.path), dict(self.headers)))
        page = self.server.pages.get((host, unquote(path.path)))
        if page is None:
            return self.plain(404, b"<html>not found</html>")
        return page(self) if callable(page) else self.file(page)

    do_POST = do_GET  # noqa: N815

    def file(self, content: bytes, etag: str = "") -> None:
        """A file as a storage server gives it: with a tag, and by range."""
        etag = etag or f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            return self.plain(304, b"", {"ETag": etag})
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted and self.headers.get("If-Range", etag) == etag:
            first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
            if first >= len(content):
                return self.plain(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            part = content[first : last + 1]
            span = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
            return self.plain(206, part, {"ETag": etag, "Content-Range": span})
        return self.plain(200, content, {"ETag": etag})

    def plain(self, status: int, content: bytes, headers: dict | None = None) -> None:
        """One answer."""
        path = unquote(urlsplit(self.path).path)
        self.server.answers.append((path, status, len(content)))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for at in range(0, len(content), 65536):
            self.wfile.write(content[at : at + 65536])
            self.server.sent += len(content[at : at + 65536])
            if self.server.pause:
                time.sleep(self.server.pause)

    def json(self, said: object) -> None:
        """An answer in JSON."""
        self.plain(200, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def log_message(self, *_args) -> None:
        """Nothing on the terminal."""


class Server(http.server.ThreadingHTTPServer):
    """The stand-in: `pages` by host and path, `asked` and bytes `sent` so far."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[tuple[str, str], bytes | Callable] = {}
        self.asked: list[tuple[str, str, dict]] = []
        self.answers: list[tuple[str, int, int]] = []
        self.sent, self.pause, self.tls = 0, 0.0, tls
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self) -> str:
        """Its address."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.server_address[1]}"

    @property
    def stand_ins(self) -> dict[str, str]:
        """It, in the place of every host."""
        return dict.fromkeys(HOSTS, self.base)

    def handle_error(self, *_args) -> None:
        """A client that hangs up is part of the tests."""

    def end(self) -> None:
        """Stop, and free the port."""
        self.shutdown()
        self.server_close()


class _Connect(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self) -> None:
        self.server.reached.add(self.path)
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as far:
            sockets = [self.connection, far]
            while ready := select.select(sockets, [], [], 5)[0]:
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    sockets[end is self.connection].sendall(data)

    def log_message(self, *_args) -> None:
        """Nothing on the terminal."""


class Tunnel(http.server.ThreadingHTTPServer):
    """A proxy that leads every host to one port of this machine; `reached` are those asked for."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connect)
        self.leads_to, self.reached = port, set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Stop, and free the port."""
        self.shutdown()
        self.server_close()


def redirect(url: str) -> Callable:
    """A page that hands on to another address."""
    return lambda handler: handler.plain(302, b"", {"Location": url})


def certificate(folder: Path, names: list[str]) -> Path:
    """A certificate of `names` with its key, in one file."""
    path = folder / "own.pem"
    listed = ",".join(f"DNS:{name}" for name in names)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=stand-in", "-addext", f"subjectAltName={listed}", "-keyout", folder / "key.pem",
         "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def served(server: Server, dataset: str, resource: str, content: bytes, name: str) -> None:
    """Put a file behind the Datastore's address of it, which redirects to storage."""
    storage = f"/london/dataset/{resource}/{name}"
    signed = f"https://{STORAGE}{quote(storage)}?X-Amz-Signature=1"
    server.pages[DATASTORE, f"/download/{dataset}/{resource}/{name}"] = redirect(signed)
    server.pages[STORAGE, storage] = content


def resource(key: str, file: str, date: str, first: str = "", last: str = "", **more) -> dict:
    """A file as the catalogue (v3) tells of it."""
    return {
        "id": key, "title": file, "url": f"https://{STORAGE}/london/dataset/{key}/{quote(file)}",
        "filename": file, "size": 1000, "hash": hashlib.sha256(key.encode()).hexdigest(),
        "timestamp": f"{date}T09:30:00.000Z", "timeframeFrom": first and f"{first}-01",
        "timeframeTo": last and f"{last}-28",
    } | more  # fmt: skip


def record(slug: str, title: str, resources: list[dict]) -> dict:
    """A data set as the catalogue (v3) tells of it: its id is the end of its address."""
    return {
        "id": slug.rsplit("-", 1)[-1], "title": title,
        "webpage": f"https://{DATASTORE}/dataset/{slug}", "licence": "Open Government Licence v2",
        "resources": resources,
    }  # fmt: skip


def catalogued(server: Server, records: list[dict]) -> None:
    """Answer with this catalogue, all of it and each data set of it."""
    server.pages[DATASTORE, CATALOGUE] = lambda handler: handler.json(records)
    for one in records:
        page = f"/api/v3/dataset/{one['id']}"
        server.pages[DATASTORE, page] = lambda handler, one=one: handler.json(one)


def datastore(server: Server, files: dict[str, dict[str, bytes]]) -> list[dict]:
    """A catalogue with, for each data set (slug, title), its files by name; the catalogue."""
    catalogue = []
    for number, ((slug, title), held) in enumerate(files.items()):
        dataset = record(slug, title, [])
        for place, (name, content) in enumerate(held.items()):
            key = f"r{number}{place}"
            dataset["resources"].append(resource(key, name, "2026-09-07", size=len(content)))
            served(server, dataset["id"], key, content, name)
        catalogue.append(dataset)
    catalogued(server, catalogue)
    return catalogue


def of_extract(path: Path) -> list[dict]:
    """The true catalogue, as far as it was noted down, in the shape in which it is published."""
    records = []
    for said in json.loads(path.read_bytes()):
        files = []
        for r in said["resources"]:
            span = r.get("timeframe", ("", ""))
            file = unquote(r["file"])
            more = {"title": r.get("title", file), "size": r["size"]}
            files.append(resource(r["id"], file, r["date"], *span, **more))
        one = record(said["slug"], said["title"], files)
        records.append(one | {"licence": said["licence"]})
    return records


def editions(last: str = "2026-08", count: int = 6) -> list[dict]:
    """A small catalogue with the true one's traps, ids and sizes invented.

    Each month adds six files of the names of the month before. Histories were cut to 48 months
    three editions ago; the last LSOA history is the one of the month before again; one title
    names another level than its file.
    """
    files, newest = [], pd.Period(last, "M")
    for age in range(count):
        end = newest - age
        begin, day = end - 23, f"{end + 1}-07"
        for level in ("Borough", "Ward", "LSOA"):
            name, short = f"MPS {level} Level Crime", level[0].lower()
            first = begin - 48 if age < 3 else pd.Period("2010-04", "M")
            until = begin - 1 - int(level == "LSOA" and age == 0)
            recent, history = f"{name} (most recent 24 months).csv", f"{name} (Historical).csv"
            title = "MPS Ward Level Crime.csv" if age == 4 else f"{name}.csv"
            files += [
                resource(f"{short}r{age}", recent, day, str(begin), str(end), title=title),
                resource(f"{short}h{age}", history, day, str(first), str(until),
                         size=100 * (until - first).n),
            ]  # fmt: skip
    crime = record("mps-recorded-crime-exy3m", "MPS Recorded Crime: Geographic Breakdown", files)
    boards = [
        resource("k1", "M1_MonthlyCrimeDashboard_KnifeCrimeData.csv", "2026-08-20"),
        resource("k2", "M1_MonthlyCrimeDashboard_KnifeCrimeData.csv", "2026-09-21"),
        resource("k3", "M1_MonthlyCrimeDashboard_KnifeCrimeData.xlsx", "2026-10-21"),
        resource("o1", "M1_MonthlyCrimeDashboard_OtherCrimeData.csv", "2026-09-21"),
        *(resource(f"y{n}", f"MPS_BoroughSNT_OtherCrimeDatafy{y}.csv", "2025-05-01")
          for n, y in enumerate(("14-15_02", "21-22", "22-23", "22-23_02"))),
    ]  # fmt: skip
    dash = record(
        "mps-monthly-crime-dashboard-data-e5n6w", "MPS Monthly Crime Dashboard Data", boards
    )
    return [crime, dash]


def as_before(one: dict) -> dict:
    """A data set as the catalogue before (v2) tells of it: a slug, files by id, their formats."""
    files = {
        r["id"]: {
            "title": r["title"].rpartition(".")[0],
            "format": r["filename"].rpartition(".")[2],
            "url": r["url"],
            "check_size": r["size"],
            "check_timestamp": r["timestamp"],
        }
        for r in one["resources"]
    }
    slug = one["webpage"].rpartition("/")[2]
    return {"id": "0c2f", "slug": slug, "title": one["title"], "resources": files}


def as_ckan(one: dict) -> dict:
    """A data set as CKAN's `package_show` tells of it."""
    files = [
        {"id": r["id"], "name": r["title"], "format": r["filename"].rpartition(".")[2].upper(),
         "url": f"https://{DATASTORE}/download/{one['id']}/{r['id']}/{quote(r['filename'])}",
         "size": str(r["size"]), "last_modified": r["timestamp"][:19]}
        for r in one["resources"]
    ]  # fmt: skip
    about = {"id": one["id"], "name": one["id"], "title": one["title"], "resources": files}
    return {"success": True, "result": about | {"license_title": one["licence"]}}


def feature_server(server: Server, service: str, features: list[dict], page: int) -> None:
    """An ArcGIS service that gives `page` features at a time."""
    folder = "/ESMARspQHYMw9BZ9/arcgis/rest/services"
    known = server.pages.setdefault(("arcgis", "services"), [])
    known.append({"name": service, "type": "FeatureServer"})
    host = "services1.arcgis.com"
    server.pages[host, folder] = lambda handler: handler.json({"services": known})

    def query(handler: Handler) -> None:
        if handler.query.get("returnCountOnly") == "true":
            return handler.json({"count": len(features)})
        first = int(handler.query.get("resultOffset", 0))
        return handler.json(
            {"type": "FeatureCollection", "features": features[first : first + page]}
        )

    server.pages[host, f"{folder}/{service}/FeatureServer/0/query"] = query


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def stored(files: dict[str, bytes]) -> bytes:
    """A zip archive of files that are not compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def plain_bytes(path: Path) -> bytes:
    """A file's bytes, unpacked where it is gzip."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


ESTIMATES = (
    '"DATE_NAME","GEOGRAPHY_NAME","GEOGRAPHY_CODE","SEX_NAME","AGE_NAME","OBS_VALUE","OBS_STATUS"'
)


def estimates(years, ages=("All ages",)) -> list[str]:
    """Rows of made-up population estimates as Nomis gives them, the City of London's too."""
    codes = {"E09000001": "City of London", **territory().units}
    return [
        f'{year},"{name}","{code}","{sex}","{age}",{150_000 + 10 * year + n},"A"'
        for year in years
        for n, (code, name) in enumerate(codes.items())
        for sex in ("Total", "Male", "Female")
        for age in ages
    ]
