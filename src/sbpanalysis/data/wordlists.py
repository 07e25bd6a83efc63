"""Which kinds are there? Short lists of words that a page sets out, with their source."""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.errors import DataError

# list -> where it is from
_LISTS = {"asb_types": "Home Office, National Standard for Incident Recording"}


def wordlist(name: str) -> pd.DataFrame:
    """A list of data/reference by name, as a table; attrs `source`.

    >>> len(wordlist("asb_types"))
    13
    """
    if name not in _LISTS:
        raise DataError(f"wordlist {name!r}: expected one of {', '.join(_LISTS)}.")
    table = reference.table(f"{name}.csv").copy()
    table.attrs = {"source": (_LISTS[name],)}
    return table
