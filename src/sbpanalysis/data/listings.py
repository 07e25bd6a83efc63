"""What is there to choose from? Measures and editions, as frames."""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import classification
from sbpanalysis.data import editions as files
from sbpanalysis.data.documents import named
from sbpanalysis.errors import DataError
from sbpanalysis.paths import root


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
    for name in files.names(root()):
        file = named(files.locate(name, root()))
        try:
            fields = files.load(name, root())
        except DataError as error:
            fields = {"title": f"fault: {str(error).splitlines()[0]}"}
        rows[name] = {k: fields.get(k, "") for k in ("title", "area", "period_end")} | {
            "file": file
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("edition")
