"""What decides how a published file is read? The readers, and the tables that they consult."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sbpanalysis.paths import local

# Besides the readers themselves: all that they reach, and how their tables are written down
CODE = ("add.py", "areas.py", "classification.py", "contract.py", "documents.py", "extents.py",
        "faults.py", "large.py", "parsing.py", "reading.py", "reference.py", "store.py",
        "strict.py", "territory.py", "workbooks.py", "../periods.py")  # fmt: skip
TABLES = ("areas.csv", "confirmed.csv", "lsoas_ended.csv", "measures.csv", "offences.csv",
          "partner_templates.yml", "sources.yml", "territories.yml")  # fmt: skip
_HERE = Path(__file__).parent


def in_force(root: Path) -> str:
    """A digest of the rules by which files are read in a checkout, as they are now."""
    paths = [*sorted((_HERE / "sources").glob("*.py")), *(_HERE / name for name in CODE)]
    paths += [root / "data" / "reference" / name for name in TABLES]
    paths.append(local(root) / "measures.csv")
    stats = [(path, path.stat()) for path in paths if path.is_file()]
    return _digest(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats))


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    parts = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path, *_ in files]
    parts += [f"pandas {pd.__version__}", f"pyarrow {pa.__version__}"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
