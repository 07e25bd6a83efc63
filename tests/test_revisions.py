"""Revisions: every cell that a later publication changed is found, and no renaming is one."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorded_crime import as_csv, borough_frame, ward_frame
from sbpanalysis.data import add
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.revisions import revisions, switches
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

BROMLEY = "E09000006"
TOTAL = "total_notifiable_offences"
VINTAGES = ("24m_201701-201812", "Historical_201004-202111", "Historical_201004-202210")


def taken(store: Store, frame: pd.DataFrame | bytes, name: str = "made-up.csv") -> str:
    """The SHA-256 of a file that was taken."""
    content = frame if isinstance(frame, bytes) else as_csv(frame)
    return add.take(RawFile.of(name, content), store)["sha256"]


@pytest.fixture(scope="module")
def vintages(real, tmp_path_factory):
    """The store with the three vintages of the published borough file, and their SHA-256."""
    folder = tmp_path_factory.mktemp("vintages")
    paths = [real / "mps_recorded_crime" / f"MPS_Borough_Level_Crime_{v}.csv" for v in VINTAGES]
    return Store(folder), list(add.add(paths, folder)["sha256"])


def yearly(found, year: str = "2017/18", measure: str = TOTAL) -> tuple[float, float]:
    """A measure of Bromley in a financial year, before and after."""
    rows = found.totals.query("area_code == @BROMLEY and measure == @measure and year == @year")
    [row] = rows.to_dict("records")
    assert row["months"] == 12
    return row["before"], row["after"]


@pytest.mark.parametrize(
    ("one", "two", "before", "after"), [(0, 1, 22655, 22613), (1, 2, 22613, 22463)]
)
def test_the_published_vintages_give_the_known_totals(vintages, one, two, before, after):
    store, shas = vintages
    found = revisions(store, [shas[one]], [shas[two]])
    assert yearly(found) == (before, after)
    cells = found.cells[found.cells["area_code"] == BROMLEY]
    assert len(cells) > 20
    assert set(cells["kind"]) <= {"added", "removed", "changed"}


def test_the_cells_of_the_total_add_up_to_its_change(vintages):
    store, shas = vintages
    cells = revisions(store, [shas[0]], [shas[1]]).cells
    year = pd.period_range("2017-04", "2018-03", freq="M").astype(str)
    own = cells[(cells["area_code"] == BROMLEY) & (cells["what"] == TOTAL)]
    assert own[own["month"].isin(year)]["change"].sum() == 22613 - 22655


def test_the_cells_of_one_generation_add_up_to_the_change_of_the_total(vintages):
    store, shas = vintages
    found = revisions(store, [shas[1]], [shas[2]])
    year = pd.period_range("2017-04", "2018-03", freq="M").astype(str)
    cells = found.cells[(found.cells["area_code"] == BROMLEY) & found.cells["month"].isin(year)]
    refused = set(found.refused["what"])
    assert refused == {
        "Going equipped", "Handling stolen goods",
        "Threat or possession with intent to commit criminal damage",
    }  # fmt: skip
    assert not any(what.startswith(tuple(refused)) for what in cells["what"])
    table = store.table(shas[1])
    labels = ("Going Equipped", "Handling Stolen", "Threat or Possession")
    lone = table["minor"].astype(str).str.startswith(labels)
    gone = table[lone & (table["area_code"] == BROMLEY)][list(year)].to_numpy().sum()
    assert cells["change"].sum() - gone == 22463 - 22613


def test_a_planted_change_of_one_value_by_one_is_found(vintages, real):
    store, shas = vintages
    path = real / "mps_recorded_crime" / f"MPS_Borough_Level_Crime_{VINTAGES[2]}.csv"
    frame = pd.read_csv(path, dtype=str)
    row = frame.index[(frame["BoroughName"] == "Bromley")
                      & (frame["MinorText"] == "ROBBERY OF PERSONAL PROPERTY")][0]  # fmt: skip
    before = int(frame.loc[row, "201711"])
    frame.loc[row, "201711"] = str(before + 1)
    found = revisions(store, [shas[2]], [taken(store, frame, path.name)])
    [cell] = found.cells.to_dict("records")
    assert (cell["area"], cell["month"], cell["change"]) == ("Bromley", "2017-11", 1)
    assert cell["what"] == "Robbery of personal property"
    assert (cell["before"], cell["after"], cell["kind"]) == (before, before + 1, "changed")
    assert found.refused.empty


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    row=st.integers(0, 32 * 21 - 1), month=st.integers(0, 23),
    step=st.integers(-90, 90).filter(bool),
)  # fmt: skip
def test_any_one_change_is_found_exactly(checkout, row, month, step):
    store, frame = Store(checkout), borough_frame("2019")
    first = taken(store, frame)
    column = frame.columns[3 + month]
    frame.loc[row, column] += step
    found = revisions(store, [first], [taken(store, frame)])
    [cell] = found.cells.to_dict("records")
    assert cell["change"] == step
    assert cell["month"] == f"{column[:4]}-{column[4:]}"
    assert cell["area"] == frame.loc[row, "LookUp_BoroughName"]


def test_new_names_of_the_same_numbers_are_no_revision(checkout):
    store, frame = Store(checkout), borough_frame("2019")
    first = taken(store, frame)
    frame["MinorText"] = frame["MinorText"].replace("Domestic Burglary", "Burglary in a Dwelling")
    upper = frame.assign(MinorText=frame["MinorText"].str.upper())
    found = revisions(store, [first], [taken(store, upper)])
    assert found.cells.empty
    assert list(found.joined["what"]) == ["Residential burglary"]
    assert found.share == 0


def test_across_generations_only_measures_that_may_be_compared_are(checkout):
    store = Store(checkout)
    old, new = taken(store, borough_frame("old")), taken(store, borough_frame("2019"))
    found = revisions(store, [old], [new])
    assert "robbery_offences" in set(found.joined["what"])
    assert "violence_offences" in set(found.refused["what"])
    assert not set(found.refused["what"]) & set(found.cells["what"])


def test_months_that_only_one_publication_has_are_no_cells(checkout):
    store = Store(checkout)
    one = taken(store, borough_frame("2019", "2017-01"))
    two = taken(store, borough_frame("2019", "2017-03"))
    found = revisions(store, [one], [two])
    assert found.new_months == ("2019-01", "2019-02")
    assert found.months[0] == "2017-03"
    assert set(found.cells["month"]) <= set(found.months)


def test_a_cell_that_comes_from_nothing_or_falls_to_it_is_added_or_removed(checkout):
    store, frame = Store(checkout), ward_frame()
    full = taken(store, frame)
    frame.loc[5, "202201"] = 0
    empty = taken(store, frame)
    for one, two, kind in ((full, empty, "removed"), (empty, full, "added")):
        [cell] = revisions(store, [one], [two]).cells.to_dict("records")
        assert (cell["kind"], cell["month"]) == (kind, "2022-01")


def test_wards_of_two_vintages_are_not_compared(checkout):
    store = Store(checkout)
    old = taken(store, ward_frame("2018", "2020-09"))
    new = taken(store, ward_frame("2022", "2021-12"))
    with pytest.raises(DataError, match="re-mapped"):
        revisions(store, [old], [new])


def test_two_sources_are_not_compared(checkout):
    store = Store(checkout)
    with pytest.raises(DataError, match="one source"):
        revisions(store, [taken(store, borough_frame())], [taken(store, ward_frame())])


def test_counts_of_persons_are_compared_as_they_may_be_shown(checkout, real):
    store = Store(checkout)
    [path] = (real / "mps_dashboards").glob("Homicide*")
    first = RawFile.open(path)
    one = add.take(first, store)["sha256"]
    two = taken(store, first.content.replace(b"\n1,Croydon", b"\n9,Croydon", 1), path.name)
    found = revisions(store, [one], [two])
    shown = pd.concat([found.cells["before"], found.cells["after"]]).dropna()
    assert len(found.cells)
    assert ((shown == 0) | ((shown >= 10) & (shown % 5 == 0))).all()
    assert found.totals.empty


def test_a_name_that_ends_inside_a_file_is_recognised_and_joined(checkout, real):
    store = Store(checkout)
    path = real / "mps_recorded_crime" / "MPS_Borough_Level_Crime_24m_202306-202505.csv"
    [found] = switches(store, add.take(RawFile.open(path), store)["sha256"]).to_dict("records")
    assert found == {
        "group": "Residential burglary", "ends": "BURGLARY IN A DWELLING",
        "begins": "BURGLARY - RESIDENTIAL", "month": "2024-03", "joined": True,
    }  # fmt: skip
