"""Whatever a server does, what is held stays whole, and what is not whole is not taken."""

from __future__ import annotations

import gzip
import re
import socket
import struct
import time
import zlib
from dataclasses import replace

import pytest

from fetching import (
    FILE,
    HURRIED,
    KEY,
    MPS,
    QUICK,
    crime,
    kept_files,
    published,
    storage_of,
)
from publishers import CATALOGUE, DATASTORE, FILES, STORAGE, datastore, redirect, resource, zipped
from recorded_crime import as_csv, borough_frame, ward_frame
from sbpanalysis.data.fetch import accept, web

FIRST, SECOND = crime("2017-01"), crime("2017-02")
SETTINGS: dict = {}


def answers(page):
    """A fault: the storage server answers with this page, or function of its handler."""

    def arrange(server, monkeypatch):
        server.pages[storage_of(server)] = page

    return arrange


def status(number: int, headers: dict | None = None, body: bytes = b"<html>sorry</html>"):
    return answers(lambda handler: handler.plain(number, body, headers))


def once(page, then: bytes):
    """A page for the first request, the file from then on."""
    seen = []

    def answer(handler):
        seen.append(1)
        return page(handler) if len(seen) == 1 else handler.file(then)

    return answers(answer)


def hang_up(handler, sent: bytes, promised: int | None, **headers) -> None:
    """Send a part, then close the connection."""
    handler.send_response(200)
    if promised is not None:
        handler.send_header("Content-Length", str(promised))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(sent)
    handler.close_connection = True


def drip(handler) -> None:
    """A byte now and then, without end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b"x")
        time.sleep(0.05)
    handler.close_connection = True


def endless(handler) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    for _ in range(3000):
        handler.wfile.write(b"0" * 65536)
    handler.close_connection = True


def silent(handler) -> None:
    time.sleep(1.6)
    handler.close_connection = True


def unpacks_to(megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(megabytes)) + packer.flush()


def packed_bomb(server, monkeypatch) -> None:
    """The transfer itself unpacks to more than the file may have."""
    bomb = unpacks_to(80)
    packed = {"Content-Encoding": "gzip"}
    server.pages[storage_of(server)] = lambda handler: handler.plain(200, bomb, packed)


def packed_twice(server, monkeypatch) -> None:
    """4 GB in some kB: what is packed in what was packed is not unpacked at all."""
    bomb = gzip.compress(unpacks_to(4000))
    packed = {"Content-Encoding": "gzip, gzip"}
    server.pages[storage_of(server)] = lambda handler: handler.plain(200, bomb, packed)


def slow_headers(handler) -> None:
    """A header that never ends, never silent for long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)
    handler.close_connection = True


def elsewhere(stand_in: str):
    """A fault: another server, or none, in the place of the storage."""

    def arrange(server, monkeypatch):
        SETTINGS["stand_ins"] = server.stand_ins | {STORAGE: stand_in}

    return arrange


def closed_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def reset(handler) -> None:
    """The connection breaks off in the middle of the headers."""
    handler.wfile.write(b"HTTP/1.1 200 O")
    option = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    handler.connection.close()
    handler.close_connection = True


def private_name(server, monkeypatch) -> None:
    """A listed host whose name leads to this machine."""
    hosts = HURRIED["hosts"] | {"localhost": {"a_second": 100, "burst": 9}}
    SETTINGS["said"] = HURRIED | {"hosts": hosts}
    server.pages[storage_of(server)] = redirect("https://localhost/file.csv")


def without_month(month: str) -> bytes:
    return as_csv(borough_frame("2019", "2017-02").drop(columns=month))


def renamed(old: str, new: str) -> bytes:
    return as_csv(borough_frame("2019", "2017-02").rename(columns={old: new}))


def doubled(server, monkeypatch) -> None:
    """An older edition of the same name beside it, listed first."""
    [dataset] = published(server, SECOND)
    older = resource("old", FILE, "2026-08-06")
    dataset["resources"].insert(0, older)


