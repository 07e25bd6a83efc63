"""What the front page says of all kinds together: only what the table and its verdicts bear out."""

from __future__ import annotations

import pandas as pd

from sbpanalysis.report import highlights
from sbpanalysis.report.highlights import Kinds

COLUMNS = (
    "Kind", "Number", "Before", "Per cent", "In words", "Whole region", "Per 1,000",
    "Clearly lower", "Higher",
)  # fmt: skip
ROWS = [
    ("All crime", 1000, 980, 2.04, "about the same", 0.8, 73.58, 5, 9),
    ("Shoplifting", 400, 300, 33.3, "rose", 40.2, 10.4, 12, 0),
    ("Sexual offences", 150, 120, 25.0, "rose", -3.0, 2.3, 0, 4),
    ("Violence", 200, 250, -20.0, "fell", -15.49, 5.6, 2, 8),
    ("Other theft", 150, 170, -11.8, "probably fell", -17.0, 6.1, 1, 9),
    ("Burglary", 98, 138, -29.0, "cannot tell", None, None, None, None),
    ("Homicide", 2, 2, None, "too few", None, 0.0, 0, 0),
]


def kinds(rows=ROWS) -> Kinds:
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.insert(1, "Part of", "none")
    table.insert(4, "Difference", table["Number"] - table["Before"])
    return Kinds(table, "All crime", "Bromley", "London", ("outer London boroughs", 18))


def said_of(word: str) -> Kinds:
    """As above, but that `word` is said of every kind."""
    return kinds([(*row[:4], word, *row[5:]) for row in ROWS])


def test_the_title_tells_what_clearly_moved_and_nothing_of_what_only_probably_did():
    assert highlights.answer(kinds()) == (
        "Recorded crime in Bromley is about the same as a year before. "
        "Shoplifting and sexual offences rose; violence fell."
    )
    for word in ("probably rose", "cannot tell", "too few"):
        assert highlights.answer(said_of(word)) == (
            "Recorded crime in Bromley stayed within its usual swings. "
            "No kind of crime clearly moved."
        )


def test_the_boxes_say_how_much_what_moved_most_and_what_may_have_moved():
    much, up, down, within = highlights.boxes(kinds())
    assert much.answer == "1,000 offences"
    assert much.words == (
        "+2% on the year before (London +1%). 73.6 for every 1,000 residents: of 18 other outer "
        "London boroughs 5 clearly lower, 9 clearly higher."
    )
    assert up.answer == "▲ Shoplifting +33%"
    assert "100 more than the year before (London +40%). 40 of every 100 offences." in up.words
    assert up.words.endswith("Also rose: sexual offences.")
    assert down.answer == "▼ Violence −20%"
    assert "(London −15%)" in down.words  # rounded once: not first to −15.5 and then to −16
    assert within.answer == "Not yet clear"  # what is probable is not counted
    assert within.words.startswith("Burglary −29%; other theft −12% (London −17%).")


def test_of_fewer_than_a_hundred_the_boxes_tell_the_difference_and_no_percentage():
    rows = [
        ("All crime", 150, 90, None, "rose", None, 1.0, None, None),
        ("Robbery", 95, 55, None, "rose", None, 0.6, None, None),
    ]
    much, up, *_ = highlights.boxes(kinds(rows))
    assert much.words == "+60 on the year before. 1.0 for every 1,000 residents."
    assert up.answer == "▲ Robbery +40"


def test_where_nothing_clearly_moved_no_box_names_a_kind_as_risen_or_fallen():
    boxes = highlights.boxes(said_of("about the same"))
    assert [box.answer for box in boxes[1:]] == ["Nothing clearly", "Nothing clearly"]
    assert len(boxes) == 3


def test_questions_set_changes_beside_the_regions_own_and_ask_each_thing_once():
    alike, apart, recorded, high = highlights.questions(kinds())
    assert alike == (
        "Why shoplifting rose (London +40%) and violence fell (London −15%). London moved the same "
        "way, so look first for a cause beyond Bromley."
    )
    assert apart.startswith("Why sexual offences rose (London −3%). London moved less or the other")
    assert "what is reported and recorded" in recorded
    assert high == (
        "Why Bromley has much shoplifting (12) for its number of residents: in brackets, how many "
        "of the 18 other outer London boroughs are clearly lower. Who comes here, and to do what?"
    )
    assert highlights.questions(said_of("about the same")) == [high]
