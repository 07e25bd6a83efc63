"""Which files does an edition hold, and do they fit together month by month?"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pandas as pd

from sbpanalysis.data import classification, closed, forms, reference, snapshots
from sbpanalysis.data.add import take
from sbpanalysis.data.classification import Classification
from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import Territory
from sbpanalysis.errors import DataError, LeftOutWarning
from sbpanalysis.periods import Break

SAMPLE = "data/sample"  # how an edition names the synthetic files
_COLUMNS = ("source", "publisher", "file", "snapshot", "received", "first", "last", "licence")


@dataclass(frozen=True)
class EditionFile:
    """A stored reading as far as an edition uses it: its facts, and the months it gives."""

    facts: dict = field(repr=False)
    months: tuple[str, ...] = ()
    classification: Classification = field(
        default_factory=classification.current, repr=False, compare=False
    )

    @property
    def sha256(self) -> str:
        """The snapshot's SHA-256."""
        return self.facts["sha256"]

    @property
    def source(self) -> str:
        """The name of its file in data/reference/sources."""
        return self.facts["source"]

    @property
    def kind(self) -> str:
        """What its table is: values, categories, boundaries or lookup."""
        return self.facts["kind"]

    @property
    def levels(self) -> list[str]:
        """The levels of its areas; none of a lookup."""
        return self.facts.get("levels", [])

    @property
    def vintages(self) -> list[str]:
        """The vintages of its wards or LSOAs, "" where its areas have none."""
        return self.facts.get("vintages", [])

    def offers(self, measure: str, level: str) -> bool:
        """Whether the reading holds a measure at a level."""
        if self.kind == "values":
            return level in self.facts["measures"].get(measure, ())
        return level in self.levels and measure in self._by_measure

    def measures(self, level: str | None = None) -> list[str]:
        """The measures that the reading holds at a level, or at any."""
        if self.kind == "values":
            held = self.facts["measures"].items()
            return [measure for measure, at in held if not level or level in at]
        return list(self._by_measure) if not level or level in self.levels else []

    def categories(self, measure: str) -> dict[tuple[str, str], str]:
        """The publisher's categories that count towards a measure, each with its group."""
        return self._by_measure.get(measure, {})

    @property
    def generation(self) -> str:
        """The generation of category names; empty where that says nothing."""
        publisher, pairs = self.facts["publisher"], self._pairs
        return self.classification.generation(publisher, pairs) if pairs else ""

    @cached_property
    def _by_measure(self) -> dict[str, dict[tuple[str, str], str]]:
        if self.kind != "categories":
            return {}
        return self.classification.by_measure(self.facts["publisher"], self._pairs)

    @property
    def _pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((major, minor) for major, minor in self.facts.get("categories", ()))


def gather(
    names: list[str], store: Store, folder: Path | None, synthetic: bool = False
) -> list[dict]:
    """The facts of every file that `names` mean, read and stored first where they are not.

    A name is a file's (with last folders, or a pattern with `*`, if wanted), the start of a
    SHA-256, or a folder of the checkout (its own files, none deeper); that of the sample is
    written if it is not there. What one name means comes in the order of the register. Other files
    are looked for in `folder`, then among the snapshots, if `synthetic` first among those of the
    sample, else never among them. Raises `DataError` for what is not found or is refused; warns of
    what was refused of an archive.
    """
    found: dict[str, dict] = {}
    files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder else []
    for name in names:
        inside = (store.root / name).resolve()
        if name == SAMPLE and not inside.is_dir():
            from sbpanalysis.data.sample import ensure_sample  # what writes it is rarely needed

            ensure_sample(store.root)
        if inside.is_dir() and inside.is_relative_to(store.root.resolve()):
            paths = sorted(p for p in inside.iterdir() if p.is_file() and p.name[0] != ".")
            paths = [path for path in paths if not forms.is_form(path.name)]
            facts = [one for path in paths if (one := _facts(path, store))]
        else:
            facts = _named(name, store, folder, files, synthetic)
        if not facts:
            raise DataError(_missing(name, folder))
        facts.sort(key=lambda one: reference.place(one.get("source", "")))
        for one in facts:
            parts = one["members"] if one["kind"] == "archive" else ()
            _tell_refused(one)
            found.update({sha: store.facts(sha) for sha in parts} or {one["sha256"]: one})
    return list(found.values())


