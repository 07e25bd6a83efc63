"""May a page be shown as it was last run? Only if nothing that it was made from has changed.

An entry is the executed notebook itself, under a key of all that is known before a run: the
notebook, its parameters, the library, the versions. Its metadata hold what is known only after:
the files that it opened, and of its edition the snapshots that it read or named. Its file is
called after its content, so that one that was edited is not taken.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import platform
import time
import warnings
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import nbformat
import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.errors import EditedWarning, SbpError
from sbpanalysis.paths import local
from sbpanalysis.report.edition import Edition

KEPT_DAYS, KEPT_BYTES = 60, 500_000_000
KEPT_FRAMES = 12  # of each name
# What decides a page besides the library proper: how its notebook is run and written down
_RUNNING = {
    "cache.py",
    "execute.py",
    "kernel_server.py",
    "kernels.py",
    "processes.py",
    "record.py",
    "stream.py",
}
_PACKAGES = (
    "esda geopandas ipykernel ipython libpysal matplotlib numpy pandas pyarrow ruptures scipy "
    "shapely statsmodels"
)


def common(root: Path) -> dict[str, str]:
    """The parts of a key that every notebook of a checkout has in common."""
    packages = [f"{name} {_version(name)}" for name in _PACKAGES.split()]
    listed = sorted(p.name for p in (root / "data" / "reference").rglob("*"))
    return {
        "library": library(root),
        "versions": _sha([digest(root / "requirements.lock"), platform.python_version(), packages]),
        "list of reference tables": _sha(listed),
    }


def library(root: Path) -> str:
    """One digest of all code that may decide what a notebook gives."""
    source = root / "src" / "sbpanalysis"
    files = [
        path
        for path in sorted(source.rglob("*.*"))
        if path.suffix != ".pyc"
        and (path.name in _RUNNING or path.parent.name != "publish")
        and path not in (source / "cli.py", source / "terminal.py")
    ]
    return _sha([[str(p.relative_to(root)), digest(p)] for p in files])


def inputs_of(notebook: Path, parameters: dict, shared: dict[str, str]) -> dict[str, str]:
    """The inputs of a notebook as written: its outputs and other metadata do not matter."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    written = [
        [c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", []), c.get("id")]
        for c in cells
    ]
    return {"notebook": _sha(written), "parameters": _sha(parameters), **shared}


def key_of(inputs: dict[str, str]) -> str:
    """The key of an execution: short, for it is a file's name too."""
    return _sha(inputs)[:40]


@lru_cache(maxsize=64)
def opened(reference: str, data: str, area: str) -> Edition:
    """An edition, opened once; who builds clears this first, so that it is as it was then."""
    return Edition.open(reference, data=data or None, area=area or None)


def fingerprint(edition: Edition, snapshots: list[str]) -> str:
    """What of an edition a page may depend on that read or named these snapshots.

    Of others it may know the facts (months, measures, levels), never a figure.
    """
    parts = [edition.name, edition.title, edition.area_code, edition.comparators]
    parts += [str(edition.period_end), edition.confidence, edition.sections, edition.cards]
    parts += [edition.priorities, edition.is_sample, edition.follows, edition.current]
    parts += [edition.max_age_months, edition.stale, sorted(edition.withheld)]
    parts += [{s: [str(b.date) + b.note for b in seams] for s, seams in edition.seams.items()}]
    for held in edition.files:
        figures = {"sha256", "table"} if held.sha256 not in snapshots else set()
        facts = {k: v for k, v in held.facts.items() if k not in figures | {"rules"}}
        parts += [held.months, facts]
    return _sha(parts)


def keep(notebook, job, lines: list[str], started: float, cache: Path, root: Path) -> Path:
    """Write an executed notebook among the entries, with what it read.

    `lines` are those of `publish.record`. What was changed while the notebook ran (since
    `started`) is recorded as nothing, so that the entry is never taken for current.
    """
    files, names, snapshots, calendars = {}, set(), set(), set()
    for who, path in (line.split("\t", 1) for line in lines):
        parts = Path(path).parts
        if who == "calendar":
            calendars.add(path)
        elif parts[:2] == ("data", "store") and path.endswith(".parquet"):
            snapshots.add(Path(path).stem)
        elif "editions" in parts[1:2] and path.endswith(".yml") and who == "edition":
            names.add(Path(path).stem)
        elif (
            parts[:2] == ("data", "reference")
            or parts[:1] == ("assessments",)
            or (root / path).is_relative_to(local(root))
            or who == "notebook"
        ):
            for file in _consulted(root, path):
                later = file.exists() and file.stat().st_mtime > started
                name = str(file.relative_to(root))
                files[name] = "changed meanwhile" if later else digest(file)
    reference = job.parameters.get("edition", "")
    names = names - {Path(reference).stem} | ({reference} if reference else set())
    cells = ",\n".join(map(_compact, notebook.cells))
    editions = {}
    for name in sorted(names):
        edition = _edition(name, job.parameters)
        snapshots |= {h.sha256 for h in edition.files if edition.names[h.sha256][:12] in cells}
        editions[name] = edition
    fingerprints = {name: fingerprint(edition, snapshots) for name, edition in editions.items()}
    reads = {"files": files, "snapshots": sorted(snapshots), "editions": fingerprints}
    reads |= {"calendars": sorted(calendars)} if calendars else {}
    notebook.metadata["sbp"] = reads
    metadata_line = _compact({k: v for k, v in notebook.items() if k != "cells"})
    written = f'{{"cells": [\n{cells}\n],\n{metadata_line[1:]}\n'.encode()
    target = cache / f"{job.key}-{_seal(written)}.ipynb"
    write_whole(target, written, private=True)  # what a cell prints may be of persons
    return target


