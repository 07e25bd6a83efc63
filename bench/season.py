"""How often does `sbp.season` find a season where there is none, and find one that is there?

    python bench/season.py [--out book/methods/season_simulation.csv]

A row a kind of simulated series (height of the yearly wave, mean, months, correlation of the
noise): the share called clear, and of those with a season the share whose busiest quarter holds
the highest month.
"""

from __future__ import annotations

import argparse
import itertools
import warnings

import numpy as np
import pandas as pd
from series.worlds import counted, levels

import sbpanalysis as sbp

HEIGHTS, MEANS, LENGTHS, CORRELATIONS = (
    (0.0, 0.15, 0.25),
    (10, 50, 200),
    (36, 60, 120),
    (0, 0.3, 0.6),
)
HIGHEST = 10  # the wave of bench/worlds.py is highest in the seventh month of a year from April


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="200 series a row instead of 2,000")
    ask.add_argument("--out", help="write the table to this CSV")
    given = ask.parse_args()
    warnings.simplefilter("ignore", sbp.SbpWarning)
    series, rows = 200 if given.quick else 2000, []
    for height, mean, months, c in itertools.product(HEIGHTS, MEANS, LENGTHS, CORRELATIONS):
        rng = np.random.default_rng([mean, months, int(10 * c), int(100 * height)])
        counts = counted(rng, levels(rng, mean, months, series, 0.02, height), 0.09, c)
        days = counts.index.days_in_month.to_numpy()[:, None] / 30.44
        told = sbp.season((counts * days).round())
        clear = told[told["clear"]]
        right = clear["busiest"].map(lambda quarter: HIGHEST in quarter).mean()
        rows.append(
            (height, mean, months, c, series, told["clear"].mean(), right if height else np.nan)
        )
    names = ["height", "mean", "months", "correlation", "series", "clear", "right"]
    table = pd.DataFrame(rows, columns=names)
    print(table.to_string(index=False, float_format="%.3f"))
    if given.out:
        table.to_csv(given.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
