"""How many people live there, by whose estimate, for which year?"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import areas, places, select
from sbpanalysis.data.contract import check_level
from sbpanalysis.errors import DataError


class Population(int):
    """A number of persons that knows its `source`, `year` and `snapshots`.

    >>> Population(330_000, source="Census", year=2021).year
    2021
    """

    source: str
    year: int
    snapshots: tuple[str, ...]

    def __new__(cls, value: float, *, source: str, year: int, snapshots=()):
        """`value` to the nearest person."""
        number = super().__new__(cls, round(value))
        number.source, number.year, number.snapshots = source, year, tuple(snapshots)
        return number

    def __getnewargs_ex__(self):
        return (int(self),), vars(self)


def population(edition, measure: str, area: str | None, level: str | None, year: int | None):
    """See `Edition.population`; `measure` is that of residents."""
    code = places.code(edition, area or edition.area_code)
    level = level and check_level(level)
    wanted = places.codes(edition, level, code) if level else {code}
    found = select.held(edition, measure, level or areas.level(code), wanted)
    years = found.periods.dt.year
    if year is not None and year not in set(years):
        raise DataError(
            f"population {year}: not held, expected {years.min()} to {years.max()}; ask for "
            "another year, or add a file that has it."
        )
    target = edition.period_end.year if year is None else year
    nearest = int(min(sorted(set(years)), key=lambda held: abs(held - target)))
    found = found.where(years == nearest)
    title, frame = found.sources[0]["title"], found.rows
    if not level:
        snapshots = edition.named(held.sha256 for held in found.files)
        return Population(frame["value"].iloc[0], source=title, year=nearest, snapshots=snapshots)
    counts = frame["value"].to_numpy()
    counts = pd.Series(counts, index=frame["area_code"].astype(str), name="population")
    counts.attrs = {"source": title, "year": nearest, "area": edition.area}
    return counts