def _tell_refused(facts: dict) -> None:
    """Warn of each file of an archive that was refused, with the reason in one line."""
    for name, why in facts.get("refused", {}).items():
        warnings.warn(
            f"{plain(facts['name'])}, {name}: refused, the edition is without it: "
            f"{' '.join(why.split())}",
            LeftOutWarning,
            stacklevel=4,
        )


def _named(
    name: str, store: Store, folder: Path | None, files: list[Path], synthetic: bool
) -> list[dict]:
    if folder:
        paths = [path for path in files if _meant(path, name, store.root)]
        facts = {one["sha256"]: one for path in paths if (one := _facts(path, store))}
        for one in facts.values():
            closed.refuse_digest(name, one, store.root)
        if len(facts) > 1 and "*" not in name:
            listed = ", ".join(p.relative_to(folder).as_posix() for p in paths)
            raise DataError(
                f"{plain(name)}: found {len(facts)} different files ({plain(listed, 200)}), "
                "expected one; name the folder before it, or the SHA-256."
            )
        if facts:
            return list(facts.values())
    digests = _kept(name, store.root, synthetic) or (_kept(name, store.root) if synthetic else [])
    held = [(sha, store.facts(sha)) for sha in digests]
    taken = [facts or take(snapshots.reopen(sha, store.root), store) for sha, facts in held]
    for facts in filter(None, taken):
        closed.refuse_digest(name, facts, store.root)
    return taken


def _kept(name: str, root: Path, synthetic: bool = False) -> list[str]:
    """The snapshots that a name means."""
    if closed.is_pin(name):
        found = closed.pinned(name, snapshots.kept(root, synthetic), root)
        return [found] if found else []
    if "*" in name:
        kept = snapshots.kept(root, synthetic).items()
        return [
            sha
            for sha, about in kept
            if any(fnmatchcase(f"/{text}", f"*/{name}") for text in snapshots.names(about)[1:])
        ]
    found = snapshots.find(name, root, synthetic)
    return [found] if found else []


def _meant(path: Path, name: str, root: Path) -> bool:
    if closed.is_pin(name):
        return bool(closed.pinned(name, [sha256(path.read_bytes()).hexdigest()], root))
    if snapshots.is_digest(name):
        received = path.read_bytes()
        content = RawFile.of(path.name, received).content_sha256 if path.suffix == ".gz" else ""
        return sha256(received).hexdigest().startswith(name) or content.startswith(name)
    if "*" in name:
        return fnmatchcase(path.as_posix().removesuffix(".gz"), f"*/{name.removesuffix('.gz')}")
    return snapshots.named(path.as_posix(), name)


def _facts(path: Path, store: Store) -> dict | None:
    """The facts of a file; it is unpacked and read only if it never was."""
    held = store.facts(_digest(path, (stat := path.stat()).st_mtime_ns, stat.st_size))
    return held or take(RawFile.open(path), store, origin="/".join(path.parts[-3:]))


# A folder of published files has hundreds of megabytes, and many editions are opened on one
@lru_cache(maxsize=256)
def _digest(path: Path, changed: int, size: int) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _missing(name: str, folder: Path | None) -> str:
    where = f"in {folder.name}/ or " if folder else ""
    if closed.is_pin(name):
        return (
            f"edition data {name}: a file about persons, or from a partner, that is not found "
            f"{where}among the snapshots by the key of this checkout; add the file with "
            "`sbp add FILE`, and if the edition was written in another checkout, write the "
            "file's name in place of this line."
        )
    return (
        f"edition data {plain(name)!r}: not found {where}among the snapshots, or no reader knows "
        "it; add the file with `sbp add FILE`, or give --data the folder that holds it."
    )


