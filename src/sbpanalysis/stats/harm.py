"""How much harm do the counts stand for? Offences weighted by harm, and what each adds."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.paths import root
from sbpanalysis.stats.checks import numbers
from sbpanalysis.stats.result import record

COLUMNS = ("count", "weight", "harm", "share")

# name -> what it is, and where its publisher gives the weights
PUBLISHED = {
    "cchi": (
        "Cambridge Crime Harm Index (days of imprisonment by the sentencing starting point)",
        "the Cambridge Centre for Evidence-Based Policing, www.cambridge-ebp.co.uk",
    ),
    "css": (
        "ONS Crime Severity Score (weights from sentencing)",
        "the Office for National Statistics, www.ons.gov.uk, 'Crime Severity Score' data tool",
    ),
}


@record(eq=False)
class Harm:
    """Weighted total, what each offence adds to it, and the offences left out."""

    total: float | pd.Series
    count: pd.Series | pd.DataFrame
    weight: pd.Series
    harm: pd.Series | pd.DataFrame
    share: pd.Series | pd.DataFrame
    excluded: tuple[str, ...]
    weights: str
    attrs: dict = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """A row an offence: count, weight, harm, share of the total, most harm first."""
        parts = {name: getattr(self, name) for name in COLUMNS}
        if isinstance(self.harm, pd.DataFrame):
            del parts["weight"]
            frame = pd.concat(parts, axis=1)
        else:
            frame = pd.DataFrame(parts).sort_values("harm", ascending=False, kind="stable")
        frame.attrs = dict(self.attrs)
        return frame


def harm(
    counts_by_offence: pd.Series | pd.DataFrame,
    weights: str | Path | pd.Series | pd.DataFrame = "cchi",
) -> Harm:
    """Counts by offence, each weighted by the harm that one such offence does.

    `counts_by_offence`: counts, Series by offence, or a frame with a column an area or period.
    `weights`: harm of one offence: a Series by offence; a frame or CSV file with columns
    ``offence, weight`` and, if wanted, ``excluded`` (true for offences that only policing brings
    to light, whose counts measure activity); or ``cchi`` or ``css`` for the tables that the
    user has put at ``data/reference/harm_weights_<name>.csv``. An offence with no weight (empty)
    is excluded too.

    Returns a `Harm`: total, and by offence count, weight, harm, share; excluded names the
    offences left out. Raises `DataError` if an offence is not in the table or the table is
    missing.
    Source: Sherman, Neyroud and Neyroud (2016), Policing 10, 171-183; ONS (2016), Crime Severity
    Score. The published weights are not part of this library.

    >>> weights = pd.Series({"robbery": 365.0, "shoplifting": 1.0, "drug possession": None})
    >>> result = harm(pd.Series({"robbery": 4, "shoplifting": 540, "drug possession": 9}), weights)
    >>> result.total, float(result.share["robbery"]), result.excluded
    (2000.0, 0.73, ('drug possession',))
    """
    count = _counts(counts_by_offence)
    table, name = _table(weights)
    unknown = count.index[~count.index.isin(table.index)]
    if len(unknown):
        raise DataError(
            f"harm: {len(unknown)} offences are not in the weights {name!r}, first "
            f"{unknown[0]!r}; add a row for each, with an empty weight to leave it out."
        )
    weight = table.reindex(count.index)
    excluded = tuple(str(offence) for offence in weight.index[weight.isna()])
    weight = weight.dropna()
    if weight.empty:
        raise DataError(f"harm: the weights {name!r} leave every offence out.")
    count = count.loc[weight.index]
    done = count.mul(weight, axis=0)
    total = done.sum()
    # no harm at all has no shares, and 0/0 says so
    share = done / (total if isinstance(total, pd.Series) else total or np.nan)
    total = total if isinstance(total, pd.Series) else float(total)
    attrs = dict(counts_by_offence.attrs)
    return Harm(total, count, weight, done, share, excluded, name, attrs)


def _counts(counts: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    if not isinstance(counts, pd.Series | pd.DataFrame) or not counts.size:
        raise DataError(
            f"harm: found {type(counts).__name__} of size {np.size(counts)}, expected counts by "
            "offence in a Series or frame."
        )
    if counts.index.has_duplicates:
        raise DataError(f"harm: {counts.index[counts.index.duplicated()][0]!r} occurs twice.")
    numbers("harm", counts, counts.index)
    return counts.astype(float)


def _table(weights) -> tuple[pd.Series, str]:
    """Weight by offence (NaN: excluded), and what to call the table."""
    if isinstance(weights, pd.Series):
        weights, name = weights.rename_axis("offence").rename("weight").reset_index(), "given"
    elif isinstance(weights, pd.DataFrame):
        name = "given"
    else:
        weights, name = _read(weights)
    if missing := {"offence", "weight"} - set(weights.columns):
        raise DataError(
            f"harm: the weights {name!r} have columns {list(weights.columns)}, expected offence "
            f"and weight; {', '.join(sorted(missing))} is missing."
        )
    offence = weights["offence"]
    if offence.duplicated().any():
        raise DataError(f"harm: {offence[offence.duplicated()].iloc[0]!r} has two weights.")
    weight = pd.Series(pd.to_numeric(weights["weight"], errors="coerce").to_numpy(float), offence)
    bad = (weight < 0) | np.isinf(weight) | (weight.isna() & weights["weight"].notna().to_numpy())
    if bad.any():
        raise DataError(f"harm: the weight of {weight.index[bad][0]!r} is not a number from 0.")
    if "excluded" in weights:
        weight[weights["excluded"].astype(str).str.lower().eq("true").to_numpy()] = np.nan
    return weight, name


def _read(weights: str | Path) -> tuple[pd.DataFrame, str]:
    name = str(weights)
    path = Path(name)
    if name in PUBLISHED:
        what, where = PUBLISHED[name]
        path = root() / "data" / "reference" / f"harm_weights_{name}.csv"
        if not path.is_file():
            raise DataError(
                f"harm: data/reference/{path.name} not found: the {what} is not part of this "
                f"library. Get it from {where}, and save it there as CSV with the columns "
                "offence, weight (and excluded: true for offences that only policing detects)."
            )
    elif not path.is_file():
        raise DataError(
            f"harm: weights is {name!r}, expected {', '.join(PUBLISHED)}, a table, or a CSV file "
            "that exists with the columns offence, weight."
        )
    try:
        return pd.read_csv(path), name if name in PUBLISHED else path.name
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DataError(f"harm: {path.name} cannot be read as CSV ({error}).") from None
