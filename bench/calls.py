"""What does one call of the library cost? Milliseconds of processor time, the best of some.

    python bench/calls.py [--data FOLDER]

One series and ten thousand by `sbp.change`, rates of five thousand areas, and to open an edition
of published files (skipped where they are not there) and read one series of it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import sbpanalysis as sbp

ROOT = Path(__file__).resolve().parents[1]


def best(call: Callable, rounds: int) -> float:
    """The least milliseconds of processor time that a call took, after one to warm up."""
    call()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(1000 * (time.process_time() - start))
    return min(times)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="one round")
    ask.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "real",
                     help="the folder of published files")  # fmt: skip
    given = ask.parse_args()
    rng = np.random.default_rng(0)
    months = pd.period_range("2012-01", periods=60, freq="M")
    many = pd.DataFrame(rng.poisson(50, (60, 10_000)), index=months)
    counts, population = rng.poisson(20, 5000), rng.integers(1000, 9000, 5000)
    calls = {
        "change, one series of 60 months": lambda: sbp.change(many[0]),
        "change, 10,000 series of 60 months": lambda: sbp.change(many),
        "rate, 5,000 areas": lambda: sbp.rate(counts, population),
        "rate_ratio, 5,000 areas": lambda: sbp.rate_ratio(
            counts, population, counts[::-1], population[::-1]
        ),
    }
    if given.data.is_dir():
        calls["open an edition and read one series"] = lambda: sbp.Edition.open(
            "bromley-2018", data=given.data
        ).series("robbery_offences")
    for name, call in calls.items():
        print(f"{name:40s} {best(call, 1 if given.quick else 5):8.1f} ms")


if __name__ == "__main__":
    main()
