"""What does an edition's file say? Its area, comparators, period and data, checked."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, Field, ValidationError

from sbpanalysis.data import classification
from sbpanalysis.data.documents import named, read_yaml
from sbpanalysis.data.models import Entry, Text, faults_in
from sbpanalysis.data.reading import plain
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local
from sbpanalysis.paths import root as checkout
from sbpanalysis.periods import month


def _named(area: str) -> str:
    territory().code(area)  # raises DataError where there is no such area
    return area


def _fraction(value: float) -> float:
    if not 0 < value < 1:
        raise ValueError("expected a fraction such as 0.95")
    return value


Area = Annotated[str, AfterValidator(_named)]


class _File(Entry):
    title: Text
    area: Area
    comparators: list[Area] = Field([])
    period_end: Annotated[str, AfterValidator(month)]
    confidence: Annotated[float, AfterValidator(_fraction)] = 0.95
    sections: dict[str, dict] = Field({})
    cards: list = Field([])
    priorities: list[str] = Field([])
    is_sample: bool = False
    data: Annotated[list[str], Field(min_length=1)]
    joins: dict[str, str] = Field({})
    follows: str = ""
    published: str = ""
    next_release: str = ""
    current: bool = False
    max_age_months: Annotated[int, Field(ge=0)] | None = None
    stale: Literal["mark", "stop"] = "mark"


def load(name_or_path: str | Path, root: Path) -> dict:
    """The fields of an edition: by its name in book/editions or local/editions, or from a file.

    Raises `DataError` that lists every fault of the file.
    """
    path = locate(name_or_path, root)
    document = read_yaml(path)
    if not isinstance(document.value, dict):
        keys = ", ".join(_File.model_fields)
        raise DataError(f"{document.name}: found no keys, expected {keys}.")
    try:
        said = _File.model_validate(document.value)
    except ValidationError:
        raise DataError("\n".join(faults_in(document, _File))) from None
    return {"name": path.stem, **dict(said)}


def locate(name_or_path: str | Path, root: Path) -> Path:
    """The file of an edition; raises `DataError` that lists the editions there are."""
    given = Path(name_or_path)
    if given.suffix in (".yml", ".yaml") or len(given.parts) > 1:
        if given.is_file():
            return given
    elif found := [f for f in folders(root) if (f / f"{name_or_path}.yml").is_file()]:
        return found[0] / f"{name_or_path}.yml"
    there = names(root)
    close = difflib.get_close_matches(str(name_or_path), there, n=1)
    raise DataError(
        f"edition {plain(repr(str(name_or_path)))}: not found"
        f"{f'; did you mean {close[0]}?' if close else '.'} Expected one of "
        f"{', '.join(there) or 'none yet'} in book/editions or local/editions, or the path of a "
        "file."
    )


def folders(root: Path) -> list[Path]:
    """Where editions lie: a council's own, which come first, and those of the project."""
    return [local(root) / "editions", root / "book" / "editions"]


def names(root: Path) -> list[str]:
    """The names of all editions of a checkout."""
    return sorted({path.stem for folder in folders(root) for path in folder.glob("*.yml")})


def folder(data: str | Path | None, root: Path) -> Path | None:
    """The folder of published files; one that is not here is looked for from the checkout."""
    if not data:
        return None
    for folder in (Path(data), root / data):
        if folder.is_dir():
            return folder
    raise DataError(f"data {str(data)[:200]!r}: no such folder; give the one with the files.")


def measures(like: str = "") -> pd.DataFrame:
    """The measures that there are, the council's own among them; what an edition holds of them is
    `edition.measures()`.

    like: a part of their name or title.

    Returns a row a measure, by name: `title, unit, counts` (events or persons).

    >>> measures("knife").title.iloc[0]
    'Knife crime'
    """
    rows = [classification.about(name) for name in classification.current().rows]
    frame = pd.DataFrame(rows).set_index("measure")[["title", "unit", "counts"]]
    text = frame.index.str.lower() + " " + frame["title"].str.lower()
    return frame[text.str.contains(like.lower(), regex=False)]


def editions() -> pd.DataFrame:
    """The editions of this checkout.

    Returns a row an edition, by name: `title, area, period_end, file`; one whose file has a fault
    says so in `title`.
    """
    rows = {}
    for name in names(checkout()):
        file = named(locate(name, checkout()))
        try:
            fields = load(name, checkout())
        except DataError as error:
            fields = {"title": f"fault: {str(error).splitlines()[0]}"}
        rows[name] = {k: fields.get(k, "") for k in ("title", "area", "period_end")}
        rows[name]["file"] = file
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("edition")
