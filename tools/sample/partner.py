"""What did the synthetic partners send? Files in the partner templates."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable

import numpy as np
import pandas as pd

from sample.fit import yearly_totals
from sample.targets import Targets, ranked, whole
from sbpanalysis.periods import month, months

_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
ASB, NIGHT = "asb_incidents", "ambulance_attendances_night_time_violence"
GANGS, CSE = "gang_flagged_offences", "cse_offences"


def partner_files(
    rng: np.random.Generator,
    targets: Targets,
    claims: pd.Series,
    tables: dict[str, pd.DataFrame],
    templates: dict,
) -> dict[str, pd.DataFrame]:
    """One file a template, by file name.

    `claims` are published values by claim id, those on persons with invented ones in their place;
    `tables` those of the folder tables: boroughs, wards, asb_types and partner_cells, whose
    numbers may be sums over claims such as `#6.1-06 * #6.1-09 / 100`.
    """
    boroughs, wards = tables["boroughs"], tables["wards"]
    rows = {name: [] for name in templates}
    for cell in tables["partner_cells"].itertuples(index=False):
        numbers = [worth(n, claims) for n in (cell.first, cell.second, cell.third) if n != ""]
        groups = cell.group.split("|") if cell.group else []
        what = [cell.what] if cell.what else []
        rows[cell.template].append([cell.period, cell.area, *what, *groups, *numbers])
    own = wards[wards.borough.eq(boroughs.set_index("name").area_code["Bromley"])]
    rows["council_asb"] += _council(rng, targets, own, tables["asb_types"])
    rows["ambulance_night_violence"] += _night(targets, own)
    rows["victims"] += _victims(rng, targets, boroughs, own)
    rows["gang_flagged_offences"] += _gangs(rng, targets, boroughs)
    rows["quarterly_report"] += _quarterly(rng, targets)
    return {
        f"partner_{name}.csv": pd.DataFrame(rows[name], columns=[*entry["columns"]])
        for name, entry in templates.items()
        if rows[name]
    }


def worth(formula: str, claims: pd.Series) -> int:
    """A number, or sums over published figures, to the nearest whole number.

    >>> worth("#6.1-06 * 0.5", pd.Series({"6.1-06": "245"}))
    123
    """
    text = str(formula)
    for name in sorted({w.strip("#()") for w in text.split() if "#" in w}, key=len, reverse=True):
        text = text.replace(f"#{name}", f"({claims[name]})")
    return int(np.floor(_sum(ast.parse(text, mode="eval").body) + 0.5))


def _sum(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_sum(node.left), _sum(node.right))
    return float(ast.literal_eval(node))


def _weights(targets: Targets, own: pd.DataFrame, measure: str, period: str = "") -> pd.Series:
    """How the wards of the borough share a measure, the named ones where the text puts them."""
    named = targets.rows(measure, level="ward")
    named = named[named.period.eq(period)] if period else named
    weights = ranked((own.level * own.population).set_axis(own.name), named, lead=1.5)
    for claim in named[named.statistic.eq("rank") & named.value.ne("1")].itertuples():
        others = weights.drop(claim.geography).sort_values(ascending=False)
        weights[claim.geography] = others.iloc[int(claim.value) - 2] * 0.8
        weights[others.index[int(claim.value) - 1 :]] *= 0.55
    return weights


def _council(rng, targets, own, types) -> Iterable[list]:
    """Incidents by year, ward and type; the totals and the ward that the text counts."""
    totals = targets.rows(ASB, "count", level="borough").set_index("period").value.astype(int)
    years = [targets.rows(ASB, "rank_band").period.iloc[0], *totals.index]
    first = int(totals.iloc[0] * 1.16)
    share = types.share / types.share.sum()
    for period in years:
        weights = _weights(targets, own, ASB, period)
        counted = targets.rows(ASB, "count", level="ward")
        counted = counted[counted.period.eq(period)].set_index("geography").value.astype(int)
        rest = weights.drop(counted.index)
        by_ward = pd.Series(
            whole(rest.to_numpy(), totals.get(period, first) - counted.sum()), rest.index
        )
        by_ward = pd.concat([by_ward, counted])
        start = int(period[:4])
        for code, name in zip(own.area_code, own.name, strict=True):
            for kind, n in zip(types.type, rng.multinomial(by_ward[name], share), strict=True):
                if n or kind == types.type.iloc[0]:
                    yield [f"{start}/{(start + 1) % 100:02d}", code, kind, n]


def _night(targets: Targets, own: pd.DataFrame) -> Iterable[list]:
    numbers = whole(_weights(targets, own, NIGHT).to_numpy() ** 1.3, 260)
    return [["2017/18", code, n] for code, n in zip(own.area_code, numbers, strict=True)]


# what the template says -> the measure of the claims and of the file, years, wards too?
_WHO = (
    ("Aged 10 to 24, any notifiable offence", "youth_tno_victims", False),
    ("Black and minority ethnic, any notifiable offence", "bme_tno_victims", True),
    ("Female, robbery or violence with injury", "female_robbery_and_vwi_victims", True),
)


def _victims(rng, targets: Targets, boroughs: pd.DataFrame, own: pd.DataFrame) -> Iterable[list]:
    size = boroughs.set_index("name")["size"]
    codes = boroughs.set_index("name").area_code
    for who, measure, by_ward in _WHO:
        year = targets.rows(measure, "count").period.iloc[0]
        totals = yearly_totals(targets, measure, size, 0)
        yield from ([year, codes[name], who, n] for name, n in totals.items())
        if by_ward:
            numbers = whole(_weights(targets, own, measure).to_numpy(), totals["Bromley"])
            yield from ([year, c, who, n] for c, n in zip(own.area_code, numbers, strict=True))
    yield from _violence(rng, targets, size, codes)
    knife = targets.values("knife_crime_victims_aged_1_24", "count")
    year = targets.rows("knife_crime_victims_aged_1_24", "count").period.iloc[0][:4]
    weights = _weights(targets, own, "young_knife_crime_injury_victims").to_numpy() ** 1.3
    two_years = f"{int(year) - 1}-01/{year}-12"  # one year of injuries is hidden in every ward
    for who, total, when in (
        ("Aged 1 to 24, knife crime", int(knife["Bromley"]), year),
        ("Aged 1 to 24, injured in knife crime", round(1.4 * knife["Bromley"]), two_years),
    ):
        numbers = whole(weights, total)
        yield from ([when, c, who, n] for c, n in zip(own.area_code, numbers, strict=True))
    yield from ([year, codes[n], "Aged 1 to 24, knife crime", int(v)] for n, v in knife.items())
    london = targets.rows("young_knife_crime_with_injury_victims", "count")
    who = "Aged 1 to 24, injured in knife crime"
    yield from ([c.period, "E12000007", who, int(c.value)] for c in london.itertuples())


def _violence(rng, targets, size, codes) -> Iterable[list]:
    """Victims of serious youth violence of four years, by borough."""
    known = targets.values("serious_youth_violence_victims", "count")
    last = int(targets.rows("serious_youth_violence_victims", "count").period.iloc[0][:4])
    level = known["Bromley"] / size["Bromley"]
    for year in range(last - 3, last + 1):
        # youth violence follows the size of a borough only loosely
        numbers = rng.poisson(size.clip(14, 45) * level * (1 - 0.06 * (last - year)))
        numbers = pd.Series(numbers, size.index)
        if year == last:
            numbers.update(known)
        for name, n in numbers.astype(int).items():
            yield [str(year), codes[name], "Aged 1 to 19, serious youth violence", n]


def _gangs(rng, targets: Targets, boroughs: pd.DataFrame) -> Iterable[list]:
    """Months that add up to the 12-month totals the text names; few elsewhere."""
    windows = targets.rows(GANGS, "rolling12_count")
    every = months(windows.period.min().split("/")[0], "2018-09")
    counts = pd.Series(rng.poisson(1.4, len(every)), every)
    for claim in windows.itertuples():
        inside = months(*claim.period.split("/"))
        counts[inside] = rng.multinomial(int(claim.value), np.full(12, 1 / 12))
    codes = boroughs.set_index("name").area_code
    yield from ([str(m), codes["Bromley"], n] for m, n in counts.items())
    few = targets.rows("gang_linked_offences", "count_less_than")
    year = months(*few.period.iloc[0].split("/"))
    for claim in few.itertuples():
        numbers = rng.multinomial(int(claim.value) - 2, np.full(12, 1 / 12))
        yield from ([str(m), codes[claim.geography], n] for m, n in zip(year, numbers, strict=True))


def _quarterly(rng, targets: Targets) -> Iterable[list]:
    """Child sexual exploitation offences of London by month; quarters and peak as printed."""
    quarters = targets.rows(CSE, "count").set_index("period").value.astype(int)
    peak = month(targets.rows(CSE, "max_month").value.iloc[0])
    every = months(peak - 14, "2018-03")
    counts = pd.Series(rng.poisson(quarters.mean() / 3, len(every)), every)
    for period, total in quarters.items():
        counts[months(*period.split("/"))] = whole(1 + 0.06 * rng.random(3), total)
    counts[peak] = int(counts.max() * 1.06)
    who = "Child sexual exploitation offences"
    yield from ([str(m), "E12000007", who, n] for m, n in counts.items())
