"""Many areas at once: each has its own figures, and one that fails stops no other."""

from __future__ import annotations

import json

import pytest

from conftest import sbp
from sbpanalysis.errors import DataError
from sbpanalysis.publish.areas import areas_of, executor_of


def test_areas_are_boroughs_by_name_or_all():
    assert areas_of("Sutton,croydon") == ["Croydon", "Sutton"]
    assert len(areas_of("all")) == 32
    with pytest.raises(DataError):
        areas_of("Croydon,Atlantis")
    with pytest.raises(DataError, match="expected boroughs"):
        areas_of("London")


def test_an_executor_of_another_kind_or_without_an_answer_is_refused():
    assert executor_of("processes") is None
    with pytest.raises(DataError, match="processes or dask:ADDRESS"):
        executor_of("threads")


@pytest.mark.slow
def test_an_area_that_fails_is_named_and_the_others_are_made(sample_site):
    root = sample_site.parents[2]
    ran = sbp(root, "build", "--areas", "Croydon,Sutton")
    assert ran.returncode == 0, ran.stderr
    together = root / "build" / "bromley-sample--areas" / "site"
    for area in ("Croydon", "Sutton"):
        alone = root / "build" / f"bromley-sample--{area.lower()}" / "site"
        claims = json.loads((together / area.lower() / "claims.json").read_text("utf-8"))
        assert claims == json.loads((alone / "claims.json").read_text("utf-8"))
        assert {c["area"] for c in claims} >= {area}
        assert "Bromley" not in {c["area"] for c in claims if c["kind"] in ("total", "latest")}
        assert f'href="{area.lower()}/index.html"' in (together / "index.html").read_text("utf-8")

    notebook = root / "notebooks" / "london.ipynb"
    before = notebook.read_text("utf-8")
    broken = "edition = sbp.Edition.open(edition, data=data or None, area=area or None)"
    assert broken in before
    notebook.write_text(before.replace(broken, f"{broken}; assert edition.area != 'Sutton'"))
    try:
        ran = sbp(root, "build", "--areas", "Croydon,Sutton")
    finally:
        notebook.write_text(before, "utf-8")
    assert ran.returncode == 1
    assert "1 of 2 areas failed" in ran.stderr
    assert "Sutton: sections/1-2-london-picture (london.ipynb): cell 3" in ran.stderr
    assert "Croydon: 1 notebooks run" in ran.stdout
    assert "Not made: Sutton." in (together / "index.html").read_text("utf-8")
