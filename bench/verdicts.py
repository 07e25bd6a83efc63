"""How often does `sbp.change` say "up" or "down" when nothing changed, and when something did?

    python bench/verdicts.py --out book/methods/verdict_simulation.csv \\
        --words book/methods/word_simulation.csv
    python bench/verdicts.py --quick --correlation 0.6

Each row of the table is a kind of monthly series (mean, noise, season, length); stable series
give the false-verdict rate, series whose last 12 months are 10, 20 or 40 % higher give the power.
Drifting series have a level that wanders as those of London's boroughs do, their last two years
brought to the same true total. A second table says how often each word is right, in a world with
drift, noise of many sizes and a step in one series of seven.
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
DRIFT, DRIFTING = 0.044, ("0.075", "0.12")  # a month, on the log scale; spread of the noise
BANDS = (0, 0.025, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.975, 1)


def noises(correlation):
    """Names of the kinds of noise; the last word is how strong it is."""
    return (
        "Poisson",
        *(f"negative binomial, variance/mean {d}" for d in DISPERSIONS),
        *(f"AR(1) {correlation} on the log rate, sd {sd}" for sd in SPREADS),
        *(f"drifting, AR(1) {correlation} on the log rate, sd {sd}" for sd in DRIFTING),
    )


def simulate(rng, noise, mean, seasonal, months, percent, series):
    """Counts (months x series) whose last 12 months are `percent` % higher."""
    level = np.full(months, float(mean))
    if seasonal:
        level *= 1 + AMPLITUDE * np.cos(2 * np.pi * (np.arange(months) - 6) / 12)
    level = np.repeat(level[:, None], series, axis=1)
    if noise.startswith("drifting"):
        level *= wandering(rng, level)
    level[-12:] *= 1 + percent / 100
    size = float(noise.split()[-1]) if noise != "Poisson" else 0.0
    if noise.startswith("negative"):
        return rng.negative_binomial(level / (size - 1), 1 / size)
    if "AR(1)" in noise:
        correlation = float(noise.partition("AR(1) ")[2].split()[0])
        level *= np.exp(autoregressive(rng, level.shape, size, correlation) - size**2 / 2)
    return rng.poisson(level)


def wandering(rng, level):
    """Random walks on the log scale whose last two years have the total that `level` has."""
    walk = np.exp(np.cumsum(rng.normal(0, DRIFT, level.shape), axis=0))
    for year in (slice(-12, None), slice(-24, -12)):
        wanted, found = level[year].sum(0), (level * walk)[year].sum(0)
        if year.stop is None:
            walk[year] *= wanted / found
        else:
            walk[: year.stop] *= wanted / found
    return walk


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


def words(series: int) -> pd.DataFrame:
    """How sure `change` is, how often it is right, and how often each word is."""
    parts = []
    for months in LENGTHS:
        rng = np.random.default_rng(months)
        true = rng.choice([20, 60, 200, 800], series) * np.ones((months, 1))
        walk = np.cumsum(rng.normal(0, 1, true.shape) * DRIFT * spreads(rng, series), axis=0)
        walk[-12:] += np.where(rng.random(series) < 1 / 7, rng.normal(0, 0.25, series), 0)
        true = true * np.exp(walk - walk[-24:].mean(0))
        sd = 0.075 * spreads(rng, series)
        noise = np.exp(autoregressive(rng, true.shape, 1, CORRELATION) * sd - sd**2 / 2)
        index = pd.period_range("2010-04", periods=months, freq="M")
        part = sbp.change(pd.DataFrame(rng.poisson(true * noise), index=index))
        parts.append(part.assign(true=true[-12:].sum(0) / true[-24:-12].sum(0)))
    return pd.concat(parts)


def spreads(rng, series):
    return np.exp(rng.normal(0, 0.4, series))


def rights(told: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By word: share, and how many are right; by band of p_up: said and true."""
    told = told.assign(rose=told["true"] > 1, same=(told["true"] - 1).abs() <= 0.1)
    right = told["rose"].where(told["word"].str.endswith("rose"), ~told["rose"])
    right = right.where(told["word"] != "about the same", told["same"]).astype(float)
    right = right.mask(told["word"].isin(["cannot tell", "too few"]))
    by_word = right.groupby(told["word"]).agg(["size", "mean"]).rename(columns={"mean": "right"})
    by_word.insert(0, "share", by_word.pop("size") / len(told))
    bands = told.groupby(pd.cut(told["p_up"], BANDS, include_lowest=True), observed=True)
    by_band = bands[["p_up", "rose"]].mean().rename(columns={"p_up": "said", "rose": "true"})
    return by_word, by_band.assign(series=bands.size())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="1,500 series a row instead of 4,000")
    options.add_argument("--series", type=int, help="series a row")
    options.add_argument("--correlation", type=float, default=CORRELATION, help="of the AR(1)")
    options.add_argument("--out", help="write the table to this CSV")
    options.add_argument("--words", help="write how often each word is right to this CSV")
    o = options.parse_args()
    series = o.series or (1500 if o.quick else 4000)
    result = table(series, o.correlation)
    print(result.to_string(index=False, float_format="%.3f"))
    enough = result[result["mean"] >= 8]
    print(f"highest false verdicts at a mean of 8 or more: {enough['false_verdicts'].max():.3f}")
    kinds = result.groupby("noise", sort=False)["false_verdicts"].agg(["mean", "max"])
    print(kinds.to_string(float_format="%.3f"))
    usual = result[(result["noise"] == noises(o.correlation)[-2]) & (result["mean"] == 200)]
    seen = usual.groupby("months")["power_20"].mean()
    print(f"usual noise, mean 200, a rise of 20 % seen: {seen.round(3).to_dict()}")
    by_word, by_band = rights(words(4 * series))
    print(by_word.to_string(float_format="%.3f"), by_band.to_string(float_format="%.3f"), sep="\n")
    if o.out:
        result.to_csv(o.out, index=False, float_format="%.4f")
    if o.words:
        by_word.to_csv(o.words, float_format="%.4f")


if __name__ == "__main__":
    main()
