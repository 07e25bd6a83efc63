"""Do the forecast's intervals hold as often as they say, and does it beat the seasonal naive?

    python bench/forecasts.py [--series 40]

Each row is a kind of simulated monthly count (length, mean, variance over mean) with a season and
a slowly wandering level. Columns: share of the 12 months after the end that fell inside the 80 %
and 95 % intervals, and the mean absolute error as a share of the seasonal naive's.
"""

from __future__ import annotations

import argparse
import itertools
import warnings

import numpy as np
import pandas as pd

import sbpanalysis as sbp

AHEAD = 12
LENGTHS = (24, 36, 60, 120)
KINDS = ((1, 1.0), (8, 1.5), (60, 2.0), (600, 4.0))


def simulate(rng, months, mean, dispersion):
    t = np.arange(months)
    wander = np.exp(np.cumsum(rng.normal(0, 0.02, months)))
    level = mean * (1 + 0.2 * np.cos(2 * np.pi * t / 12)) * wander
    if dispersion == 1:
        return rng.poisson(level)
    return rng.negative_binomial(level / (dispersion - 1), 1 / dispersion)


def one(rng, months, mean, dispersion):
    counts = pd.Series(
        simulate(rng, months + AHEAD, mean, dispersion),
        pd.period_range("2010-01", periods=months + AHEAD, freq="M"),
    )
    past, test = counts.iloc[:-AHEAD], counts.iloc[-AHEAD:].to_numpy()
    f = sbp.forecast(past, AHEAD)
    inside80 = (f.lower80 <= test) & (test <= f.upper80)
    inside95 = (f.lower95 <= test) & (test <= f.upper95)
    error, naive = np.abs(test - f.mean).mean(), np.abs(test - past.to_numpy()[-12:]).mean()
    return inside80.mean(), inside95.mean(), error, naive


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--series", type=int, default=40, help="series a row")
    options.add_argument("--quick", action="store_true", help="a quarter of them")
    given = options.parse_args()
    n = given.series // 4 if given.quick else given.series
    warnings.simplefilter("ignore", sbp.SbpWarning)
    rng, rows = np.random.default_rng(3), []
    for months, (mean, dispersion) in itertools.product(LENGTHS, KINDS):
        c80, c95, error, naive = np.mean(
            [one(rng, months, mean, dispersion) for _ in range(n)], axis=0
        )
        rows.append((months, mean, dispersion, c80, c95, error / naive))
    names = ["months", "mean", "dispersion", "coverage80", "coverage95", "error_to_naive"]
    print(pd.DataFrame(rows, columns=names).to_string(index=False, float_format="%.3f"))


if __name__ == "__main__":
    main()
