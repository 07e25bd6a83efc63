"""Many areas at once: each has its own figures, and one that fails stops no other."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from pathlib import Path

import pandas as pd
import pytest
from edits import SECTIONS, small

from conftest import sbp
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import DataError
from sbpanalysis.publish.areas import areas_of, build_areas, executor_of
from sbpanalysis.publish.release import page_digests

AREAS = ("Croydon", "Sutton")


def test_areas_are_boroughs_by_name_or_all():
    assert areas_of("Sutton,croydon") == ["Croydon", "Sutton"]
    assert len(areas_of("all")) == 32
    with pytest.raises(DataError):
        areas_of("Croydon,Atlantis")
    with pytest.raises(DataError, match="expected boroughs"):
        areas_of("London")


def differing(root: Path, sites: dict[str, Path]) -> dict[str, dict]:
    """Area -> (measure, period) -> claimed number, where it is not the sum over the published file,
    or where one of three measures is not claimed at all.
    """
    [file] = (root / "data" / "sample").glob("MPS_Borough_Level_Crime_24m_*.csv")
    rows = pd.read_csv(file)
    majors = {"robbery_offences": "ROBBERY", "drug_offences": "DRUG OFFENCES"}
    faults = {}
    for area, site in sites.items():
        own = rows[rows["BoroughName"] == area]
        claims = json.loads((site / "claims.json").read_text("utf-8"))
        said = {
            (c["measure"], c["period"]): c["value"]
            for c in claims
            if c["kind"] in ("total", "latest") and c["area"] == area
            and c["measure"] in ("total_notifiable_offences", *majors)
        }  # fmt: skip
        if len({measure for measure, _ in said}) < 3:
            faults[area] = said
        for (measure, period), value in said.items():
            first, last = (p.replace("-", "") for p in period.split("/"))
            months = [m for m in rows if m.isdigit() and first <= m <= last]
            assert len(months) == 12, period
            filed = own[own["MajorText"] == majors.get(measure, own["MajorText"])]
            if value != filed[months].sum().sum():
                faults.setdefault(area, {})[measure, period] = value
    return faults


def test_an_executor_of_another_kind_or_without_an_answer_is_refused():
    assert executor_of("processes") is None
    with pytest.raises(DataError, match="processes or dask:ADDRESS"):
        executor_of("threads")


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> Path:
    """A checkout of few sections, whose site was made for both areas at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", "")  # which the copy sets
        root = small(tmp_path_factory.mktemp("areas") / "checkout")
    ran = sbp(root, "build", "--areas", ",".join(AREAS))
    assert ran.returncode == 0, ran.stderr
    return root


@pytest.mark.slow
def test_areas_made_together_are_what_each_is_alone(together, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")  # as it was, after the copy below has set it
    alone = small(tmp_path / "alone")
    entries = {}
    for name in AREAS:  # from nothing and in plain kernels, so that each reads all that it needs
        for kept in ("cache", "../data/store", "../data/snapshots"):
            shutil.rmtree(alone / "build" / kept, ignore_errors=True)
        ran = sbp(alone, "build", "--area", name, "--cold")
        assert ran.returncode == 0, ran.stderr
        entries |= {p.name: p.read_bytes() for p in (alone / "build" / "cache").glob("*.ipynb")}
        sites = [
            r / "build" / f"bromley-sample--{name.lower()}" / "site" for r in (together, alone)
        ]
        assert page_digests(sites[0].resolve()) == page_digests(sites[1].resolve())
        assert (sites[0] / "manifest.json").read_bytes() == (
            sites[1] / "manifest.json"
        ).read_bytes()
    cache = together / "build" / "cache"
    assert entries == {p.name: p.read_bytes() for p in cache.glob("*.ipynb")}
    assert len(entries) > 2 * len(SECTIONS)


@pytest.mark.slow
def test_what_was_read_for_an_area_is_not_held_for_the_next(together, monkeypatch):
    monkeypatch.chdir(together)
    editions, still_held = [], {}
    opened = Edition.open.__func__

    def open_edition(kind, *given, **named):
        edition = opened(kind, *given, **named)
        editions.append(weakref.ref(edition))
        return edition

    def done(area, result):
        gc.collect()
        still_held[area] = {one.area for ref in editions if (one := ref())}

    monkeypatch.setattr(Edition, "open", classmethod(open_edition))
    build_areas(together, "bromley-sample", list(AREAS), done=done)
    assert len(editions) >= len(AREAS)
    assert {area: area in held for area, held in still_held.items()} == dict.fromkeys(AREAS, False)


@pytest.mark.slow
def test_an_area_that_fails_is_named_and_the_others_are_made(together):
    made = together / "build" / "bromley-sample--areas" / "site"
    for area in AREAS:
        claims = json.loads((made / area.lower() / "claims.json").read_text("utf-8"))
        assert {c["area"] for c in claims} >= {area}
        assert "Bromley" not in {c["area"] for c in claims if c["kind"] in ("total", "latest")}
        assert f'href="{area.lower()}/index.html"' in (made / "index.html").read_text("utf-8")
    sites = {area: made / area.lower() for area in AREAS}
    assert not differing(together, sites)
    assert differing(together, {"Croydon": sites["Sutton"]}), "another's figures go unnoticed"

    notebook = together / "notebooks" / "local_picture.ipynb"
    before = notebook.read_text("utf-8")
    broken = "edition = sbp.Edition.open(edition, data=data, area=area)"
    assert broken in before
    notebook.write_text(before.replace(broken, f"{broken}; assert edition.area != 'Sutton'"))
    ran = sbp(together, "build", "--areas", ",".join(AREAS))
    assert ran.returncode == 1
    assert "1 of 2 areas failed" in ran.stderr
    assert "Sutton: sections/1-3-local-picture (local_picture.ipynb): cell 3" in ran.stderr
    assert "Croydon: 1 notebooks run" in ran.stdout
    assert "Not made: Sutton." in (made / "index.html").read_text("utf-8")
