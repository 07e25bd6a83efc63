"""One family an edition: the words of all changes heed how many are told together."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

import sbpanalysis as sbp
from sbpanalysis.publish import cache, plan
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.report.edition import FAMILIES
from sbpanalysis.stats.change import cut_off


@pytest.fixture(scope="module")
def edition():
    return sbp.Edition.open("bromley-sample")


def doubled(p_limit: float) -> sbp.Change:
    months = pd.period_range("2016-04", periods=24, freq="M")
    counts = pd.Series([50] * 12 + [59] * 12, months)
    counts.attrs["p_limit"] = p_limit
    return sbp.change(counts)


def test_a_series_that_knows_its_cut_off_has_the_words_of_its_family():
    alone = doubled(1.0)
    assert alone.word == "rose"
    for limit, word in ((alone.p * 1.01, "rose"), (alone.p * 0.99, "probably rose")):
        told = doubled(limit)
        assert told.word == word
        assert (told.verdict, told.lower, told.upper) == (alone.verdict, alone.lower, alone.upper)


@pytest.mark.parametrize("seed", range(8))
def test_the_cut_off_parts_the_same_as_q_does(seed):
    p = np.random.default_rng(seed).uniform(0, 0.4, 25) ** 2
    q = multipletests(p, method="fdr_bh")[1]
    assert ((p < cut_off(q)) == (q < 0.20)).all()
    assert cut_off([np.nan, *q]) == cut_off(q)


def test_each_measure_has_the_same_word_in_the_family_and_by_itself(edition):
    family = edition.family()
    assert list(family)[:5] == ["measure", "area", "word", "p", "q"]
    assert len(family) > 30
    compared = family[family["word"] != "too few"]
    expected = multipletests(compared["p"], method="fdr_bh")[1]
    assert compared["q"].to_numpy() == pytest.approx(expected)
    demoted = (family["verdict"] == "up") & (family["word"] == "probably rose")
    assert demoted.any(), "on the sample some fail only by q"
    for row in family.itertuples():
        alone = sbp.change(edition.series(row.measure))
        told = alone.word, alone.before, alone.after, alone.p
        assert told == (row.word, row.before, row.after, row.p), row.measure


def test_another_area_and_counts_of_persons_are_of_no_family(edition):
    assert "p_limit" not in edition.series("robbery_offences", area="London").attrs
    assert edition.history("asb_incidents").attrs["p_limit"] == edition.p_limit
    assert "young_knife_crime_injury_victims" not in set(edition.family()["measure"])


def test_what_the_family_reads_is_on_no_page():
    edition = sbp.Edition.open("bromley-sample")
    counts = edition.series("robbery_offences")
    assert counts.attrs["p_limit"] == edition.p_limit
    assert set(edition.named(edition.reads)) == set(counts.attrs["snapshots"])


def test_a_build_tells_the_notebooks_and_runs_them_again_if_it_changes(edition, monkeypatch):
    monkeypatch.setattr(sbp.Edition, "family", lambda self: pytest.fail("made once more"))
    keys = set()
    for limit in (0.01, 0.02):
        monkeypatch.setenv(FAMILIES, json.dumps({edition.fingerprint: limit}))
        opened = sbp.Edition.open("bromley-sample")
        assert opened.series("robbery_offences").attrs["p_limit"] == limit
        made = pd.DataFrame({"p_limit": [str(limit)]})
        monkeypatch.setattr(cache, "kept_frame", lambda *_, made=made: made)
        sections = [s for s in load_assessment(edition.root) if s.number == "4.5"]
        [job] = plan.jobs_of(edition.root, opened, sections, cache.common(edition.root), None, None)
        assert job.families == {edition.fingerprint: limit}
        keys.add(job.key)
    assert len(keys) == 2
