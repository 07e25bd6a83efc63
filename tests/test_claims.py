"""Claims: the sentence follows the verdict, the figures stay unrounded, data stay text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp
from sbpanalysis.periods import Break
from sbpanalysis.report import change_words, claims, display
from sbpanalysis.report.html import claim_html
from sbpanalysis.report.prose import DIRECTIONAL, DIRECTIONS, PROBABLE

ABOUT = {
    "measure": "robbery_offences", "title": "Robbery", "area": "Bromley", "unit": "offences",
    "source": ["MPS recorded crime"], "snapshots": ["ab" * 32], "breaks": [],
}  # fmt: skip


def series(level_before: float, level_after: float, months: int = 48) -> pd.Series:
    """A smooth series whose last year has another level; attributes as an edition gives them."""
    index = pd.period_range(end="2018-03", periods=months, freq="M")
    noise = np.resize([0, 1, -1, 2, -2, 0], months)
    values = np.where(np.arange(months) < months - 12, level_before, level_after) + noise
    out = pd.Series(np.maximum(values, 0).round(), index=index, name="robbery_offences")
    out.attrs = dict(ABOUT)
    return out


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [(50, 80, "rose"), (80, 50, "fell"), (50, 50.5, "about the same")],
)
def test_the_sentence_has_the_word_of_the_change_and_the_whole_fact(before, after, word):
    change = sbp.change(series(before, after))
    claim = claims.claim(change)
    assert (claim.verdict, change.word) == (word, word)
    assert word in claim.sentence
    assert word in claim.headline
    assert bool(DIRECTIONAL.search(claim.sentence)) == (word in ("rose", "fell"))
    size = change_words.size(change.before, change.after)
    fact = f"{change.after:,.0f} offences in the financial year 2017/18, "
    fact += f"{change_words.than(change.before, change.after)} the financial year 2016/17{size}."
    assert fact in claim.sentence
    assert "%" in size


@pytest.mark.parametrize(("word", "said"), [
    ("probably rose", "Robbery probably rose in Bromley: 960"),
    ("probably fell", "Robbery probably fell in Bromley: 960"),
    ("cannot tell", "Robbery in Bromley: 960"),
    ("about the same", "Robbery in Bromley, about the same: 960"),
])  # fmt: skip
def test_what_is_no_finding_gives_no_direction_to_a_headline(word, said):
    claim = claims.claim(replace(sbp.change(series(50, 80)), word=word))
    assert claim.sentence.startswith(said)
    assert "probably" not in claim.headline
    assert not DIRECTIONAL.search(claim.headline)


def test_the_whole_territory_stands_beside_and_small_counts_have_no_percentage():
    london = series(500, 750)
    london.attrs |= {"area": "London"}
    claim = claims.claim(sbp.change(series(50, 80), whole=london))
    assert claim.sentence.endswith("(+60%); London +50%.")
    small = claims.claim(sbp.change(series(5, 8), whole=london))
    assert small.sentence.endswith("36 more than in the financial year 2016/17; London +50%.")
    other = claims.claim(sbp.change(series(50, 80), whole=london[:-1]))
    assert "London" not in other.sentence, "it lacks a month"


def test_a_change_keeps_its_figures_unrounded_and_its_evidence():
    change = sbp.change(series(50, 80))
    claim = claims.claim(change)
    assert (claim.value, claim.lower, claim.upper) == (
        change.percent, change.percent_lower, change.percent_upper,
    )  # fmt: skip
    assert claim.period == "2016-04/2018-03"
    assert claim.sources == ("MPS recorded crime",)
    assert claim.snapshots == ("ab" * 32,)
    assert claim.method


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0.3, 0), (0, 0.2)])
def test_very_small_numbers_are_not_compared(before, after):
    counts = series(0, 0)
    counts[:] = 0.0
    counts.iloc[-18] = round(before * 10)
    counts.iloc[-3] = round(after * 10)
    claim = claims.claim(sbp.change(counts))
    assert "Too few to compare" in claim.sentence
    assert claim.verdict == ""
    assert not DIRECTIONAL.search(claim.sentence)


def test_a_total_says_number_place_and_months():
    claim = claims.claim(sbp.total(series(50, 50).round()))
    assert claim.period == "2017-04/2018-03"
    assert claim.sentence == "Robbery, Bromley: 600 offences in the financial year 2017/18."
    assert claim.value == 600


def test_the_mean_of_the_areas_is_a_claim_of_its_own():
    values = pd.Series({"Bromley": 10, "Croydon": 30, "Sutton": 5})
    values.attrs = dict(ABOUT, span=(pd.Period("2017-04", "M"), pd.Period("2018-03", "M")))
    place = sbp.standing(values, "Bromley")
    own, mean = claims.claim(place), claims.claim(place, "mean")
    assert "2nd" in own.sentence
    assert (mean.area, mean.value) == ("London mean", 15)
    assert "their mean was 15" in mean.sentence


def test_a_rate_is_told_with_its_place_among_the_rates():
    offences, people = ([60, 90, 20], [300_000, 400_000, 200_000])
    rates = sbp.rate(pd.Series(offences, ["Bromley", "Croydon", "Sutton"]), people, per=100_000)
    told = claims.claim(rates, "rate among", per=100_000, exposure="residents", **ABOUT)
    assert told.sentence == (
        "Robbery, Bromley: 20.0 per 100,000 residents (95% interval 15.3 to 25.7), 2nd highest "
        "of 3 London boroughs as recorded."
    )
    assert (told.value, told.method) == (pytest.approx(20), "byar")


def test_a_share_names_its_parts():
    values = pd.Series({"Bickley": 1, "Darwin": 3})
    values.attrs = dict(ABOUT)
    claim = claims.claim(sbp.share(values, ["Darwin"]))
    assert claim.area == "Darwin"
    assert "75.0%" in claim.sentence


def test_breaks_inside_the_window_travel_with_the_claim():
    counts = series(50, 80)
    inside = Break(pd.Period("2017-06", "M"), "counting", "a new form", True)
    outside = Break(pd.Period("2015-06", "M"), "counting", "an old form", True)
    counts.attrs["breaks"] = [inside, outside]
    assert claims.claim(sbp.change(counts)).breaks == ("June 2017: a new form",)


def test_a_comparison_across_an_incomparable_break_is_refused():
    counts = series(50, 80)
    counts.attrs["breaks"] = [Break(pd.Period("2017-06", "M"), "category", "New classes.", False)]
    with pytest.raises(sbp.BreakError, match="2017-06"):
        sbp.change(counts)


def test_what_comes_from_data_is_escaped_and_never_becomes_markup():
    counts = series(50, 80)
    counts.attrs["area"] = "<script>alert(1)</script>{title}"
    html = claim_html(claims.claim(sbp.change(counts)).as_dict())
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "{title}" in html


def test_a_name_from_data_may_be_any_word():
    counts = series(50, 80)
    counts.attrs["area"] = "Rise Park"
    assert "Rise Park" in claims.claim(sbp.total(counts)).sentence
    with pytest.raises(sbp.DataError, match="rising"):
        claims.claim(sbp.total(counts), title="Rising robbery")


def test_a_result_without_provenance_says_what_is_missing():
    counts = series(50, 80)
    counts.attrs = {}
    with pytest.raises(sbp.DataError, match="title="):
        claims.claim(sbp.change(counts))


def test_an_unknown_result_or_kind_is_refused():
    with pytest.raises(sbp.DataError, match="cannot be told"):
        claims.claim(object())
    with pytest.raises(sbp.DataError, match="no sentence of kind"):
        claims.claim(sbp.total(series(50, 50)), "guess")


def test_every_template_renders_without_a_direction_unless_it_has_a_verdict():
    for kind, verdicts in claims.templates().items():
        for verdict, parts in verdicts.items():
            assert set(parts) - {"answer"} == {"headline", "sentence"}, kind
            for text in parts.values():
                found = DIRECTIONAL.search(text)
                assert not found or verdict in DIRECTIONS + PROBABLE, (kind, verdict)
            assert "probably" not in parts["headline"], (kind, verdict)


def test_say_shows_the_sentence_and_records_the_claim(monkeypatch):
    shown = []
    record = lambda data, metadata: shown.append((data, metadata))  # noqa: E731
    monkeypatch.setattr(display, "publish_display_data", record)
    claim = sbp.say(sbp.total(series(50, 50)))
    [(data, metadata)] = shown
    assert data["text/plain"] == claim.sentence
    assert metadata["sbp"]["claim"]["value"] == 600


def test_the_echo_of_a_cells_last_line_shows_nothing_more(capsys):
    claims.claim(sbp.total(series(50, 50)))._ipython_display_()
    assert capsys.readouterr().out == ""


def test_a_share_by_ward_says_that_it_is_of_offences_with_a_known_ward():
    wards = pd.Series({"Bickley": 30, "Orpington": 10})
    wards.attrs = {"title": "Robbery", "area": "Bromley", "unit": "offences", "level": "ward",
                   "codes": {"Bickley": "E1", "Orpington": "E2"}}  # fmt: skip
    told = claims.claim(sbp.share(wards, ["Bickley"]))
    assert told.sentence.endswith("30 of 40 offences with a known ward.")
    wards.attrs |= {"level": "borough"}
    assert "known" not in claims.claim(sbp.share(wards, ["Bickley"])).sentence
