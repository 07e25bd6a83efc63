"""Which measures are there, what counts towards each, and when does one change its meaning?

The tables measures.csv and offences.csv as one object: an edition holds the one it was opened
with, and the functions below ask the tables as they are now.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.reading import plain
from sbpanalysis.data.territory import normal
from sbpanalysis.errors import DataError
from sbpanalysis.periods import Break, month

TOTAL = "total_notifiable_offences"
TABLE = "data/reference/offences.csv"
# What every whole file holds at every level: the LSOA file leaves out sexual offences, and
# public order and weapons were no classes of their own before 2019
CORE = ("Robbery", "Burglary", "Theft", "Vehicle offences", "Drug offences")
# The publisher cuts its texts here
_CUT = 50
Pairs = Iterable[tuple[str, str]]  # of major and minor category


class Category(NamedTuple):
    """What offences.csv says of a publisher's category; `measures` are those it counts towards."""

    generation: str
    family: str
    group: str
    measures: tuple[str, ...]
    notifiable: bool


def key(label: str) -> str:
    """A category label as it is compared: cut at 50 characters, case and punctuation left out.

    >>> key("THEFT FROM  A VEHICLE "), key("Burglary – Business & Community")
    ('theft from a vehicle', 'burglary business and community')
    """
    return normal(" ".join(label.split())[:_CUT])


