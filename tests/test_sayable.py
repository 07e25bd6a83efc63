"""Every result that `say` is documented to take is told, in one sentence; others are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp
from sbpanalysis.data.figures import Population
from sbpanalysis.report.claims import claim, templates
from sbpanalysis.report.sentences import BY_KIND

ABOUT = {"measure": "robbery_offences", "title": "Robbery", "area": "Bromley", "unit": "offences",
         "source": ["MPS"], "snapshots": [], "breaks": []}  # fmt: skip


def monthly(values=None, months: int = 48) -> pd.Series:
    index = pd.period_range(end="2018-03", periods=months, freq="M")
    counts = pd.Series(np.resize([48, 52, 50], months) if values is None else values, index)
    counts.attrs = dict(ABOUT)
    return counts


def growing() -> pd.Series:
    index = pd.period_range(end="2018-03", periods=48, freq="M")
    return monthly((5 * index.days_in_month * 1.1 ** (np.arange(48) / 12)).round(), 48)


def areas() -> pd.Series:
    values = pd.Series({"Bromley": 30, "Croydon": 10, "Sutton": 5})
    values.attrs = dict(ABOUT)
    return values


def yearly() -> pd.Series:
    years = pd.Series({"2016/17": 400, "2017/18": 300})
    years.attrs = dict(ABOUT)
    return years


def rates() -> pd.DataFrame:
    return sbp.rate(areas(), [300_000, 400_000, 200_000], per=100_000)


CASES = {
    "change": (
        lambda: sbp.change(monthly()), {},
        "Robbery in Bromley, about the same: 600 offences in the financial year 2017/18, as many "
        "as in the financial year 2016/17 (0%).",
    ),
    "total": (
        lambda: sbp.total(monthly()), {},
        "Robbery, Bromley: 600 offences in the financial year 2017/18.",
    ),
    "standing": (
        lambda: sbp.standing(areas(), "Bromley"), {},
        "As recorded, Bromley was highest of 3 London boroughs for robbery: 30 offences. The "
        "lowest was Sutton (5). Of the 2 others ",
    ),
    "mean": (
        lambda: sbp.standing(areas(), "Bromley"), {},
        "Robbery: as recorded, half of the 3 London boroughs had more than 10; their mean was 15.",
    ),
    "share": (
        lambda: sbp.share(areas(), ["Croydon"]), {},
        "Croydon had 22.2% of robbery in Bromley: 10 of 45 offences.",
    ),
    "rate": (
        lambda: sbp.rate(30, 300_000, per=100_000),
        ABOUT | {"per": 100_000, "exposure": "residents"},
        "Robbery, Bromley: 10.0 per 100,000 residents (95% interval 6.7 to 14.3).",
    ),
    "rate among": (
        rates, ABOUT | {"per": 100_000, "exposure": "residents"},
        "Robbery, Bromley: 10.0 per 100,000 residents (95% interval 6.7 to 14.3), highest of 3 "
        "London boroughs as recorded.",
    ),
    "apart": (
        lambda: sbp.sides(pd.Series([120, 55, 50, 48, 45, 10], list("ABCDEF"))), ABOUT,
        "Clearly above the rate of Bromley for robbery: A. Clearly below it: 1 ward. The other 4 "
        "wards cannot be told apart from it.",
    ),
    "rate ratio": (
        lambda: sbp.rate_ratio(60, 300_000, 90, 900_000), ABOUT | {"comparator": "London"},
        "Robbery: the rate in Bromley is 2.00 times that in London, above it by more than chance "
        "(95% interval 1.42 to 2.80 times).",
    ),
    "proportion": (
        lambda: sbp.proportion(30, 100), ABOUT | {"count": 30, "n": 100},
        "Robbery, Bromley: 30% (30 of 100; 95% interval 22% to 40%).",
    ),
    "population": (
        lambda: Population(330_000, source="Census", year=2021), {"area": "Bromley"},
        "Bromley had 330,000 residents (Census, 2021).",
    ),
    "two counts": (
        lambda: sbp.two_counts(yearly()), {},
        "Robbery fell in Bromley: 300 offences in 2017/18, against 400 offences in 2016/17. That "
        "is 25% fewer (underlying change between 11% and 37% fewer).",
    ),
    "estimates": (
        lambda: sbp.two_counts(yearly()), {},
        "Robbery, Bromley: 300 offences in 2017/18, 400 offences in 2016/17: 25% fewer.",
    ),
    "two shares": (
        lambda: sbp.two_shares(288, 400, 640, 1000), ABOUT | {"comparator": "London"},
        "Robbery: 72% in Bromley (288 of 400), 64% in London. The difference of 8.0 points is more "
        "than chance (95% interval 2.6 to 13.2 points).",
    ),
    "largest": (
        lambda: sbp.largest(areas()), {"period": "2018"},
        "Robbery, Bromley, 2018: as recorded Bromley had the most, 30 offences, then Croydon with "
        "10 offences.",
    ),
    "latest": (yearly, {}, "Robbery, Bromley: 300 offences in 2017/18."),
    "signals": (
        lambda: sbp.signals(monthly()), {},
        "In the 24 months to March 2018 no month of robbery in Bromley was out of the ordinary.",
    ),
    "swings": (
        lambda: sbp.swings(monthly()), {}, "No two years of robbery in Bromley are clearly apart.",
    ),
    "quarters": (
        lambda: sbp.season(monthly()), {},
        "No season of robbery in Bromley stands out from its usual swings.",
    ),
    "seasonal index": (
        lambda: sbp.seasonal_index(monthly()), {},
        "As recorded, robbery in Bromley had its most a day in February, 12% above the average day",
    ),
    "trend": (
        lambda: sbp.count_model(growing()), {},
        "From April 2014 to March 2018, robbery in Bromley rose by 10.0% a year on average (",
    ),
    "thresholds": (
        lambda: sbp.thresholds(monthly()), {},
        "Of robbery in Bromley, a total of 529 or fewer, or of 675 or more in the next 12 months ",
    ),
    "part": (
        lambda: sbp.part(areas(), "Croydon", 45), {"period": "2018"},
        "Robbery, Bromley, 2018. Croydon: 22%, 10 offences of 45 (95% interval 13% to 36%).",
    ),
}  # fmt: skip
ASKED_FOR = (
    "mean",
    "rate among",
    "apart",
    "estimates",
    "latest",
    "swings",
)  # no result asks for itself


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_told_in_a_sentence(kind):
    make, about, sentence = CASES[kind]
    told = claim(make(), kind if kind in ASKED_FOR else None, **about)
    assert told.kind == kind
    assert told.sentence.startswith(sentence), told.sentence
    assert told.explained


def test_there_is_a_case_for_every_kind_that_has_words():
    assert set(CASES) == set(BY_KIND) == set(templates())


def test_shares_of_people_keep_their_sign_wherever_they_stand():
    shares = areas().astype(float)
    shares.attrs |= {"unit": "percent", "digits": 2}
    told = claim(sbp.standing(shares, "Croydon"))
    assert told.sentence == (
        "As recorded, Croydon was 2nd highest of 3 London boroughs for robbery: 10.00%. The "
        "highest was Bromley (30.00%), the lowest Sutton (5.00%)."
    )


REFUSED = {
    "several changes": (lambda: sbp.change(pd.DataFrame({"A": monthly(), "B": monthly()})),
                        {}, "a frame of 2 results.*one series"),
    "a slope": (lambda: sbp.sen_slope(monthly()), {}, "type SenSlope cannot be told; pass"),
    "numbers": (lambda: pd.Series([1, 2]), {}, "a Series says nothing by itself"),
    "a test": (lambda: sbp.mann_kendall(monthly()), {}, "type MannKendall cannot be told"),
    "years": (yearly, {}, 'or the kind of sentence too, such as "latest"'),
    "a rate without its unit": (lambda: sbp.rate(1, 10), ABOUT, "needs per=1000 and exposure="),
    "a ratio without its reference": (lambda: sbp.rate_ratio(1, 2, 3, 4), ABOUT, "comparator="),
    "a number": (lambda: 3, ABOUT, "type int cannot be told"),
    "a chart": (lambda: sbp.line(monthly()), {}, "type Chart cannot be told"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_told_is_refused_with_what_can(what):
    make, about, words = REFUSED[what]
    with pytest.raises(sbp.DataError, match=words):
        claim(make(), **about)
