"""What of an archive too large for memory is ours? Its files are read one at a time."""

from __future__ import annotations

import zipfile
import zlib
from hashlib import file_digest
from pathlib import Path

from sbpanalysis.data import snapshots
from sbpanalysis.data.reading import MOST_BYTES, MOST_MEMBERS, RawFile, plain
from sbpanalysis.data.sources import police_uk_street
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

_HEAD = 4096


def is_large(path: Path) -> bool:
    """Whether `path` is a zip archive that unpacks to more than is taken as one file."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist()) > MOST_BYTES


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, which is never held whole."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def take_large(path: Path, sha256: str, store: Store, read) -> dict | None:
    """Keep and store the files of an archive that `read` knows; the facts, or None for none.

    Street files of police forces outside London are passed over by their first row. The archive
    itself is not kept, for what was taken of it is. Raises `DataError` if a file is refused; then
    nothing of the archive stays.
    """
    new, held = [], []
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir()]
            if len(infos) > MOST_MEMBERS or max(i.file_size for i in infos) > MOST_BYTES:
                raise DataError(f"{plain(path.name)}: more or larger files than any source has.")
            for info in infos:
                with archive.open(info) as stream:
                    if passed_over(info.filename, stream.read(_HEAD)):
                        continue
                member = RawFile.of(info.filename, archive.read(info))
                if store.facts(member.sha256):
                    held.append(member.sha256)
                elif reading := read(member):
                    new.append((member.sha256, store.draft(member, reading)))
                    snapshots.keep(member, store.root, f"{path.name}, {member.name}")
    except BaseException as error:
        for sha, _ in new:
            store.forget(sha)
        if isinstance(error, zipfile.BadZipFile | NotImplementedError | zlib.error):
            raise DataError(
                f"{plain(path.name)}: the zip archive cannot be unpacked ({error}); "
                "download it again."
            ) from None
        raise
    for _, facts in new:
        store.vouch(facts)
    if not new and not held:
        return None
    return store.put_archive(
        RawFile(path.name, b"", sha256, sha256, b""), [*held, *(sha for sha, _ in new)]
    )


def passed_over(name: str, content: bytes) -> bool:
    """Whether a file of an archive is none of ours by its name, or by its first row."""
    return hidden(name) or police_uk_street.elsewhere(content[:_HEAD])


def hidden(name: str) -> bool:
    """Whether a file is what an operating system leaves beside others."""
    return name.rsplit("/", 1)[-1].startswith((".", "__MACOSX"))
