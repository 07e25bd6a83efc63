"""Do the verdicts of `sbp.change` find the changes that lasted? On the police's own history.

    python bench/hindsight.py FILES [--out book/methods/hindsight.csv] [--quick]

FILES: borough files of the Metropolitan Police of one series (history, then recent), as published.
For each borough, offence and year the verdict is made with what was known then and set against the
year after: how many are called, how many of the large changes (over 15 % with more than 1,000
offences the year before; over 25 % with more than 200), and how many of those called last, the
next year being beyond the midpoint of the two (half of all for chance).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from series.history import offences

import sbpanalysis as sbp
from sbpanalysis.data.select import breaks_for

# what was known, in months (0: all), and the last months of the years judged
RUNS = {
    "2014 to 2019": (0, tuple(f"{year}-03" for year in range(2014, 2020))),
    "two years known": (24, tuple(f"{year}-03" for year in range(2014, 2020))),
    "2022 and 2023": (0, ("2022-09", "2022-12", "2023-03", "2023-06", "2023-10")),
}


def judged(series: dict[str, pd.DataFrame], ends, history: int) -> pd.DataFrame:
    """A row a borough, offence and year: totals of three years, the verdict and the word."""
    parts = []
    spells = [b for b in breaks_for("total_notifiable_offences") if b.until]
    for frame in series.values():
        for end in map(sbp.month, ends):
            known = frame.loc[:end].tail(history or len(frame)).astype(float)
            if len(known) < 24 or known.index[-1] != end:
                continue
            known.attrs["breaks"] = spells
            later = frame.loc[end + 1 : end + 12]
            row = sbp.change(known)[["before", "after", "percent", "verdict", "word", "p"]]
            parts.append(row.assign(next=later.sum() if len(later) == 12 else float("nan")))
    table = pd.concat(parts)
    return table[(table["before"] > 0) & (table["after"] > 0)]


def shares(table: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Each measure in per cent, and of how many."""
    called, size = table["verdict"].isin(["up", "down"]), table["percent"].abs()
    middle = (table["before"] + table["after"]) / 2
    beyond = (table["next"] > middle).where(
        table["after"] > table["before"], table["next"] < middle
    )
    known, word = table["next"].notna(), table["word"]
    of = {
        "called": (called, size >= 0),
        "of changes over 15 %, more than 1,000": (called, (size > 15) & (table["before"] > 1000)),
        "of changes over 25 %, more than 200": (called, (size > 25) & (table["before"] > 200)),
        "called: next year beyond midpoint": (beyond, called & known),
        "not called: next year beyond midpoint": (beyond, ~called & known),
        "probably: next year beyond midpoint": (beyond, word.str.startswith("probably") & known),
        "about the same: next year within 10 %": (
            (table["next"] / table["before"] - 1).abs() <= 0.1, (word == "about the same") & known),
    }  # fmt: skip
    return {name: (100 * what[rows].mean(), int(rows.sum())) for name, (what, rows) in of.items()}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("files", nargs="*", type=Path, help="borough files, history first")
    ask.add_argument("--out", help="write the table to this CSV")
    ask.add_argument("--quick", action="store_true", help="one year a run alone")
    given = ask.parse_args()
    if not given.files:
        print("no files given: the published borough files are not part of this project")
        return
    series, columns = offences(given.files), {}
    for name, (history, ends) in RUNS.items():
        judged_ = judged(series, ends[-1:] if given.quick else ends, history)
        columns[name] = {what: value for what, (value, _) in shares(judged_).items()}
        print(name, judged_["word"].value_counts(normalize=True).round(3).to_dict())
    table = pd.DataFrame(columns).rename_axis("of")
    print(table.to_string(float_format="%.1f"))
    if given.out:
        table.to_csv(given.out, float_format="%.2f")


if __name__ == "__main__":
    main()
