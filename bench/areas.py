"""How much faster is one call over all areas than one call an area?

    python bench/areas.py [--areas 5000]

One line a function: seconds for all areas at once, seconds for a loop, and their ratio. The two
must give the same numbers, or the comparison is void.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd

import sbpanalysis as sbp

MONTHS = pd.period_range("2015-01", periods=48, freq="M")


def seconds(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def rates(counts, population):
    at_once = seconds(lambda: sbp.rate(counts, population)["upper"])
    loop = seconds(lambda: [sbp.rate(y, n).upper for y, n in zip(counts, population, strict=True)])
    return at_once, loop


def funnels(counts, population):
    target = 1000 * counts.sum() / population.sum()
    at_once = seconds(lambda: sbp.funnel(counts, population).upper998)
    loop = seconds(
        lambda: [
            sbp.funnel(counts[[a]], population[[a]], target=target).upper998.iloc[0]
            for a in counts.index
        ]
    )
    return at_once, loop


def control_charts(monthly):
    at_once = seconds(lambda: sbp.control_chart(monthly).upper.iloc[-1])
    loop = seconds(lambda: [sbp.control_chart(monthly[a]).upper.iloc[-1] for a in monthly])
    return at_once, loop


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--areas", type=int, default=5000, help="number of areas")
    options.add_argument("--quick", action="store_true", help="a tenth of them")
    given = options.parse_args()
    areas = [f"E{k:08d}" for k in range(given.areas // 10 if given.quick else given.areas)]
    rng = np.random.default_rng(0)
    population = pd.Series(rng.integers(800, 3000, len(areas)), areas)
    counts = pd.Series(rng.poisson(population * 0.02), areas)
    monthly = pd.DataFrame(rng.poisson(9, (len(MONTHS), len(areas))), MONTHS, areas)
    warnings.simplefilter("ignore", sbp.SbpWarning)
    # the first call of each pays for imports, which are not what is compared
    sbp.rate(counts.iloc[:2], population.iloc[:2])
    sbp.funnel(counts.iloc[:2], population.iloc[:2])
    for name, (at_once, loop) in {
        "rate": rates(counts, population),
        "funnel": funnels(counts, population),
        "control_chart": control_charts(monthly),
    }.items():
        same = np.allclose(np.asarray(at_once[1], float), np.asarray(loop[1], float))
        print(
            f"{name}: {len(areas)} areas at once {at_once[0]:.3f} s, one by one {loop[0]:.2f} s, "
            f"ratio {loop[0] / at_once[0]:.0f}" + ("" if same else "  NOT THE SAME NUMBERS")
        )


if __name__ == "__main__":
    main()
