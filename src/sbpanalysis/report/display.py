"""How does what a cell tells get out of its notebook? As one JSON an output, beside its HTML."""

from __future__ import annotations

import re
import sys
from itertools import islice
from types import FrameType

from IPython.display import publish_display_data

from sbpanalysis.absent import Absent
from sbpanalysis.errors import DataError
from sbpanalysis.report.cells import plain
from sbpanalysis.report.html import WRITERS

_EXHIBIT = re.compile(r"[A-Za-z0-9.\-]+-E\d+")


def display(kind: str, content, text: str, *, computed: bool = False) -> None:
    """Display `content`, plain values of one of the kinds that `html.WRITERS` knows.

    `text` stands for it where no HTML is shown. `computed`: it is of a number, so that its page
    leads to the cell that computed it.
    """
    at = {"at": position()} if computed else {}
    data = {"text/html": WRITERS[kind](content), "text/plain": text}
    publish_display_data(data, metadata={"sbp": {kind: content, **at}})


def tell_absent(absent: Absent, exhibit: str | None = None) -> Absent:
    """Display what is missing, `exhibit` among it; nothing where nothing was asked for.

    Gives it back as one that has been told, and that a cell may end with.
    """
    facts = absent.facts()
    if facts["what"]:
        words = repr(absent)
        display("absent", {**facts, "exhibit": exhibit or "", "words": words}, words)
    return absent.displayed()


def record(kind: str, content) -> None:
    """Hand `content` to the site, and show nothing where the cell stands."""
    publish_display_data({"text/plain": ""}, metadata={"sbp": {kind: content}})


def show(figure, exhibit: str | None = None) -> None:
    """Display a `Chart` or `Table` with its headline, alt text, data table and CSV.

    `exhibit` is its id in the assessment, such as `4.5-E1`; the site gives the element the id
    `exhibit-4-5-e1` and its CSV the same name. Raises `DataError` for another form.
    """
    if exhibit is not None and not _EXHIBIT.fullmatch(exhibit):
        raise DataError(f"show: exhibit {exhibit!r}, expected a form such as '4.5-E1'.")
    content = facts(figure, exhibit)
    display("exhibit", content, content["alt"] or figure.headline, computed=True)


def anchor(exhibit: str | None) -> str:
    """The id that the site gives to an exhibit.

    >>> anchor("4.5-E1")
    'exhibit-4-5-e1'
    """
    return f"exhibit-{exhibit.lower().replace('.', '-')}" if exhibit else ""


def facts(figure, exhibit: str | None = None) -> dict:
    """A `Chart` or `Table` as plain values: what is shown, and what the site knows of it."""
    attrs = figure.attrs
    return {
        "id": exhibit,
        "name": anchor(exhibit),
        "kind": figure.kind,
        "headline": figure.headline,
        "subtitle": figure.subtitle,
        "alt": getattr(figure, "alt", ""),
        "notes": list(figure.notes),
        "source": list(figure.source),
        "unit": str(attrs.get("unit", "")),
        "measure": str(attrs.get("measure", "")),
        "area": str(attrs.get("area", "")),
        "explained": getattr(figure, "explained", ""),
        "snapshots": list(attrs.get("snapshots", ())),
        "persons": bool(attrs.get("persons")),
        "table": plain(figure.table),
        "codes": {str(name): str(code) for name, code in (attrs.get("codes") or {}).items()},
        "steps": attrs.get("steps", []),
        "stacked": bool(attrs.get("stacked")),
        "lines": list(getattr(figure, "lines", ())),
        "svg": getattr(figure, "svg", ""),
        "regions": getattr(figure, "regions", {}),
    }


def position() -> list[int] | None:
    """Lines and columns of the call in a notebook's cell that is being made, as `ast` counts them:
    first line, first column, last line, last column. None outside a notebook.
    """
    frames = list(_cell_frames(sys._getframe(1)))
    if not frames:
        return None
    # the innermost frame of the cell itself, not of a function that another cell defined
    frame = next(f for f in frames if f.f_code.co_filename == frames[-1].f_code.co_filename)
    places = frame.f_code.co_positions()
    first, last, start, end = next(islice(places, frame.f_lasti // 2, None))
    return None if None in (first, last, start, end) else [first, start, last, end]


def _cell_frames(frame: FrameType | None):
    """The frames that run a cell's own code, innermost first."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and "get_ipython" in frame.f_globals:
            yield frame
        frame = frame.f_back
