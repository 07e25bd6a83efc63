"""How does an analyst's own picture or frame become a figure of the page?

Whatever matplotlib, pandas or seaborn drew is shown as the library's own charts are: as SVG in the
house font, with headline, alternative text, table and CSV.
"""

from __future__ import annotations

import io
import re
import sys
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from sbpanalysis import randomness
from sbpanalysis.absent import Absent
from sbpanalysis.errors import DataError
from sbpanalysis.periods import in_words
from sbpanalysis.report import disclosure, prose, tables
from sbpanalysis.report.cells import written
from sbpanalysis.report.claims import Claim
from sbpanalysis.report.display import show as display
from sbpanalysis.report.display import tell_absent
from sbpanalysis.report.figure import Chart, alt_text, as_read, heading
from sbpanalysis.report.house import COLOURS, HOUSE, LAID_OUT, WIDTH, house_style
from sbpanalysis.report.tables import Table

_SIZES = (
    "axes.labelsize",
    "axes.titlesize",
    "xtick.labelsize",
    "ytick.labelsize",
    "legend.fontsize",
    "legend.title_fontsize",
)
_TICK = re.compile(r"\$\\mathdefault\{[^$]*\}\$")  # as matplotlib writes 10 to the power of 3
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_SHORTEST, _LONGEST = 40, 600  # characters of an alternative text


def theme() -> None:
    """Let matplotlib, pandas and seaborn draw in the house's colours, font and grid from here on.

    `seaborn.objects` is included. What is drawn at random (dots beside each other, bands by
    resampling) is the same in each run from the first cell, so that a page can be made again. The
    library's own charts look like this in any case.
    """
    import seaborn
    from cycler import cycler
    from seaborn.objects import Plot

    own = {key: value for key, value in HOUSE.items() if key != "text.parse_math"}
    own |= dict.fromkeys(_SIZES, HOUSE["font.size"]) | {"figure.figsize": (WIDTH, 2.9)}
    seaborn.set_theme(style="white", palette=COLOURS, font=LAID_OUT, rc=own)
    own |= {"axes.prop_cycle": cycler(color=COLOURS)}
    Plot.config.theme.update(seaborn.axes_style("white") | own)
    randomness.begin()


def show(
    anything,
    exhibit: str | None = None,
    headline: str | Claim | None = None,
    table: pd.DataFrame | pd.Series | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> None:
    """Display a chart, table, picture or frame with headline, alternative text, table and CSV.

    `anything`: a figure, axes or grid of matplotlib, pandas or seaborn, a plot of
    `seaborn.objects`, a frame or series, or a chart or table of the library. `exhibit` is its id
    in the assessment, such as `4.5-E1`; the site gives the element the id `exhibit-4-5-e1` and its
    CSV the same name.

    A picture needs `table`, the figures that it draws; `headline` is its finding (a claim, or
    words without a direction), `caption` says what it shows, `alt` describes it in 40 to 600
    characters: without them kind, names of the axes, first, last and largest value are told.
    A frame needs `caption`. The figure is closed, so that a notebook does not show it twice.
    What is `Absent` is not shown; the build lists it as missing. Raises `DataError` that says what
    to pass.
    """
    if isinstance(anything, Absent):
        tell_absent(anything, exhibit)
    elif isinstance(anything, Chart | Table):
        if any(given is not None for given in (headline, table, alt, caption)):
            raise DataError(
                "show: a chart or table of the library has words and a table of its own; "
                "give headline or caption to the function that makes it."
            )
        display(anything, exhibit)
    elif isinstance(anything, pd.DataFrame | pd.Series):
        if table is not None or alt is not None:
            raise DataError(
                "show: a frame is its own table and needs no alt; "
                'write sbp.show(frame, caption="what it shows").'
            )
        display(_titled(anything, headline, caption), exhibit)
    else:
        display(_chart(figure_of(anything), headline, table, alt, caption), exhibit)


def figure_of(anything):
    """The matplotlib figure that anything drawn belongs to. Raises `DataError` for another thing.

    An array or list, as pandas gives for many panels, stands for its first element.
    """
    objects = sys.modules.get("seaborn._core.plot")
    if objects and isinstance(anything, objects.Plot):
        anything = anything.plot()
    if objects and isinstance(anything, objects.Plotter):
        return anything._figure
    if isinstance(anything, np.ndarray | list | tuple) and len(anything):
        return figure_of(anything.flat[0] if isinstance(anything, np.ndarray) else anything[0])
    matplotlib = sys.modules.get("matplotlib.figure")
    figure = getattr(anything, "figure", None)
    while matplotlib and isinstance(figure, matplotlib.SubFigure):
        figure = figure.figure
    if matplotlib and isinstance(figure, matplotlib.Figure):
        return figure
    raise DataError(
        f"show: found a {type(anything).__name__}, expected a figure, axes or grid of matplotlib "
        "or seaborn, a frame, or a chart of the library; a result is told with sbp.say(result)."
    )


def _chart(figure, headline, table, alt, caption) -> Chart:
    """A picture with all that stands around it."""
    if not isinstance(table, pd.DataFrame | pd.Series | Table):
        given = "no table" if table is None else f"a {type(table).__name__} as table"
        raise DataError(
            f"show: {given} given for this picture, expected the figures that it draws: "
            'sbp.show(ax, table=frame, headline="what it finds").'
        )
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    twin = table if isinstance(table, Table) else tables.table(_flat(table), "Figures")
    what = prose.refuse_direction(caption, None) if caption else _subject(panels, twin.table)
    _refuse_words(figure, twin)
    kinds = _kinds(panels)
    facts = _extremes(twin.table, panels, whole=kinds == "Heat map")
    described = prose.refuse_direction(alt, None) if alt else ""
    described = described or alt_text(f"{kinds}: {what}", *facts, f"{len(twin.table)} rows of data")
    if not _SHORTEST <= len(described) <= _LONGEST:
        raise DataError(
            f"show: alt has {len(described)} characters, expected {_SHORTEST} to {_LONGEST}: "
            "kind of chart, what it shows, first, last and largest."
        )
    svg = _svg(figure)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)
    return Chart(
        kind="chart",
        headline=heading(headline, facts[-1] if facts else what),
        subtitle=what,
        alt=described,
        table=twin.table,
        svg=svg,
        source=twin.source,
        notes=twin.notes,
        attrs=twin.attrs,
    )


