"""Is a file an invented example of a form? Then it is nobody's figures."""

from __future__ import annotations

from pathlib import Path

from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.errors import DataError

_LARGEST = 2**20  # bytes; the examples are of some kB
EXAMPLE, TEMPLATE = "-example.csv", "-template.csv"


def refuse_example(file: RawFile, root: Path) -> None:
    """Raise `DataError` if a file is an example of data/partner by its name or by its rows."""
    if file.name.lower().endswith(EXAMPLE):
        raise DataError(
            f"{plain(file.name)}: an example, whose numbers are invented and nobody's figures; "
            f"fill in the form beside it ({plain(file.name[: -len(EXAMPLE)])}{TEMPLATE}) and add "
            "that under another name."
        )
    if len(file.content) > _LARGEST:
        return
    rows = _rows(file.content)
    for path in sorted((root / "data" / "partner").glob(f"*{EXAMPLE}")):
        if rows == _rows(path.read_bytes()):
            raise DataError(
                f"{plain(file.name)}: its rows are those of {path.name}, whose numbers are "
                "invented; put the figures that were counted in their place."
            )


def is_form(name: str) -> bool:
    """Whether a file of data/partner is a form or its example, by its name."""
    return name.lower().endswith((EXAMPLE, TEMPLATE))


def _rows(content: bytes) -> list[bytes]:
    """The lines of a file in any order, whatever ends them."""
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b'"', b"").splitlines()
    return sorted(filter(None, (line.strip().lower() for line in lines)))
