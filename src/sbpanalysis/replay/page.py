"""Which figures of the 2018 assessment come out of this edition's data, and why not the others?"""

from __future__ import annotations

import re
from html import escape

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.replay import claims
from sbpanalysis.replay.values import stated
from sbpanalysis.replay.verdicts import MEANINGS, WITHIN
from sbpanalysis.report import prose
from sbpanalysis.report.disclosure import HIDDEN
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.html import html_table

_STATISTICS = {
    "count": "",
    "rolling12_count": "",
    "mean_per_borough": "mean of boroughs",
    "share_pct": "share",
    "percent": "share",
    "pct_change": "change",
    "rank": "place from the highest",
    "rank_from_lowest": "place from the lowest",
    "rank_band": "place",
    "min_month": "lowest month",
    "max_month": "highest month",
}


def parts(
    edition: Edition, verdicts: pd.DataFrame, publications: str = ""
) -> list[tuple[str, str]]:
    """The page of a replay: counts on top, `publications` (HTML), then section by section; as
    ("html" | "markdown", text) in order."""
    found = [("html", _intro(edition, verdicts)), ("html", _counts(verdicts))]
    if publications:
        found += [("markdown", "## Publication beside publication"), ("html", publications)]
    titles = _titles()
    for section, rows in verdicts.groupby("section", sort=False):
        found += [("markdown", f"## {_title(section, titles)}"), ("html", _section(rows))]
    return found


def used(edition: Edition, verdicts: pd.DataFrame) -> list[str]:
    """The snapshots that figures of a replay come from, as the edition names them."""
    heads = {sha for text in verdicts["snapshot"] for sha in text.split("; ")}
    return [name for name in edition.names.values() if name[:12] in heads]


def _intro(edition: Edition, verdicts: pd.DataFrame) -> str:
    found = verdicts["verdict"].str.startswith("reproduced").sum()
    within = (verdicts["verdict"] == WITHIN).sum()
    data = (
        "The data are the synthetic sample, made to contain the printed figures of crime: one that "
        "comes out shows that the computation works, not that the figure was right. Its people are "
        "invented, so most figures of people differ."
        if edition.is_sample
        else f"The data are the published files that the edition {escape(edition.name)} names."
    )
    return (
        "<p>The strategic assessment of 2018, its minutes and reports state "
        f"{len(verdicts)} figures and directions. Each was looked for in the data of this edition "
        "by a rule for its kind of statistic, never from a stored answer. "
        f"<strong>{found} of {len(verdicts)} are reproduced."
        f"</strong> {within} of people agree within the protection of their numbers. {data}</p>"
        f"<p>{escape(HIDDEN)} stands for 1 to 7 persons, printed or computed; their other numbers, "
        "and percentages of them that were printed, are rounded to the nearest 5, and are judged "
        "so. "
        'The whole table: <a href="replay.csv">replay.csv</a>.</p>'
    )


def _counts(verdicts: pd.DataFrame) -> str:
    rows = [(name, n, MEANINGS[name]) for name, n in claims.counts(verdicts).items()]
    frame = pd.DataFrame(rows, columns=["Verdict", "Claims", "What it means"])
    return html_table(frame, f"Verdicts on {len(verdicts)} claims")


def publications(table: pd.DataFrame, editions: list[Edition]) -> str:
    """The figures of `vintages`, publication beside publication, as HTML."""
    what = [_what(row) for row in table.itertuples()]
    shown = pd.DataFrame({"Figure": what, "Printed in 2018": table["published"].astype(int)})
    for edition in editions:
        shown[edition.name] = table[edition.name].astype(float).round().astype(int)
    titles = "; ".join(f"{escape(e.name)}: {escape(e.title)}" for e in editions)
    note = (
        "Counts of the months that the verdict is about: the printed label's, or where that is "
        f"wrong, those that fit. {titles}."
    )
    return html_table(shown, "Numbers of offences by publication") + f'<p class="note">{note}</p>'


def _what(row) -> str:
    """Whose figure, of what, in which months, in words."""
    window = stated(row.period)
    words = row.measure.replace("_", " "), _words(row), window.words if window else ""
    return f"{row.geography}: {', '.join(filter(None, words))}"


def _words(row) -> str:
    statistic = getattr(row, "statistic", "count")
    plain = statistic.replace("vs_", "beside ").replace("_pct", "").replace("_", " ")
    return _STATISTICS.get(statistic, plain)


def _section(rows: pd.DataFrame) -> str:
    found = rows["verdict"].str.startswith("reproduced").sum()
    within = (rows["verdict"] == WITHIN).sum()
    more = f", {within} agree within protection" if within else ""
    heads = ("Claim", "Printed", "Found", "Verdict and reason")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(map(_row, rows.itertuples()))
    return (
        f'<table class="claims replay"><caption>{found} of {len(rows)} reproduced{more}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row) -> str:
    percent = "%" * (row.unit.startswith("percent") and row.value[-1:].isdigit())
    asked = stated(row.period)
    elsewhere = row.window and not (asked and row.window == asked.words)
    months = f"{prose.sentence_case(row.window)}." if elsewhere else ""
    why = " ".join(filter(None, (months, row.reason)))
    cells = {"Printed": f"{_number(row.value)}{percent}", "Found": _number(row.computed) or "–"}
    return (
        f'<tr id="replay-{escape(row.id.replace(".", "-"))}">'
        f'<th scope="row">{escape(_what(row))}</th>'
        + "".join(f'<td data-label="{k}">{escape(text)}</td>' for k, text in cells.items())
        + f'<td data-label="Verdict"><strong>{escape(prose.sentence_case(row.verdict))}</strong>'
        + (f"<br>{escape(why)}</td></tr>" if why else "</td></tr>")
    )


def _number(text: str) -> str:
    """With commas for thousands, as on every page; a year, month or word as it is."""
    return f"{int(text):,}" if re.fullmatch(r"\d{5,}", text) else text


def _titles() -> dict[str, str]:
    outline = reference.entries(f"{claims.PUBLISHED}/outline.yml")
    titles = {a["key"]: a["title"] for a in outline["attachments"]}
    for section in outline["sections"]:
        for part in (section, *section["subsections"]):
            titles[part["number"]] = f"{part['number']} {part['title']}"
    return titles


def _title(section: str, titles: dict[str, str]) -> str:
    """A section's own title, or that of the attachment with the item of it."""
    if section in titles:
        return titles[section]
    attachment, _, item = section.rpartition("-")
    return f"{titles.get(attachment, attachment)}, item {item}"
