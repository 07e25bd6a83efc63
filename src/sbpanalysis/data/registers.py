"""Are the reference tables sound? Every row of each, and what they say of one another.

Asked when a build begins, so that a stray quotation mark or a misspelt measure is a fault with
file and line, never a figure that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sbpanalysis.data import classification
from sbpanalysis.data.documents import Document, Rows, meant, read_rows, read_yaml
from sbpanalysis.data.fetch.register import faults_of_files, faults_of_hosts
from sbpanalysis.data.models import Entry, Month, Text, faults_among, faults_in
from sbpanalysis.data.sources import READERS
from sbpanalysis.data.territory import normal
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Whole = Annotated[str, StringConstraints(pattern=r"^\d+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[EKW]\d{8}$")]
YesNo = Literal["yes", "no"]
Level = Literal["lsoa", "ward", "borough", "region", "country"]


class Measure(Entry):
    """A row of measures.csv; without a file of its own a measure is `stand_in` less `less`."""

    measure: Name
    title: Text
    unit: str
    counts: Literal["", "events", "policing", "persons"]
    alias: str
    stand_in: str
    less: str
    recorded_class: Literal["", "yes"]
    note: str


class OwnMeasure(Entry):
    """A row of local/measures.csv; `made_of` are groups of offences.csv, `;` between them."""

    measure: Name
    title: Text
    unit: Text
    counts: Literal["", "events", "policing", "persons"]
    made_of: str


class Offence(Entry):
    """A row of offences.csv."""

    publisher: Text
    generation: str
    major: str
    minor: Text
    family: Text
    group: Text
    measures: str
    notifiable: YesNo


class Break(Entry):
    """A row of breaks.csv."""

    date: Month
    measures: Text
    levels: str
    vintage: Literal["", "mixed"]
    when: Literal["", "joined"]
    kind: Literal["category", "boundary", "system", "counting", "event"]
    comparable: YesNo
    until: Literal[""] | Month
    note: Text
    source: Text


class Area(Entry):
    """A row of areas.csv."""

    code: Literal[""] | Code
    name: Text
    type: Literal["country", "region", "city", "borough", "ward", "no borough"]
    parent: Literal[""] | Code
    part: Literal["", "inner", "outer"]
    vintage: Literal["", "2018", "2022"]
    wards_2018: Annotated[str, StringConstraints(pattern=r"^(E\d{8}-E\d{8})?$")]
    wards_2022: Annotated[str, StringConstraints(pattern=r"^(E\d{8}-E\d{8})?$")]
    lsoas_2011: Annotated[str, StringConstraints(pattern=r"^\d*$")]
    lsoas_2021: Annotated[str, StringConstraints(pattern=r"^\d*$")]
    aliases: str
    note: str


class Tile(Entry):
    """A row of a table of tiles."""

    area_code: Code
    name: Text
    row: Whole
    column: Whole


class Confirmed(Entry):
    """A row of confirmed.csv."""

    content_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reason: Text


class Claimed(Entry):
    """A row of claims.csv."""

    id: Text
    section: Text
    geography: Text
    geography_type: Text
    measure: Text
    statistic: Text
    period: Text
    value: Text
    unit: str
    source: Text
    line: Whole
    note: str


class ReplayNote(Entry):
    """A row of replay_notes.csv."""

    claims: Text
    kind: Literal[
        "", "context only", "cannot be checked as worded", "arithmetic does not hold",
        "label wrong", "not open",
    ]  # fmt: skip
    measure: str
    group: str
    of: str
    period: str
    who: str
    note: str


class AsbType(Entry):
    """A row of asb_types.csv."""

    Type: Text
    usually: Literal["Environmental", "Nuisance", "Personal"] = Field(alias="Usually under")
    takes_in: Text = Field(alias="What it takes in")


class Unread(Entry):
    """A source that no reader serves yet, or that its publisher ended; its `files` are of
    `fetch.register`.
    """

    publisher: Text
    title: Text
    files: dict[Name, object]


class Source(Entry):
    """A source that a reader serves; its `files` are of `fetch.register`, its `form` a `Form`."""

    publisher: Text
    title: Text
    licence: Text
    cadence: Text
    sensitive: Literal["no", "persons"]
    as_published: list[Level] | None = None
    covers: Literal["London"] | None = None
    note: Text | None = None
    reader: Literal[(*READERS,)]
    url: Text | None = None
    files: dict[Name, object] = Field(default_factory=dict)
    form: dict[str, object] = Field(default_factory=dict)


class Order(Entry):
    """All that order.yml says."""

    sources: list[Name]
    fetched: list[Name]


class Form(Entry):
    """The layout in which partners are asked for the figures of a source."""

    name: Name
    columns: dict[str, Literal["period", "area", "what", "group", "number"]]
    periods: list[Literal["month", "quarter", "year", "financial year", "months"]]
    levels: list[Level]
    measures: Text | dict[str, str]
    unit: Text
    groups: list[str] | dict[str, list[str]] | None = None
    sums: bool = False
    own: bool = False
    inside: dict[Name, Name] | None = None
    at: dict[Name, list[Level]] | None = None


class Territory(Entry):
    """An entry of territories.yml."""

    whole: Code
    unit: Text
    bounds: Annotated[list[float], Field(min_length=4, max_length=4)]
    forces: dict[Text, Name]
    sizes: dict[Name, Annotated[list[int], Field(min_length=2, max_length=2)]]


class Substitute(Entry):
    """An entry of substitutes.yml."""

    measure: Name
    note: Text


TABLES = {
    "measures.csv": Measure, "offences.csv": Offence, "breaks.csv": Break, "areas.csv": Area,
    "confirmed.csv": Confirmed,    "asb_types.csv": AsbType,
}  # fmt: skip
# column or columns that no two rows of a table may share
_ONCE = {
    "measures.csv": ("measure",), "areas.csv": ("code",), "claims.csv": ("id",),
    "confirmed.csv": ("content_sha256",), "asb_types.csv": ("Type",),
}  # fmt: skip
# The same of each assessment that was published, beside its outline
PUBLISHED = {"claims.csv": Claimed, "replay_notes.csv": ReplayNote}
REGISTERS = {"territories.yml": Territory, "substitutes.yml": Substitute}


def faults(folder: Path) -> list[str]:
    """Every fault of the reference tables in `folder`, each with file and line."""
    found: list[str] = []
    tables = {p.name: _rows(p, Tile, found) for p in sorted(folder.glob("tiles_*.csv"))}
    tables |= {name: _rows(folder / name, model, found) for name, model in TABLES.items()}
    registers = {name: _entries(folder / name, model, found) for name, model in REGISTERS.items()}
    sources = _sources(folder, found)
    if found:
        return found  # what they say of one another is asked of sound ones
    found += [fault for name, table in tables.items() for fault in _twice(name, table)]
    found += _measures(tables, sources)
    found += _own_tables(local(folder.parents[1]), tables)
    found += _areas(tables["areas.csv"])
    found += _substitutes(registers["substitutes.yml"], tables["measures.csv"])
    found += _territories(registers["territories.yml"], tables["areas.csv"])
    found += _publishers(sources, tables["offences.csv"])
    for one in sorted((folder.parents[1] / "assessments").glob("*/claims.csv")):
        found += _published(one.parent)
    return found


def _published(folder: Path) -> list[str]:
    found: list[str] = []
    tables = {name: _rows(folder / name, model, found) for name, model in PUBLISHED.items()}
    if not found:
        found += [fault for name, table in tables.items() for fault in _twice(name, table)]
        found += _notes(tables["replay_notes.csv"], tables["claims.csv"])
    return found


def _rows(path: Path, model: type[Entry], found: list[str]) -> Rows:
    columns = [field.alias or name for name, field in model.model_fields.items()]
    try:
        table = read_rows(path, columns)
    except DataError as error:
        found += str(error).splitlines()
        return Rows(path.name, (), [], [])
    found += faults_among(table, model)
    return table


def _document(path: Path, found: list[str]) -> Document | None:
    try:
        document = read_yaml(path)
        if not isinstance(document.value, dict):
            raise DataError(document.fault((), "found no keys, expected some with values"))
    except DataError as error:
        found += str(error).splitlines()
        return None
    return document


def _entries(path: Path, model: type[Entry], found: list[str]) -> Document | None:
    document = _document(path, found)
    for key in document.value if document else ():
        found += faults_in(document, model, key)
    return document


def _sources(folder: Path, found: list[str]) -> dict[str, Document]:
    """What is said of each source, by its name; those of order.yml and no others."""
    order, hosts = (_document(folder / name, found) for name in ("order.yml", "hosts.yml"))
    paths = {path.stem: path for path in sorted((folder / "sources").glob("*.yml"))}
    read = {name: _document(path, found) for name, path in paths.items()}
    if not (order and hosts and all(read.values())):
        return {}
    found += faults_of_hosts(hosts)
    if unsound := list(faults_in(order, Order)):
        found += unsound
        return {}
    for key, names in order.value.items():
        for number, name in enumerate(names):
            if name not in read:
                what = f"found {name!r}, expected {meant(name, read)}, a file of sources"
                found.append(order.fault((key, number), what))
            if name in names[:number]:
                found.append(order.fault((key, number), f"{name} stands there twice"))
    served, fetched = order.value["sources"], order.value["fetched"]
    for name, document in read.items():
        found += faults_in(document, Source if name in served else Unread)
        if isinstance(document.value.get("form"), dict):
            found += faults_in(document, Form, "form")
        if ("files" in document.value) != (name in fetched) or name not in {*served, *fetched}:
            what = f"expected {name} in order.yml, under `fetched` if it has files"
            found.append(document.fault(("files",), what))
    found += faults_of_files({n: d for n, d in read.items() if n in fetched}, hosts)
    return read


def _twice(name: str, table: Rows) -> Iterator[str]:
    columns = _ONCE.get(name) or (("area_code",) if name.startswith("tiles_") else ())
    keys = [tuple(row[c] for c in columns) for row in table.rows]
    if name == "offences.csv":
        keys = [(r["publisher"], *(classification.key(r[c]) for c in ("major", "minor")))
                for r in table.rows]  # fmt: skip
    yield from _repeated(table, keys)
    if name.startswith("tiles_"):
        yield from _repeated(table, [(row["row"], row["column"]) for row in table.rows])


def _substitutes(document: Document, measures: Rows) -> Iterator[str]:
    known = {row["measure"] for row in measures.rows}
    for key, entry in document.value.items():
        for name in {key, entry["measure"]} - known:
            yield document.fault((key,), _no_measure("measure", name, known))


def _repeated(table: Rows, keys: list[tuple]) -> Iterator[str]:
    first: dict[tuple, int] = {}
    for number, key in enumerate(keys):
        if not any(key):
            continue
        if key in first:
            said = " / ".join(filter(None, key))
            yield table.fault(number, f"{said} stands in line {table.lines[first[key]]} too; "
                                      "take one away")  # fmt: skip
        first.setdefault(key, number)


def _measures(tables: dict[str, Rows], sources: dict[str, Document]) -> Iterator[str]:
    table = tables["measures.csv"]
    known = {row["measure"] for row in table.rows}
    for number, row in table:
        for column in ("stand_in", "less"):
            if row[column] and row[column] not in known:
                yield table.fault(number, _no_measure(column, row[column], known))
        if row["less"] and not row["stand_in"]:
            yield table.fault(number, "less: found a part, expected its whole in stand_in")
        for alias in filter(None, row["alias"].split(";")):
            if alias in known:
                yield table.fault(number, f"alias: {alias} is a measure of its own")
    for number, row in tables["offences.csv"]:
        for name in filter(None, row["measures"].split(";")):
            if name not in known:
                yield tables["offences.csv"].fault(number, _no_measure("measures", name, known))
    yield from _break_faults(tables["breaks.csv"], known)
    for document in sources.values():
        said = document.value.get("form", {}).get("measures", {})
        for name in said.values() if isinstance(said, dict) else [said]:
            if not any(fnmatchcase(m, name.replace("{}", "*")) for m in known):
                what = _no_measure("measure", name, known)
                yield document.fault(("form", "measures"), what)


def _break_faults(table: Rows, known: set[str]) -> Iterator[str]:
    for number, row in table:
        for pattern in row["measures"].split(";"):
            if not any(fnmatchcase(name, pattern) for name in known):
                yield table.fault(number, _no_measure("measures", pattern, known))
        for level in filter(None, row["levels"].split(";")):
            if level not in Level.__args__:
                what = f"levels: found {level!r}, expected {meant(level, Level.__args__)}"
                yield table.fault(number, what)


def _own_tables(folder: Path, tables: dict[str, Rows]) -> Iterator[str]:
    """Every fault of the tables in `local/` that add to the project's."""
    found: list[str] = []
    known = {row["measure"] for row in tables["measures.csv"].rows}
    groups = {row["group"] for row in tables["offences.csv"].rows}
    if (path := folder / "measures.csv").is_file():
        table = _rows(path, OwnMeasure, found)
        for number, row in table:
            if row["measure"] in known:
                found.append(table.fault(number, f"measure: {row['measure']} is there already; "
                                                 "choose another name"))  # fmt: skip
            for group in filter(None, row["made_of"].split(";")):
                if group not in groups:
                    what = f"made_of: found {group!r}, expected {meant(group, groups)}, a group of"
                    found.append(table.fault(number, f"{what} data/reference/offences.csv"))
        known |= {row["measure"] for row in table.rows}
    if (path := folder / "breaks.csv").is_file():
        table = _rows(path, Break, found)
        found += _break_faults(table, known)
    yield from found


