"""How much cheaper is `sbp.decompose` on many series than a loop of statsmodels' STL?

    python bench/stl.py [--series 25000] [--months 180]

The loop is timed on 500 series and scaled up; both use the same settings in the same run.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from statsmodels.tsa.seasonal import STL

import sbpanalysis as sbp

LOOPED = 500


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--series", type=int, default=25_000)
    options.add_argument("--months", type=int, default=180)
    options.add_argument("--quick", action="store_true", help="a tenth of the series")
    o = options.parse_args()
    o.series = o.series // 10 if o.quick else o.series
    index = pd.period_range("2005-04", periods=o.months, freq="M")
    counts = np.random.default_rng(0).poisson(20, (o.months, o.series)).astype(float)
    for seasonal in (7, 13):
        start = time.process_time()
        result = sbp.decompose(pd.DataFrame(counts, index), robust=False, seasonal=seasonal)
        ours = time.process_time() - start
        start = time.process_time()
        looped = [STL(x, period=12, seasonal=seasonal).fit() for x in counts.T[:LOOPED]]
        loop = (time.process_time() - start) * o.series / LOOPED
        apart = max(
            np.abs(part.to_numpy()[:, :LOOPED] - np.column_stack(theirs)).max()
            for part, theirs in (
                (result.trend, [fit.trend for fit in looped]),
                (result.seasonal, [fit.seasonal for fit in looped]),
                (result.remainder, [fit.resid for fit in looped]),
            )
        )
        print(
            f"seasonal={seasonal}: {o.series} series x {o.months} months: {ours:.2f} CPU-seconds, "
            f"loop {loop:.1f} ({LOOPED} series, scaled): {loop / ours:.0f} times; "
            f"largest difference {apart:.1e}"
        )


if __name__ == "__main__":
    main()
