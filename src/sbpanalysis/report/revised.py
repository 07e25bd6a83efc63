"""Which verdicts are others because the publisher revised the past, not because crime changed?"""

from __future__ import annotations

import warnings

import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.revisions import Revisions, of_editions
from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.report.edition import Edition
from sbpanalysis.stats.change import Change, change

COLUMNS = ("measure", "title", "area", "before", "verdict_before", "after", "verdict_after")


def open_revisions(before: Edition, after: Edition) -> dict[str, Revisions]:
    """The revisions between two editions, by source; none of counts of persons."""
    entries = reference.sources()
    revisions = of_editions(before, after)
    return {s: r for s, r in revisions.items() if entries[s].get("sensitive") != "persons"}


def turned(
    before: Edition, after: Edition, revisions: dict[str, Revisions], months: int = 12
) -> pd.DataFrame:
    """The measures whose verdict at the earlier edition's last month differs between two editions.

    `revisions` are the revisions between them. Both editions are judged on the same `months` up to
    that month, so that only revisions can turn a verdict. Returns measure, title, area, before
    and after (percent change), verdict_before, verdict_after; measures that either edition
    cannot judge are left out.
    """
    rows = []
    compared = dict.fromkeys(m for one in revisions.values() for m in one.totals["measure"])
    for measure in compared:
        one, two = _judged(before, after, measure, months)
        if one and two and one.word != two.word:
            title = classification.about(measure)["title"]
            rows.append((measure, title, after.area, one.percent, one.word, two.percent, two.word))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def verdicts(edition: Edition, measures: list[str], months: int = 12) -> pd.DataFrame:
    """The word that an edition has for each measure, as its pages say it.

    Returns measure and verdict, the word; what the edition cannot judge is left out.
    """
    judged = {m: _change(edition, m, months) for m in dict.fromkeys(measures)}
    rows = [(measure, r.word) for measure, r in judged.items() if r]
    return pd.DataFrame(rows, columns=["measure", "verdict"])


def _change(edition: Edition, measure: str, months: int) -> Change | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SbpWarning)
        try:
            return change(edition.series(measure), months, confidence=edition.confidence)
        except DataError:
            return None


def _judged(before: Edition, after: Edition, measure: str, months: int) -> tuple:
    """The change in each edition, judged on the months that both have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SbpWarning)
        try:
            both = [
                e.series(measure, before.area, end=str(before.period_end)) for e in (before, after)
            ]
            start = max(series.index[0] for series in both)
            return tuple(change(s[start:], months, confidence=before.confidence) for s in both)
        except DataError:
            return None, None
