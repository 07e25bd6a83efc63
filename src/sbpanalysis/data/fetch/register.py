"""Which open files are fetched, from which hosts, how often? What the registers say, checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sbpanalysis.data import reference
from sbpanalysis.data.documents import Document, meant, raise_all, read_yaml
from sbpanalysis.data.models import Entry, Text, faults_in
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

HOSTS, SOURCES = "data/reference/hosts.yml", "data/reference/sources"


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"expected a regular expression ({error})") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Ending = Literal["csv", "xlsx", "xls", "ods", "zip"]
Some = Annotated[int, Field(gt=0)]


class Host(Entry):
    """A host that may be asked: how many requests at once, how many a second after the first
    `burst`, and hosts that it hands its downloads on to.
    """

    also: list[Text] = Field(default_factory=list)
    at_once: Some = 1
    a_second: Annotated[float, Field(gt=0)] = 1.0
    burst: Some = 1


class _File(Entry):
    """What every way of finding a file needs; each way's own keys are below."""

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
class Wanted:
    """A file, or a family of files, and how it is found.

    `way` is the entry itself, with the fields of its way of finding. `place` is the register that
    says so. `source` is empty where no reader takes it: `unread` says
    why not yet, `ended` when its publisher gave it up.
    """

    key: str
    host: str
    find: str
    way: _File
    place: str = ""
    source: str = ""
    most: int = 64
    cadence: int | None = None
    lag: int = 0
    unread: str = ""
    ended: str = ""

    @property
    def row(self) -> dict[str, str]:
        """How the rows of a report on it begin."""
        return {"key": self.key, "source": self.source, "host": self.host}

    @property
    def most_bytes(self) -> int:
        """The bytes that it may have."""
        return self.most * 2**20


@dataclass(frozen=True)
class Address:
    """Where a file is, and what it is called; what its publisher says of it, where it does.

    `key` is its id there, `size` is in bytes, `when` the time at which it was put there, `first`
    and `last` are the months that it covers. `part` tells the files of one entry apart, `why` is
    the reason for which it was chosen.
    """

    url: str
    name: str
    key: str = ""
    title: str = ""
    size: int = 0
    when: str = ""
    first: str = ""
    last: str = ""
    licence: str = ""
    part: str = ""
    why: str = ""

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def ending(self) -> str:
        """What the name ends in, such as csv."""
        return self.name.rpartition(".")[2].lower()


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
                hint = (
                    f"did you mean {close[0]}?"
                    if close
                    else "expected one that data/reference/order.yml lists."
                )
                raise DataError(f"source {plain(repr(name))}: not among those fetched; {hint}")
            chosen |= meant
        return list((chosen or self.files).values())


def faults_of_hosts(hosts: Document) -> Iterator[str]:
    """Every fault of the hosts, with file and line."""
    for name in hosts.value:
        yield from faults_in(hosts, Host, name)


def faults_of_files(sources: Mapping[str, Document], hosts: Document) -> Iterator[str]:
    """Every fault of the files that sources are fetched as, with file and line."""
    first: dict[str, str] = {}
    datasets: dict[str, tuple[str, _Datastore]] = {}
    for document in sources.values():
        if not isinstance(document.value.get("files"), dict):
            yield document.fault(("files",), "expected keys with values")
            continue
        for key, about in document.value["files"].items():
            if (other := first.setdefault(key, document.name)) != document.name:
                yield document.fault(("files", key), f"stands in {other} too; choose another name")
            faults = list(_faults_of_file(document, key, about, hosts.value))
            yield from faults
            if not faults and about["find"] == "datastore":
                yield from _other_dataset(document, key, _Datastore(**about), datasets)


def _other_dataset(
    document: Document, key: str, way: _Datastore, seen: dict[str, tuple[str, _Datastore]]
) -> Iterator[str]:
    """What an entry says otherwise of a data set than the first entry of the same title or slug."""
    for name in (way.dataset, *way.slugs):
        other, first = seen.setdefault(name, (key, way))
        for said in ("dataset", "slugs"):
            if getattr(way, said) != getattr(first, said):
                what = f"expected {getattr(first, said)!r}, as {other} has of the same data set"
                yield document.fault(("files", key, said), what)
                return


def _faults_of_file(document: Document, key: str, about: object, hosts: dict) -> Iterator[str]:
    way = about.get("find") if isinstance(about, dict) else None
    if way is not None and way not in _WAYS:
        what = f"found {plain(repr(way))}, expected {meant(way, _WAYS)}"
        yield document.fault(("files", key, "find"), what)
        return
    yield from faults_in(document, _WAYS.get(way, _File), "files", key)
    if not isinstance(about, dict):
        return
    yield from (document.fault(("files", key, k), f) for k, f in _faults_together(about))
    if not (document.value.get("reader") or about.get("unread") or about.get("ended")):
        what = "expected the reason why nothing reads it, or a reader of its source"
        yield document.fault(("files", key, "unread"), what)
    host = about.get("host")
    if isinstance(host, str) and host not in hosts:
        what = f"found {plain(repr(host))}, expected {meant(host, hosts)}"
        yield document.fault(("files", key, "host"), what)


def _faults_together(about: dict) -> Iterator[tuple[str, str]]:
    """What of an entry's keys does not go together: the key and what is expected of it."""
    pick, file = about.get("pick"), about.get("file")
    if (pick == "longest") != ("then" in about):
        yield "then", "expected with pick: longest and only there"
    if pick == "each" and "(?P<part>" not in str(file):
        yield "file", "expected a group (?P<part>...) with pick: each"


def load(said: dict | None = None) -> Register:
    """The register of this checkout, or of what `said` says in the same shape: `hosts` as
    hosts.yml has them, and `sources` by name.

    Raises `DataError` with every fault, each with file and line.
    """
    if said:
        hosts = Document(HOSTS, said["hosts"])
        named = said["sources"].items()
        sources = {name: Document(f"{SOURCES}/{name}.yml", about) for name, about in named}
    else:
        hosts = read_yaml(reference.path("hosts.yml"))
        names = reference.entries("order.yml")["fetched"]
        sources = {name: read_yaml(reference.path(f"sources/{name}.yml")) for name in names}
    raise_all([*faults_of_hosts(hosts), *faults_of_files(sources, hosts)])
    files = {}
    for source, document in sources.items():
        for key, about in document.value["files"].items():
            common = {name: value for name, value in about.items() if name in _File.model_fields}
            way = _WAYS[about["find"]].model_validate(about)
            read = "" if about.get("unread") or about.get("ended") else source
            files[key] = Wanted(key, way=way, place=document.name, source=read, **common)
    return Register({name: Host(**about) for name, about in hosts.value.items()}, files)