@dataclass(frozen=True)
class Classification:
    """The measures by name, their other names, and the categories by publisher."""

    rows: dict[str, dict[str, str]] = field(repr=False)
    aliases: dict[str, str] = field(repr=False)
    categories: dict[str, dict[tuple[str, str], Category]] = field(repr=False)

    @classmethod
    def of(cls, measures: pd.DataFrame, offences: pd.DataFrame) -> Classification:
        """What the two tables say together."""
        rows = {row["measure"]: row for row in measures.to_dict("records")}
        named = [(other, m) for m, row in rows.items() for other in row["alias"].split(";")]
        categories: dict[str, dict] = {}
        for row in offences.itertuples(index=False):
            notifiable, counts = row.notifiable == "yes", tuple(row.measures.split(";"))
            counts = (TOTAL, *counts) if notifiable else counts
            one = Category(row.generation, row.family, row.group, counts, notifiable)
            categories.setdefault(row.publisher, {})[key(row.major), key(row.minor)] = one
        aliases = {other: name for other, name in reversed(named) if other}
        return cls(rows, aliases, categories)

    def held_as(self, name: str) -> str:
        """The name under which a measure is held: itself, or what it is another name of."""
        return name if name in self.rows else self.aliases.get(name, name)

    def is_measure(self, name: object) -> bool:
        """Whether measures.csv has a measure of this name, or with it as another."""
        return isinstance(name, str) and (name in self.rows or name in self.aliases)

    def about(self, name: str) -> dict[str, str]:
        """The row of measures.csv on a measure; a plain one if there is none."""
        if row := self.rows.get(self.held_as(name)):
            return dict(row)
        title = name.replace("_", " ").capitalize()
        blank = dict.fromkeys(next(iter(self.rows.values())), "")
        return blank | {"measure": name, "title": title, "unit": "", "counts": "events"}

    def counts_persons(self, name: str) -> bool:
        """Whether a measure counts persons, not events."""
        return self.about(name)["counts"] == "persons"

    def found_by_policing(self, name: str) -> bool:
        """Whether a measure counts what the police find, more than what they are told."""
        return self.about(name)["counts"] == "policing"

    def check(self, name: str, held: Callable[[], Iterable[str]] = tuple) -> str:
        """The name under which a measure is held; raises `DataError` for one that nothing names.

        Named are those of measures.csv, offences.csv and the forms of partners, with their
        breakdowns (`..._by_age`), and those that `held` gives.
        """
        known = self.held_as(name) if isinstance(name, str) else ""
        if known in self.rows:
            return known
        every = {*self.rows, *self.aliases, *held()}
        every |= {
            m for labels in self.categories.values() for c in labels.values() for m in c.measures
        }
        every |= {measure for form in reference.forms().values() for measure in _measures(form)}
        every -= {""}
        if known in every or known.partition("_by_")[0] in every:
            return known
        close = difflib.get_close_matches(str(name), sorted(every), n=1)
        close = close or difflib.get_close_matches(f"{name}_offences", sorted(every), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "sbp.measures() lists them."
        raise DataError(f"measure {str(name)[:60]!r}: no such measure; {hint}")

    def classes(self) -> list[str]:
        """The classes of recorded crime, which leave nothing out and count nothing twice."""
        return [name for name, row in self.rows.items() if row["recorded_class"]]

    def parts(self, name: str) -> list[str]:
        """The measures that count some of the categories of a class, and nothing else."""
        every = [c for cs in self.categories.values() for c in cs.values() if c.notifiable]
        among = {m for c in every if name in c.measures for m in c.measures}
        return [m for m in self.rows if m in among and self.rows[m]["stand_in"] == name]

    def broader(self, name: str) -> list[str]:
        """A measure and those that may stand in for it, the nearest first."""
        found = [name]
        while wider := self.about(found[-1])["stand_in"]:
            found.append(wider)
        return found

    def groups(self, name: str) -> list[str]:
        """The groups of a measure in offences.csv."""
        name = self.held_as(name)
        every = [one for labels in self.categories.values() for one in labels.values()]
        return sorted({_group(one, name) for one in every if name in one.measures})

    def unknown(self, publisher: str, pairs: Pairs) -> list[tuple[str, str]]:
        """The pairs of major and minor category that offences.csv does not list."""
        known = self.categories.get(publisher, {})
        return [pair for pair in pairs if (key(pair[0]), key(pair[1])) not in known]

    def categories_of(self, publisher: str, pairs: Pairs) -> list[Category]:
        """What each pair of major and minor category is; `DataError` names what is unknown."""
        known, pairs = self.categories.get(publisher, {}), list(pairs)
        if strange := self.unknown(publisher, pairs):
            listed = ", ".join(plain(repr(" / ".join(filter(None, pair)))) for pair in strange[:5])
            more = " and more" if len(strange) > 5 else ""
            raise DataError(
                f"category: found {listed}{more}, expected one that {TABLE} lists for {publisher}; "
                "if the publisher really uses it, add a row there."
            )
        return [known[key(major), key(minor)] for major, minor in pairs]

    def generation(self, publisher: str, pairs: Pairs) -> str:
        """The generation of category names that a file uses; "" where it shows none.

        Raises `DataError` where a file mixes two.
        """
        held = {one.generation for one in self.categories_of(publisher, pairs)} - {""}
        if len(held) > 1:
            raise DataError(
                f"categories: found names of two generations ({', '.join(sorted(held))}), expected "
                "one; two files were put together, give each by itself."
            )
        return held.pop() if held else ""

    def by_measure(self, publisher: str, pairs: Pairs) -> dict[str, dict[tuple[str, str], str]]:
        """By measure the categories that count towards it, each with its group.

        The groups of the total are families such as Theft; those of any other measure are finer.
        There is no total where whole classes of crime are not held.
        """
        pairs, found = list(pairs), {}
        rows = self.categories_of(publisher, pairs)
        for pair, row in zip(pairs, rows, strict=True):
            for name in row.measures:
                found.setdefault(name, {})[pair] = _group(row, name)
        if not set(CORE) <= {row.family for row in rows}:
            found.pop(TOTAL, None)
        found.pop("", None)
        return found


def _group(one: Category, measure: str) -> str:
    return one.family if measure == TOTAL else one.group


def current() -> Classification:
    """The tables as they are now; made again only when one of them changes.

    >>> current().held_as("drugs_offences"), current().broader("robbery_personal_offences")
    ('drug_offences', ['robbery_personal_offences', 'robbery_offences'])
    >>> current().groups("robbery_offences")
    ['Robbery', 'Robbery of business property', 'Robbery of personal property']
    """
    return reference.derived(Classification.of, "measures.csv", "offences.csv")


def about(name: str) -> dict[str, str]:
    """The row of data/reference/measures.csv on a measure; a plain one if there is none."""
    return current().about(name)


def unknown(publisher: str, pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs of major and minor category that offences.csv does not list."""
    return current().unknown(publisher, pairs)


def classify(publisher: str, pairs: Pairs) -> pd.DataFrame:
    """The rows of offences.csv for pairs of major and minor category, in their order.

    Returns a frame: major, minor (as given), generation, family, group, measures (tuple),
    notifiable (bool). Raises `DataError` that names what is unknown.

    >>> classify("Metropolitan Police Service", [("ROBBERY", "Personal Property")]).group[0]
    'Robbery of personal property'
    """
    pairs = list(pairs)
    rows = zip(pairs, current().categories_of(publisher, pairs), strict=True)
    columns = ["major", "minor", *Category._fields]
    return pd.DataFrame([(*pair, *row) for pair, row in rows], columns=columns)


def measures_of(template: str) -> list[str]:
    """The measures of a partner template.

    >>> measures_of("gang_flagged_offences")
    ['gang_flagged_offences']
    """
    entries = reference.forms()
    if template not in entries:
        raise DataError(f"template {template!r}: expected one of {', '.join(entries)}.")
    return _measures(entries[template])


def _measures(entry: dict) -> list[str]:
    given = choices(entry).values()
    numbers = [c for c, kind in entry["columns"].items() if kind == "number"]
    return list(dict.fromkeys(text.format(n) for text in given for n in numbers))


def choices(entry: dict) -> dict[str, str]:
    """What the `what` column of a form may say, and the measure that each is; `entry`: the form's.

    A form for whatever a council counts also takes its own measures, but those of persons.
    """
    said = entry["measures"]
    if not isinstance(said, dict):
        return {"": said}
    if not entry.get("own"):
        return said
    own = reference.own("measures.csv")
    return said | {
        row["measure"]: row["measure"]
        for row in own
        if row["counts"] in ("events", "policing") and not row.get("made_of")
    }


def holder(name: str) -> str:
    """Who holds the figures of a measure, as the register of sources says it; "" if none."""
    wanted = current().held_as(name)
    for template, entry in reference.forms().items():
        if any(wanted == m or wanted.startswith(f"{m}_by_") for m in _measures(entry)):
            publisher = reference.sources()[entry["source"]]["publisher"]
            return f"{publisher}|{template}"
    return ""


class Registered(NamedTuple):
    """A break that is registered, and which series it is one of."""

    measures: list[str]
    levels: list[str]
    vintage: str
    when: str
    found: Break


def registered(table: pd.DataFrame) -> list[Registered]:
    """The breaks that a table registers, and of which series each is one."""
    rows = []
    for row in table.itertuples(index=False):
        until = month(row.until) if row.until else None
        found = Break(month(row.date), row.kind, row.note, row.comparable == "yes", until)
        levels = row.levels.split(";") if row.levels else []
        rows.append(Registered(row.measures.split(";"), levels, row.vintage, row.when, found))
    return rows


def breaks_among(
    rows: Iterable[Registered], name: str, level: str, vintage: str | None, *, joined: bool
) -> list[Break]:
    """The breaks of a measure, as `select.breaks_for` gives them, oldest first.

    Of several of one month and kind it is the one that forbids more.
    """
    kept: dict[tuple, Break] = {}
    for row in rows:
        own = any(fnmatchcase(name, pattern) for pattern in row.measures)
        remapped = row.vintage == "mixed" and vintage
        unjoined = row.when == "joined" and not joined
        if not own or remapped or unjoined or (row.levels and level not in row.levels):
            continue
        held = kept.get(at := (row.found.date, row.found.kind))
        if held is None or (held.comparable and not row.found.comparable):
            kept[at] = row.found
    return sorted(kept.values(), key=lambda one: one.date)
