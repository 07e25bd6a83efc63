"""How do all tables of the assessment become one workbook that anyone can read?

Laid out as the Government Analysis Function asks: a cover, contents, notes, one table a sheet, no
merged cells. Text from data stays text: no formula, no link.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from pathlib import Path

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.markdown import printable
from sbpanalysis.report.cells import decimals, defused, frame_of
from sbpanalysis.report.notes import SAMPLE

MISSING, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = f"{MISSING} means that a value is not available, {NOT_APPLICABLE} that none applies."
# Text stays text; made in memory, so that a build that is killed leaves no temporary files
_ALL = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
_LINK = re.compile(r"\](?=\()|\$(?=\$)")  # what gptables would take for a link or a note
_SAID = "id section sentence value lower upper unit verdict period method"  # of each claim


def write_workbook(path: Path, pages: list[Page], context: dict) -> None:
    """Write every table and every sentence of `pages` to `path`; always the same bytes.

    `context`: what the site's templates show (title, area, period, edition, licence).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gptables 2.0 is behind pandas 3 in its own calls
        book = _book(path, pages, context)
        book.set_properties(
            {
                "title": text(f"{context['sbp_title']}, {context['sbp_area']}"),
                "author": "sbpanalysis",
                "created": dt.datetime(2000, 1, 1),
            }
        )
        book.close()


def _book(path: Path, pages: list[Page], context: dict):
    import gptables

    figures = [figure for page in pages for figure in page.figures]
    claims = [claim for page in pages for claim in page.claims]
    notes = dict.fromkeys(n for f in figures for n in f["notes"])
    numbers = {note: f"n{number}" for number, note in enumerate([SHORTHAND, *notes])}
    sheets: dict[str, object] = {}
    for figure in figures:
        label = _label(figure, sheets)
        sheets[label] = _sheet(gptables, figure, label, len(sheets), numbers)
    if claims:
        sheets["Sentences"] = _sentences(gptables, claims, numbers)
    listed = pd.DataFrame(
        {"reference": list(numbers.values()), "Note text": [text(n) for n in numbers]}
    )
    book = gptables.produce_workbook(
        str(path),
        sheets,
        cover=_cover(gptables, context, len(sheets)),
        notes_table=listed,
        workbook_options=_ALL,
        contentsheet_label="Contents" if sheets else None,
    )
    if claims:
        book.get_worksheet_by_name("Sentences").set_column(2, 2, 80)
        book.get_worksheet_by_name("Sentences").set_column(9, 10, 40)
    for label, sheet in sheets.items():
        above = 2 + len(sheet.subtitles) + bool(sheet.scope) + bool(sheet.source)
        book.get_worksheet_by_name(label).freeze_panes(above + 1, 1)
    return book


def _cover(gptables, context: dict, tables: int):
    return gptables.Cover(
        title=text(f"{context['sbp_title']}, {context['sbp_area']}"),
        intro=[
            *([SAMPLE] if context["sbp_sample"] else []),
            text(
                f"Tables of the edition {context['sbp_edition']}, data up to "
                f"{context['sbp_period']}."
            ),
            f"{tables} worksheets hold one table each; the contents list and link them."
            if tables
            else "No page of it has a table or a sentence with a number.",
        ],
        about=[
            "The tables are those behind the figures of the assessment, with the same numbers as "
            "the files for download beside each figure.",
            SHORTHAND,
            text(context["sbp_licence"]),
        ],
        contact=_contact(context),
    )


def _contact(context: dict) -> list[str]:
    """Who answers questions, if the partnership has said so, and what made the workbook."""
    who = (context.get("sbp_contact") or {}).values()
    made = f"Made with sbpanalysis {context['sbp_version']}."
    return [*(text(one) for one in who if one), made]


def text(value: object) -> str:
    """Text that neither a spreadsheet nor gptables takes for anything else.

    >>> text("=1+1"), text("[here](http://example.org)"), text("***")
    ("'=1+1", '[here] (http://example.org)', '*** (as given)')
    """
    plain = _LINK.sub(lambda m: m[0] + " ", printable(defused(str(value))).strip())
    return plain if any(c.isascii() and c.isalnum() for c in plain) else f"{plain} (as given)"


