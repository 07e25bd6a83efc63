"""What arrived, and what was read from it? The file as received and the result of a reader.

A reader is a module in `data/sources/` with two functions: `recognises(file: RawFile) -> bool`,
which looks at the content and never at the name, and `read(file: RawFile) -> Reading`, which
raises one `DataError` that lists every fault of the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import pandas as pd

from sbpanalysis.errors import DataError

# A year of London Fire Brigade incidents is 40 MB; a bomb of a few kB unpacks to gigabytes.
MOST_BYTES = 768 * 2**20
MOST_MEMBERS = 20_000
# Tables of numbers shrink to a fiftieth at most, what was made to fill the memory to a thousandth
_MOST_TIMES, _HARMLESS = 200, 64 * 2**20


@dataclass(frozen=True)
class RawFile:
    """A published file: its name, its bytes with gzip undone, and the hashes of both forms."""

    name: str
    content: bytes = field(repr=False)
    sha256: str
    content_sha256: str
    received: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, received: bytes) -> RawFile:
        """The file `name` from the bytes `received`; gzip is known by its first two bytes."""
        digest = sha256(received).hexdigest()
        if received[:2] != b"\x1f\x8b":
            return cls(name, received, digest, digest, received)
        content = _unpacked(name, gzip.GzipFile(fileobj=io.BytesIO(received)), len(received))
        return cls(name, content, digest, sha256(content).hexdigest(), received)

    @classmethod
    def open(cls, path: str | Path) -> RawFile:
        """The file at `path`."""
        path = Path(path)
        if not path.is_file():
            raise DataError(f"{plain(path.name)}: no such file; check the name and the folder.")
        if path.stat().st_size > MOST_BYTES:
            raise DataError(_too_large(path.name))
        return cls.of(path.name, path.read_bytes())

    @property
    def is_zip(self) -> bool:
        """Whether the content is a zip archive."""
        return self.content[:4] in (b"PK\x03\x04", b"PK\x05\x06")

    @property
    def is_workbook(self) -> bool:
        """Whether the content is an .xlsx or .ods workbook: by names, as bytes of any zip lie."""
        if not self.is_zip:
            return False
        if b"opendocument.spreadsheet" in self.content[:120]:
            return True
        return "xl/workbook.xml" in self.sizes

    @property
    def names(self) -> list[str]:
        """The names of the files inside a zip archive; none if it cannot be opened."""
        return list(self.sizes)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The files inside a zip archive with the bytes that each unpacks to, as it says itself."""
        if not self.is_zip:
            return {}
        try:
            with opened(self.name, io.BytesIO(self.content)) as archive:
                infos = archive.infolist()
                return {info.filename: info.file_size for info in infos if not info.is_dir()}
        except DataError:
            return {}

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The cells of the first line, read leniently: for recognising even a broken file."""
        if self.is_zip:
            return ()
        start = self.content[:65536]
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = start[: len(start) // 2 * 2].decode("utf-16", "replace")
        else:
            text = start.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        line = text.replace("\0", "").lstrip().splitlines()[:1]
        if not line:
            return ()
        separator = max(",;\t|", key=line[0].count)
        return tuple(cell.strip() for cell in next(csv.reader(line, delimiter=separator)))

    @cached_property
    def meanings(self) -> frozenset[str]:
        """The `meaning` of each cell of the header."""
        return frozenset(map(meaning, self.header))

    @contextmanager
    def archive(self) -> Iterator[zipfile.ZipFile]:
        """The zip archive; raises `DataError` if it is none, or unpacks to too much."""
        with opened(self.name, io.BytesIO(self.content)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_MEMBERS or sum(info.file_size for info in infos) > MOST_BYTES:
                raise DataError(_too_large(self.name))
            yield archive

    def members(self, ends: tuple[str, ...] = ("",)) -> Iterator[RawFile]:
        """The files inside a zip archive whose names end so, in small letters, in its order.

        Folders are passed over, and so is what an operating system leaves beside files.
        """
        with self.archive() as archive:
            left = MOST_BYTES
            for info in archive.infolist():
                name = info.filename
                if info.is_dir() or hidden(name) or not name.lower().endswith(ends):
                    continue
                member = unpacked(archive, info, self.name)
                left -= len(member.content)
                if left < 0:
                    raise DataError(_too_large(self.name))
                yield member


@contextmanager
def opened(name: str, source: Path | io.BytesIO) -> Iterator[zipfile.ZipFile]:
    """A zip archive, with whatever is wrong with its directory told as `DataError`."""
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # a broken directory raises many kinds
        raise DataError(_broken(name, error)) from None
    with archive:
        yield archive


def unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> RawFile:
    """One file of the archive `name`; raises `DataError` if it is broken or far too large."""
    try:
        with archive.open(info) as stream:
            content = _unpacked(f"{name}, {info.filename}", stream, info.compress_size)
    except DataError:
        raise
    except Exception as error:  # encryption, unknown methods, overlapping or cut entries
        raise DataError(_broken(f"{name}, {info.filename}", error)) from None
    return RawFile.of(info.filename, content)


def hidden(name: str) -> bool:
    """Whether a file is what an operating system leaves beside others."""
    return name.rsplit("/", 1)[-1].startswith((".", "__MACOSX")) or name.startswith("__MACOSX/")


@dataclass(frozen=True)
class Reading:
    """What a reader made of one file.

    `source` is a file of data/reference/sources and `publisher` the name there. `kind` says
    what `table` is: "values", the tidy contract without `snapshot`; "categories", one row an
    area and category as the publisher names it (area_code, area_name, area_type,
    boundary_vintage, major, minor) and one column a month, named such as 2018-03; "boundaries",
    a GeoDataFrame (area_code, name, area_type, boundary_vintage, geometry in degrees);
    "lookup", a frame (lsoa_code, ward_code, ward_name, borough_code, boundary_vintage of the
    wards). `tolerated` are sentences about what was harmless. Of categories a row left out means
    none; of `partial` ones so of areas that have a row, while nothing is known of the others.
    """

    source: str
    publisher: str
    kind: str
    table: pd.DataFrame
    tolerated: tuple[str, ...] = ()
    partial: bool = False


@lru_cache(maxsize=4096)
def meaning(header: str) -> str:
    """A column header with case, blanks and punctuation taken away.

    >>> meaning("LookUp_BoroughName "), meaning("LSOA Code")
    ('lookupboroughname', 'lsoacode')
    """
    return re.sub(r"[^0-9a-z]", "", header.casefold())


def plain(text: object, most: int = 80) -> str:
    """`text` as it may appear in a message: no control characters, and cut where it is long.

    >>> plain("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _unpacked(name: str, stream, packed: int) -> bytes:
    """All of a stream that `packed` bytes unpack to, read in parts so that a bomb ends early."""
    parts, length = [], 0
    try:
        while part := stream.read(2**24):
            parts.append(part)
            length += len(part)
            if length > MOST_BYTES or swells(length, packed):
                raise DataError(_too_large(name))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(_broken(name, error)) from None
    return b"".join(parts)


def swells(length: int, packed: int) -> bool:
    """Whether so many bytes packed to so few that they were made to fill the memory."""
    return length > max(_HARMLESS, _MOST_TIMES * packed)


def _broken(name: str, error: Exception) -> str:
    return (
        f"{plain(name)}: cannot be unpacked ({plain(error)}); it was cut off or altered on the "
        "way, or needs a password: download it again."
    )


def _too_large(name: str) -> str:
    return (
        f"{plain(name)}: unpacks to more than {MOST_BYTES >> 20} MB, to more than {_MOST_TIMES} "
        f"times its size, or to more than {MOST_MEMBERS} files; no source of the register does, "
        "check what it is and give only the files that are needed, unpacked."
    )
