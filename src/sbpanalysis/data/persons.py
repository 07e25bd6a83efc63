"""How many people live there, by whose estimate, for which year?"""

from __future__ import annotations


class Population(int):
    """A number of persons that knows its `source` and `year`.

    >>> Population(330_000, source="Census", year=2021).year
    2021
    """

    source: str
    year: int

    def __new__(cls, value: float, *, source: str, year: int):
        """`value` to the nearest person."""
        number = super().__new__(cls, round(value))
        number.source, number.year = source, year
        return number

    def __getnewargs_ex__(self):
        return (int(self),), {"source": self.source, "year": self.year}
