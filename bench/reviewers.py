"""How often do the methods that decide no word on a page speak when nothing happened?

    python bench/reviewers.py [FILES] [--out book/methods/reviewer_methods.csv]

Control charts, early warning, count model, trend test, seasonal index and forecast are there for
those who ask the library themselves. A row a method and what is counted, in per cent; a column a
world: stable series with chance alone, with noise that lingers (AR(1) of 0.3, 9 % a month), and
with a level that drifts as those of London's boroughs do; with FILES (as bench/hindsight.py takes
them) also published months.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from series.history import offences
from series.worlds import counted, levels
from verdicts import DRIFT

import sbpanalysis as sbp

# drift a month, and spread of the noise, of each world
WORLDS = {"chance alone": (0.0, 0.0), "lingering": (0.0, 0.09), "drifting": (DRIFT, 0.09)}
MEANS, MONTHS = (20, 200), 120
LAST, ORIGINS = "2019-12", ("2014-03", "2016-03", "2018-03", "2022-10")
BOROUGHS = ("Barnet", "Bromley", "Hackney", "Westminster")


def charted(values: pd.DataFrame, baseline: int | None = None) -> pd.DataFrame:
    """The months that a control chart marks, by any of its rules."""
    chart = sbp.control_chart(values, baseline=baseline)
    return chart.astronomical | chart.shift | chart.trend | chart.two_in_three


def marks(counts: pd.DataFrame) -> dict[tuple[str, str], float]:
    """What control charts and early warning mark in the last months of each series."""
    five, short = charted(counts.tail(60)), charted(counts.tail(36), 24)
    return {
        ("control chart", "of series, limits of 24 months, a mark in the next 12"): short[-12:]
        .any()
        .mean(),
        ("control chart", "of series, limits of all 60 months, a mark in the last 12"): five[-12:]
        .any()
        .mean(),
        ("control chart", "of the last 24 months, limits of all 60"): five[-24:].mean().mean(),
        ("early warning", "of months, an alarm"): sbp.early_warning(counts).alarm.mean().mean(),
    }


def trends(counts: pd.DataFrame) -> dict[tuple[str, str], float]:
    """How many stable series are said to have a trend, or a season."""
    test, index = sbp.mann_kendall(counts, seasonal=True), sbp.seasonal_index(counts)
    outside = (index.lower > 1) | (index.upper < 1)
    both = (index.lower > 1).any() & (index.upper < 1).any()
    return {
        ("count model", "of series, a trend"): (sbp.count_model(counts, 1)["p"] < 0.05).mean(),
        ("trend test", "of series, a trend by plain p"): (test["p"] < 0.05).mean(),
        ("trend test", "of series, a trend by corrected p"): (test["p_corrected"] < 0.05).mean(),
        ("seasonal index", "of months, interval leaves out 1"): outside.mean().mean(),
        ("seasonal index", "of series, a month above 1 and another below"): both.mean(),
    }


def simulated(series: int) -> list[tuple]:
    rows = []
    for world, (drift, spread) in WORLDS.items():
        for mean in MEANS:
            rng = np.random.default_rng([mean, int(1000 * drift), int(100 * spread)])
            level = levels(rng, mean, MONTHS, series, drift, season=0)
            counts = counted(rng, level, spread)
            days = counts.index.days_in_month.to_numpy()[:, None] / 30.44
            found = marks(counts) | ({} if drift else trends((counts * days).round()))
            rows += [(*key, f"{world}, {mean} a month", value) for key, value in found.items()]
    return rows


def published(series: dict[str, pd.DataFrame]) -> list[tuple]:
    """The same marks in published months, their season taken out for the charts."""
    found = []
    for frame in series.values():
        frame = frame.loc[:LAST].astype(float)
        index = sbp.seasonal_index(frame).value.loc[frame.index.month]
        days = frame.index.days_in_month.to_numpy()[:, None] / 30.44
        flat = marks(frame.div(index.to_numpy() * days))
        alarms = {
            ("early warning", "of months, an alarm"): sbp.early_warning(frame).alarm.mean().mean()
        }
        found.append(flat | alarms)
    means = pd.DataFrame(found).mean()
    return [(*key, "published", value) for key, value in means.items()]


def ahead(series: dict[str, pd.DataFrame]) -> list[tuple]:
    """Forecasts of 12 published months, as they would have been made before them."""
    tried = []
    for frame in series.values():
        for end in map(sbp.month, ORIGINS):
            chosen = [name for name in frame if name.title() in BOROUGHS]
            past = frame.loc[:end, chosen].tail(96).astype(float)
            later, last = frame.loc[end + 1 : end + 12, chosen], past.tail(12).to_numpy()
            outlook = sbp.forecast(past)
            usual = np.abs(past.to_numpy()[12:] - past.to_numpy()[:-12]).mean(0)
            inside = (outlook.lower95 <= later) & (later <= outlook.upper95)
            total, of_last = later.sum(), past.tail(12).sum()
            tried.append(
                {
                    "MASE of the forecast": ((outlook.mean - later).abs().mean() / usual),
                    "MASE of the month a year before": (np.abs(last - later).mean() / usual),
                    "of months, in the 95 % interval": inside.mean(),
                    "year's total, the forecast off by": (outlook.mean.sum() / total - 1).abs(),
                    "year's total, last year's off by": (of_last / total - 1).abs(),
                }
            )
    means = pd.concat([pd.DataFrame(one) for one in tried]).mean()
    return [("forecast", what, "published", value) for what, value in means.items()]


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="*", type=Path, help="borough files, history first")
    ask.add_argument("--quick", action="store_true", help="100 series a world instead of 2,000")
    ask.add_argument("--out", help="write the table to this CSV")
    given = ask.parse_args()
    warnings.simplefilter("ignore", sbp.SbpWarning)
    rows = simulated(100 if given.quick else 2000)
    if given.files:
        series = offences(given.files)
        rows += published(series) + ahead(dict(list(series.items())[: 3 if given.quick else None]))
    table = pd.DataFrame(rows, columns=["method", "what", "world", "value"])
    worlds = table["world"].unique()
    table = 100 * table.pivot(index=["method", "what"], columns="world", values="value")[worlds]
    print(table.to_string(float_format="%.1f"))
    if given.out:
        table.to_csv(given.out, float_format="%.1f")


if __name__ == "__main__":
    main()
