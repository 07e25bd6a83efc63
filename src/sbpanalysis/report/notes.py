"""What stands around the figures: where the data come from, what to beware, how it was made."""

from __future__ import annotations

from html import escape

import pandas as pd
from IPython.display import publish_display_data

from sbpanalysis.data import classification
from sbpanalysis.periods import changes_of_meaning, in_words
from sbpanalysis.report.tables import html_table

SAMPLE = (
    "Synthetic sample data: made up to show the method. Figures of crime printed in the 2018 "
    "assessment come out of it, its people are invented; not a record of any real event or person."
)


def _display(html: str, plain: str, **about) -> None:
    publish_display_data({"text/html": html, "text/plain": plain}, metadata={"sbp": about})


def data_line(edition, *measures: str, level: str = "borough") -> None:
    """Display one line a source: publisher, last month, snapshot; and that a sample is one."""
    frames = [
        edition.provenance(measure, level, area, group)
        for measure in measures
        for area in (None, edition.area if level == "borough" else None)
        for group in (None, "all")
    ]
    frame = pd.concat(frames).drop_duplicates("snapshot") if frames else pd.DataFrame()
    lines = [
        (f"{r.publisher}: {r.source}, to {in_words(r.last)}", _named(r)) for r in frame.itertuples()
    ]
    items = [
        f'<li>{escape(line)} <span class="hash">{escape(snapshot)}</span></li>'
        for line, snapshot in lines
    ]
    if edition.is_sample:
        items.insert(0, f"<li><strong>{escape(SAMPLE)}</strong></li>")
    if not items:  # the boxes of what waits say so
        return
    html = f'<ul class="data-line" aria-label="Data used on this page">{"".join(items)}</ul>'
    _display(html, "; ".join(frame.get("source", [])), data=lines)


def _named(row) -> str:
    """A row of `snapshot_table` in short: the digest of a file, or the number of a closed one."""
    came = f", received {row.received}" if row.received else ""
    return f"snapshot {row.snapshot[:12]}{came}"


def caveats(edition, *measures: str) -> None:
    """Display what tempers the page's conclusions: breaks, stand-ins, and warnings raised.

    Warnings of the library that the notebook raised are added when the site is made.
    """
    breaks = [b for m in measures for b in edition.breaks(m) if b.date <= edition.period_end]
    rows = [
        (in_words(b.date), b.note, "yes, with care" if b.comparable else "no")
        for b in changes_of_meaning(breaks)
    ]
    rows = list(dict.fromkeys(rows))
    joined = dict.fromkeys(b.note for b in breaks if b.kind == "join")
    columns = ["From", "What changed", "Comparable across"]
    frame = pd.DataFrame(rows, columns=columns)
    html = '<div class="caveats">'
    if rows:
        html += html_table(frame, "Recorded breaks in the series on this page")
    else:
        html += "<p>No break is recorded for the series on this page.</p>"
    html += "".join(f"<p>The figures are from more than one file: {escape(n)}</p>" for n in joined)
    _display(f"{html}</div>", f"{len(frame)} recorded breaks", caveats={"breaks": rows})


def provenance(edition) -> None:
    """Display what this page was made from: edition, snapshots really read, library version."""
    from sbpanalysis import __version__

    frame = edition.snapshot_table(edition.reads)
    facts = {
        "Edition": edition.name,
        "Area": edition.area,
        "Data up to": in_words(edition.period_end),
        "Library": f"sbpanalysis {__version__}",
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>" for k, v in facts.items())
    table = html_table(frame, "Snapshots read") if len(frame) else ""
    html = (
        '<details class="provenance"><summary>How this page was made</summary>'
        f"<dl>{listed}</dl>{table}</details>"
    )
    _display(html, f"{len(frame)} snapshots", provenance=edition.named(edition.reads))


def waits_for(what: str, exhibits=(), measure: str = "") -> None:
    """Display that a part of the page waits for data, in the place of its exhibits.

    `what` the part will show; `exhibits` are the ids that will stand here. `measure`: whose
    holder is then asked for it by name.
    """
    holder, _, template = classification.holder(measure).partition("|")
    asked = (
        f"Held by: {holder}. What to send, and how, is in data/partner/{template}.md."
        if template
        else "The page of sources says where they come from."
    )
    anchors = "".join(
        f'<span id="exhibit-{escape(e.lower().replace(".", "-"))}"></span>' for e in exhibits if e
    )
    html = (
        f'<div class="waits">{anchors}<p><strong>Waiting for data.</strong> {escape(what)} This '
        f"edition holds no data for it, or too few months. {escape(asked)}</p></div>"
    )
    _display(html, f"waiting for data: {what}", waits=what)


def remark(text: str) -> None:
    """Display a remark that the section's entry gives; nothing if it gives none."""
    if text:
        _display(f'<p class="remark">{escape(text)}</p>', text, remark=text)
