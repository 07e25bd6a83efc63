"""Do the chances of `sbp.rank_chances` hold, and the sets of `sbp.rank_sets`?

    python bench/ranks.py [FILE] [--out book/methods/rank_simulation.csv]
        [--wards book/methods/ward_classes.csv]

Pages of 22 places whose true rates differ by half of their mean, with Poisson counts or of twice
that variance. A row a mean, dispersion and band of the chance to be among the top five: chance
said, share that is, and how many. Then how often rank limits hold the true rank of a place (`held`:
of `rank_chances`, `alone`: of `rank_sets` for each place by itself), and how often those of
`rank_sets` hold all 22 at once (`together`); and how often a place of 22 that are all alike is
named the highest.

With FILE, a ward file of the Metropolitan Police as published, also on what happened: the chance
said to be among next year's top five against the share that is, and how many of the wards that
`sbp.sides` calls above or below the mean are on that side in the year after.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from series.history import wards

import sbpanalysis as sbp

PLACES, SHAPE, TOP = 22, 4, 5
MEANS, DISPERSIONS = (8, 20, 50, 200), (1, 2)
BANDS = np.linspace(0, 1, 6)
ENDS = [f"{year}-03" for year in range(2013, 2020)]  # last months of the years judged


def drawn(rng, rates, dispersion):
    if dispersion == 1:
        return pd.Series(rng.poisson(rates).astype(float))
    return pd.Series(rng.negative_binomial(rates / (dispersion - 1), 1 / dispersion).astype(float))


def page(rng, mean, dispersion) -> tuple[pd.DataFrame, bool] | None:
    rates = rng.gamma(SHAPE, mean / SHAPE, PLACES)
    counts = drawn(rng, rates, dispersion)
    true = pd.Series(rates).rank(ascending=False).astype(int)
    try:
        table = sbp.rank_chances(counts.to_frame("year").T, top=TOP, dispersion=dispersion)
    except sbp.DataError:  # too few to rank, as it should say
        return None
    given = {"counts": counts, "dispersion": dispersion}
    together, alone = (sbp.rank_sets(**given, simultaneous=all_) for all_ in (True, False))
    holds = {"among": true <= TOP, "held": _holds(table, true), "alone": _holds(alone, true)}
    return table[["chance_top"]].assign(**holds), _holds(together, true).all()


def _holds(limits: pd.DataFrame, true: pd.Series) -> pd.Series:
    return (limits["rank_lower"] <= true) & (true <= limits["rank_upper"])


def year_after(path: Path, ends=ENDS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was said of wards with what was known then, and what the next year showed.

    First frame: chance to be among the top five and whether it was; second: offence, `side`, and
    whether the next year lies above the mean.
    """
    chances, sides, rng = [], [], np.random.default_rng(5)
    for (offence, _), counts in wards(path, least=20).items():
        for end in map(sbp.month, ends):
            known, later = counts.loc[:end], counts.loc[end + 1 : end + 12].sum()
            try:
                table = sbp.rank_chances(known, top=TOP)
                side = sbp.sides(known.iloc[-12:].sum())["side"]
            except sbp.DataError:
                continue
            among = later >= later.nlargest(TOP).min()
            chances.append(pd.DataFrame({"chance_top": expected(rng, table), "among": among}))
            sides.append(
                pd.DataFrame({"offence": offence, "side": side, "above": later > later.mean()})
            )
    return pd.concat(chances), pd.concat(sides)


def expected(rng, table: pd.DataFrame, draws: int = 1000) -> np.ndarray:
    """Chance to be among next year's highest counts: the rates of `rank_chances`, and a year of
    chance more."""
    a = (table["prior_shape"] + table["count"] / table["dispersion"]).to_numpy()
    rate = rng.gamma(a, table["shrunk"] / a, (draws, len(table)))
    spread = table["dispersion"].to_numpy() - 1 + 1e-6
    counts = rng.poisson(rng.gamma(rate / spread, spread)) + rng.random(rate.shape) / 2
    return (counts.argsort(axis=1).argsort(axis=1) >= len(table) - TOP).mean(0)


def classes(sides: pd.DataFrame) -> pd.DataFrame:
    """By offence: the share of wards above and below, and how many are so the year after."""
    side, above = sides["side"], sides["above"]
    columns = {
        "above": side == "above",
        "below": side == "below",
        "again_above": above.where(side == "above").astype(float),
        "again_below": (~above).where(side == "below").astype(float),
    }
    table = pd.DataFrame(columns).groupby(sides["offence"]).mean()
    return table.assign(wards=sides.groupby("offence").size())


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("file", nargs="?", type=Path, help="a ward file of published history")
    ask.add_argument("--wards", help="write how wards stood a year later to this CSV")
    ask.add_argument("--quick", action="store_true", help="a twenty-fifth of the pages")
    ask.add_argument("--out", help="write the table to this CSV")
    given = ask.parse_args()
    pages, parts = 40 if given.quick else 1000, []
    for mean in MEANS:
        # where counts are small few places are nearly certain: more pages for the same precision
        pages_of_mean = pages * 4 if mean < 20 else pages
        for dispersion in DISPERSIONS:
            rng = np.random.default_rng([mean, dispersion])
            tried = [page(rng, mean, dispersion) for _ in range(pages_of_mean)]
            found, together = zip(*filter(None, tried), strict=True)
            told = pd.concat(found)
            band = pd.cut(told["chance_top"], BANDS, include_lowest=True, labels=False)
            rows = told.groupby(band).agg({"chance_top": "mean", "among": "mean", "held": "size"})
            rows.columns = ["said", "true", "places"]
            of_page = {
                "mean": mean,
                "dispersion": dispersion,
                "held": told["held"].mean(),
                "alone": told["alone"].mean(),
                "together": np.mean(together),
            }
            parts.append(rows.assign(**of_page))
    names = ["mean", "dispersion", "said", "true", "places", "held", "alone", "together"]
    table = pd.concat(parts)[names]
    print(table.to_string(index=False, float_format="%.3f"))
    rng, named = np.random.default_rng(1), 0
    for _ in range(pages):
        counts = drawn(rng, np.full(PLACES, 30.0), 1)
        alike = sbp.rank_chances(counts.to_frame("year").T, top=1, dispersion=1)
        named += (alike["rank_upper"] == 1).any()
    print(f"all alike: a highest is named on {named / pages:.1%} of pages")
    if given.file:
        warnings.simplefilter("ignore", sbp.SbpWarning)
        chances, sides = year_after(given.file, ENDS[-1:] if given.quick else ENDS)
        band = pd.cut(chances["chance_top"], BANDS, include_lowest=True)
        held = chances.groupby(band, observed=True).agg(["mean", "size"])
        print(
            "among next year's top five, said and true:",
            held.to_string(float_format="%.3f"),
            sep="\n",
        )
        again = classes(sides)
        print(again.to_string(float_format="%.3f"))
        if given.wards:
            again.to_csv(given.wards, float_format="%.4f")
    if given.out:
        table.to_csv(given.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
