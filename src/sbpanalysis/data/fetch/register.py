"""Which open files are fetched, from which hosts, how often? What fetch.yml says, checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from sbpanalysis.data import reference
from sbpanalysis.data.documents import Document, meant, raise_all, read_yaml
from sbpanalysis.data.models import Entry, faults_in
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

TABLE = "data/reference/fetch.yml"
_COMMON = ("source", "host", "find", "most", "cadence", "lag", "unread", "ended")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"expected a regular expression ({error})") from None
    return text


Text = Annotated[str, StringConstraints(min_length=1)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Ending = Literal["csv", "xlsx", "xls", "ods", "zip"]
Some = Annotated[int, Field(gt=0)]


class _Host(Entry):
    also: list[Text] = Field(default_factory=list)
    at_once: Some = 1
    a_second: Annotated[float, Field(gt=0)] = 1.0
    burst: Some = 1


class _File(Entry):
    """What every way of finding a file needs; each way's own keys are below."""

    source: str = ""
    host: Text
    find: Text
    most: Some = 64
    cadence: Some | None = None
    lag: Annotated[int, Field(ge=0)] = 0
    unread: str = ""
    ended: str = ""


class _Datastore(_File):
    dataset: Text
    slugs: Annotated[list[Text], Field(min_length=1)]
    file: Pattern
    endings: Annotated[list[Ending], Field(min_length=1)] = Field(default_factory=lambda: ["csv"])
    pick: Literal["newest", "longest", "each"] = "newest"
    then: Pattern | None = None


class _Archive(_File):
    address: Text
    members: Pattern
    newest: Text | None = None
    months: Some | None = None


class _PoliceApi(_File):
    address: Text
    newest: Text
    months: Some


class _Page(_File):
    page: Text


class _PageOfFiles(_Page):
    file: Pattern


class _Nomis(_File):
    dataset: Text
    query: dict[str, str]


class _Fingertips(_File):
    area_type: Text
    indicator: Some


class _Arcgis(_File):
    folder: Text
    service: Pattern
    where: Text
    fields: Text
    shapes: bool


_WAYS = {
    "datastore": _Datastore, "archive": _Archive, "police_api": _PoliceApi, "ons": _Page,
    "govuk": _PageOfFiles, "nomis": _Nomis, "fingertips": _Fingertips, "arcgis": _Arcgis,
}  # fmt: skip


@dataclass(frozen=True)
class Host:
    """A host that may be asked: how many requests at once, how many a second."""

    name: str
    at_once: int = 1
    a_second: float = 1.0
    burst: int = 1
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A file, or a family of files, and how it is found.

    `source` is empty where no source of it is known, `unread` says why no reader takes it yet,
    `ended` when its publisher gave it up.
    """

    key: str
    host: str
    find: str
    source: str = ""
    most: int = 64
    cadence: int | None = None
    lag: int = 0
    unread: str = ""
    ended: str = ""
    options: dict = field(default_factory=dict)

    @property
    def most_bytes(self) -> int:
        """The bytes that it may have."""
        return self.most * 2**20


@dataclass(frozen=True)
class Register:
    """All hosts and all files."""

    hosts: dict[str, Host]
    files: dict[str, Wanted]

    def chosen(self, names: Iterable[str]) -> list[Wanted]:
        """The files that `names` mean: keys of files, sources or hosts; all if there are none."""
        chosen: dict[str, Wanted] = {}
        for name in names:
            meant = {k: w for k, w in self.files.items() if name in (k, w.source, w.host)}
            if not meant:
                words = {*self.files, *(w.source for w in self.files.values()), *self.hosts} - {""}
                close = difflib.get_close_matches(name, words, n=1)
                hint = f"did you mean {close[0]}?" if close else f"expected one of {TABLE}."
                raise DataError(f"source {plain(repr(name))}: not among those fetched; {hint}")
            chosen |= meant
        return list((chosen or self.files).values())


def faults_of_fetch(document: Document) -> Iterator[str]:
    """Every fault of the register, with file and line."""
    said = document.value
    for key in said.keys() - {"hosts", "files"}:
        yield document.fault((key,), f"unknown key, expected {meant(key, ('hosts', 'files'))}")
    for key in ("hosts", "files"):
        if not isinstance(said.get(key), dict):
            yield document.fault((key,), "expected keys with values")
            return
    for name in said["hosts"]:
        yield from faults_in(document, _Host, "hosts", name)
    for key, about in said["files"].items():
        way = about.get("find") if isinstance(about, dict) else None
        if way is not None and way not in _WAYS:
            what = f"found {plain(repr(way))}, expected {meant(way, _WAYS)}"
            yield document.fault(("files", key, "find"), what)
            continue
        yield from faults_in(document, _WAYS.get(way, _File), "files", key)
        if isinstance(about, dict):
            yield from (document.fault(("files", key, k), f) for k, f in _faults_together(about))
        host = about.get("host") if isinstance(about, dict) else None
        if isinstance(host, str) and host not in said["hosts"]:
            what = f"found {plain(repr(host))}, expected {meant(host, said['hosts'])}"
            yield document.fault(("files", key, "host"), what)


def _faults_together(about: dict) -> Iterator[tuple[str, str]]:
    """What of an entry's keys does not go together: the key and what is expected of it."""
    pick, file = about.get("pick"), about.get("file")
    if (pick == "longest") != ("then" in about):
        yield "then", "expected with pick: longest and only there"
    if pick == "each" and "(?P<part>" not in str(file):
        yield "file", "expected a group (?P<part>...) with pick: each"
    if not any(about.get(key) for key in ("source", "unread", "ended")):
        yield "unread", "expected the reason why nothing reads it, or its source"


def load(said: dict | None = None) -> Register:
    """The register of this checkout, or of what `said` says in the same shape.

    Raises `DataError` with every fault, each with file and line.
    """
    document = Document(TABLE, said) if said else read_yaml(reference.path("fetch.yml"))
    raise_all(faults_of_fetch(document))
    said = document.value
    hosts = {
        name: Host(name, **(about | {"also": tuple(about.get("also", ()))}))
        for name, about in said["hosts"].items()
    }
    files = {}
    for key, about in said["files"].items():
        options = {name: value for name, value in about.items() if name not in _COMMON}
        common = {name: value for name, value in about.items() if name in _COMMON}
        files[key] = Wanted(key, options=options, **common)
    return Register(hosts, files)
