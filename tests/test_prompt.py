"""At the prompt: what is asked wrongly is answered with what was given, expected, and to do."""

from __future__ import annotations

import warnings
from importlib import import_module

import matplotlib
import pandas as pd
import pytest

import sbpanalysis as sbp
from conftest import ROOT

INDEX = pd.period_range("2014-04", periods=48, freq="M")
COUNTS = pd.Series([40, 52, 47, 61] * 12, INDEX, name="robbery")
WEEKS = pd.Series(1, pd.period_range("2014-04", periods=200, freq="W"))
AREAS = pd.Series({"Bickley": 12, "Darwin": 30})
PEOPLE = pd.Series({"Bickley": 4_000, "Darwin": 5_000})
FRAME = pd.DataFrame({"Robbery": COUNTS, "Burglary": 3 * COUNTS})


@pytest.fixture(scope="module")
def edition():
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        yield sbp.Edition.open("bromley-sample")


def drawn():
    matplotlib.use("Agg", force=True)
    return COUNTS.to_timestamp().plot().figure


# what is done; what was given, what is expected, what to do
MISUSES = [
    (lambda e: sbp.change(COUNTS / 7), ("5.714 in 2014-04", "whole counts", "sbp.rate_ratio")),
    (lambda e: sbp.change(COUNTS.resample("Q").sum()), ("quarters", "months", "load the months")),
    (lambda e: sbp.change(COUNTS.resample("Y").sum()), ("years", "months", "sbp.two_counts")),
    (lambda e: sbp.decompose(WEEKS), ("weeks", "months", "load days")),
    (lambda e: sbp.change(COUNTS.to_timestamp()), ("dates", "of months", "to_period('M')")),
    (
        lambda e: sbp.season(pd.Series(1, pd.date_range("2014-04-01", periods=900))),
        ("days", "of months", "series.groupby(series.index.to_period('M')).sum()"),
    ),
    (
        lambda e: sbp.change(COUNTS.rename(str)),
        ("Index ('2014-04'", "of months", "pd.PeriodIndex(series.index, freq='M')"),
    ),
    (
        lambda e: sbp.change(COUNTS.reset_index(drop=True)),
        ("RangeIndex (0", "of months", "pd.period_range('2017-04', periods=len(series)"),
    ),
    (lambda e: sbp.change(COUNTS.drop(INDEX[30])), ("1 months missing", "2016-10", "fill it")),
    (lambda e: sbp.change(COUNTS.tail(20)), ("20 months", "at least 24", "longer window")),
    (lambda e: sbp.change(COUNTS - 50), ("-10", "count of 0 or more", "2014-04")),
    (lambda e: sbp.change(list(COUNTS)), ("list", "Series or DataFrame", "PeriodIndex")),
    (lambda e: sbp.change(COUNTS, confidence=95), ("95", "fraction", "0.95")),
    (lambda e: sbp.Edition.open("bromley-sampl"), ("bromley-sampl", "one of", "did you mean")),
    (
        lambda e: sbp.Edition.open("bromley-sample", area="Croyden"),
        ("Croyden", "London borough", "did you mean 'Croydon'"),
    ),
    (lambda e: e.series("robery"), ("robery", "measure", "did you mean 'robbery_offences'")),
    (lambda e: e.totals("robbery_offences", level="wards"), ("wards", "expected", "ward")),
    (lambda e: e.series("robbery_offences", area="Penge"), ("Penge", "London borough", "E09 code")),
    (lambda e: sbp.say(5), ("int", "pass a result of", "change()")),
    (lambda e: sbp.show(drawn()), ("no table", "expected the figures", "table=frame")),
    (lambda e: sbp.bar(COUNTS.to_numpy()), ("ndarray", "a pandas Series", "pd.Series(values")),
    (lambda e: sbp.line([1, 2]), ("list", "Series or a pandas DataFrame", "pd.Series(values")),
    (lambda e: sbp.chnge, ("chnge", "sbpanalysis has no", "did you mean change")),
    (lambda e: sbp.rate(12, -1), ("population: found -1", "expected a number of", "0 or more")),
    (
        lambda e: sbp.funnel(COUNTS, COUNTS.head(5)),
        ("43 areas", "no denominator", "give one for every area"),
    ),
    (lambda e: sbp.seasonal_plot(COUNTS), ("Series", "seasonal_index gives", "sbp.seasonal_plot(")),
    (lambda e: sbp.control_plot(COUNTS), ("Series", "control_chart gives", "sbp.control_plot(")),
    (lambda e: sbp.funnel_plot(COUNTS), ("Series", "sbp.funnel gives", "sbp.funnel_plot(")),
    (lambda e: sbp.signal_plot(COUNTS), ("Series", "sbp.signals gives", "sbp.signal_plot(")),
    (lambda e: sbp.small_multiples(COUNTS), ("Series", "a pandas DataFrame", "pd.DataFrame(")),
    (lambda e: sbp.pyramid(COUNTS), ("Series", "a pandas DataFrame", "pd.DataFrame(")),
    (lambda e: sbp.table([1, 2], "Two"), ("list", "a pandas DataFrame", "make one of it")),
    (lambda e: sbp.ward_map(COUNTS, None), ("without the codes", "edition.totals", "its attrs")),
    (lambda e: sbp.line(COUNTS, window=-5), ("-5", "a number of points", "from 1")),
    (lambda e: sbp.Edition("bromley-sample"), ("bromley-sample", "open it", "sbp.Edition.open(")),
    (
        lambda e: e.series("robbery_offences", area=["Bromley", "Croydon"]),
        ("a list", "one name", "ask for one at a time"),
    ),
    (lambda e: e.boundaries("lsoas"), ("lsoas", "one of borough, ward", "did you mean 'lsoa'")),
    (lambda e: sbp.Edition.open("no/such.yml"), ("no/such.yml", "one of", "the path of a file")),
    (lambda e: sbp.show(sbp.line(COUNTS), "E1"), ("'E1'", "a form such as", "4.5-E1")),
    (
        lambda e: sbp.change(COUNTS.astype(str)),
        ("the text '40'", "numbers", "pd.to_numeric(series)"),
    ),
    (
        lambda e: sbp.line(FRAME.astype({"Robbery": str})),
        ("the text '40'", "numbers", "frame.apply(pd.to_numeric)"),
    ),
    (lambda e: sbp.bar(AREAS.astype(str)), ("the text '12'", "numbers", "pd.to_numeric(")),
    (
        lambda e: sbp.bar(AREAS, highlight="Bickly"),
        ("'Bickly'", "expected one", "did you mean Bickley"),
    ),
    (
        lambda e: sbp.strip(sbp.rate(AREAS, PEOPLE), highlight="Penge"),
        ("'Penge'", "one of Bickley, Darwin"),
    ),
    (
        lambda e: sbp.funnel_plot(sbp.funnel(AREAS, PEOPLE), highlight="Darwen"),
        ("'Darwen'", "did you mean Darwin"),
    ),
    (
        lambda e: sbp.strip(AREAS.to_frame(), highlight="Bickley"),
        ("no column value", "what sbp.rate gives", "sbp.strip(sbp.rate("),
    ),
    (
        lambda e: sbp.funnel(PEOPLE, AREAS),
        ("9,000 events among 42 persons", "counts first", "sbp.funnel(counts, persons)"),
    ),
    (
        lambda e: sbp.rate(PEOPLE, AREAS),
        ("9,000 events among 42 persons", "counts first", "sbp.rate(counts, persons)"),
    ),
    (lambda e: sbp.harm(COUNTS, weights="ccih"), ("ccih", "expected cchi, css", "a CSV file")),
]


