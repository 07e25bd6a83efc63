"""Which measures does a publisher's category count towards? One table, both generations."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

TOTAL = "total_notifiable_offences"
TABLE = "data/reference/offences.csv"
# What every whole file holds at every level: the LSOA file leaves out sexual offences, and
# public order and weapons were no classes of their own before 2019
CORE = (
    "Robbery",
    "Burglary",
    "Theft",
    "Vehicle offences",
    "Drug offences",
)
# The publisher cuts its texts here
_CUT = 50


def key(label: str) -> str:
    """A category label as it is compared: no case, single blanks, cut at 50 characters.

    >>> key("THEFT FROM  A VEHICLE ")
    'theft from a vehicle'
    """
    return " ".join(label.casefold().split())[:_CUT].strip()


def unknown(publisher: str, categories: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of major and minor category that the table does not list."""
    known = reference.derived(_by_label, "offences.csv").get(publisher, {})
    return [pair for pair in categories if (key(pair[0]), key(pair[1])) not in known]


def classify(publisher: str, categories: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """The rows of the classification table for pairs of major and minor category.

    Returns a frame in the order of `categories`: major, minor (as given), generation, family,
    group, measures (tuple), notifiable (bool). Raises `DataError` that names what is unknown.

    >>> classify("Metropolitan Police Service", [("ROBBERY", "Personal Property")]).group[0]
    'Robbery of personal property'
    """
    known = reference.derived(_by_label, "offences.csv").get(publisher, {})
    pairs = list(categories)
    if strange := unknown(publisher, pairs):
        listed = ", ".join(plain(repr(" / ".join(filter(None, pair)))) for pair in strange[:5])
        raise DataError(
            f"category: found {listed}{' and more' if len(strange) > 5 else ''}, expected one that "
            f"{TABLE} lists for {publisher}; if the publisher really uses it, add a row there."
        )
    rows = [(major, minor, *known[key(major), key(minor)]) for major, minor in pairs]
    columns = ["major", "minor", "generation", "family", "group", "measures", "notifiable"]
    return pd.DataFrame(rows, columns=columns)


def generation(publisher: str, categories: Iterable[tuple[str, str]]) -> str:
    """The generation of category names that a file uses; "" where it shows none.

    Raises `DataError` where a file mixes two.
    """
    held = set(classify(publisher, categories)["generation"]) - {""}
    if len(held) > 1:
        raise DataError(
            f"categories: found names of two generations ({', '.join(sorted(held))}), expected one;"
            " two files were put together, give each by itself."
        )
    return held.pop() if held else ""


def counted(publisher: str, categories: Iterable[tuple[str, str]], name: str) -> dict:
    """The categories that count towards the measure `name`, each with its group.

    The groups of the total are families such as Theft; those of any other measure are finer.
    Empty where the total cannot be had because whole classes of crime are not held.
    """
    return by_measure(publisher, categories).get(name, {})


def by_measure(publisher: str, categories: Iterable[tuple[str, str]]) -> dict[str, dict]:
    """The answers of `counted` for every measure that any of the categories counts towards."""
    found: dict[str, dict] = {}
    rows = classify(publisher, categories)
    for row in rows.itertuples(index=False):
        for name in row.measures:
            group = row.family if name == TOTAL else row.group
            found.setdefault(name, {})[row.major, row.minor] = group
    if not set(CORE) <= set(rows["family"]):
        found.pop(TOTAL, None)
    found.pop("", None)
    return found


def measures(publisher: str, categories: Iterable[tuple[str, str]]) -> list[str]:
    """All measures that any of the categories counts towards."""
    return list(by_measure(publisher, categories))


def measure(name: str) -> str:
    """The name under which a measure is held: itself, or what it is another name of.

    >>> measure("drugs_offences")
    'drug_offences'
    """
    rows, aliases = reference.derived(_measures, "measures.csv")
    return name if name in rows else aliases.get(name, name)


def is_measure(name: object) -> bool:
    """Whether data/reference/measures.csv has a measure of this name, or with it as another."""
    rows, aliases = reference.derived(_measures, "measures.csv")
    return isinstance(name, str) and (name in rows or name in aliases)


def every() -> list[str]:
    """The names of all measures in data/reference/measures.csv."""
    return list(reference.derived(_measures, "measures.csv")[0])


def about(name: str) -> dict[str, str]:
    """The row of data/reference/measures.csv on a measure; a plain one if there is none."""
    rows, _ = reference.derived(_measures, "measures.csv")
    if row := rows.get(measure(name)):
        return dict(row)
    title = name.replace("_", " ").capitalize()
    blank = dict.fromkeys(reference.table("measures.csv").columns, "")
    return blank | {"measure": name, "title": title, "unit": "", "counts": "events"}


def classes() -> list[str]:
    """The classes of recorded crime: measures that leave nothing out and count nothing twice."""
    rows, _ = reference.derived(_measures, "measures.csv")
    return [name for name, row in rows.items() if row["recorded_class"]]


def broader(name: str) -> list[str]:
    """A measure and those that may stand in for it, the nearest first.

    >>> broader("robbery_personal_offences")
    ['robbery_personal_offences', 'robbery_offences']
    """
    found = [name]
    while wider := about(found[-1])["stand_in"]:
        found.append(wider)
    return found


def measures_of(template: str) -> list[str]:
    """The measures of a partner template.

    >>> measures_of("gang_flagged_offences")
    ['gang_flagged_offences']
    """
    entries = reference.entries("partner_templates.yml")
    if template not in entries:
        raise DataError(f"template {template!r}: expected one of {', '.join(entries)}.")
    entry = entries[template]
    said = entry["measures"]
    given = said.values() if isinstance(said, dict) else [said]
    numbers = [c for c, kind in entry["columns"].items() if kind == "number"]
    return list(dict.fromkeys(text.format(n) for text in given for n in numbers))


def holder(name: str) -> str:
    """Who holds the figures of a measure, as the register of sources says it; "" if none."""
    wanted = measure(name)
    for template, entry in reference.entries("partner_templates.yml").items():
        if any(wanted == m or wanted.startswith(f"{m}_by_") for m in measures_of(template)):
            publisher = reference.entries("sources.yml")[entry["source"]]["publisher"]
            return f"{publisher}|{template}"
    return ""


def check_measure(name: str, held: Callable[[], Iterable[str]] = tuple) -> str:
    """The name under which a measure is held; raises `DataError` for one that nothing names.

    Named are those of data/reference/measures.csv, offences.csv and partner_templates.yml, with
    their breakdowns (`..._by_age`), and those that `held` gives.

    >>> check_measure("drugs_offences")
    'drug_offences'
    """
    known = measure(name) if isinstance(name, str) else ""
    rows, aliases = reference.derived(_measures, "measures.csv")
    if known in rows:
        return known
    others = {m for cell in reference.table("offences.csv")["measures"] for m in cell.split(";")}
    others |= {m for form in reference.entries("partner_templates.yml") for m in measures_of(form)}
    every = {*rows, *aliases, *others, *held()} - {""}
    if known in every or known.partition("_by_")[0] in every:
        return known
    close = difflib.get_close_matches(str(name), sorted(every), n=1)
    close = close or difflib.get_close_matches(f"{name}_offences", sorted(every), n=1)
    hint = f"did you mean {close[0]!r}?" if close else "sbp.measures() lists them."
    raise DataError(f"measure {str(name)[:60]!r}: no such measure; {hint}")


def groups(name: str) -> list[str]:
    """The groups of a measure in data/reference/offences.csv.

    >>> groups("robbery_offences")
    ['Robbery', 'Robbery of business property', 'Robbery of personal property']
    """
    table = reference.table("offences.csv")
    if measure(name) == TOTAL:
        return sorted(set(table.loc[table["notifiable"] == "yes", "family"]))
    counts = table["measures"].str.split(";").map(lambda names: measure(name) in names)
    return sorted(set(table.loc[counts, "group"]))


def _measures(table: pd.DataFrame) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The rows of the table by measure, and the measures by their other names."""
    rows = {row["measure"]: row for row in table.to_dict("records")}
    named = [(a, m) for m, row in rows.items() for a in row["alias"].split(";") if a]
    return rows, dict(reversed(named))


def _by_label(table: pd.DataFrame) -> dict[str, dict[tuple[str, str], tuple]]:
    """By publisher what each category is, by its labels as they are compared."""
    found: dict[str, dict] = {}
    for row in table.itertuples(index=False):
        notifiable = row.notifiable == "yes"
        measures = (TOTAL, *row.measures.split(";")) if notifiable else (*row.measures.split(";"),)
        about = (row.generation, row.family, row.group, measures, notifiable)
        found.setdefault(row.publisher, {})[key(row.major), key(row.minor)] = about
    return found
