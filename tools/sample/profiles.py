"""What would the published local health profiles say of the synthetic boroughs?"""

from __future__ import annotations

import numpy as np
import pandas as pd

LONDON = ("E12000007", "London region", "Region")
ADMISSIONS = "Hospital admissions due to substance misuse (15-24 yrs)"
ENTRANTS = "First time entrants to the youth justice system"
# indicator, age, denominator in London, London's first and last rate, the borough's
_SERIES = (
    (ADMISSIONS, "15-24 yrs", 1_050_000, (58, 66), (52, 84), 3),
    (ENTRANTS, "10-17 yrs", 790_000, (460, 380), (300, 290), 1),
)


def profile_files(boroughs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The download of two indicators for London and the borough, in the site's own layout."""
    own = boroughs.set_index("name").loc["Bromley"]
    people = own.population / boroughs.population.sum()
    frames = []
    for indicator, age, denominator, london, local, years in _SERIES:
        place = (own.area_code, "Bromley", "Counties & UAs (pre Apr 2019)")
        frames.append(_rows(indicator, age, denominator * years, london, years, LONDON))
        frames.append(_rows(indicator, age, int(denominator * people * years), local, years, place))
    return {"fingertips-indicators.csv": pd.concat(frames, ignore_index=True)}


def _rows(indicator, age, denominator, ends, years, place) -> pd.DataFrame:
    last = [2018 - n for n in range(8, 0, -1)]
    label = lambda y: f"{y}/{(y + 1) % 100:02d}"  # noqa: E731
    first = [y - years + 1 for y in last]
    periods = [
        label(a) if years == 1 else f"{label(a)} - {label(b)[2:]}"
        for a, b in zip(first, last, strict=True)
    ]
    count = np.round(np.linspace(*ends, len(last)) * denominator / 1e5)
    spread = 1.96 * np.sqrt(count)
    rate = lambda n: np.round(np.maximum(n, 0) / denominator * 1e5, 4)  # noqa: E731
    return pd.DataFrame(
        {
            "Indicator ID": 90808 if indicator == ADMISSIONS else 10401,
            "Indicator Name": indicator,
            "Parent Code": "E92000001",
            "Parent Name": "England",
            "Area Code": place[0],
            "Area Name": place[1],
            "Area Type": place[2],
            "Sex": "Persons",
            "Age": age,
            "Category Type": "",
            "Category": "",
            "Time period": periods,
            "Value": rate(count),
            "Lower CI 95.0 limit": rate(count - spread),
            "Upper CI 95.0 limit": rate(count + spread),
            "Count": "",
            "Denominator": denominator,
            "Value note": "",
            "Time period Sortable": [f"{y}0000" for y in first],
        }
    )
