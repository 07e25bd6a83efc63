"""How many times does a picture cost that seaborn draws, beside the plain SVG of the library?

    python bench/drawing.py [--times 15]

Each form is drawn both ways, in turn, from the same numbers, in the same style, to SVG text.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns

from sbpanalysis.report import bars, multiples
from sbpanalysis.report.figure import canvas, svg_of
from sbpanalysis.report.house import BLUE, WIDTH, house_style
from sbpanalysis.report.own import _svg

matplotlib.use("agg")
RANDOM = np.random.default_rng(0)
MONTHS = pd.period_range("2014-01", periods=60, freq="M")
ABOUT = {"title": "Burglary", "area": "Bromley", "unit": "offences", "overall": 80.0}
WARDS = pd.Series(RANDOM.poisson(80, 22), [f"Ward {i}" for i in range(22)], dtype=float)
SERIES = pd.DataFrame(RANDOM.poisson(20, (60, 22)), MONTHS, [f"Ward {i}" for i in range(22)])
SIDES = pd.DataFrame(RANDOM.poisson(40, (9, 2)), range(9), ["Women", "Men"], dtype=float)


def seaborn_bars() -> str:
    figure, axes = canvas(height=5)
    with house_style():
        sns.barplot(x=WARDS.to_numpy(), y=WARDS.index, color=BLUE, ax=axes)
        axes.bar_label(axes.containers[0])
    return svg_of(figure)


def seaborn_pyramid() -> str:
    figure, axes = canvas(height=3)
    with house_style():
        sns.barplot(x=SIDES["Women"], y=SIDES.index, orient="h", ax=axes)
        sns.barplot(x=-SIDES["Men"], y=SIDES.index, orient="h", ax=axes)
        for container in axes.containers:
            axes.bar_label(container)
    return svg_of(figure)


def seaborn_multiples() -> str:
    long = SERIES.set_axis(range(60)).melt(ignore_index=False, var_name="ward").reset_index()
    with house_style():
        grid = sns.relplot(long, x="index", y="value", col="ward", col_wrap=2, kind="line",
                           errorbar=None, height=1, aspect=WIDTH / 2)  # fmt: skip
    return _svg(grid.figure)


FORMS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "bars": (lambda: bars.bar(WARDS.rename_axis("Area")), seaborn_bars),
    "pyramid": (lambda: bars.pyramid(SIDES), seaborn_pyramid),
    "small multiples": (lambda: multiples.small_multiples(SERIES), seaborn_multiples),
}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--times", type=int, default=15)
    ask.add_argument("--quick", action="store_true", help="each three times")
    given = ask.parse_args()
    for values in (WARDS, SERIES, SIDES):
        values.attrs = ABOUT
    for name, ways in FORMS.items():
        taken: list[list[float]] = [[], []]
        for turn in range((3 if given.quick else given.times) + 1):
            for way, draw in enumerate(ways):
                start = time.process_time()
                draw()
                matplotlib.pyplot.close("all")
                if turn:  # the first fills caches
                    taken[way].append(time.process_time() - start)
        plain, seaborn = (1000 * statistics.median(one) for one in taken)
        print(
            f"{name}: plain {plain:.1f} ms, seaborn {seaborn:.1f} ms: {seaborn / plain:.0f} times"
        )


if __name__ == "__main__":
    main()
