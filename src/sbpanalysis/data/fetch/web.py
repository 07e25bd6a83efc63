"""May this address be asked, and what does it answer? Every request of the library passes here.

Only hosts of data/reference/hosts.yml are asked, over https, each redirect checked like the first
address; private addresses are refused. Proxies and certificates come from the environment.

`SBP_FETCH_STAND_IN` lets a server of one's own answer in a publisher's place, for tests and for
mirrors: `data.london.gov.uk=http://127.0.0.1:8000`, several divided by commas. Addresses, redirects
and certificates are checked as if the publisher itself had answered.
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import socket
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count

import httpx

from sbpanalysis import __version__
from sbpanalysis.data.fetch.register import HOSTS, SOURCES, Register
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

AGENT = f"sbpanalysis/{__version__} (strategic crime assessments; monthly; one reader a source)"
STAND_IN = "SBP_FETCH_STAND_IN"
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_NOT_THERE = {400, 401, 403, 404, 405, 410, 501}
_MOST_REDIRECTS = 5
_PIECE = 2**20  # bytes
_UNKNOWN_NAME = (
    "ame or service not known",
    "nodename nor servname",
    "name resolution",
    "No address",
)


@dataclass(frozen=True)
class Limits:
    """How long and how often is tried: seconds, attempts, bytes a second."""

    attempts: int = 5
    pause: float = 1.0
    longest_pause: float = 180.0
    connect: float = 20.0
    silence: float = 60.0
    seconds: float = 3600.0
    patience: float = 30.0
    slowest: float = 1000.0


class Again(Exception):  # noqa: N818
    """What went wrong may pass: try again, after `wait` seconds if the server named a time."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class NotThere(DataError):  # noqa: N818
    """The server answered, and has nothing of the kind at the address: no use to try again."""


class Stopped(BaseException):
    """The user ended the command; not an error of any file."""


@dataclass
class Pace:
    """Requests to one host: `burst` at once, then `a_second`."""

    a_second: float
    burst: int
    free: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, stop: threading.Event) -> None:
        """Return when the next request may be sent."""
        with self.lock:
            now = time.monotonic()
            self.free = max(self.free, now - self.burst / self.a_second)
            self.free += 1 / self.a_second
            pause = self.free - now
        if pause > 0 and stop.wait(pause):
            raise Stopped


@dataclass(frozen=True)
class Web:
    """A way out: the client, the hosts that may be asked, their pace, and what stands in."""

    client: httpx.Client
    limits: Limits
    paces: dict[str, Pace]
    stand_ins: dict[str, str]
    stop: threading.Event = field(default_factory=threading.Event)
    memo: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: object, get: Callable):
        """What `get` gives, asked for once a run: several files are found in one catalogue."""
        with self.lock:
            gate = self.memo.setdefault(("gate", key), threading.Lock())
        with gate:
            if key not in self.memo:
                self.memo[key] = get()
            return self.memo[key]


@contextmanager
def opened(
    register: Register, limits: Limits | None = None, stand_ins: dict[str, str] | None = None
) -> Iterator[Web]:
    """The way out to the hosts of a register; `stand_ins` as SBP_FETCH_STAND_IN says them."""
    limits = limits or Limits()
    said = os.environ.get(STAND_IN, "") if stand_ins is None else ""
    pairs = [pair.partition("=")[::2] for pair in said.split(",") if "=" in pair]
    paces = {}
    for name, host in register.hosts.items():
        pace = Pace(host.a_second, host.burst)
        paces |= dict.fromkeys((name, *host.also), pace)
    with httpx.Client(
        timeout=httpx.Timeout(limits.silence, connect=limits.connect),
        headers={"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"},
        follow_redirects=False,
    ) as client:
        given = dict(pairs) if stand_ins is None else stand_ins
        yield Web(client, limits, paces, {h.strip(): b.strip("/ ") for h, b in given.items()})