def half_of(content: bytes) -> bytes:
    return content[: len(content) // 2]


def changes_between(server, monkeypatch) -> None:
    """The file becomes another one while it comes."""
    seen = []

    def answer(handler):
        seen.append(1)
        if len(seen) == 1:
            return hang_up(handler, half_of(FIRST), len(FIRST), ETag='"one"')
        return handler.file(SECOND, '"two"')

    server.pages[storage_of(server)] = answer


def another_slug(slug: str, number: str = "r00"):
    """The data set under another address, the resource under another id."""

    def arrange(server, monkeypatch):
        server.pages.clear()
        published(server, SECOND, dataset=(slug, MPS[1]))

    return arrange


def says(content: bytes):
    def arrange(server, monkeypatch):
        server.pages[DATASTORE, CATALOGUE] = content
        for key in [k for k in server.pages if k[1].startswith("/api/v3/dataset/")]:
            del server.pages[key]

    return arrange


HTML = b"<!DOCTYPE html><html><title>Maintenance</title></html>"
# fault -> how it is made, what becomes of the file, what is said
FAULTS = {
    "refused connection": (elsewhere(closed_port()), "not fetched", "connection was refused"),
    "unknown name": (elsewhere("http://no-such-host.invalid"), "not fetched", "DNS"),
    "reset connection": (answers(reset), "not fetched", "cut off|connection failed"),
    "404": (status(404), "not fetched", "answered 404"),
    "403 page": (status(403, body=HTML), "not fetched", "answered 403"),
    "410": (status(410), "not fetched", "answered 410"),
    "429, wait a moment": (
        once(lambda h: h.plain(429, b"", {"Retry-After": "1"}), SECOND), "taken", ""),
    "429, wait for hours": (status(429, {"Retry-After": "7200"}), "not fetched", "7,200 s"),
    "503, then 200": (once(lambda h: h.plain(503, b""), SECOND), "taken", ""),
    "500 for good": (status(500), "not fetched", "answered 500 .*, 3 times"),
    "200 with a page": (answers(HTML), "kept aside", "HTML page"),
    "empty body": (answers(b""), "kept aside", "the file is empty"),
    "cut off, goes on": (
        once(lambda h: hang_up(h, half_of(SECOND), len(SECOND)), SECOND), "taken", ""),
    "cut off each time": (
        answers(lambda h: hang_up(h, half_of(SECOND), len(SECOND))), "not fetched", "cut off"),
    "cut off, no length told": (
        answers(lambda h: hang_up(h, SECOND[:-20], None)), "kept aside", "line end|cut off"),
    "length too short": (
        answers(lambda h: hang_up(h, SECOND, len(SECOND) - 30)), "kept aside", "line end|cut off"),
    "slow drip": (answers(drip), "not fetched", "slower than"),
    "endless body": (answers(endless), "not fetched", "more than 64 MB"),
    "length beyond all measure": (
        answers(lambda h: hang_up(h, b"x", 10**12)), "not fetched", "more than 64 MB"),
    "silence": (answers(silent), "not fetched", "no answer in time|cut off"),
    "bomb in the file": (answers(unpacks_to(260)), "kept aside", "unpacks to more"),
    "bomb in the transfer": (packed_bomb, "not fetched", "more than 64 MB"),
    "bomb in a bomb": (packed_twice, "not fetched", "packed as 'gzip, gzip'"),
    "packed and damaged": (
        status(200, {"Content-Encoding": "gzip"}, b"no gzip at all"), "not fetched", "damaged"),
    "packed and cut off": (
        status(200, {"Content-Encoding": "gzip"}, gzip.compress(SECOND)[:-9]), "not fetched",
        "cut off"),
    "headers without end": (answers(slow_headers), "not fetched", "no answer in time"),
    "redirect to what is no address": (
        answers(redirect("https:\\\\evil")), "not fetched", "no address|Invalid URL"),
    "redirect to no name": (
        answers(redirect("https://xn--/x.csv")), "not fetched", "no address|not listed"),
    "redirect to another host": (
        answers(redirect("https://example.org/x.csv")), "not fetched", "not listed"),
    "redirect to a private address": (
        answers(redirect("https://169.254.169.254/latest/meta-data")), "not fetched", "private"),
    "redirect to this machine": (
        answers(redirect("https://[::1]/x.csv")), "not fetched", "private"),
    "redirect to a name of this machine": (private_name, "not fetched", "private address"),
    "redirect without encryption": (
        answers(redirect(f"http://{DATASTORE}/x.csv")), "not fetched", "plain https"),
    "redirect to another port": (
        answers(redirect(f"https://{DATASTORE}:8443/x.csv")), "not fetched", "plain https"),
    "redirect in a ring": (
        answers(lambda h: redirect(f"https://{STORAGE}{h.path}")(h)), "not fetched", "handed on"),
    "changed header": (
        answers(renamed("MajorText", "Heading")), "kept aside",
        "Metropolitan Police Service.*sources/mps.py"),
    "changed beyond knowing": (
        answers(b"a,b,c\r\n1,2,3\r\n"), "kept aside", "no reader knows its layout.*a, b, c"),
    "missing month": (answers(without_month("201801")), "kept aside", "no 201801"),
    "shrunken history": (answers(crime("2017-01", 12)), "kept aside", "history shrank"),
    "step back": (answers(crime("2016-01", 24)), "kept aside", "history shrank"),
    "future month": (answers(crime("2025-12", 24)), "kept aside", "months that are over"),
    "another file in its place": (
        answers(as_csv(ward_frame())), "kept aside", "read as mps_ward, expected mps_borough"),
    "two of one name": (doubled, "taken", ""),
    "no such name": (
        lambda s, m: published(s, SECOND, "Other.csv"), "not fetched", "found no file"),
    "only a form that is not read": (
        lambda s, m: published(s, SECOND, FILE.replace(".csv", ".ods")), "not fetched",
        "found no file .* of the ending csv .*24 months.*ods"),
    "data set gone": (says(b"[]"), "not fetched", "found 0 data sets"),
    "catalogue no JSON": (says(HTML), "not fetched", "expected JSON"),
    "catalogue of another shape": (says(b'{"result": 1}'), "not fetched", "another shape"),
    "new slug": (another_slug("crime-geographic-2027-abcde"), "taken", ""),
    "old slug": (another_slug("recorded_crime_summary"), "taken", ""),
    "changed while it came": (changes_between, "taken", ""),
    "a zip of nothing known": (answers(zipped({"x.txt": b"x"})), "kept aside", "no reader"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leads_to_its_outcome_and_harms_nothing_held(
    fault, get, server, checkout, monkeypatch
):  # fmt: skip
    arrange, expected, words = FAULTS[fault]
    published(server, FIRST)
    assert list(get(KEY)["status"]) == ["taken"]
    held, [resource] = kept_files(checkout), [k for k in server.pages if k[0] == STORAGE]
    server.pages[resource] = SECOND
    SETTINGS.clear()
    arrange(server, monkeypatch)
    [row] = get(KEY, **SETTINGS).to_dict("records")
    assert row["status"] == expected, row["why"]
    assert re.search(words, row["why"], re.DOTALL), row["why"]
    now = kept_files(checkout)
    assert {name: now.get(name) for name in held} == held, "what was held is as it was"
    if expected == "taken":
        assert (checkout / "data" / "snapshots" / row["sha256"]).read_bytes() == SECOND
    else:
        assert now == held, "nothing was taken"
        assert accept.known(checkout, KEY)["sha256"] in held
    # and the next good answer is taken
    server.pages.clear()
    published(server, SECOND)
    assert list(get(KEY)["status"]) in (["taken"], ["unchanged"])
    taken = checkout / "data" / "snapshots" / accept.known(checkout, KEY)["sha256"]
    assert taken.read_bytes() == SECOND
    assert not list((checkout / "data" / "snapshots" / "partial").iterdir())


@pytest.mark.parametrize("place", ["https:\\\\evil", "https://xn--/x.csv", "https://[", "\x01"])
def test_an_address_that_is_none_ends_its_own_file_alone(get, server, place):
    files = {FILE: FIRST, "MPS Ward Level Crime (most recent 24 months).csv": as_csv(ward_frame())}
    datastore(server, {MPS: files})
    [borough] = [k for k in server.pages if k[0] == STORAGE and k[1].endswith(FILE)]
    server.pages[borough] = redirect(place)
    report = get(KEY, "mps_ward_recent").set_index("key")["status"]
    assert report.to_dict() == {KEY: "not fetched", "mps_ward_recent": "taken"}


def throttled(page, times: list):
    """A page whose server is busy at first, in one way and then in another."""

    def answer(handler):
        times.append(1)
        if len(times) < 3:
            return handler.plain((429, 503)[len(times) - 1], b"", {"Retry-After": "0"})
        return page(handler) if callable(page) else handler.file(page)

    return answer


def test_servers_that_are_all_busy_at_first_give_everything_in_the_end(get, server, checkout):
    """Catalogue, redirect and storage: each is asked again, none is passed over."""
    published(server, FIRST)
    busy = {place: [] for place in server.pages}
    server.pages |= {p: throttled(page, busy[p]) for p, page in server.pages.items()}
    usual = replace(QUICK, attempts=web.Limits().attempts)
    assert list(get(KEY, limits=usual)["status"]) == ["taken"]
    on_the_way = {p: len(times) for p, times in busy.items() if times}
    assert len(on_the_way) == 3
    assert min(on_the_way.values()) == 3


def test_more_than_twenty_kinds_of_fault_are_tried():
    assert len(FAULTS) >= 40


def test_what_is_kept_aside_says_why_and_is_no_snapshot(get, server, checkout):
    published(server, HTML)
    get(KEY)
    [about] = (checkout / "data" / "snapshots" / "aside").glob("*.json")
    assert "HTML page" in about.read_text("utf-8")
    assert about.with_suffix("").read_bytes() == HTML
    assert kept_files(checkout) == {}


def test_a_file_sent_packed_is_taken(get, server):
    published(server, FIRST)
    packed = gzip.compress(FIRST)
    server.pages[storage_of(server)] = lambda h: h.plain(200, packed, {"Content-Encoding": "gzip"})
    assert list(get(KEY)["status"]) == ["taken"]


def test_a_certificate_that_nobody_signed_is_refused_at_once(get, secured, checkout):
    published(secured, FIRST)
    [row] = get(KEY, stand_ins=secured.stand_ins).to_dict("records")
    assert row["status"] == "not fetched"
    assert "certificate is not trusted" in row["why"]
    assert secured.asked == []
    assert kept_files(checkout) == {}


def test_a_certificate_of_ones_own_is_given_by_the_environment(get, secured, monkeypatch):
    published(secured, FIRST)
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.pem))
    assert list(get(KEY, stand_ins=secured.stand_ins)["status"]) == ["taken"]


def test_a_trusted_certificate_of_another_host_is_refused(get, secured, monkeypatch):
    published(secured, FIRST)
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.pem))
    files = {KEY: FILES[KEY] | {"host": "example.org"}}
    said = {
        "hosts": {"example.org": {"a_second": 100, "burst": 9}},
        "sources": {"mps_borough": {"reader": "mps", "files": files}},
    }
    [row] = get(KEY, stand_ins={"example.org": secured.base}, said=said).to_dict("records")
    assert "certificate is not trusted" in row["why"]
