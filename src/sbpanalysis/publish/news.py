"""What is new since the last edition? For the reader of the front page, in a few lines."""

from __future__ import annotations

from html import escape

import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.periods import Break, month
from sbpanalysis.publish.cache import kept_frame
from sbpanalysis.publish.overview import MONTHS
from sbpanalysis.report import prose, revised
from sbpanalysis.report.edition import Edition

_MOST = 5  # measures that are named in one line


def since_last(edition: Edition, cards: list[dict]) -> str:
    """What differs from the edition that this one follows, as HTML.

    cards: those of the front page, with the verdicts that it shows.
    """
    if not edition.follows:
        return "<p>This edition follows no earlier one, so nothing is listed here as new.</p>"
    try:
        before = Edition.open(edition.follows, data=edition.folder, area=edition.area)
        lines = [_months(edition, before), *_verdicts(edition, before, cards)]
        lines += _measures(edition, before)
    except DataError as fault:
        reason = escape(str(fault).split("\n")[0])
        return f"<p>Not compared with {escape(edition.follows)}: {reason}</p>"
    more = (
        'What the publishers revised meanwhile is on the page <a href="data-and-revisions.html">'
        "Data and revisions</a>."
    )
    items = "".join(f"<li>{line}</li>" for line in [*map(escape, lines), more])
    return f"<ul>{items}</ul>"


def breaks(edition: Edition) -> list[Break]:
    """Every break of the measures of an edition; kept, for it is asked for on three pages."""

    def made() -> pd.DataFrame:
        rows = [
            (str(b.date), b.kind, b.note, "yes" if b.comparable else "", str(b.until or ""))
            for b in edition.breaks()
        ]
        return pd.DataFrame(rows, columns=["date", "kind", "note", "comparable", "until"])

    kept = kept_frame(edition.root, "breaks", [edition], made)
    return [
        Break(
            month(b.date), b.kind, b.note, bool(b.comparable), month(b.until) if b.until else None
        )
        for b in kept.itertuples()
    ]


def to_heed(edition: Edition) -> list[str]:
    """What changed, within the two years that are compared, in how crime is recorded."""
    first = edition.period_end - MONTHS + 1
    kinds = ("system", "counting", "event")
    return list(
        dict.fromkeys(
            f"{prose.in_words(b.date)}: {b.note}"
            for b in breaks(edition)
            if first <= b.date <= edition.period_end and b.kind in kinds
        )
    )


def until(edition: Edition) -> str:
    """The last month of an edition's figures in words, and which sections go further."""
    last = str(edition.period_end)
    later = {n: s["end"] for n, s in edition.sections.items() if s.get("end", "") > last}
    more = "; ".join(f"section {n} up to {prose.in_words(end)}" for n, end in later.items())
    return prose.in_words(last) + (f" ({more})" if more else "")


def _months(edition: Edition, before: Edition) -> str:
    now, then = (until(e) for e in (edition, before))
    if now == then:
        return f"The figures end with {now}, as those of the last edition did."
    return f"The figures go up to {now}; those of the last edition went up to {then}."


def _verdicts(edition: Edition, before: Edition, cards: list[dict]) -> list[str]:
    """Each card whose verdict is another than the last edition's, or that there is none."""
    measures = [card["measure"] for card in cards]

    def told() -> pd.DataFrame:
        return revised.verdicts(before, measures)

    then = kept_frame(edition.root, "verdicts", [before, edition], told)
    then = dict(zip(then["measure"], then["verdict"], strict=True))
    lines = [
        f"{card['title']}: {card['verdict']} now, {then[card['measure']]} in the last edition."
        for card in cards
        if then.get(card["measure"], card["verdict"]) != card["verdict"] and card["verdict"]
    ]
    return lines or ["No verdict on this page is another one than in the last edition."]


def _measures(edition: Edition, before: Edition) -> list[str]:
    """Measures that only one of the two editions holds."""
    now, then = set(edition.measures()), set(before.measures())
    changes = (("Held for the first time", now - then), ("No longer held", then - now))
    return [f"{words}: {_listed(edition, some)}." for words, some in changes if some]


def _listed(edition: Edition, measures: set[str]) -> str:
    titles = sorted({prose.lower_first(edition.measure_title(m)) for m in measures})
    more = f" and {len(titles) - _MOST} more" if len(titles) > _MOST else ""
    return ", ".join(titles[:_MOST]) + more
