"""How often does `sbp.swings` tell of stable series that they fell or rose, and is it right?

    python bench/swings.py [--out book/methods/swing_simulation.csv]

A row a kind of simulated series (mean, years, drift, spread and correlation of the noise): the
share of which something is told, of what is told the share whose direction is true, and the share
of ranges that hold the true change.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
import pandas as pd
from series.worlds import counted, levels

import sbpanalysis as sbp

MEANS, YEARS = (5, 30, 200, 1000), (8, 11)
KINDS = ((0.0, 0.09, 0.3), (0.0, 0.15, 0.3), (0.0, 0.09, 0.6), (0.035, 0.09, 0.3))


def one(rng, mean, years, drift, spread, correlation, series):
    level = levels(rng, mean, 12 * years, series, drift)
    counts = counted(rng, level, spread, correlation)
    told = sbp.swings(counts)
    names = [sbp.financial_year(counts.index[12 * k]) for k in range(years)]
    true = pd.DataFrame(level.reshape(years, 12, series).sum(1), names)
    before, after = (
        true.to_numpy()[true.index.get_indexer(told[end]), told.index]
        for end in ("from_year", "to_year")
    )
    percent = 100 * (after / before - 1)
    right = np.sign(percent) == np.sign(told["percent"])
    held = (percent >= told["percent_lower"]) & (percent <= told["percent_upper"])
    moved = drift > 0
    return told.index.nunique() / series, *((x.mean() if moved else np.nan) for x in (right, held))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="200 series a row instead of 2,000")
    ask.add_argument("--out", help="write the table to this CSV")
    given = ask.parse_args()
    series, rows = 200 if given.quick else 2000, []
    for (drift, spread, correlation), mean, years in itertools.product(KINDS, MEANS, YEARS):
        rng = np.random.default_rng([mean, years, int(1000 * drift), int(100 * correlation)])
        found = one(rng, mean, years, drift, spread, correlation, series)
        rows.append((drift, spread, correlation, mean, years, series, *found))
    names = ["drift", "spread", "correlation", "mean", "years", "series", "told", "right", "held"]
    table = pd.DataFrame(rows, columns=names)
    print(table.to_string(index=False, float_format="%.3f"))
    if given.out:
        table.to_csv(given.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
