"""How often does `sbp.change` say "up" or "down" when nothing changed, and when something did?

    python bench/verdicts.py --out data/reference/verdict_simulation.csv
    python bench/verdicts.py --quick --correlation 0.6

Each row of the table is a kind of monthly series (mean, noise, season, length); stable series
give the false-verdict rate, series whose last 12 months are 10, 20 or 40 % higher give the power.
"""

from __future__ import annotations

import argparse
import itertools
import zlib

import numpy as np
import pandas as pd

import sbpanalysis as sbp

MEANS = (3, 5, 8, 20, 50, 200, 1000)
DISPERSIONS, SPREADS = ("1.5", "3", "5", "10"), ("0.05", "0.1", "0.2")
LENGTHS = (24, 36, 48, 96)
CHANGES = (0, 10, 20, 40)
AMPLITUDE, CORRELATION = 0.25, 0.3


def noises(correlation):
    """Names of the kinds of noise; the last word is how strong it is."""
    return (
        "Poisson",
        *(f"negative binomial, variance/mean {d}" for d in DISPERSIONS),
        *(f"AR(1) {correlation} on the log rate, sd {sd}" for sd in SPREADS),
    )


def simulate(rng, noise, mean, seasonal, months, percent, series):
    """Counts (months x series) whose last 12 months are `percent` % higher."""
    level = np.full(months, float(mean))
    if seasonal:
        level *= 1 + AMPLITUDE * np.cos(2 * np.pi * (np.arange(months) - 6) / 12)
    level[-12:] *= 1 + percent / 100
    level = np.repeat(level[:, None], series, axis=1)
    size = float(noise.split()[-1]) if noise != "Poisson" else 0.0
    if noise.startswith("negative"):
        return rng.negative_binomial(level / (size - 1), 1 / size)
    if noise.startswith("AR"):
        level *= np.exp(
            autoregressive(rng, level.shape, size, float(noise.split()[1])) - size**2 / 2
        )
    return rng.poisson(level)


def autoregressive(rng, shape, sd, correlation):
    """Stationary AR(1) noise with marginal standard deviation `sd`."""
    step = rng.normal(0, sd, shape)
    for t in range(1, shape[0]):
        step[t] = correlation * step[t - 1] + np.sqrt(1 - correlation**2) * step[t]
    return step


def verdict_rate(noise, mean, seasonal, months, percent, series):
    """Share of series with a verdict; for a true rise, of those rightly called up."""
    seed = zlib.crc32(repr((noise, mean, seasonal, months, percent)).encode())
    counts = simulate(np.random.default_rng(seed), noise, mean, seasonal, months, percent, series)
    index = pd.period_range("2010-04", periods=months, freq="M")
    verdict = sbp.change(pd.DataFrame(counts, index=index))["verdict"]
    return ((verdict == "up") if percent else (verdict != "no clear change")).mean()


def table(series: int, correlation: float) -> pd.DataFrame:
    rows, kinds = [], noises(correlation)
    for noise, mean, seasonal, n in itertools.product(kinds, MEANS, (False, True), LENGTHS):
        rates = [verdict_rate(noise, mean, seasonal, n, c, series) for c in CHANGES]
        rows.append((noise, mean, seasonal, n, series, *rates))
    names = ["noise", "mean", "seasonal", "months", "series", "false_verdicts"]
    return pd.DataFrame(rows, columns=names + [f"power_{c}" for c in CHANGES[1:]])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="1,500 series a row instead of 4,000")
    options.add_argument("--series", type=int, help="series a row")
    options.add_argument("--correlation", type=float, default=CORRELATION, help="of the AR(1)")
    options.add_argument("--out", help="write the table to this CSV")
    o = options.parse_args()
    result = table(o.series or (1500 if o.quick else 4000), o.correlation)
    print(result.to_string(index=False, float_format="%.3f"))
    enough = result[result["mean"] >= 8]
    print(
        f"highest false-verdict rate at a mean of 8 or more: {enough['false_verdicts'].max():.3f}"
    )
    few = result[result["mean"] < 8]
    print(f"average below a mean of 8: {few['false_verdicts'].mean():.3f}")
    sure = result[(result["noise"] == "Poisson") & (result["mean"] == 200)]
    print(f"lowest power, Poisson, mean 200, true change 20 %: {sure['power_20'].min():.3f}")
    if o.out:
        result.to_csv(o.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