def _consulted(root: Path, path: str) -> list[Path]:
    """The files that a path means: of the folder of sources all, as each is given with the rest."""
    sources = root / "data" / "reference" / reference.SOURCES
    return sorted(sources.glob("*.yml")) if root / path == sources else [root / path]


def _compact(part: dict) -> str:
    """A cell, or what is not cells, in one line; to indent it would be slow."""
    return json.dumps(part, sort_keys=True, ensure_ascii=False)


def kept_frame(root: Path, name: str, editions: list[Edition], make) -> pd.DataFrame:
    """The frame that `make` gives, as text; made only if data, tables or library have changed."""
    tables = sorted(
        [
            *reference.path("").rglob("*"),
            *(root / "assessments").rglob("*"),
            *local(root).glob("*.csv"),
        ]
    )
    parts = [common(root), *(e.fingerprint for e in editions)]
    parts += [hashlib.sha256(p.read_bytes()).hexdigest() for p in tables if p.is_file()]
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:40]
    cache = root / "build" / "cache"
    for path in sorted(cache.glob(f"{name}-{key}-*.csv")):
        if intact(path, name):
            os.utime(path)
            return _as_text(path.read_bytes())
    text = make().to_csv(index=False, lineterminator="\n").encode()
    write_whole(cache / f"{name}-{key}-{_seal(text)}.csv", text, private=True)
    kept = sorted(cache.glob(f"{name}-*.csv"), key=lambda p: p.stat().st_mtime)
    for old in kept[:-KEPT_FRAMES]:
        old.unlink(missing_ok=True)
    return _as_text(text)


def _as_text(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def intact(path: Path, what: str) -> bool:
    """Whether something kept is as its name says; what is not is removed, and that is said."""
    if _seal(path.read_bytes()) == path.stem.rpartition("-")[2]:
        return True
    path.unlink()
    warnings.warn(
        f"build/cache, {what}: edited since it was made; it is made again.",
        EditedWarning,
        stacklevel=3,
    )
    return False


def find(job, cache: Path, root: Path) -> Path | None:
    """The entry that holds for a job as everything is now; it is marked as used."""
    for path in sorted(cache.glob(f"{job.key}-*.ipynb")):
        if intact(path, job.page) and not stale(read(path), job, root):
            os.utime(path)
            return path
    return None


def _seal(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def stale(notebook: nbformat.NotebookNode, job, root: Path) -> list[str]:
    """What an entry read that is now otherwise, in words; empty if it holds."""
    reads = notebook.metadata["sbp"]
    changed = [
        f"{path} changed" for path, was in reads["files"].items() if digest(root / path) != was
    ]
    for name, was in reads["editions"].items():
        try:
            edition = _edition(name, job.parameters)
        except SbpError:
            changed.append(f"edition {name} does not open")
            continue
        if fingerprint(edition, reads["snapshots"]) != was:
            there = {held.sha256 for held in edition.files}
            gone = [s[:12] for s in reads["snapshots"] if s not in there]
            what = f"snapshot {', '.join(gone)} gone" if gone else "edition"
            changed.append(f"data of {name} changed ({what})")
    return changed


def _edition(name: str, parameters: dict) -> Edition:
    own = name == parameters.get("edition")
    return opened(name, *(parameters.get(k, "") if own else "" for k in ("data", "area")))


def read(path: Path) -> nbformat.NotebookNode:
    """An entry; it was valid when it was written, and is not asked again."""
    return nbformat.from_dict(json.loads(path.read_text("utf-8")))


def calendars(path: Path) -> list[str]:
    """Measures of persons that an entry's notebook was given, with "months" or "totals" each."""
    after = path.read_text("utf-8").rpartition("\n],\n")[2]
    return json.loads(f"{{{after}")["metadata"]["sbp"].get("calendars", [])


def why(job, before: dict | None, cache: Path, root: Path) -> str:
    """Why a job without an entry must run, in words; `before` is what `remember` kept of it."""
    if not before:
        return "never run"
    changed = [f"{k} changed" for k, v in job.inputs.items() if before["inputs"].get(k) != v]
    if not changed:
        for path in sorted(cache.glob(f"{job.key}-*.ipynb")):
            changed = stale(read(path), job, root)
    return "; ".join(changed) or "its entry was cleaned away"


def history(cache: Path) -> dict[str, dict]:
    """What is remembered of each page: its inputs when it last ran, and how long that took."""
    try:
        return json.loads((cache / "history.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def remember(cache: Path, pages: dict[str, dict]) -> None:
    """Add to what is remembered; builds that end together take turns."""
    with (cache / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        text = json.dumps(history(cache) | pages, indent=1, sort_keys=True)
        write_whole(cache / "history.json", text.encode())


def clean(cache: Path, days: int = KEPT_DAYS, size: int = KEPT_BYTES) -> None:
    """Remove entries not used for `days`, and the longest unused beyond `size` bytes."""
    now, total, entries = time.time(), 0, []
    for path in cache.glob("*.ipynb"):
        with suppress(FileNotFoundError):  # another build may be cleaning too
            entries.append((path.stat(), path))
    for stat, path in sorted(entries, key=lambda e: -e[0].st_mtime):
        total += stat.st_size
        if total > size or now - stat.st_mtime > days * 86400:
            path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, or of a folder's list of names; of nothing if it is not there."""
    if path.is_dir():
        return _sha(sorted(p.name for p in path.iterdir()))
    if not path.is_file():
        return ""
    stat = path.stat()
    return _digest(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _digest(path: Path, changed: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def _sha(value) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
