"""How often does `sbp.signals` mark months when nothing happened, and how soon when something did?

    python bench/signals.py [FILES] [--out book/methods/signal_simulation.csv]
        [--published book/methods/signal_published.csv]

A row a mean and drift of simulated series of eight years: the share with a mark in their last year,
and the share of those with a step of 30 % at its beginning that are marked within so many months.
With FILES (as bench/hindsight.py takes them) also the share of real months that are marked.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from series.history import offences
from series.worlds import counted, levels
from verdicts import DRIFT

import sbpanalysis as sbp

MEANS, DRIFTS, WITHIN = (20, 50, 200, 1000), (0.0, DRIFT), (1, 3, 12)


def marks(counts: pd.DataFrame, last: int = 12) -> np.ndarray:
    told = sbp.signals(counts, last)
    return (told.marked | told.marked_three).to_numpy()


def simulated(series: int) -> pd.DataFrame:
    rows = []
    for mean in MEANS:
        for drift in DRIFTS:
            rng = np.random.default_rng([mean, int(1000 * drift)])
            level = levels(rng, mean, 96, series, drift)
            false = marks(counted(rng, level)).any(0).mean()
            level[-12:] *= 1.3
            seen = marks(counted(rng, level))
            rows.append((mean, drift, series, false, *(seen[:n].any(0).mean() for n in WITHIN)))
    names = ["mean", "drift", "series", "false_years", *(f"seen_{n}" for n in WITHIN)]
    return pd.DataFrame(rows, columns=names)


def real(paths: list[Path], last: str = "2019-12") -> pd.DataFrame:
    """Share of months marked, and of years with a mark: the last four years to that month."""
    months, years = [], []
    for frame in offences(paths).values():
        marked = marks(frame.loc[:last], 48)
        months.append(marked.mean())
        years.append(marked.reshape(4, 12, -1).any(1).mean())
    row = {"last": last, "series": len(months), "months": np.mean(months), "years": np.mean(years)}
    return pd.DataFrame([row])


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="*", type=Path, help="borough files, history first")
    ask.add_argument("--quick", action="store_true", help="200 series a row instead of 2,000")
    ask.add_argument("--out", help="write the table to this CSV")
    ask.add_argument("--published", help="write the shares of FILES to this CSV")
    given = ask.parse_args()
    table = simulated(200 if given.quick else 2000)
    print(table.to_string(index=False, float_format="%.3f"))
    if given.files:
        published = real(given.files)
        print(published.to_string(index=False, float_format="%.3f"))
        if given.published:
            published.to_csv(given.published, index=False, float_format="%.4f")
    if given.out:
        table.to_csv(given.out, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
