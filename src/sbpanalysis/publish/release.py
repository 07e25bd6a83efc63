"""How does a new site take the place of the old one, whole or not at all?"""

from __future__ import annotations

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sbpanalysis.errors import BuildError
from sbpanalysis.paths import unfinished

KEEP = 2  # releases kept: the current one and the one before


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def page_digests(site: Path) -> dict[str, str]:
    """Every file of a site but its manifest, with its SHA-256."""
    files = sorted(p for p in site.rglob("*") if p.is_file() and p.name != "manifest.json")
    return {p.relative_to(site).as_posix(): digest(p) for p in files}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One build at a time in a folder; the lock goes with the process that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildError(
                f"build/{folder.name}: another build is running here; wait for it to end."
            ) from None
        yield


def release(rendered: Path, folder: Path) -> Path:
    """Make `rendered` the current site of `folder`: flushed to disk, then one link swapped.

    Returns `folder/site`. Older releases but one are removed afterwards.
    """
    for path in rendered.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
    releases = folder / "releases"
    releases.mkdir(exist_ok=True)
    number = max((int(p.name) for p in releases.iterdir() if p.name.isdigit()), default=0) + 1
    target = releases / f"{number:06d}"
    rendered.rename(target)
    link, fresh = folder / "site", folder / "site.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.relative_to(folder))
    os.replace(fresh, link)
    for old in sorted(p for p in releases.iterdir() if p.name.isdigit())[:-KEEP]:
        shutil.rmtree(old.rename(folder / unfinished(old.name)))
    return link


def offer(folder: Path, whole: str) -> None:
    """Lay the current site, as the one file `whole` in it, beside it; also where a kill forbade."""
    inside, beside = folder / "site" / whole, folder / f"{folder.name}.zip"
    if not beside.is_file() or not filecmp.cmp(inside, beside):
        os.replace(shutil.copy2(inside, folder / unfinished("zip")), beside)


def verify(site: Path) -> list[str]:
    """What differs between a site and its manifest: names of files changed, missing or added."""
    recorded = json.loads((site / "manifest.json").read_text("utf-8"))["pages"]
    digests = page_digests(site)
    return sorted(k for k in recorded.keys() | digests.keys() if recorded.get(k) != digests.get(k))


def section_alone(site: Path) -> str:
    """The number of the one section that a site was made for; empty of a whole site."""
    return json.loads((site / "manifest.json").read_text("utf-8")).get("only", "")


def zip_site(site: Path, target: Path) -> Path:
    """The site as one zip that opens from a folder; the same bytes for the same site."""
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in site.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(site).as_posix(), (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16  # a web server reads what another user unpacked
            archive.writestr(info, path.read_bytes())
    partial.rename(target)
    return target
