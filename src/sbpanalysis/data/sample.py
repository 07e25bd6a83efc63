"""What data does a fresh copy have? Synthetic files in each publisher's own format, packed.

`tools/sample` makes them. Every count is invented: a trend, a season, chance, ward differences and
one planted change, fitted to the figures that the 2018 assessment printed.
"""

from __future__ import annotations

import shutil
import zipfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sbpanalysis.errors import DataError
from sbpanalysis.paths import root as checkout
from sbpanalysis.paths import unfinished

PACKED = "sample.zip"


def write_sample(folder: Path) -> list[Path]:
    """Unpack the checkout's synthetic files into `folder`; each is checked as it is unpacked.

    Raises `DataError` outside a checkout, and for a broken archive.
    """
    return _unpacked(checkout(), folder)


def ensure_sample(root: Path) -> Path:
    """The folder of the sample in a checkout, unpacked first if it is not there or outdated."""
    folder = root / "data" / "sample"
    try:
        digest = sha256((root / "data" / PACKED).read_bytes()).hexdigest()
    except FileNotFoundError:
        raise DataError(_LACKING) from None
    made_by = folder / ".made-by"
    if not made_by.is_file() or made_by.read_text("ascii") != digest:
        fresh = folder.with_name(unfinished("sample"))
        _unpacked(root, fresh)
        (fresh / made_by.name).write_text(digest, "ascii")
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(FileExistsError):  # another process was first, with the same bytes
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _unpacked(root: Path, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(root / "data" / PACKED) as archive:
            archive.extractall(folder)
            return [folder / name for name in archive.namelist()]
    except (FileNotFoundError, zipfile.BadZipFile):
        raise DataError(_LACKING) from None


_LACKING = (
    f"data/{PACKED}: not there, or broken; restore it from the repository "
    f"(git checkout data/{PACKED}), or make it again with PYTHONPATH=tools python -m sample.make."
)
