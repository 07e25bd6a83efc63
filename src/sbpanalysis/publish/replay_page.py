"""Which figures of the 2018 assessment come out of this edition's data, and why not the others?"""

from __future__ import annotations

import hashlib
import os
import re
from html import escape
from pathlib import Path

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.paths import local
from sbpanalysis.publish.cache import common
from sbpanalysis.publish.lift import Lifted, page_of
from sbpanalysis.report import prose, replay, vintages
from sbpanalysis.report.disclosure import HIDDEN
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.html import html_table
from sbpanalysis.report.replay_values import stated
from sbpanalysis.report.replay_verdicts import WITHIN

MEANINGS = {
    "reproduced": "the data give the figure as it was printed",
    "reproduced, within rounding": "the data give it once rounded as it was printed",
    "agrees within protection": "a count of people, or of what is computed from them: rounded as "
    "it is shown here it does not contradict what was printed; more cannot be said",
    "revised since": "the police have changed their records since; the difference is given",
    "label wrong": "the figure comes out, but of other months or offences than it was said to be",
    "not distinguishable from chance": "a change was stated that no test supports",
    "arithmetic does not hold": "figures printed side by side contradict each other",
    "not reproduced": "the data give something else",
    "only near figures held": "only other months or a broader class can be looked at",
    "not open": "a partner holds the data and this edition has none",
    "no data in this edition": "published somewhere, but not among the files of this edition",
    "cannot be checked as worded": "place, period or measure is not said, or no number is given",
    "context only": "definitions, plans and money, no figure about crime",
}
KEPT = 12  # of each table in the cache
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


def replay_pages(root: Path, edition: Edition) -> list[Lifted]:
    """The page "Replay of 2018" with its replay.csv; none for an area that was not assessed."""
    if edition.area != replay.subject(replay.claims()):
        return []
    told = once(root, "replay", [edition], lambda: replay.replay(edition))
    editions = [] if edition.is_sample else vintages.of_same(edition)
    return [page(edition, told, _vintages(root, editions) if len(editions) > 1 else "")]


def page(edition: Edition, told: pd.DataFrame, publications: str = "") -> Lifted:
    """The page of a replay: counts on top, `publications` (HTML), then section by section."""
    parts = [("html", _intro(edition, told)), ("html", _counts(told))]
    if publications:
        parts += [("markdown", "## Publication beside publication"), ("html", publications)]
    titles = _titles()
    for section, rows in told.groupby("section", sort=False):
        parts += [("markdown", f"## {_title(section, titles)}"), ("html", _section(rows))]
    snapshots = [name for name in edition.names.values() if name[:12] in _used(told)]
    lifted = Lifted(page_of("Replay of 2018", parts), "replay", snapshots=snapshots)
    lifted.assets["replay.csv"] = replay.as_csv(told).encode()
    return lifted


def _used(told: pd.DataFrame) -> set[str]:
    return {sha for text in told["snapshot"] for sha in text.split("; ")}


def once(root: Path, name: str, editions: list[Edition], make) -> pd.DataFrame:
    """The frame that `make` gives, as text; made only if data, tables or library have changed."""
    tables = sorted([*reference.path("").rglob("*"), *local(root).glob("*.csv")])
    said = [common(root), *(e.fingerprint for e in editions)]
    said += [hashlib.sha256(p.read_bytes()).hexdigest() for p in tables if p.is_file()]
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:40]
    path = root / "build" / "cache" / f"{name}-{digest}.csv"
    if not path.is_file():
        text = make().to_csv(index=False, lineterminator="\n")
        write_whole(path, text.encode(), private=True)
        kept = sorted(path.parent.glob(f"{name}-*.csv"), key=lambda p: p.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)
    os.utime(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _intro(edition: Edition, told: pd.DataFrame) -> str:
    found = told["verdict"].str.startswith("reproduced").sum()
    within = (told["verdict"] == WITHIN).sum()
    data = (
        "The data are the synthetic sample, made to contain the printed figures of crime: one that "
        "comes out shows that the computation works, not that the figure was right. Its people are "
        "invented, so most figures of people differ."
        if edition.is_sample
        else f"The data are the published files that the edition {escape(edition.name)} names."
    )
    return (
        f"<p>The strategic assessment of 2018, its minutes and reports state {len(told)} figures "
        "and directions. Each was looked for in the data of this edition by a rule for its kind of "
        f"statistic, never from a stored answer. <strong>{found} of {len(told)} are reproduced."
        f"</strong> {within} of people agree within the protection of their numbers. {data}</p>"
        f"<p>{escape(HIDDEN)} stands for 1 to 7 persons, printed or computed; their other numbers, "
        "and percentages of them that were printed, are rounded to the nearest 5, and are judged "
        "so. "
        'The whole table: <a href="replay.csv">replay.csv</a>.</p>'
    )


def _counts(told: pd.DataFrame) -> str:
    rows = [(name, n, MEANINGS[name]) for name, n in replay.counts(told).items()]
    frame = pd.DataFrame(rows, columns=["Verdict", "Claims", "What it means"])
    return html_table(frame, f"Verdicts on {len(told)} claims")


def _vintages(root: Path, editions: list[Edition]) -> str:
    table = once(root, "vintages", editions, lambda: vintages.vintages(editions))
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
    outline = reference.entries("outline.yml")
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
