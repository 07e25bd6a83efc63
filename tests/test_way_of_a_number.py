"""A number passes few files from the publisher's table to the page, so that it can be followed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import sbpanalysis as sbp
from recorded_crime import ward_frame, write
from sbpanalysis.data.sources import READERS
from sbpanalysis.data.territory import territory

PACKAGE = Path(sbp.__file__).parent
WARD = territory().wards_of("E09000006", "2018")[0]


def passed(question: Callable) -> set[str]:
    """The files of the package of which any function runs while a question is answered."""
    found = set()

    def note(frame, event: str, _) -> None:
        code = frame.f_code
        if event == "call" and code.co_name != "<module>":
            found.add(code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        question()
    finally:
        sys.setprofile(before)
    names = (Path(name) for name in found if name.startswith(f"{PACKAGE}/"))
    return {str(path.relative_to(PACKAGE)) for path in names}


@pytest.fixture
def opening(checkout) -> Callable:
    """Opens an edition of one published file that was never added."""
    published = checkout / "published"
    published.mkdir()
    write(published, "ward.csv", ward_frame("2018", start="2017-01"))
    entry = {"title": "One", "area": "Bromley", "period_end": "2018-12", "data": ["ward.csv"]}
    (checkout / "book" / "editions" / "one.yml").write_text(yaml.safe_dump(entry))
    return lambda: sbp.Edition.open("one", data=published)


def test_the_series_of_a_ward_passes_seven_files(opening):
    edition = opening()
    files = passed(lambda: edition.series("burglary_offences", area=WARD))
    assert len(files) <= 7, "\n".join(sorted(files))
    assert {"data/edition.py", "data/select.py", "data/store.py"} <= files


def test_opening_an_edition_for_the_first_time_passes_22_files(opening):
    # Readers that only say that the file is not theirs, and what they alone ask
    others = {f"data/sources/{name}.py" for name in READERS if name != "mps"}
    files = passed(opening) - others - {"data/workbooks.py"}
    assert len(files) <= 22, "\n".join(sorted(files))
    assert "data/sources/mps.py" in files