def fit(
    readings: list[dict], joins: dict[str, str], here: Territory
) -> tuple[list[EditionFile], dict[str, list[Break]]]:
    """Share out the months of each source among its files; the seams of declared joins.

    Files of a source that covers the territory must follow each other without overlap or gap and
    use one generation of categories, or `joins` gives the reason why they may be joined: then the
    file that ends later gives the months that two hold. Raises `DataError` otherwise.
    """
    entries = reference.sources()
    found, seams = [], {}
    for source in dict.fromkeys(facts["source"] for facts in readings):
        files = [facts for facts in readings if facts["source"] == source]
        monthly = all(facts.get("months") for facts in files)
        if len(files) == 1 or not monthly or entries[source].get("covers") != here.name:
            found += [EditionFile(facts, tuple(facts.get("months", ()))) for facts in files]
            continue
        files.sort(key=lambda facts: (facts["months"][-1], facts["months"][0]))
        _one_series(source, files, joins)
        owner = {month: facts["sha256"] for facts in files for month in facts["months"]}
        for facts in files:
            months = tuple(m for m in facts["months"] if owner[m] == facts["sha256"])
            found.append(EditionFile(facts, months))
        if source in joins:
            turns = [b for a, b in pairwise(sorted(owner)) if owner[a] != owner[b]]
            seams[source] = [
                Break(pd.Period(month, "M"), "join", joins[source], True) for month in turns
            ]
    return found, seams


def _one_series(source: str, files: list[dict], joins: dict[str, str]) -> None:
    faults = []
    for one, two in pairwise(sorted(files, key=lambda facts: facts["months"])):
        last, first = pd.Period(one["months"][-1], "M"), pd.Period(two["months"][0], "M")
        said = f"{plain(one['name'])} ends {last}, {plain(two['name'])} begins {first}"
        if first > last + 1:
            faults.append(f"a gap, which no join can mend: {said}")
        elif first <= last and source not in joins:
            faults.append(f"an overlap: {said}")
    # of a file of LSOAs that holds codes of two censuses the later one counts
    vintages = {max(facts["vintages"]) for facts in files if facts["vintages"]}
    if len(vintages) > 1:
        kind = "wards" if "ward" in files[0]["levels"] else "LSOAs"
        faults.append(
            f"{kind} of {' and '.join(sorted(vintages))}, which no join can mend: keep one vintage"
        )
    generations = {EditionFile(facts).generation for facts in files} - {""}
    if len(generations) > 1 and source not in joins:
        faults.append(f"two generations of categories: {', '.join(sorted(generations))}")
    if faults:
        raise DataError(
            f"edition data, {source}: found {'; '.join(faults)}. Expected files of one publication "
            "that follow each other month by month; leave one out, or say in the edition "
            f"`joins: {{{source}: the reason why they may be joined}}`."
        )


def ward_vintage(files: Iterable[EditionFile]) -> str | None:
    """The vintage of wards that the counts of offences are on, or of other values."""
    for kind in ("categories", "values"):
        for file in files:
            if file.kind == kind and "ward" in file.levels:
                return max(file.vintages)
    return None


def provenance_table(
    files: Iterable[EditionFile], names: Mapping[str, str], register: Mapping, end: str, root: Path
) -> pd.DataFrame:
    """A row a file, `_COLUMNS`; `last` is at most the month `end`.

    `names` says what each is called, by SHA-256. A closed one has that for its snapshot, the
    title of its source for its name, and the day on which it was received.
    """
    rows = []
    for file in files:
        name, entry, span = names[file.sha256], register[file.source], file.months or ("",)
        last = min(span[-1], end) if span[0] <= end else span[-1]
        # partners count in whole years, which may reach beyond the edition's last month
        if set(file.facts.get("frequency", ())) - {"monthly"}:
            last = file.facts.get("until", last)
        is_closed = name != file.sha256  # its own name may be somebody's
        called = entry["title"] if is_closed else file.facts["name"]
        came = closed.received(file.sha256, root) if is_closed else ""
        row = (entry["title"], entry["publisher"], called, name, came)
        rows.append((*row, span[0], last, entry["licence"]))
    return pd.DataFrame(rows, columns=_COLUMNS)
