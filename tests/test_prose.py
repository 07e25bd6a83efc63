"""Words about numbers: no direction without a verdict, numbers as a reader expects them."""

from __future__ import annotations

import pandas as pd
import pytest

from sbpanalysis.errors import DataError
from sbpanalysis.report import prose

MONTH = pd.Period("2018-03", "M")


@pytest.mark.parametrize(
    "text",
    ["Robbery rose", "numbers are falling", "an increase of 3", "crime decreased", "it dropped",
     "burglary is up", "Declining", "an upward trend", "thefts soared",
     "calls doubled", "it went lower", "up by 6", "a reduction in thefts", "spiking",
     "things improved"],
)  # fmt: skip
@pytest.mark.parametrize("verdict", [None, "", "no clear change", "perhaps"])
def test_a_word_of_direction_needs_a_verdict(text, verdict):
    with pytest.raises(DataError, match="verdict"):
        prose.refuse_direction(text, verdict)


def test_a_verdict_allows_the_word():
    assert prose.refuse_direction("Robbery rose", "up") == "Robbery rose"
    assert prose.refuse_direction("Robbery fell", "down") == "Robbery fell"


@pytest.mark.parametrize(
    "text",
    [
        "Uprising Road",
        "the fallout",
        "No clear change",
        "a cutoff",
        "Violence Reduction Unit",
        "broken down by age",
        "set up by us",
    ],
)
def test_words_that_only_look_like_direction_pass(text):
    assert prose.refuse_direction(text, None) == text


def test_numbers_have_commas_round_half_up_and_no_minus_zero():
    assert prose.number(22463) == "22,463"
    assert prose.number(2.5) == "3"
    assert prose.number(-0.001, 2) == "0.00"
    assert prose.number(float("nan")) == "not available"
    assert prose.number(float("inf")) == "not available"


def test_one_is_singular_and_zero_is_no():
    assert prose.counted(1, "offences") == "1 offence"
    assert prose.counted(0, "offences") == "no offences"
    assert prose.counted(1, "people") == "1 person"


def test_intervals_are_said_in_words():
    assert prose.interval(float("nan"), 3) == "not measurable"
    assert prose.interval(0, 4) == "between no change and 4% more"


def test_a_window_is_named_as_a_reader_names_it():
    assert prose.span(MONTH - 11, MONTH) == "the financial year 2017/18"
    assert prose.span(MONTH - 23, MONTH) == "April 2016 to March 2018"