def ask(
    web: Web,
    url: str,
    use: Callable[[httpx.Response], object],
    headers: Callable[[], dict[str, str]] = dict,
    data: dict | None = None,
):
    """What `use` makes of the answer to a GET, or a POST of `data`.

    Tried again with growing pauses, or after the time the server asks for, where the fault may
    pass. `headers` is called before each attempt. Raises `DataError` for what does not pass.
    """
    limits = web.limits
    for attempt in count(1):
        try:
            with _answered(web, url, headers(), data) as response:
                return use(response)
        except Again as fault:
            why, asked = str(fault), fault.wait
        except (httpx.InvalidURL, UnicodeError):  # the client looks at where it is handed on to
            raise DataError(f"{_shown(url)}: handed on to what is no address, refused.") from None
        except httpx.RequestError as fault:
            why, asked = _said(fault), None
            if "certificate" in why:
                raise DataError(f"{_shown(url)}: {why}.") from None
        if asked is not None and asked > limits.longest_pause:
            raise DataError(
                f"{_shown(url)}: {why}, and asks to wait {asked:,.0f} s; run sbp fetch again then."
            )
        if attempt >= limits.attempts:
            raise DataError(
                f"{_shown(url)}: {why}, {attempt} times; what was held stays, try again later."
            )
        pause = limits.pause * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)
        if web.stop.wait(min(limits.longest_pause, pause) if asked is None else asked):
            raise Stopped


def text(web: Web, url: str, most: int = 64 * 2**20, data: dict | None = None) -> bytes:
    """The whole body of an answer, unpacked if it came packed, at most `most` bytes."""

    def use(response: httpx.Response) -> bytes:
        parts, size, started = [], 0, time.monotonic()
        for part in pieces(response):
            size += len(part)
            check_pace(web, url, size, most, started)
            parts.append(part)
        return b"".join(parts)

    return ask(web, url, use, data=data)


