"""Where does a partnership work? The units of a territory, their wards and LSOAs, and its words.

What is particular to London stands in data/reference, in areas.csv and territories.yml, and
nowhere in code: readers and editions ask the `Territory`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.errors import DataError

# Of which level an area is, by how its code begins
LEVEL_OF = {
    "E09": "borough",
    "E05": "ward",
    "W05": "ward",
    "E01": "lsoa",
    "W01": "lsoa",
    "E12": "region",
    "E92": "country",
    "K02": "country",
    "K04": "country",
}
WARD_VINTAGES = ("2018", "2022")
# What stands before or after the name of a borough in its full style
_STYLE = re.compile(
    r"^(?:the )?(?:(?:london|royal) borough|city) of |^[lr]b (?:of )?"
    r"| (?:(?:london |royal )?borough|city)(?: of)?$| (?:[lr]b|bocu)$"
)
# The reviews that took effect on 5 May 2022 were coded from here on
_FIRST_OF_2022 = "E05013000"
# The last codes of the 2011 census; those split or merged in 2021 follow them
_LAST_OF_2011 = {"E": "E01033768", "W": "W01001958"}


@dataclass(frozen=True)
class Territory:
    """The units of a territory, such as the boroughs of London, and what lies in each.

    `units` are names by code; `wards` the unit of each ward by vintage, `lsoas` how many LSOAs a
    unit has by census; `parts` the part of the territory that a unit is of (inner, outer).
    `codes` finds a code by a name in normal form, empty for what is known to be no unit; `names`
    has the names of all areas that are listed. `bounds` are degrees west, south, east, north;
    `forces` the source of each police force's street files; `sizes` least and most that is
    plausible of a thing counted in the whole of it.
    """

    whole: str
    unit: str
    units: dict[str, str] = field(repr=False)
    wards: dict[str, dict[str, str]] = field(repr=False)
    lsoas: dict[str, dict[str, int]] = field(repr=False)
    parts: dict[str, str] = field(repr=False)
    codes: dict[str, str] = field(repr=False)
    names: dict[str, str] = field(repr=False)
    bounds: tuple[float, float, float, float]
    forces: dict[str, str] = field(repr=False)
    sizes: dict[str, tuple[float, float]] = field(repr=False)

    @property
    def name(self) -> str:
        """What the whole is called, such as London."""
        return self.names[self.whole]

    @property
    def all_units(self) -> str:
        """All units in words: "32 boroughs"."""
        return f"{len(self.units)} {self.unit}s"

    @property
    def every_unit(self) -> str:
        """The same with its article: "the 32 boroughs"."""
        return f"the {self.all_units}"

    @property
    def a_unit(self) -> str:
        """One of the units: "a London borough"."""
        return f"a {self.name} {self.unit}"

    @property
    def its_units(self) -> str:
        """The units in words, by the whole's name: "London boroughs"."""
        return f"{self.name} {self.unit}s"

    def find(self, label: str) -> str | None:
        """The code of a unit, or of the whole, by any of its names; "" for a known one of none.

        A unit is known in full style too. None for a label that is not listed.

        >>> territory().find("London Borough of Bromley"), territory().find("Area 51")
        ('E09000006', None)
        """
        text = normal(label)
        code = self.codes.get(text)
        if code is None and (unit := self.codes.get(_STYLE.sub("", text))) in self.units:
            return unit
        return code

    def resembles_unit(self, label: str) -> bool:
        """Whether a label that is not listed may be meant for a unit, for several, or for all.

        >>> [territory().resembles_unit(one) for one in ("Brumley", "Total", "Specialist Crime")]
        [True, True, False]
        """
        text, names = normal(label), [normal(name) for name in self.units.values()]
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.7)
        within = any(name in text for name in (*names, normal(self.name), "total"))
        return bool(near) or within or text == "all"

    def codes_of(self, labels: pd.Series, unknown: str = "") -> pd.Series:
        """As `find` for each of a Series of labels, `unknown` for those that are not listed."""
        known = {label: self.find(label) for label in labels.unique()}
        filled = {label: unknown if code is None else code for label, code in known.items()}
        return labels.map(filled).astype(str)

    def code(self, name: str) -> str:
        """The code of a unit, of an area that is listed, or the whole, by name or code.

        Raises `DataError`, with the name that is nearest, for one that is none.

        >>> territory().code("hammersmith & Fulham"), territory().code("London")
        ('E09000013', 'E12000007')
        """
        if isinstance(name, str) and (code := self.find(name)):
            return code
        close = difflib.get_close_matches(normal(str(name)), self.codes, n=1)
        hint = f"; did you mean {close[0].title()!r}?" if close else ""
        raise DataError(
            f"area: found {str(name)[:60]!r}, expected {self.a_unit} by name or E09 "
            f"code, or '{self.name}'{hint}"
        )

    def missing(self, held: Iterable[str]) -> list[str]:
        """The names of the units whose codes are not among `held`."""
        held = set(held)
        return [name for code, name in self.units.items() if code not in held]

    def level_of(self, code: str) -> str:
        """ward, borough, region or country; "" for the code of no part of the territory."""
        if code in self.units:
            return "borough"
        if code in self.every_ward:
            return "ward"
        country = LEVEL_OF.get(code[:3]) == "country"
        return level(code) if country or code == self.whole else ""

    def unit_at(self, code: str, name: str) -> str:
        """The code of the unit that an area lies in; the area's own where that is not known."""
        return self.homes.get(code) or self.unit_of_lsoa(name) or code

    def unit_of_lsoa(self, name: str) -> str:
        """The code of the unit that an LSOA lies in, by its published name; "" for no such.

        The census calls an LSOA after its authority, a number and a letter.

        >>> territory().unit_of_lsoa("Bromley 012A")
        'E09000006'
        """
        return self.find(name[:-5]) or ""

    def wards_of(self, unit: str, vintage: str) -> list[str]:
        """The codes of a unit's wards in a vintage, in order.

        >>> len(territory().wards_of("E09000006", "2022"))
        22
        """
        return [ward for ward, home in self.wards[vintage].items() if home == unit]

    def all_wards_of(self, unit: str) -> set[str]:
        """The codes of a unit's wards in every vintage."""
        return {ward for vintage in self.wards for ward in self.wards_of(unit, vintage)}

    @cached_property
    def homes(self) -> dict[str, str]:
        """The unit of each ward of any vintage, by code."""
        return {ward: unit for wards in self.wards.values() for ward, unit in wards.items()}

    @cached_property
    def every_ward(self) -> frozenset[str]:
        """The codes of all wards of every vintage."""
        return frozenset(self.homes)

    def same_part(self, unit: str) -> list[str]:
        """The codes of all units in the part of the territory that a unit is in.

        >>> len(territory().same_part("E09000006"))
        19
        """
        return [code for code in self.units if self.parts[code] == self.parts[unit]]

    def ward_vintage(self, codes: Iterable[str]) -> str:
        """Which wards these codes are: "2018" (until May 2022) or "2022".

        Units that were not reviewed in 2022 kept their codes, so those alone count as 2022.
        Raises `DataError` where both are among them.

        >>> territory().ward_vintage(["E05000106", "E05000107"])
        '2018'
        """
        codes = set(codes)
        both = self.wards["2018"].keys() & self.wards["2022"].keys()
        new = {code for code in codes if code >= _FIRST_OF_2022}
        old = codes - new - both
        if new and old:
            raise DataError(
                f"ward codes: found {min(old)} of the wards before May 2022 and {min(new)} of "
                "those after, expected one vintage; old and new wards have other borders, keep "
                "them apart."
            )
        return "2018" if old else "2022"