def _no_measure(where: str, name: str, known: Iterable[str]) -> str:
    return f"{where}: found {name!r}, expected {meant(name, known)}; measures.csv has no such row"


def _areas(table: Rows) -> Iterator[str]:
    codes, names = {row["code"] for row in table.rows}, {}
    for number, row in table:
        if row["parent"] and row["parent"] not in codes:
            yield table.fault(number, f"parent: {row['parent']} is no code of this table")
        if row["type"] == "ward":
            continue
        for name in filter(None, (row["name"], *row["aliases"].split(";"))):
            if names.setdefault(normal(name), row["code"]) != row["code"]:
                yield table.fault(number, f"{name} is a name of another area too")
        if row["type"] == "borough":
            for column in ("wards_2018", "wards_2022", "lsoas_2011", "lsoas_2021"):
                if not row[column]:
                    yield table.fault(number, f"{column} is empty; each borough has some")


def _territories(territories: Document, table: Rows) -> Iterator[str]:
    """A whole that areas.csv does not list, or of which it lists no unit."""
    parents = {(row["parent"], row["type"]) for row in table.rows}
    for key, entry in territories.value.items():
        if (entry["whole"], entry["unit"]) not in parents:
            what = f"found no {entry['unit']} of {entry['whole']} in areas.csv, expected some"
            yield territories.fault((key, "unit"), what)


def _publishers(sources: dict[str, Document], offences: Rows) -> Iterator[str]:
    """A publisher of offences who publishes no source, and a form that two sources name."""
    publishers = {document.value["publisher"] for document in sources.values()}
    for number, row in offences:
        if row["publisher"] not in publishers:
            what = f"found {row['publisher']!r}, expected {meant(row['publisher'], publishers)}"
            yield offences.fault(number, f"publisher: {what}")
    first: dict[str, str] = {}
    for document in sources.values():
        form = document.value.get("form", {}).get("name", document.name)
        if (other := first.setdefault(form, document.name)) != document.name:
            yield document.fault(("form", "name"), f"{form} is the form of {other} too")


def _notes(notes: Rows, claims: Rows) -> Iterator[str]:
    ids = [row["id"] for row in claims.rows]
    for number, row in notes:
        for pattern in row["claims"].split():
            if not any(fnmatchcase(one, pattern) for one in ids):
                yield notes.fault(number, f"claims: {pattern!r} is no claim of claims.csv")
