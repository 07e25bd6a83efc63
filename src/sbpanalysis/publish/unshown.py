"""Would anything that a notebook prints, draws or ends a cell with be lost on its page?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from sbpanalysis.data.reading import plain

_DROPPED = {"remove-cell", "parameters", "injected-parameters"}  # cells that no page shows
_FRAME = re.compile(r'class="dataframe"|(?:^|, )dtype: [^\n]+\Z', re.MULTILINE)
PICTURE = (
    "a picture that no page would show; write sbp.show(ax, table=frame, headline=...) in the cell "
    "that draws it (ax: its axes, figure or grid; table: the figures it draws)"
)
FRAME = 'a frame that no page would show; write sbp.show(frame, caption="what it shows")'
PRINTED = "print: {}; no page shows it: tell it with sbp.remark(text), or delete the line"
WORDS = "{}; no page shows it: words stand in a Markdown cell or in sbp.remark(text)"
WIDGET = "a widget, which does nothing on a page; delete it, or show its figures with sbp.show"
RESULT = (
    "{}; no page shows it: tell a result with sbp.say(result), show a chart with sbp.show(...), or "
    "end the line with a semicolon"
)


def unshown_outputs(notebook: NotebookNode) -> Iterator[str]:
    """What of an executed notebook no `show` or `say` carried: cell, what it is, what to write.

    Cells are counted as they were written. Warnings on stderr are no output.
    """
    written = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    for number, cell in enumerate(written, 1):
        if cell.cell_type == "code" and not _DROPPED & set(cell.metadata.get("tags", [])):
            found = [what for output in cell.outputs if (what := _bare(output))]
            if PICTURE in found:  # `<Axes: >` beside it is a part of it
                found = [what for what in found if "<Axes" not in what and "<Figure" not in what]
            yield from (f"cell {number}: {what}" for what in dict.fromkeys(found))


def _bare(output: NotebookNode) -> str:
    """What an output is that no page shows, and the line to write; empty for what has a place."""
    if output.output_type == "stream":
        lost = output.name == "stdout" and output.text.strip()
        return PRINTED.format(_short(output.text)) if lost else ""
    if output.output_type not in ("display_data", "execute_result") or output.metadata.get("sbp"):
        return ""
    data = output.data
    text = data.get("text/plain", "")
    if "application/vnd.jupyter.widget-view+json" in data:
        return WIDGET
    if any(kind.startswith("image/") for kind in data):
        return PICTURE
    if 'class="dataframe sbp-result"' in data.get("text/html", ""):
        return RESULT.format(_short(text))
    if _FRAME.search(data.get("text/html", "")) or _FRAME.search(text):
        return FRAME
    if {"text/markdown", "text/html", "text/latex", "application/javascript"} & set(data):
        return WORDS.format(_short(text))
    return RESULT.format(_short(text))


def _short(text: str) -> str:
    return plain(" ".join(text.split()), 60)