def pieces(response: httpx.Response) -> Iterator[bytes]:
    """The body of an answer in pieces of at most 1 MB each, unpacked where it came packed."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        yield from response.iter_raw()
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        said = f"sent packed as {plain(coding, 40)!r}, expected gzip"
        raise DataError(f"{_shown(str(response.url))}: {said}; try again later.")
    unpack = zlib.decompressobj(wbits=47)  # either of the two, by its first bytes
    try:
        for rest in response.iter_raw():
            while rest:
                yield unpack.decompress(rest, _PIECE)
                rest = unpack.unconsumed_tail
    except zlib.error:
        raise Again("the packed answer is damaged") from None
    if not unpack.eof:
        raise Again("the answer was cut off")


def said_in_json(web: Web, url: str):
    """What an address answers in JSON; raises `NotThere` where it answers anything else."""
    content = text(web, url)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = plain(content[:60].decode("utf-8", "replace"), 60)
        raise NotThere(
            f"{url}: found {start!r}, expected JSON; open it in a browser to see what it says."
        ) from None


def check_pace(web: Web, url: str, size: int, most: int, started: float, new: int | None = None):
    """Raise if a body is too large, too slow or too long under way; `new` are bytes just come."""
    if web.stop.is_set():
        raise Stopped
    took, limits = time.monotonic() - started, web.limits
    if size > most:
        raise DataError(
            f"{_shown(url)}: more than {most / 2**20:,.3g} MB; see `most` in {SOURCES}."
        )
    if took > limits.seconds:
        raise Again(f"not through after {limits.seconds:,.0f} s")
    if took > limits.patience and (size if new is None else new) / took < limits.slowest:
        raise Again(f"slower than {limits.slowest:,.0f} bytes a second")


@contextmanager
def _answered(web: Web, url: str, headers: dict, data: dict | None) -> Iterator[httpx.Response]:
    for _ in range(_MOST_REDIRECTS + 1):
        host = _checked(web, url)
        web.paces[host].wait(web.stop)
        base = web.stand_ins.get(host)
        target = httpx.URL(url)
        extensions = {}
        if base:
            target = httpx.URL(base).copy_with(raw_path=target.raw_path)
            headers = headers | {"Host": host}
            extensions = {"sni_hostname": host}
        request = web.client.build_request(
            "POST" if data else "GET", target, headers=headers, data=data, extensions=extensions
        )
        response = _headers_of(web, request)
        try:
            if response.is_redirect and "location" in response.headers:
                url = str(httpx.URL(url).join(response.headers["location"]))
                headers = {k: v for k, v in headers.items() if k != "Host"}
                continue
            _judge(response, url)
            response.extensions["address"] = url
            yield response
            return
        finally:
            response.close()
    raise DataError(f"{_shown(url)}: handed on more than {_MOST_REDIRECTS} times.")


def _headers_of(web: Web, request: httpx.Request) -> httpx.Response:
    """The answer once its headers are there: the client limits each wait, this one all of them."""
    box: Future[httpx.Response] = Future()

    def send() -> None:
        try:
            response = web.client.send(request, stream=True)
        except BaseException as fault:
            if box.set_running_or_notify_cancel():
                box.set_exception(fault)
            return
        if box.set_running_or_notify_cancel():
            box.set_result(response)
        else:  # nobody waits any longer
            response.close()

    threading.Thread(target=send, daemon=True).start()
    try:
        return box.result(web.limits.connect + web.limits.silence)
    except TimeoutError as late:
        if not box.cancel():  # it came, or failed, at the last moment
            return box.result()
        raise Again("no answer in time") from late


def _judge(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in (200, 206, 304, 416):
        return
    said = f"answered {status} {response.reason_phrase}".strip()
    if status in _PASSING:
        raise Again(said, _retry_after(response.headers.get("retry-after")))
    fault = NotThere if status in _NOT_THERE else DataError
    raise fault(f"{_shown(url)}: {said}; open it in a browser to see whether it has moved.")


def _checked(web: Web, url: str) -> str:
    """The host of an address that may be asked; raises `DataError` for any other."""
    parts = httpx.URL(url)
    host = parts.host
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        literal = None
    if literal is not None and not literal.is_global:
        raise DataError(f"{_shown(url)}: a private address, refused.")
    if host not in web.paces:
        raise DataError(f"{_shown(url)}: host {plain(host)!r} is not listed in {HOSTS}, refused.")
    if parts.scheme != "https" or parts.port not in (None, 443) or parts.userinfo:
        raise DataError(f"{_shown(url)}: expected a plain https address, refused.")
    proxied = {"https", "all"} & set(urllib.request.getproxies())
    if host in web.stand_ins or (proxied and not urllib.request.proxy_bypass(host)):
        return host
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()  # the client says what is wrong with the name
    for address in found:
        if not ipaddress.ip_address(address.split("%")[0]).is_global:
            raise DataError(f"{_shown(url)}: leads to the private address {address}, refused.")
    return host


def _retry_after(said: str | None) -> float | None:
    if not said:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _said(fault: httpx.RequestError) -> str:
    """A fault of the connection in plain words."""
    text = str(fault)
    for mark, words in (
        ("CERTIFICATE_VERIFY_FAILED", "the server's certificate is not trusted; a council's own "
         "is given by SSL_CERT_FILE"),
        ("SSL", "no secure connection (certificate or protocol)"),
        *((dns, "the name of the host was not found (DNS)") for dns in _UNKNOWN_NAME),
        ("refused", "the connection was refused"),
        ("incomplete", "the answer was cut off"),
        ("without sending complete", "the answer was cut off"),
    ):  # fmt: skip
        if mark in text:
            return words
    if isinstance(fault, httpx.TimeoutException):
        return "no answer in time"
    return f"the connection failed ({plain(text or type(fault).__name__)})"


def _shown(url: str) -> str:
    """An address as it may be printed: without the signed query of a storage server."""
    parts = httpx.URL(url)
    return plain(f"{parts.host}{parts.path}", 160)