def _label(figure: dict, taken: dict) -> str:
    """The name of a figure's sheet: its exhibit id, or its place on the page."""
    page, _, number = figure["name"].partition("-figure-")
    section = re.fullmatch(r"(\d+)-(\d+)", page)
    name = f"{section[1]}.{section[2]}-F{number}" if section else f"{page[:28]} {number}"
    name = "Summary" if figure["lines"] else figure["id"] or name
    return name[:31] if name[:31] not in taken else f"{name[:26]}-{len(taken)}"


def _sheet(gptables, figure: dict, label: str, number: int, notes: dict[str, str]):
    table = frame_of(figure["table"])
    table.columns = _unique(figure["table"]["columns"])
    numeric = [is_numeric_dtype(t) and not is_bool_dtype(t) for t in table.dtypes]
    formats = [
        {"column": {"columns": [c], "format": {"num_format": _format(table[c])}}}
        for c, n in zip(table.columns, numeric, strict=True)
        if n
    ]
    if "Month" in table and table["Month"].astype(str).str.fullmatch(r"\d{4}-\d\d").all():
        # the first day of a month, by which a spreadsheet sorts and draws it
        table["Month"] = [dt.date.fromisoformat(f"{month}-01") for month in table["Month"]]
        formats += [{"column": {"columns": ["Month"], "format": {"num_format": "mmm yyyy"}}}]
    what = figure["subtitle"] or figure["headline"]
    missing = table.isna().any(axis=None)
    referred = [notes[n] for n in figure["notes"]] + ([notes[SHORTHAND]] if missing else [])
    return gptables.GPTable(
        table=_cells(table, MISSING),
        table_name=f"table_{number + 1}",
        title=text(f"{label}: {what}") + "".join(f"$${n}$$" for n in referred),
        subtitles=[text(figure["headline"])] if figure["subtitle"] else [],
        scope=text(f"Unit: {figure['unit']}") if figure["unit"] else None,
        source=text(f"Source: {'; '.join(figure['source'])}") if figure["source"] else None,
        instructions="This worksheet contains one table.",
        index_columns={1: 0},
        additional_formatting=formats,
    )


def _cells(table: pd.DataFrame, missing: str) -> pd.DataFrame:
    """The table with text made safe and gaps filled; numbers stay numbers."""

    def safe(value):
        if pd.isna(value) or (isinstance(value, str) and not value.strip()):
            return missing
        if isinstance(value, bool):
            return "yes" if value else "no"
        return text(value) if isinstance(value, str) else value

    out = table.astype(object)
    for i in range(out.shape[1]):
        values = table.iloc[:, i].tolist()
        out.isetitem(i, pd.Series([safe(v) for v in values], dtype=object))
    return out


def _format(column: pd.Series) -> str:
    digits = decimals(column)
    return "#,##0" + ("." + "0" * digits if digits else "")


def _unique(columns: list[str]) -> list[str]:
    """Headers that are safe, not empty, and differ as a spreadsheet compares them."""
    out: list[str] = []
    for number, column in enumerate(columns, 1):
        name = text(column) if column.strip() else f"Column {number}"
        taken = {o.casefold() for o in out}
        out.append(f"{name} ({number})" if name.casefold() in taken else name)
    return out


def _sentences(gptables, claims: list[dict], notes: dict[str, str]):
    """Every sentence with a number, and the evidence behind it."""
    frame = pd.DataFrame(claims, columns=_SAID.split())
    frame["sources"] = ["; ".join(c["sources"]) for c in claims]
    frame.columns = [c.capitalize() for c in frame.columns]
    return gptables.GPTable(
        table=_cells(frame, NOT_APPLICABLE),
        table_name="sentences",
        title=f"Every sentence with a number, and its evidence$${notes[SHORTHAND]}$$",
        instructions="This worksheet contains one table. Values are not rounded.",
        index_columns={1: 0},
    )
