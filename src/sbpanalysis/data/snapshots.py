"""What exactly was received, from where and when? The raw bytes, kept and never overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.errors import DataError
from sbpanalysis.paths import sweep as clear
from sbpanalysis.paths import unfinished

SAMPLE = "data/sample/"  # how the origin of a synthetic file begins


def folder(root: Path) -> Path:
    """Where the snapshots of a checkout lie."""
    return root / "data" / "snapshots"


def keep(
    file: RawFile,
    root: Path,
    origin: str = "",
    headers: dict[str, str] | None = None,
    *,
    closed: bool = False,
) -> Path:
    """Keep the bytes of `file` under their SHA-256, with a JSON beside them that says whence.

    `headers` are those of a download; a `closed` file is enciphered. What is kept already stays as
    it is, if it can be read. Returns the path of the bytes.
    """
    kept = folder(root) / file.sha256
    if not kept.exists() or (closed and _plain(file.sha256, root) is None):
        content = turned(file.received, file.sha256, root) if closed else file.received
        write_whole(kept, content, private=True)
    beside = kept.with_suffix(".json")
    if not beside.exists():
        facts = {
            "name": file.name,
            "origin": origin or file.name,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "size": len(file.received),
            "content_sha256": file.content_sha256,
        } | ({"headers": headers} if headers else {})
        _note(beside, facts)
    else:
        _also(beside, file.name, origin or file.name)
    return kept


def key(root: Path) -> bytes:
    """The key of a checkout, which git never sees; made when it is first wanted."""
    path = folder(root) / "key"
    if not path.is_file():
        write_whole(path, secrets.token_hex(32).encode(), private=True)
    return path.read_bytes()


def turned(content: bytes, digest: str, root: Path) -> bytes:
    """Bytes of a closed file enciphered, or plain again; `digest` is their own.

    So that nothing but the library reads them, by mistake or from a copy of their folder's file
    alone. The stream is SHAKE-256 of the checkout's key and the digest.
    """
    stream = hashlib.shake_256(key(root) + bytes.fromhex(digest))
    mask = np.frombuffer(stream.digest(len(content)), dtype=np.uint8)
    return (np.frombuffer(content, dtype=np.uint8) ^ mask).tobytes()


def also(sha256: str, name: str, root: Path, origin: str) -> None:
    """Note that what is kept was given under another name too, by which it may then be found."""
    about = folder(root) / f"{sha256}.json"
    if about.exists():
        _also(about, name, origin)


def _also(about: Path, name: str, origin: str) -> None:
    facts = json.loads(about.read_bytes())
    others = facts.get("also", [])
    if origin.startswith(SAMPLE) != facts["origin"].startswith(SAMPLE):
        return  # synthetic files are never found by the name of a published one
    if not any(named(text, name) for text in (facts["name"], facts["origin"], *others)):
        facts["also"] = [*others, origin]
        _note(about, facts)


def names(about: dict) -> list[str]:
    """The names and places under which a snapshot was given."""
    return [about["name"], about["origin"], *about.get("also", [])]


def _note(path: Path, facts: dict) -> None:
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    write_whole(path, text.encode(), private=True)


def noted(sha256: str, root: Path) -> dict:
    """What was written down when a snapshot was kept; empty for an archive too large to keep."""
    path = folder(root) / f"{sha256}.json"
    return json.loads(path.read_bytes()) if path.is_file() else {}


def kept(root: Path, synthetic: bool = False) -> dict[str, dict]:
    """What is kept, by SHA-256: name, origin, time, size, content_sha256.

    `synthetic` gives the files of the sample, otherwise only others: no edition and no source
    ever takes one for the other.
    """
    if not folder(root).is_dir():
        return {}
    found = {p.stem: json.loads(p.read_bytes()) for p in sorted(folder(root).glob("*.json"))}
    return {k: v for k, v in found.items() if v["origin"].startswith(SAMPLE) == synthetic}


def find(reference: str, root: Path, synthetic: bool = False) -> str | None:
    """The SHA-256 of the snapshot that a file name, or the start of a SHA-256, means.

    Only files of the sample are looked at if `synthetic`, else only others. A SHA-256 may be that
    of the bytes as received or of the unpacked content; a name may leave out .gz. Raises
    `DataError` where two snapshots have the name.
    """
    held = kept(root, synthetic)
    if is_digest(reference):
        found = [
            sha
            for sha, about in held.items()
            if sha.startswith(reference) or about["content_sha256"].startswith(reference)
        ]
    else:
        found = [
            sha
            for sha, about in held.items()
            if any(named(text, reference) for text in names(about))
        ]
    if len({held[sha]["content_sha256"] for sha in found}) > 1:
        listed = ", ".join(f"{sha[:12]} ({held[sha]['time'][:10]})" for sha in found)
        raise DataError(
            f"{plain(reference)}: found {len(found)} different snapshots ({listed}), expected one;"
            " give the edition the SHA-256 of the one it means."
        )
    return found[0] if found else None


def reopen(sha256: str, root: Path) -> RawFile:
    """The file that was kept under a SHA-256; raises `DataError` if the bytes are not it."""
    path, about = folder(root) / sha256, noted(sha256, root)
    if not path.is_file() or not about:  # one without the other: killed between the two
        raise DataError(f"snapshot {sha256[:12]}: not kept; add the file with `sbp add FILE`.")
    content = _plain(sha256, root)
    if content is None:
        raise DataError(
            f"snapshot {sha256[:12]}: the bytes kept are others, something changed them; delete "
            f"data/snapshots/{sha256} and add the published file again."
        )
    return RawFile.of(about["name"], content)


def _plain(sha256: str, root: Path) -> bytes | None:
    """The bytes of what is kept, deciphered if need be; None if they are not those."""
    kept = (folder(root) / sha256).read_bytes()
    if hashlib.sha256(kept).hexdigest() == sha256:
        return kept
    content = turned(kept, sha256, root)
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def is_digest(text: str) -> bool:
    """Whether `text` is a SHA-256 or the first eight or more of its digits."""
    return 8 <= len(text) <= 64 and set(text) <= set("0123456789abcdef")


def named(path: str, reference: str) -> bool:
    """Whether a file at `path` is meant by `reference`: a name, with or without the last folders
    before it, and with or without .gz.

    >>> named("boundaries/wards/E09000006.json", "wards/E09000006.json")
    True
    """
    here, meant = (text.removesuffix(".gz").split("/") for text in (path, reference))
    return here[-len(meant) :] == meant


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file so that a reader, or a kill, sees the whole of it or nothing.

    A `private` one, as all that partners' figures may stand in, and its folder are for nobody
    else of this machine.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if private:
        path.parent.chmod(0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(""))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o600 if private else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sweep(root: Path) -> None:
    """Remove what processes that ended had not finished writing among the data of a checkout."""
    kept = root / "data"
    clear(kept, kept / "store", *(Path(here) for here, *_ in os.walk(folder(root))))
