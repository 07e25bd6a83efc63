"""What of an archive is ours? Files are taken one at a time: it may be larger than memory."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path

from sbpanalysis.data import forms, snapshots, strict
from sbpanalysis.data.reading import (
    MOST_BYTES,
    MOST_MEMBERS,
    RawFile,
    Reading,
    hidden,
    opened,
    plain,
    unpacked,
)
from sbpanalysis.data.sources import police_uk_street
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, NotOursError

_HEAD = 4096
_WORKBOOKS = {"xl/workbook.xml", "content.xml"}
Reader = Callable[[RawFile], Reading | None]


@dataclass
class Found:
    """What the files of an archive came to: SHA-256 of the taken, and names of others with why."""

    taken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)
    elsewhere: int = 0


def is_large(path: Path) -> bool:
    """Whether `path` is an archive of files that unpack to more than is taken as one file."""
    if not zipfile.is_zipfile(path):
        return False
    with opened(path.name, path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    return sum(sizes.values()) > MOST_BYTES and not _WORKBOOKS & set(sizes)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, which is never held whole."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def take_large(path: Path, sha256: str, store: Store, read: Reader) -> dict | None:
    """Keep and store the files of a large archive that `read` knows; the facts, None for none.

    The archive itself is not kept, for what was taken of it is. Raises `DataError` if nothing
    can be taken of it and something was refused.
    """
    with opened(path.name, path) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise DataError(
                f"{plain(path.name)}: more than {MOST_MEMBERS} files, check what it is."
            )
        found = _each(archive, path.name, store, read)
    return _facts(RawFile(path.name, b"", sha256, sha256, b""), found, store)


def take_small(file: RawFile, store: Store, read: Reader, origin: str = "") -> dict | None:
    """As `take_large`, for an archive that is in memory, which is kept itself."""
    with file.archive() as archive:
        found = _each(archive, file.name, store, read)
    if found.taken:
        private = any((store.facts(sha256) or {}).get("closed") for sha256 in found.taken)
        snapshots.keep(file, store.root, origin, closed=private)
    return _facts(file, found, store)


def _each(archive: zipfile.ZipFile, name: str, store: Store, read: Reader) -> Found:
    """Take each file of an archive by itself: a bad one never keeps the others out."""
    found, left = Found(), MOST_BYTES
    for info in archive.infolist():
        if info.is_dir() or hidden(info.filename):
            continue
        short = plain(info.filename, 200)
        try:
            if info.file_size > MOST_BYTES:
                raise DataError(f"{short}: larger than any source, check what it is.")
            if _elsewhere(archive, info):
                found.elsewhere += 1
                continue
            member = unpacked(archive, info, name)
            # what was packed twice counts, as its size is told nowhere
            left -= len(member.content) - len(member.received)
            if left < 0:
                raise DataError(f"{short}: the archive unpacks to too much, give it by itself.")
            _one(member, short, name, store, read, found)
        except NotOursError as reason:
            found.passed[short] = str(reason).removeprefix(f"{plain(info.filename)}: ")
        except DataError as fault:
            found.refused[short] = str(fault)
    return found


def _one(member: RawFile, short: str, archive: str, store: Store, read: Reader, found: Found):
    forms.refuse_example(member, store.root)
    if member.sha256 in found.taken:
        found.passed[short] = "the same as another file of the archive"
        return
    if not store.facts(member.sha256):
        reading = read(member)
        if reading is None:
            found.passed[short] = strict.why_passed(member)
            return
        store.put(member, reading)
    private = (store.facts(member.sha256) or {}).get("closed", False)
    snapshots.keep(member, store.root, f"{archive}, {member.name}", closed=private)
    found.taken.append(member.sha256)


def _facts(file: RawFile, found: Found, store: Store) -> dict | None:
    if found.taken:
        return store.put_archive(file, found.taken, found.refused, found.passed, found.elsewhere)
    if found.refused:
        listed = "".join(f"\n- {why}" for why in found.refused.values())
        raise DataError(f"{plain(file.name)}: nothing of the archive is taken.{listed}")
    return None


def reasons(facts: dict) -> str:
    """What was passed over in an archive, and why, in one line."""
    parts = [f"{name}: {why}" for name, why in facts.get("passed", {}).items()]
    if facts.get("elsewhere"):
        parts.append(f"{facts['elsewhere']} files of forces outside {territory().name}")
    return f"; passed over: {'; '.join(parts)}" if parts else ""


def _elsewhere(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether a file is the street file of a force outside the territory, by its first row."""
    try:
        with archive.open(info) as stream:
            return police_uk_street.elsewhere(stream.read(_HEAD))
    except Exception:  # `unpacked` tells what is wrong with it
        return False
