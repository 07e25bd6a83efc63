"""What is new in a large archive? Only the wanted files in it are read, each from its own bytes.

An archive of data.police.uk has 1.7 GB, of which an assessment needs some files of 6 MB. A zip
tells at its end where each file in it begins, and a checksum of each: so the few are fetched by
byte range, and none whose checksum is the one taken before.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sbpanalysis.data.fetch import download
from sbpanalysis.data.fetch.register import Address, Wanted
from sbpanalysis.data.fetch.resolve import newest_months
from sbpanalysis.data.fetch.web import Again, Web, ask
from sbpanalysis.errors import DataError

_STEP = 2**20
_SPAN = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True)
class Member:
    """A file inside an archive: its name, its checksum, and how to read it."""

    name: str
    checksum: str
    url: str
    read: Callable[[], bytes]


def address(web: Web, wanted: Wanted) -> Address:
    """The archive of the newest month, or the one archive there is."""
    path = wanted.way.address
    if "{month}" in path:
        path = path.format(month=newest_months(web, wanted)[0])
    return Address(f"https://{wanted.host}{path}", path.rsplit("/", 1)[-1])


def members(
    web: Web, root: Path, wanted: Wanted, moved: Callable[[int, int | None], None]
) -> Iterator[Member]:
    """The wanted files of the archive, newest first; `moved` hears of the bytes received."""
    at = address(web, wanted)
    with (
        _read_in(wanted, at),
        _open(web, root, wanted, at, moved) as stream,
        zipfile.ZipFile(stream) as zipped,
    ):
        for info in _infos(zipped, wanted, at):
            if info.file_size > wanted.most_bytes:
                raise DataError(f"{wanted.key}: {info.filename} is larger than expected.")

            def read(info=info) -> bytes:
                return _member(zipped, info)

            yield Member(info.filename, _checksum(info), at.url, read)


def listed(web: Web, wanted: Wanted, at: Address) -> list[tuple[str, str, int]] | None:
    """Name, checksum and packed bytes of each wanted file; None where no parts can be had."""
    first = ask(web, at.url, _span, _a_few_bytes)
    if not first:
        return None
    stream = io.BufferedReader(_Remote(web, at.url, *first, lambda new, total: None), _STEP)
    with _read_in(wanted, at), stream, zipfile.ZipFile(stream) as zipped:
        infos = _infos(zipped, wanted, at)
        return [(i.filename, _checksum(i), i.compress_size) for i in infos]


def _infos(zipped: zipfile.ZipFile, wanted: Wanted, at: Address) -> list[zipfile.ZipInfo]:
    """The wanted files, newest first."""
    pattern = re.compile(wanted.way.members)
    infos = [i for i in zipped.infolist() if pattern.fullmatch(i.filename)]
    infos.sort(key=lambda info: info.filename, reverse=True)
    if not infos:
        raise DataError(
            f"{wanted.key}: {at.name} holds no file {wanted.way.members!r}; the "
            f"publisher renamed its files: mend `members` in {wanted.place}."
        )
    return infos[: wanted.way.months]


@contextmanager
def _read_in(wanted: Wanted, at: Address) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, zlib.error) as fault:
        raise DataError(
            f"{wanted.key}: {at.name} is no whole zip archive ({fault}); nothing of it was taken, "
            "try again later."
        ) from None


def _checksum(info: zipfile.ZipInfo) -> str:
    return f"{info.CRC:08x}-{info.file_size}"


def _a_few_bytes() -> dict[str, str]:
    return {"Range": "bytes=0-3", "Accept-Encoding": "identity"}


def forget(root: Path, wanted: Wanted) -> None:
    """Remove an archive that had to be fetched whole, once its files are taken."""
    download.drop(root, _key(wanted))


def _key(wanted: Wanted) -> str:
    return f"{wanted.host}{wanted.way.address}"


def _member(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        return zipped.read(info)  # checks the checksum
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as fault:
        raise DataError(
            f"{info.filename}: damaged in the archive ({fault}); try again later."
        ) from None


def _open(web: Web, root: Path, wanted: Wanted, at: Address, moved):
    """The archive as a file to read in: by byte ranges, or whole where the server gives none."""
    first = ask(web, at.url, _span, _a_few_bytes)
    if first:
        return io.BufferedReader(_Remote(web, at.url, *first, moved), _STEP)
    key, most = _key(wanted), wanted.most_bytes
    whole = web.once(  # several entries read in one archive
        key, lambda: download.download(web, root, key, at.url, at.name, most, moved=moved)
    )
    return whole.path.open("rb")


def _span(answer: httpx.Response) -> tuple[int, str] | None:
    """The archive's size and tag, if the server gives parts of it."""
    found = _SPAN.fullmatch(answer.headers.get("content-range", ""))
    if answer.status_code != 206 or not found:
        return None
    return int(found[3]), answer.headers.get("etag", "")


class _Remote(io.RawIOBase):
    """A file on a server; the interface that zipfile reads from."""

    def __init__(self, web: Web, url: str, size: int, etag: str, moved) -> None:
        self.web, self.url, self.size, self.etag, self.moved = web, url, size, etag, moved
        self.at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer) -> int:
        last = min(self.at + len(buffer), self.size) - 1
        if last < self.at:
            return 0
        headers = {"Range": f"bytes={self.at}-{last}", "Accept-Encoding": "identity"}
        if self.etag and not self.etag.startswith("W/"):
            headers["If-Range"] = self.etag
        content = ask(self.web, self.url, lambda a: self._part(a, last), lambda: headers)
        buffer[: len(content)] = content
        self.at += len(content)
        self.moved(len(content), None)
        return len(content)

    def _part(self, answer: httpx.Response, last: int) -> bytes:
        found = _SPAN.fullmatch(answer.headers.get("content-range", ""))
        if answer.status_code != 206 or not found:
            raise DataError(f"{self.url}: the archive changed while it was read; fetch again.")
        if (int(found[1]), int(found[2]), int(found[3])) != (self.at, last, self.size):
            raise DataError(f"{self.url}: another part came than was asked for; fetch again.")
        content = bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > last - self.at + 1:
                raise DataError(f"{self.url}: more came than was asked for; fetch again.")
        if len(content) != last - self.at + 1:
            raise Again("a part was cut off")
        return bytes(content)
