"""Which open files are fetched, from which hosts, how often? What fetch.yml says, checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from sbpanalysis.data import reference
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

TABLE = "data/reference/fetch.yml"
_COMMON = ("source", "host", "find", "most", "cadence", "lag")


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
    """A file, or a family of files, and how it is found. `source` is empty where none reads it."""

    key: str
    host: str
    find: str
    source: str = ""
    most: int = 64
    cadence: int | None = None
    lag: int = 0
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


def load(said: dict | None = None) -> Register:
    """The register of this checkout, or of what `said` says in the same shape."""
    said = said or reference.entries("fetch.yml")
    hosts = {
        name: Host(name, **(about | {"also": tuple(about.get("also", ()))}))
        for name, about in said["hosts"].items()
    }
    files = {}
    for key, about in said["files"].items():
        if about["host"] not in hosts:
            raise DataError(f"{TABLE}, {key}: host {about['host']!r} is not among its hosts.")
        options = {name: value for name, value in about.items() if name not in _COMMON}
        common = {name: value for name, value in about.items() if name in _COMMON}
        files[key] = Wanted(key, options=options, **common)
    return Register(hosts, files)
