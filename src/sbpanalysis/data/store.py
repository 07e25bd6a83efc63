"""What was read from the snapshots? One Parquet file each, with the facts of the reading."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sbpanalysis.data import closed, rules, snapshots
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, EditedWarning
from sbpanalysis.paths import CONSULTED
from sbpanalysis.periods import until

CATEGORY_KEYS = ("area_code", "area_name", "area_type", "boundary_vintage", "major", "minor")


@dataclass(frozen=True)
class Store:
    """The store of a checkout; `reads` gathers the SHA-256 of every table really read."""

    root: Path
    reads: set[str] = field(default_factory=set)

    @cached_property
    def rules(self) -> str:
        """The rules by which files are read; what was read by others is read again."""
        return rules.in_force(self.root)

    def apart(self) -> Store:
        """The same store, with `reads` of its own."""
        other = Store(self.root)
        other.__dict__["rules"] = self.rules
        return other

    def _path(self, sha256: str, suffix: str) -> Path:
        return self.root / "data" / "store" / f"{sha256}{suffix}"

    def facts(self, sha256: str) -> dict | None:
        """The facts of the reading of a snapshot, or None if none by the rules in force is stored.

        What was read by other readers or tables than today's is not there; see `add.facts`.
        """
        path = self._path(sha256, ".json")
        facts = _unsealed(path) if path.is_file() else {}
        return facts if facts.get("rules") == self.rules else None

    def is_intact(self, sha256: str) -> bool:
        """Whether the table of a snapshot is as it was written; so is what has none."""
        facts = self.facts(sha256) or {}
        return "table" not in facts or self._plain(facts) is not None

    def _plain(self, facts: dict) -> bytes | None:
        """The bytes of a table; None if they are not those that were written."""
        path = self._path(facts["sha256"], ".parquet")
        content = self._turned(path.read_bytes() if path.is_file() else b"", facts)
        whole = hashlib.sha256(content).hexdigest() == facts["table"]
        return content if whole else None

    def verified(self, sha256: str) -> bytes:
        """The bytes of a table; raises `DataError` if they were edited since they were written."""
        facts = self.facts(sha256) or {}
        content = self._plain(facts) if "table" in facts else None
        if content is None:
            raise DataError(
                f"data/store/{sha256}.parquet: not as it was read from its file; sbp build reads "
                "the file again if it was kept, or add the published file again with `sbp add`."
            )
        return content

    def put(self, file: RawFile, reading: Reading) -> dict:
        """Store what was read from `file`; the facts are written last, so they vouch for it."""
        return self.vouch(self.draft(file, reading))

    def draft(self, file: RawFile, reading: Reading) -> dict:
        """Write the table of a reading, which counts for nothing until its facts are written."""
        stream = io.BytesIO()
        if reading.kind == "boundaries":
            reading.table.to_parquet(stream, index=False, compression="zstd")
        else:
            zeros = reading.kind == "categories" and not reading.partial
            table = _laid_out(reading.table) if zeros else _compact(reading.table)
            pq.write_table(table, stream, compression="zstd", row_group_size=65536)
        content = stream.getvalue()
        about = {"table": hashlib.sha256(content).hexdigest(), **facts_of(reading)}
        about["closed"] = closed.is_closed(reading.source)
        facts = self._facts(file, about)
        written = self._turned(content, facts)
        snapshots.write_whole(self._path(file.sha256, ".parquet"), written, private=True)
        return facts

    def _turned(self, content: bytes, facts: dict) -> bytes:
        """The bytes of a closed file's table enciphered, or plain again; of others as they are."""
        if not facts["closed"]:
            return content
        return snapshots.turned(content, facts["table"], self.root)

    def put_archive(
        self,
        file: RawFile,
        members: list[str],
        refused: dict[str, str] | None = None,
        passed: dict[str, str] | None = None,
        elsewhere: int = 0,
    ) -> dict:
        """Store that a snapshot is an archive of others, and what in it was not taken, and why."""
        about = {"kind": "archive", "members": members, "refused": refused or {}}
        about |= {"passed": passed or {}, "elsewhere": elsewhere}
        return self.vouch(self._facts(file, about))

    def _facts(self, file: RawFile, about: dict) -> dict:
        return {"rules": self.rules, "sha256": file.sha256, "name": file.name, **about}

    def vouch(self, facts: dict) -> dict:
        """Write the facts of a reading."""
        text = _written(facts | {"seal": _seal(facts)})
        snapshots.write_whole(self._path(facts["sha256"], ".json"), text.encode(), private=True)
        return facts

    def table(
        self,
        sha256: str,
        columns: list[str] | None = None,
        matching: dict[str, set[str]] | None = None,
    ) -> pd.DataFrame:
        """The table of a snapshot: its `columns`, and the rows whose texts are in `matching`."""
        self.reads.add(sha256)
        source = pa.BufferReader(self.verified(sha256))
        table = pq.ParquetFile(source).read(columns=columns, use_threads=False)
        for column, wanted in (matching or {}).items():
            texts = pc.cast(table[column], pa.string())
            table = table.filter(pc.is_in(texts, pa.array(sorted(wanted), pa.string())))
        plain = [
            (f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
            for f in table.schema
        ]
        return table.cast(pa.schema(plain)).to_pandas()

    def consult(self, *sha256s: str) -> None:
        """Count tables as read whose content is known already."""
        for sha256 in sha256s:
            self.reads.add(sha256)
            sys.audit(CONSULTED, str(self._path(sha256, ".parquet")))

    def boundaries(self, sha256: str):
        """The GeoDataFrame of a snapshot of boundaries."""
        import geopandas

        self.reads.add(sha256)
        return geopandas.read_parquet(io.BytesIO(self.verified(sha256)))


def _unsealed(path: Path) -> dict:
    """The facts of a file; none if they are not as they were written, so that they are again."""
    written = path.read_bytes()
    try:
        facts = json.loads(written)
        seal = facts.pop("seal", "")
    except (ValueError, AttributeError):
        facts, seal = {}, ""
    if seal == _seal(facts):
        return facts
    if seal or not facts:
        warnings.warn(
            f"data/store/{path.name[:12]}: what was noted of a file was edited; it is read again.",
            EditedWarning,
            stacklevel=3,
        )
    return {}


def _seal(facts: dict) -> str:
    return hashlib.sha256(_written(facts).encode()).hexdigest()


def _written(facts: dict) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def facts_of(reading: Reading) -> dict:
    """What can be said of a reading without its table: months, levels, measures, vintages."""
    table = reading.table
    facts = {
        "source": reading.source,
        "publisher": reading.publisher,
        "kind": reading.kind,
        "tolerated": list(reading.tolerated),
        "partial": reading.partial,
        "rows": len(table),
    }
    if "area_type" in table:
        facts["levels"] = sorted(map(str, table["area_type"].unique()))
        facts["vintages"] = sorted(map(str, table["boundary_vintage"].unique()))
    if "area_code" in table:
        facts["areas"] = int(table["area_code"].nunique())
    if reading.kind == "boundaries":  # files of one vintage may be of different units
        where = territory().unit_at
        facts["within"] = sorted(set(map(where, table["area_code"], table["name"].astype(str))))
    if reading.kind == "categories":
        facts["months"] = [column for column in table if column not in CATEGORY_KEYS]
        pairs = table[["major", "minor"]].drop_duplicates().astype(str)
        facts["categories"] = pairs.to_numpy().tolist()
    elif reading.kind == "values":
        keys = table[["measure", "area_type"]].astype(str).value_counts().index
        facts["measures"] = {
            m: sorted({level for n, level in keys if n == m}) for m in sorted({k[0] for k in keys})
        }
        periods = pd.PeriodIndex(table["period"].unique(), freq="M").sort_values()
        facts["months"] = [str(p) for p in periods]
        facts["frequency"] = sorted(map(str, table["frequency"].unique()))
        spans = table[["period", "frequency"]].drop_duplicates().astype({"frequency": str})
        ends = (until(p, f) for p, f in spans.itertuples(index=False, name=None))
        facts["until"] = max(ends, default="")
    return facts


def _laid_out(table: pd.DataFrame) -> pa.Table:
    """Counts of which publishers leave out what is zero: a row for each area and category."""
    pair, months = ["major", "minor"], [c for c in table if c not in CATEGORY_KEYS]
    areas = table[[*CATEGORY_KEYS[:4]]].drop_duplicates("area_code")
    pairs = table[pair].drop_duplicates()
    keys = _compact(areas.merge(pairs, how="cross"))
    area, category = (
        table.groupby(by, observed=True, sort=False).ngroup().to_numpy()
        for by in ("area_code", pair)
    )
    held = table[months].to_numpy()
    counts = np.zeros((len(months), keys.num_rows), held.dtype)
    counts[:, area * len(pairs) + category] = held.T
    columns = dict(zip(keys.column_names, keys.columns, strict=True))
    return pa.table(columns | dict(zip(months, counts, strict=True)))


def _compact(table: pd.DataFrame) -> pa.Table:
    """A table with each text as a category."""
    texts = [c for c in table if pd.api.types.is_string_dtype(table[c].dtype)]
    compact = table.astype(dict.fromkeys(texts, "category"))
    return pa.Table.from_pandas(compact, preserve_index=False)