@pytest.mark.parametrize(("misuse", "said"), MISUSES)
def test_a_misuse_is_told_with_what_was_given_expected_and_to_do(edition, misuse, said):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises((sbp.DataError, AttributeError)) as told:
            misuse(edition)
    assert isinstance(told.value, sbp.DataError) or "sbpanalysis has no" in str(told.value)
    for words in said:
        assert words, "nothing would be asked"
        assert words in str(told.value)


def results(edition) -> list:
    counts = edition.series("robbery_offences")
    wards = edition.totals("burglary_offences", level="ward")
    residents = edition.residents(wards)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            sbp.change(counts),
            sbp.decompose(counts),
            sbp.decompose(FRAME),
            sbp.seasonal_index(counts),
            sbp.season(counts),
            sbp.signals(counts),
            sbp.thresholds(counts),
            sbp.mann_kendall(counts),
            sbp.sen_slope(counts),
            sbp.change_points(counts),
            sbp.count_model(counts),
            sbp.control_chart(counts),
            sbp.early_warning(counts),
            sbp.forecast(counts, horizon=3),
            sbp.concentration(wards),
            sbp.funnel(wards, residents),
            sbp.rate(12, 3_000),
            sbp.rate_ratio(12, 3_000, 9, 4_000),
            sbp.proportion(3, 12),
            sbp.total(counts),
        ]


def test_every_result_prints_in_a_line_and_as_a_table(edition):
    for result in results(edition):
        line, html = repr(result), result._repr_html_()
        assert line.startswith(f"{type(result).__name__}("), line
        assert "\n" not in line
        assert len(line) < 300, line
        assert "0x" not in line
        assert html.count("<table") == 1
        assert html.count("<tr") <= 16
    text = sbp.change(COUNTS.rename("<script>"))._repr_html_()
    assert "<script>" not in text
    count = len(edition.files)
    assert repr(edition) == f"Edition('bromley-sample', Bromley, data up to 2018-09, {count} files)"
    assert len(repr(sbp.line(edition.series("robbery_offences")))) < 100


def test_all_classes_of_results_print_themselves():
    kinds = [
        kind
        for name in sbp._HOME.values()
        if name.startswith("stats.")
        for kind in vars(import_module(f"sbpanalysis.{name}")).values()
        if hasattr(kind, "__dataclass_fields__") and kind.__name__[0] != "_"
    ]
    assert len(kinds) > 15
    assert [kind.__name__ for kind in kinds if not hasattr(kind, "_repr_html_")] == []


def test_what_is_left_over_has_the_name_of_statsmodels_too(edition):
    parts = sbp.decompose(COUNTS)
    assert parts.resid is parts.remainder


def test_measures_and_editions_are_listed(edition, monkeypatch):
    monkeypatch.chdir(ROOT)
    knives = sbp.measures("Knife")
    assert "knife_crime_offences" in knives.index
    assert knives.loc["young_knife_victims", "counts"] == "persons"
    assert "robbery_offences" not in knives.index
    listed = sbp.editions()
    assert listed.loc["bromley-sample", "area"] == "Bromley"
    assert listed.loc["bromley-sample", "file"] == "book/editions/bromley-sample.yml"
