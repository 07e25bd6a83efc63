"""Is the newest month that is held as new as its publisher's cadence allows?"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sbpanalysis.data import add, reference, snapshots
from sbpanalysis.data.store import Store
from sbpanalysis.periods import length

COLUMNS = ("source", "title", "publisher", "last", "age", "cadence", "next", "status")
FRESH, DUE, LATE, OLD, NONE = "up to date", "due", "late", "too old", "no next one"
_WORDS = {"monthly": 1, "quarterly": 3, "yearly": 12, "about yearly": 12, "financial year": 12}
# Months after its due month in which a publication counts as due, not late: bank holidays
_GRACE = 1


def of_edition(edition, today: pd.Period | None = None) -> pd.DataFrame:
    """The sources of an edition: newest month, age, when the next is expected, status.

    Ages count against today for an edition that says `current: true`, else against its own last
    month: an edition of the past grows no older. Returns a row a source: source, title,
    publisher, last (month), age (months), cadence (months, or None), next (month of its
    publication, or empty), status ("up to date", "due", "late", "too old", "no next one").
    """
    facts = [held.facts | {"months": held.months} for held in edition.files if held.months]
    today = today or pd.Timestamp.now().to_period("M")
    return _rows(
        facts,
        today if edition.current else edition.period_end,
        edition.current,
        edition.max_age_months,
    )


def of_store(store: Store, today: pd.Period | None = None) -> pd.DataFrame:
    """The same of every source of which anything was added or fetched, against today."""
    facts = [add.facts(sha, store) or {} for sha in snapshots.kept(store.root)]
    today = today or pd.Timestamp.now().to_period("M")
    return _rows([f for f in facts if f.get("months")], today, True, None)


def stale(edition, today: pd.Period | None = None) -> pd.DataFrame:
    """The sources of an edition whose newest month is older than the edition allows."""
    rows = of_edition(edition, today)
    return rows[rows["status"] == OLD]


def cadence(source: str) -> tuple[int | None, int]:
    """Months from one publication of a source to the next, and from its period to it."""
    entry = reference.sources()[source]
    for file in entry.get("files", {}).values():
        return file.get("cadence"), file.get("lag", 0)
    return _WORDS.get(entry["cadence"]), 1


def _rows(facts: Iterable[dict], against: pd.Period, current: bool, most: int | None):
    entries, newest = reference.sources(), {}
    for one in facts:
        last = newest_month(one["months"], one.get("frequency"), against)
        newest[one["source"]] = max(last, newest.get(one["source"], last))
    rows = []
    for source, last in newest.items():
        months, lag = cadence(source)
        age = max((against - last).n, 0)
        due = last + months + lag if months else None
        too_old = most is not None and months is not None and age > most + months - 1
        status = OLD if too_old else _status(due, against, current)
        about = entries[source]
        following = str(due) if due is not None and current else ""
        known = (source, about["title"], about["publisher"], str(last))
        rows.append((*known, age, months, following, status))
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return table.sort_values("source", ignore_index=True)


def newest_month(months: Iterable[str], frequency: list[str] | None, against: pd.Period):
    """The last month of the newest period that has begun by the month `against`.

    `months`: of the periods' beginnings; projections of years to come are left out. Where periods
    of several lengths begin in the same month, the shortest is meant.

    >>> against = pd.Period("2018-09", "M")
    >>> str(newest_month(["2016-04", "2017-04"], ["36 months", "annual"], against))
    '2018-03'
    >>> str(newest_month(["2018-01", "2030-01"], ["annual"], against))
    '2018-12'
    """
    begun = [m for m in months if m <= str(against)] or [min(months)]
    return pd.Period(max(begun), "M") + min(map(length, frequency or ["monthly"])) - 1


def _status(due: pd.Period | None, against: pd.Period, current: bool) -> str:
    if due is None:
        return NONE
    if not current or against < due:
        return FRESH
    return DUE if against <= due + _GRACE else LATE
