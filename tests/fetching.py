"""What the tests of fetching share: quick limits, a hurried register, one small publisher."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

import publishers
from publishers import Server, certificate, datastore
from recorded_crime import as_csv, borough_frame
from sbpanalysis.data.fetch import web
from sbpanalysis.data.fetch.run import fetch

QUICK = web.Limits(
    attempts=3, pause=0.01, longest_pause=2, connect=2, silence=1, seconds=20, patience=0.3,
    slowest=20_000,
)  # fmt: skip
HURRIED = publishers.REGISTER | {
    "hosts": {
        name: about | {"a_second": 1000, "burst": 1000}
        for name, about in publishers.REGISTER["hosts"].items()
    }
}
MPS = ("mps-recorded-crime-geographic-breakdown-exy3m", "MPS Recorded Crime Geographic Breakdown")
FILE = "MPS Borough Level Crime (most recent 24 months).csv"
KEY = "mps_borough_recent"


@pytest.fixture
def no_proxies(monkeypatch):
    """The stand-in is on this machine: no proxy of it may come between."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server(no_proxies):
    """A stand-in without pages."""
    stand_in = Server()
    yield stand_in
    stand_in.end()


@pytest.fixture
def secured(no_proxies, tmp_path_factory):
    """A stand-in that speaks TLS with a certificate nobody signed; `.pem` is its file."""
    folder = tmp_path_factory.mktemp("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = certificate(folder, publishers.HOSTS)
    context.load_cert_chain(pem, folder / "key.pem")
    stand_in = Server(context)
    stand_in.pem = pem
    yield stand_in
    stand_in.end()


@pytest.fixture
def get(checkout, server):
    """`fetch` in an empty checkout, against the stand-in."""

    def run(*names, **settings):
        settings = {"stand_ins": server.stand_ins, "limits": QUICK, "said": HURRIED} | settings
        return fetch(checkout, names, **settings)

    return run


def published(server: Server, content: bytes, name: str = FILE, dataset=MPS) -> list[dict]:
    """One file in a catalogue of one data set."""
    return datastore(server, {dataset: {name: content}})


def crime(start: str = "2017-01", count: int = 24) -> bytes:
    """A small file of recorded crime by borough."""
    return as_csv(borough_frame("2019", start, count))


def storage_of(server: Server) -> tuple[str, str]:
    """Where the stand-in's storage has the file."""
    [key] = [k for k in server.pages if k[0] == publishers.STORAGE]
    return key


def kept_files(root: Path) -> dict[str, bytes]:
    """Every snapshot, fact and table that is held, by path."""
    folders = (root / "data" / "snapshots", root / "data" / "store")
    paths = [p for f in folders if f.is_dir() for p in f.iterdir() if p.is_file()]
    return {p.name: p.read_bytes() for p in paths if p.name[0] != "."}
