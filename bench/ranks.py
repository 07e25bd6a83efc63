"""Do the chances of `sbp.rank_chances` hold, and the sets of `sbp.rank_sets`?

    python bench/ranks.py [--out book/methods/rank_simulation.csv]

Pages of 22 places whose true rates differ by half of their mean, with Poisson counts or of twice
that variance. A row a mean, dispersion and band of the chance to be among the top five: chance
said, share that is, and how many. Then how often rank limits hold the true rank of a place, and how
often those of `rank_sets` hold all 22 at once; and how often a place of 22 that are all alike is
named the highest.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import sbpanalysis as sbp

PLACES, SHAPE, TOP = 22, 4, 5
MEANS, DISPERSIONS = (8, 20, 50, 200), (1, 2)
BANDS = np.linspace(0, 1, 6)


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
    sets = sbp.rank_sets(counts=counts, dispersion=dispersion)
    inside = (sets["rank_lower"] <= true) & (true <= sets["rank_upper"])
    held = (table["rank_lower"] <= true) & (true <= table["rank_upper"])
    return table[["chance_top"]].assign(among=true <= TOP, held=held), inside.all()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="40 pages a row instead of 400")
    ask.add_argument("--out", help="write the table to this CSV")
    given = ask.parse_args()
    pages, parts = 40 if given.quick else 400, []
    for mean in MEANS:
        for dispersion in DISPERSIONS:
            rng = np.random.default_rng([mean, dispersion])
            tried = [page(rng, mean, dispersion) for _ in range(pages)]
            found, together = zip(*filter(None, tried), strict=True)
            told = pd.concat(found)
            band = pd.cut(told["chance_top"], BANDS, include_lowest=True, labels=False)
            rows = told.groupby(band).agg({"chance_top": "mean", "among": "mean", "held": "size"})
            rows.columns = ["said", "true", "places"]
            parts.append(rows.assign(mean=mean, dispersion=dispersion, held=told["held"].mean(),
                                     together=np.mean(together)))  # fmt: skip
    table = pd.concat(parts)[["mean", "dispersion", "said", "true", "places", "held", "together"]]
    print(table.to_string(index=False, float_format="%.3f"))
    rng, named = np.random.default_rng(1), 0
    for _ in range(pages):
        counts = drawn(rng, np.full(PLACES, 30.0), 1)
        alike = sbp.rank_chances(counts.to_frame("year").T, top=1, dispersion=1)
        named += (alike["rank_upper"] == 1).any()
    print(f"all alike: a highest is named on {named / pages:.1%} of pages")
    if given.out:
        table.to_csv(given.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