def _titled(frame, headline, caption) -> Table:
    """A frame as a table: its caption, or its finding with the caption below."""
    if not headline and not caption:
        raise DataError('show: a frame needs words: sbp.show(frame, caption="what it shows").')
    made = tables.table(_flat(frame), caption or "Table")
    if not headline:
        return made
    return replace(made, headline=heading(headline, ""), subtitle=caption or "")


def _flat(data: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """A frame with one row of names over its columns; what labels its rows is text.

    >>> _flat(pd.Series([5], pd.period_range("2018-05", periods=1, freq="M"), name="Robbery"))
         Month  Robbery
    0  2018-05        5
    """
    attrs = dict(data.attrs)
    if isinstance(data, pd.Series):
        unnamed = data.name is None or data.name == attrs.get("measure")
        data = data.to_frame(attrs.get("title", "Value") if unnamed else _name(data.name))
    frame = data.copy()
    frame.columns = [_name(column) for column in frame.columns]
    if not frame.columns.is_unique:
        twice = list(frame.columns[frame.columns.duplicated()])
        raise DataError(f"show: columns {twice} stand twice in the table; rename one.")
    if not (isinstance(frame.index, pd.RangeIndex) and frame.index.name is None):
        months = isinstance(frame.index, pd.PeriodIndex) and "Month" not in frame.columns
        default = "Month" if months else "Item"
        names = [_name(name) if name is not None else default for name in frame.index.names]
        taken = [name for name in names if name in frame.columns or names.count(name) > 1]
        if taken:
            raise DataError(f"show: the index is called as a column, {taken[0]!r}; rename one.")
        frame.index = frame.index.set_names(names)
        frame = frame.reset_index()
        frame = frame.assign(**{name: _labels(frame[name]) for name in names})
    frame.attrs = attrs
    return frame


def _name(name) -> str:
    return " ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _labels(column: pd.Series) -> pd.Series:
    """What labels rows, as text: a year has no comma, a day no hour."""
    if pd.api.types.is_datetime64_any_dtype(column) and (column == column.dt.normalize()).all():
        return column.dt.strftime("%Y-%m-%d")
    numeric = pd.api.types.is_numeric_dtype(column) and not is_integer_dtype(column)
    return column if numeric else column.astype(str)


def _extremes(frame: pd.DataFrame, panels: list, whole: bool) -> list[str]:
    """First and last, then largest of what the panels draw, as the table writes them.

    That is the column of numbers that an axis is called by, the upright one before the other, or
    else the first; `whole`: all of them, which hold one thing, as those of a heat map do.
    """
    numeric, rows = written(frame)
    axes = [axes.get_ylabel() for axes in panels] + [axes.get_xlabel() for axes in panels]
    columns = [i for i, one in enumerate(numeric) if i and one]
    columns.sort(key=lambda i: axes.index(frame.columns[i]) if frame.columns[i] in axes else 999)
    if not columns:
        return []
    names = [
        ", ".join(_month(c) for i, c in enumerate(row) if not (i and numeric[i])) for row in rows
    ]
    cells = [
        (name, i, row[i])
        for row, name in zip(rows, names, strict=True)
        for i in (columns if whole else columns[:1])
    ]
    cells_in_words = [
        f"{text} ({name}{f', {frame.columns[i]}' if whole else ''})" for name, i, text in cells
    ]
    of = "" if whole else f"{frame.columns[columns[0]]}: "
    sentences = [f"{of}first {cells_in_words[0]}, last {cells_in_words[-1]}"]
    values = pd.to_numeric([text.replace(",", "") for *_, text in cells], errors="coerce")
    if not np.isnan(values).all():
        sentences.append(f"{of}largest {cells_in_words[int(np.nanargmax(values))]}")
    return [prose.sentence_case(part) for part in sentences]


def _month(text: str) -> str:
    """A month in words, as 2018-05 is in a sentence; any other text as it is."""
    return in_words(pd.Period(text, "M")) if _MONTH.fullmatch(text) else text


def _subject(panels: list, table: pd.DataFrame) -> str:
    """What a picture shows, from its own words: title, or names of axes, or of columns."""
    figures = {axes.get_figure() for axes in panels}
    titles = [figure.get_suptitle() for figure in figures]
    titles += [axes.get_title() for axes in panels] if len(panels) == 1 else []
    named = next((title for title in titles if title), "")
    across = dict.fromkeys(axes.get_xlabel() for axes in panels if axes.get_xlabel())
    up = dict.fromkeys(axes.get_ylabel() for axes in panels if axes.get_ylabel())
    subject = " by ".join(filter(None, [" and ".join(up), " and ".join(across)]))
    subject = subject or " and ".join(table.columns[::-1][:3])
    several = f"{len(panels)} panels" if len(panels) > 1 else ""
    words = (part.replace("\n", " ") for part in (named or subject, several) if part)
    return prose.sentence_case(", ".join(words))


def _kinds(panels: list) -> str:
    """What forms the panels have, each form once."""
    kinds = dict.fromkeys(kind for axes in panels if (kind := _kind(axes)))
    return prose.sentence_case(" and ".join(kinds)) or "Chart"


def _kind(axes) -> str:
    """The form that one panel has, by what was drawn into it."""
    from matplotlib import collections, patches

    held = {
        kind: [one for one in axes.get_children() if isinstance(one, kind)]
        for kind in (
            collections.QuadMesh,
            collections.PathCollection,
            collections.LineCollection,
            collections.PatchCollection,
            collections.PolyCollection,
            patches.PathPatch,
        )
    }
    drawn = [line for line in axes.lines if len(line.get_xdata()) > 2]
    if held[collections.QuadMesh] or axes.images:
        return "heat map"
    if held[patches.PathPatch]:
        return "box plot"
    if axes.patches or held[collections.PatchCollection]:
        return "bar chart"
    if held[collections.PathCollection]:
        return "dots with a fitted line" if drawn else "dot plot"
    if drawn or held[collections.LineCollection]:
        return "line chart"
    if held[collections.PolyCollection]:
        return "chart of distributions"
    return "line chart" if axes.lines else ""


def _notes_in(figure) -> list[str]:
    """Titles and notes of a picture, which its author wrote."""
    notes = [figure.get_suptitle(), *(text.get_text() for text in figure.texts)]
    for axes in figure.axes:
        notes += [axes.get_title(side) for side in ("left", "center", "right")]
        notes += [text.get_text() for text in axes.texts]
    return notes


def _names_in(figure) -> list[str]:
    """The names of a picture's axes, and the texts of its legends."""
    legends = [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]
    keys = [text for one in legends for text in (one.get_title(), *one.get_texts())]
    names = [name for axes in figure.axes for name in (axes.get_xlabel(), axes.get_ylabel())]
    return names + [text.get_text() for text in keys]


def _refuse_words(figure, twin: Table) -> None:
    """No direction without a verdict, but for names from data; no count of persons unprotected."""
    notes = _notes_in(figure)
    for text in filter(prose.DIRECTIONAL.search, [*notes, *_names_in(figure)]):
        prose.refuse_direction(_without_names(text, twin.table), None)
    for text in notes if twin.attrs.get("persons") else ():
        for number in disclosure.faults_in_text(text):
            raise DataError(
                f"show: {number} in {text!r} counts people and is not protected (1 to 7 hidden, "
                "else rounded to 5); draw the edition's own values."
            )


def _without_names(text: str, table: pd.DataFrame) -> str:
    """A text without what the table holds, the longest first: a ward is called Rise Park."""
    cells = (value for value in table.to_numpy(object).ravel() if isinstance(value, str))
    for name in sorted({*cells, *table.columns} - {""}, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def _svg(figure) -> str:
    """A picture of any number of panels as SVG text, as large as what it holds."""
    buffer = io.StringIO()
    with house_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the reader's fonts have it: text stays text
        _plain(figure)
        figure.draw_without_rendering()
        _plain(figure)  # with the ticks that drawing makes
        figure.savefig(
            buffer,
            format="svg",
            bbox_inches="tight",
            facecolor="white",
            metadata={"Date": None, "Creator": None},
        )
    return as_read(buffer.getvalue())


def _plain(figure) -> None:
    """Every text in the house's font; a dollar sign in a name is a dollar sign."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontfamily(LAID_OUT)
        text.set_parse_math(bool(_TICK.fullmatch(text.get_text())))
