"""Pages as they are lifted from executed notebooks, and text that tries to be more than text."""

from __future__ import annotations

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import sbpanalysis as sbp
from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.lift import Page, lift
from sbpanalysis.report.display import facts
from sbpanalysis.report.html import figure_html

HOSTILE = [
    '#import "house.typ": *', '#read("/etc/hostname")', '#read("secret.txt")', "$ x^2 $", "*bold*",
    "_emph_", "@label", "<label>", "= heading", "`raw`", "\\", '"; #panic()', "#{while true {}}",
    "=1+1", "+1", "-1", "@SUM(A1)", "[x](http://e.org)", "$$n1$$", "***",
    "[#sys.inputs]", "// comment", "/* open", "https://example.org", "#image(\"x.svg\")",
    "<script>alert(1)</script>", "&amp;", "a\u202eb", "a\x00b", "中文", "😀", "a\u0301",
]  # fmt: skip


def section(number: str, **more) -> Section:
    return Section(**{"number": number, "title": f"Section {number}", "part": "1. Part"} | more)


def published(figure, identity: str | None = None) -> nbformat.NotebookNode:
    """The output that a notebook has after showing a figure."""
    metadata = {"sbp": {"exhibit": facts(figure, identity)}}
    return new_output("display_data", {"text/html": html_of(figure, identity)}, metadata=metadata)


def html_of(figure, identity: str | None = None) -> str:
    """A figure as a notebook shows it."""
    return figure_html(facts(figure, identity))


def said(
    sentence: str, kind: str = "change", measure: str = "robbery", area: str = "Bromley"
) -> nbformat.NotebookNode:
    claim = {
        "sentence": sentence,
        "kind": kind,
        "value": 1.0,
        "lower": None,
        "upper": None,
        "measure": measure,
        "area": area,
        "subject": "",
        "headline": sentence,
        "unit": "offences",
        "verdict": "",
        "period": "2018-12",
        "method": "sum",
        "explained": "counting",
        "sources": ["Crime"],
        "snapshots": [],
        "breaks": [],
    }
    return new_output("display_data", {"text/html": "<p></p>"}, metadata={"sbp": {"claim": claim}})


def monthly(name: str = "Robbery") -> pd.Series:
    series = pd.Series(range(40, 76), pd.period_range("2016-01", periods=36, freq="M"), name=name)
    series.attrs = {
        "title": name,
        "measure": name.lower(),
        "area": "Bromley",
        "unit": "offences",
        "source": ("Crime",),
    }
    return series


def page(number: str, *outputs, question: str = "How much?") -> Page:
    """A page as it is lifted from an executed notebook."""
    cells = [
        new_markdown_cell(f"# Title\n\n{question}"),
        new_markdown_cell("## Has it changed?\n\nSee *below*."),
        new_code_cell("...", outputs=list(outputs), execution_count=1),
    ]
    return lift(new_notebook(cells=cells), section(number).page, f"Section {number}", number)


def card(title: str = "Robbery", before: int = 80) -> dict:
    """A card of 103 a month after `before` a month."""
    index = pd.period_range("2017-01", periods=24, freq="M")
    change = sbp.change(pd.Series([before] * 12 + [103] * 12, index))
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="172" height="36" viewBox="0 0 172 36">'
    return {
        "title": title, "measure": title.lower(), "area": "Bromley", "unit": "offences",
        "before": change.before, "after": change.after, "whole": None,
        "percent": [change.percent, change.percent_lower, change.percent_upper],
        "verdict": change.word, "claim": "1-1-1",
        "span": "the 12 months to December 2018", "before_span": "the 12 months to December 2017",
        "alt": f"12-month totals of {title}",
        "sparkline": f'{square}<path d="M 0 0 L 172 36" stroke="#12436d"/></svg>',
    }  # fmt: skip
