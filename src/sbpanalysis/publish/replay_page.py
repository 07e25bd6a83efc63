"""Which figures of the 2018 assessment come out of this edition's data, and why not the others?"""

from __future__ import annotations

import hashlib
import os
from html import escape
from pathlib import Path

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.edition import Edition
from sbpanalysis.publish.cache import common
from sbpanalysis.publish.lift import Lifted, page_of
from sbpanalysis.report import replay, vintages
from sbpanalysis.report.replay import HIDDEN, kind
from sbpanalysis.report.tables import html_table

MEANINGS = {
    "reproduced": "the data give the figure as it was printed",
    "reproduced, within rounding": "the data give it once rounded as it was printed",
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
_STATISTICS = {"rolling12_count": "12-month number", "count": "number", "vs_": "beside "}


def replay_pages(root: Path, edition: Edition) -> list[Lifted]:
    """The page "Replay of 2018" with its replay.csv; none for an area that was not assessed."""
    if edition.area != replay.subject(replay.claims()):
        return []
    told = _kept(root, edition)
    parts = [("html", _intro(edition, told)), ("html", _counts(told))]
    editions = [] if edition.is_sample else vintages.of_same(edition)
    if len(editions) > 1:
        parts += [("markdown", "## Publication beside publication")]
        parts += [("html", _vintages(root, editions))]
    titles = _titles()
    for section, rows in told.groupby("section", sort=False):
        parts += [("markdown", f"## {_title(section, titles)}"), ("html", _section(rows))]
    snapshots = sorted({h.sha256 for h in edition.holdings if h.sha256[:12] in _used(told)})
    page = Lifted(page_of("Replay of 2018", parts), "replay", snapshots=snapshots)
    page.assets["replay.csv"] = replay.as_csv(told).encode()
    return [page]


def _used(told: pd.DataFrame) -> set[str]:
    return {sha for text in told["snapshot"] for sha in text.split("; ")}


def _kept(root: Path, edition: Edition) -> pd.DataFrame:
    """The replay, computed only if data, tables or library have changed since it last was."""
    return _once(root, "replay", [edition], lambda: replay.replay(edition))


def _once(root: Path, name: str, editions: list[Edition], make) -> pd.DataFrame:
    tables = sorted(reference.path("").rglob("*"))
    said = [common(root), *(e.fingerprint for e in editions)]
    said += [hashlib.sha256(p.read_bytes()).hexdigest() for p in tables if p.is_file()]
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:40]
    path = root / "build" / "cache" / f"{name}-{digest}.csv"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        make().to_csv(partial, index=False, lineterminator="\n")
        partial.rename(path)
        kept = sorted(path.parent.glob(f"{name}-*.csv"), key=lambda p: p.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)
    os.utime(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _intro(edition: Edition, told: pd.DataFrame) -> str:
    found = told["verdict"].str.startswith("reproduced").sum()
    data = (
        "The data are the synthetic sample, made to contain the printed figures: a figure that "
        "comes out shows that the computation works, not that the figure was right."
        if edition.is_sample
        else f"The data are the published files that the edition {escape(edition.name)} names."
    )
    return (
        f"<p>The strategic assessment of 2018, its minutes and reports state {len(told)} figures "
        "and directions. Each was looked for in the data of this edition by a rule for its kind of "
        f"statistic, never from a stored answer. <strong>{found} of {len(told)} are reproduced."
        f"</strong> {data}</p><p>{escape(HIDDEN)} stands for a published count of 1 to 7 persons, "
        "or for a computed one; other computed counts of persons are rounded to the nearest 5. "
        'The whole table: <a href="replay.csv">replay.csv</a>.</p>'
    )


def _counts(told: pd.DataFrame) -> str:
    rows = [(name, n, MEANINGS[name]) for name, n in replay.counts(told).items()]
    frame = pd.DataFrame(rows, columns=["Verdict", "Claims", "What it means"])
    return html_table(frame, f"Verdicts on {len(told)} claims")


def _vintages(root: Path, editions: list[Edition]) -> str:
    table = _once(root, "vintages", editions, lambda: vintages.vintages(editions))
    shown = pd.DataFrame({"Figure": _what(table), "Printed in 2018": table["published"]})
    for edition in editions:
        shown[edition.name] = table[edition.name].map(lambda text: f"{float(text):,.0f}")
    titles = "; ".join(f"{escape(e.name)}: {escape(e.title)}" for e in editions)
    note = (
        "Counts of the months that the verdict is about: the printed label's, or where that is "
        f"wrong, those that fit. {titles}."
    )
    return html_table(shown, "Numbers of offences by publication") + f'<p class="note">{note}</p>'


def _what(rows: pd.DataFrame) -> pd.Series:
    period = rows["period"].replace("not stated", "period not stated")
    return rows["geography"] + ", " + rows["measure"].str.replace("_", " ") + ", " + period


def _section(rows: pd.DataFrame) -> str:
    found = rows["verdict"].str.startswith("reproduced").sum()
    heads = ("Claim", "Published", "Computed", "Verdict and reason")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(map(_row, rows.itertuples()))
    return (
        f"<table><caption>{found} of {len(rows)} reproduced</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row) -> str:
    statistic = row.statistic.replace("_", " ")
    for text, words in _STATISTICS.items():
        if row.statistic.startswith(text):
            statistic = words + row.statistic.removeprefix(text).replace("_", " ") * (text == "vs_")
            break
    period = "" if row.period == "not stated" else f", {row.period}"
    what = f"{row.geography}: {row.measure.replace('_', ' ')}, {statistic}{period}"
    window = f" ({row.window})" if row.window and kind(row.verdict) != "reproduced" else ""
    published = f"{row.value} {row.unit}" if row.unit.startswith("percent") else row.value
    cells = (published, row.computed or "–")
    return (
        f'<tr id="replay-{escape(row.id.replace(".", "-"))}"><th scope="row">{escape(what)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + f"<td><strong>{escape(row.verdict)}</strong>{escape(window)}"
        + (f"<br>{escape(row.reason)}</td></tr>" if row.reason else "</td></tr>")
    )


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
