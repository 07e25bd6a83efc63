"""What decides how a published file is read? The readers, and the tables that they consult."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sbpanalysis.data import reference
from sbpanalysis.paths import local

# Besides the readers themselves: all that they reach, and how their tables are written down
CODE = ("add.py", "classification.py", "contract.py", "documents.py", "extents.py",
        "faults.py", "large.py", "parsing.py", "reading.py", "reference.py", "store.py",
        "strict.py", "territory.py", "workbooks.py", "../periods.py")  # fmt: skip
TABLES = ("areas.csv", "confirmed.csv", "lsoas_ended.csv", "measures.csv", "offences.csv",
          "territories.yml")  # fmt: skip
_HERE = Path(__file__).parent


def in_force(root: Path) -> str:
    """A digest of the rules by which files are read in a checkout, as they are now."""
    paths = [*sorted((_HERE / "sources").glob("*.py")), *(_HERE / name for name in CODE)]
    paths += [root / "data" / "reference" / name for name in TABLES]
    paths.append(local(root) / "measures.csv")
    parts = [f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in paths if p.is_file()]
    # how a file is fetched does not decide how it is read
    said = [
        [n, {k: v for k, v in e.items() if k != "files"}] for n, e in reference.sources().items()
    ]
    parts.append(json.dumps(said))
    parts += [f"pandas {pd.__version__}", f"pyarrow {pa.__version__}"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
