"""What do months of London's boroughs show of their noise? The constants of stats/noise.py.

    python bench/noise.py FILES [--last 2019-12]

FILES: borough files of the Metropolitan Police of one series (history, then recent), as published.
A row an offence. On the scale 2 sqrt(x + 3/8), less its calendar months, the mean squared step
between months k apart is taken as 2 + mean x (2 v^2 (1 - c^k) + q^2 k): chance, a short-lived part
with coefficient of variation v that resembles the month before by c, and a level that wanders by q
a month. Fitted by least squares to k from 1 to 12, all boroughs together. The wandering is change,
not noise; what short months of data cannot part from it goes into v.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from series.history import offences

from sbpanalysis.stats import noise

LAGS = np.arange(1, 13)


def shown(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Variation and correlation of the short-lived part, and the drift, of an offence."""
    scaled = noise.stabilised(frame.to_numpy(float))
    scaled = scaled - pd.DataFrame(scaled).groupby(frame.index.month).transform("mean").to_numpy()
    mean = frame.to_numpy().mean()
    steps = [((scaled[k:] - scaled[:-k]) ** 2).mean() for k in LAGS]
    wanted = (np.array(steps) - 2) / mean
    fits = []
    for correlation in np.arange(0, 0.85, 0.05):
        columns = np.column_stack([2 * (1 - correlation**LAGS), LAGS])
        (short, walk), error = nnls(columns, wanted)
        fits.append((error, np.sqrt(short), correlation, np.sqrt(walk)))
    return min(fits)[1:]


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="*", type=Path, help="borough files, history first")
    ask.add_argument("--last", default="2019-12", help="last month that is looked at")
    ask.add_argument("--quick", action="store_true", help="as it is: it takes seconds")
    given = ask.parse_args()
    if not given.files:
        print("no files given: the published borough files are not part of this project")
        return
    rows = {name: shown(frame.loc[: given.last]) for name, frame in offences(given.files).items()}
    table = pd.DataFrame(rows, ["variation", "correlation", "drift"]).T
    print(table.to_string(float_format="%.3f"))
    print(table.quantile([0.25, 0.5, 0.75]).round(3).to_string())
    noisy = table[table["variation"] > table["variation"].median()]
    print(f"correlation where there is more than usual: {noisy['correlation'].median():.2f}")
    print(f"believed: variation {noise.VARIATION}, correlation {noise.CORRELATION}")


if __name__ == "__main__":
    main()