def territory(name: str = "london") -> Territory:
    """The territory of data/reference/territories.yml; made again only when a table changes.

    >>> territory().all_units, territory().units["E09000006"]
    ('32 boroughs', 'Bromley')
    """
    return reference.derived(_made, "areas.csv", "territories.yml")[name]


def _made(areas: pd.DataFrame, entries: dict) -> dict[str, Territory]:
    return {name: _territory(areas, entry) for name, entry in entries.items()}


def _territory(areas: pd.DataFrame, entry: dict) -> Territory:
    own = areas[(areas["type"] == entry["unit"]) & (areas["parent"] == entry["whole"])]
    own = own.set_index("code")
    listed = areas[areas["code"] != ""]
    vintages = {v: own[f"wards_{v}"].items() for v in WARD_VINTAGES}
    return Territory(
        whole=entry["whole"],
        unit=entry["unit"],
        units=own["name"].to_dict(),
        wards={
            vintage: {ward: unit for unit, span in spans for ward in _between(span)}
            for vintage, spans in vintages.items()
        },
        lsoas={year: own[f"lsoas_{year}"].astype(int).to_dict() for year in ("2011", "2021")},
        parts=own["part"].to_dict(),
        codes=_codes(areas[areas["type"] != "ward"]),
        names=dict(zip(listed["code"], listed["name"], strict=True)),
        bounds=tuple(entry["bounds"]),
        forces=entry["forces"],
        sizes={what: tuple(ends) for what, ends in entry["sizes"].items()},
    )


def _between(span: str) -> list[str]:
    """The ward codes from the first to the last of a span, which a review gives in one run."""
    first, last = (int(end[1:]) for end in span.split("-"))
    return [f"E{number:08d}" for number in range(first, last + 1)]


def _codes(areas: pd.DataFrame) -> dict[str, str]:
    found = {}
    for row in areas.itertuples():
        for text in (row.name, row.code, *row.aliases.split(";")):
            found[normal(text)] = row.code
    found.pop("", None)
    return found


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """A name without case, punctuation and doubled blanks, `&` read as and.

    >>> normal(" Kensington  &  CHELSEA ")
    'kensington and chelsea'
    """
    return re.sub(r"[^0-9a-z]+", " ", name.casefold().replace("&", " and ")).strip()


def level(area_code: str) -> str:
    """borough, ward, lsoa, region or country, from the first three characters of a code."""
    if area_code[:3] not in LEVEL_OF:
        raise DataError(
            f"area code {area_code[:20]!r}: expected one that begins with {', '.join(LEVEL_OF)}."
        )
    return LEVEL_OF[area_code[:3]]


def lsoa_vintage(codes: Iterable[str]) -> str:
    """Which census the LSOA codes are of: "2021" if any was made for it, else "2011".

    >>> lsoa_vintage(["E01000851"]), lsoa_vintage(["W01000001", "W01001959"])
    ('2011', '2021')
    """
    return "2021" if any(code > _LAST_OF_2011.get(code[:1], code) for code in codes) else "2011"


def lsoa_vintages(codes: pd.Series) -> np.ndarray:
    """The census of each of the LSOA codes of one file, which may hold codes of both.

    Codes that both have are of 2021 where any code of the file was made for it.

    >>> lsoa_vintages(pd.Series(["E01000010", "E01000851", "E01033784"])).tolist()
    ['2011', '2021', '2021']
    """
    places, texts = pd.factorize(codes)
    ended = texts.isin(reference.table("lsoas_ended.csv")["code"])
    return np.where(ended, "2011", lsoa_vintage(texts))[places]
