"""Is this frame in the tidy contract? One row a value, a unique key, nothing unsaid."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

import pandas as pd

from sbpanalysis.data.faults import MOST_EXAMPLES
from sbpanalysis.data.reading import plain
from sbpanalysis.data.territory import LEVEL_OF
from sbpanalysis.errors import DataError

KEY = (
    "period", "frequency", "area_code", "area_type", "boundary_vintage",
    "measure", "group", "unit", "source",
)  # fmt: skip
COLUMNS = (*KEY[:7], "value", *KEY[7:], "snapshot")
# besides these, a number of months such as "9 months"
FREQUENCIES = ("monthly", "quarterly", "annual")
_MONTHS = re.compile(r"[1-9]\d? months")
LEVELS = ("borough", "ward", "lsoa", "region", "country")
_CODE = re.compile(r"[EWSNK]\d{8}|[A-Z]\d{2}")
_SNAPSHOT = re.compile(r"[0-9a-f]{64}|closed-\d{2,}")
_MEASURE = re.compile(r"[a-z][a-z0-9_]*")


def check_level(level: str) -> str:
    """A level that there is; raises `DataError` for another.

    >>> check_level("ward")
    'ward'
    """
    if level in LEVELS:
        return level
    close = difflib.get_close_matches(str(level), LEVELS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "give one of these."
    raise DataError(f"level {level!r}: expected one of {', '.join(LEVELS)}; {hint}")


def check(frame: pd.DataFrame, name: str, *, snapshot: bool = False) -> pd.DataFrame:
    """Hold `frame` to the contract; `name` is what messages call it.

    period (datetime, first day of the month or year), frequency, area_code, area_type,
    boundary_vintage, measure, group (empty for the total), value (number of 0 or more, or
    missing), unit, source, and `snapshot` where asked for. All but value and snapshot together
    are unique. Raises one `DataError` that lists every fault.
    """
    import pandera.errors

    try:
        return _schema(snapshot).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        raise DataError(f"{plain(name)}: not in the tidy contract.{_listed(errors)}") from None


@lru_cache(maxsize=2)
def _schema(snapshot: bool):
    import pandera.pandas as pa

    def text(test, what):
        # Tested once a distinct value: a column of a million rows holds a few dozen
        def whole(column: pd.Series) -> pd.Series:
            texts = column.astype(object)
            return texts.isin([v for v in texts.unique() if isinstance(v, str) and test(v)])

        return pa.Column(checks=pa.Check(whole, name=what))

    first = pa.Check(lambda p: p.dt.day.eq(1) & p.dt.normalize().eq(p), name="first day of a month")
    columns = {
        "period": pa.Column("datetime64[ns]", checks=first, coerce=True),
        "frequency": text(
            lambda v: v in FREQUENCIES or _MONTHS.fullmatch(v), f"one of {', '.join(FREQUENCIES)}"
        ),
        "area_code": text(_CODE.fullmatch, "a code such as E09000006"),
        "area_type": text(LEVELS.__contains__, f"one of {', '.join(LEVELS)}"),
        "boundary_vintage": text(lambda v: v == "" or v.isdigit(), "a year, or empty"),
        "measure": text(_MEASURE.fullmatch, "a name in lower case with underscores"),
        "group": text(lambda v: v == v.strip(), "text without outer blanks"),
        "value": pa.Column(float, checks=pa.Check.ge(0), nullable=True, coerce=True),
        "unit": text(bool, "not empty"),
        "source": text(bool, "not empty"),
    }
    if snapshot:
        columns["snapshot"] = text(_SNAPSHOT.fullmatch, "a SHA-256 or closed-01")
    agrees = pa.Check(_of_its_level, name="the level that its code says")
    return pa.DataFrameSchema(columns, checks=agrees, strict=True, unique=list(KEY))


def _of_its_level(frame: pd.DataFrame) -> pd.Series:
    """Whether each area's type is that of its code: no figure under another kind of place."""
    pairs = frame[["area_code", "area_type"]].astype(str).drop_duplicates()
    wrong = {
        (code, level)
        for code, level in pairs.itertuples(index=False, name=None)
        if LEVEL_OF.get(code[:3], level) != level
    }
    if not wrong:
        return pd.Series(True, index=frame.index)
    rows = pd.MultiIndex.from_frame(frame[["area_code", "area_type"]].astype(str))
    return pd.Series(~rows.isin(list(wrong)), index=frame.index)


_TWICE = "multiple_fields_uniqueness"


def _listed(errors) -> str:
    """Each failed check once, with up to five of the values that failed it."""
    cases = errors.failure_cases
    lines = []
    if (cases["check"] == _TWICE).any():
        number = cases.loc[cases["check"] == _TWICE, "index"].nunique()
        lines.append(
            f"\n- {number:,} rows stand for a figure that another row gives too, expected each "
            "period, area, measure and group once; give only one of what was put together."
        )
        cases = cases[cases["check"] != _TWICE]
    for (column, rule), found in cases.groupby(["column", "check"], dropna=False, sort=False):
        values = [plain(repr(v)) for v in found["failure_case"].drop_duplicates()]
        more = f" and {len(values) - MOST_EXAMPLES} more" if len(values) > MOST_EXAMPLES else ""
        lines.append(
            f"\n- column {column}: found {', '.join(values[:MOST_EXAMPLES])}{more}, "
            f"expected {rule}; mend the reader or the file."
        )
    return "".join(lines)
