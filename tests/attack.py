"""What can be made of a released site by who knows the public form of a partner's file?

The panel's form says which rows a file has and in which order; each protected number leaves a
handful of counts, and sums rule most of them out. So few files are left that any digest of the
right one, however short, tells which it is.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from evidence import pdf_pages
from pypdf import PdfReader

from sbpanalysis.data.select import protected

_WORDS = re.compile(rb"[0-9A-Fa-f]{8,128}")
_DIGESTS = ("sha256", "sha1", "md5", "sha512", "blake2b")
_BOM = b"\xef\xbb\xbf"


def parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A released file and all that is packed in it, as a reader's program shows it."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield name, archive.comment
            for info in archive.infolist():
                yield from parts(f"{name}, {info.filename}", archive.read(info))
    elif content.startswith(b"%PDF"):
        yield name, repr(PdfReader(io.BytesIO(content)).metadata).encode()
        yield from ((name, text.encode()) for text in pdf_pages(content))


def digests_told(files: list[Path]) -> dict[bytes, str]:
    """Every word of eight or more hexadecimal digits in released files, and where it stands."""
    told = {}
    for path in files:
        for where, content in parts(path.name, path.read_bytes()):
            told |= {word.lower(): where for word in _WORDS.findall(content)}
    return told


def possible(shown: float) -> range:
    """The counts that a protected number may stand for."""
    if pd.isna(shown):
        return range(1, 8)
    return range(max(8, int(shown) - 2), int(shown) + 3) if shown else range(1)


def guesses(panel: pd.DataFrame) -> Iterator[bytes]:
    """Every file of the panel that its protected numbers allow; `panel` has the form's rows."""
    shown = protected(panel["young_people"].astype(float))
    keys = panel[["status", "age_band", "sex"]].apply(tuple, axis=1)
    can = {key: possible(value) for key, value in zip(keys, shown, strict=True)}
    bands = [band for band in dict.fromkeys(panel["age_band"]) if band != "All"]
    status = [name for name in dict.fromkeys(panel["status"]) if name != "All"]
    for male in itertools.product(*(can["All", band, "Male"] for band in bands)):
        for female in itertools.product(*(can["All", band, "Female"] for band in bands)):
            both = [m + f for m, f in zip(male, female, strict=True)]
            cells = {("All", b, "All"): n for b, n in zip(bands, both, strict=True)}
            cells |= {("All", "All", "Male"): sum(male), ("All", "All", "Female"): sum(female)}
            cells[("All", "All", "All")] = sum(both)
            if any(n not in can[key] for key, n in cells.items()):
                continue
            cells |= {("All", b, "Male"): n for b, n in zip(bands, male, strict=True)}
            cells |= {("All", b, "Female"): n for b, n in zip(bands, female, strict=True)}
            for of_status in itertools.product(*(can[name, "All", "All"] for name in status)):
                if sum(of_status) == sum(both):
                    every = cells | {
                        (s, "All", "All"): n for s, n in zip(status, of_status, strict=True)
                    }
                    yield written(panel, [every[key] for key in keys])


def written(panel: pd.DataFrame, counts: list[int]) -> bytes:
    """The file with these counts."""
    return panel.assign(young_people=counts).to_csv(index=False, lineterminator="\n").encode()


def confirmed(panel: pd.DataFrame, told: dict[bytes, str]) -> tuple[bytes | None, int, str]:
    """The guess that a digest confirms, how many were tried, and where the digest stands."""
    heads = {}
    for word, where in told.items():
        heads.setdefault(word[:8], []).append((word, where))
    tried = 0
    for tried, guess in enumerate(guesses(panel), 1):
        for ends in (guess, guess.replace(b"\n", b"\r\n")):
            for content, kind in itertools.product((ends, _BOM + ends), _DIGESTS):
                digest = hashlib.new(kind, content).hexdigest().encode()
                for word, where in heads.get(digest[:8], ()):
                    if digest.startswith(word):
                        return guess, tried, where
    return None, tried, ""
