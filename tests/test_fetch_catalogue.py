"""Of dozens of files of one name the right one is fetched, and months that none has are named."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from conftest import SHARED, need
from fetching import HURRIED, QUICK
from publishers import (
    CATALOGUE,
    DATASTORE,
    FILES,
    as_before,
    as_ckan,
    catalogued,
    editions,
    of_extract,
)
from publishers import resource as file_of
from sbpanalysis.data.fetch import register, resolve, web
from sbpanalysis.errors import DataError

EXTRACT = "data/published/other/datastore_catalogue_2026-10-04_extract.json"
# entry -> ids of the files, in the order in which they follow each other
TRUE = {
    "mps_borough_recent": ["pf6"],
    "mps_borough_history": ["3kv", "vdm"],
    "mps_ward_recent": ["b3t"],
    "mps_ward_history": ["11j", "t92"],
    "mps_lsoa_recent": ["ff7"],
    "mps_lsoa_history": ["t25", "1b0"],
    "mps_dashboard_knife": ["qbc"],
    "mps_dashboard_other": ["zn2"],
    "mps_dashboard_total": ["hkc"],
    "mps_vawg_offences": ["rmb"],
    "mps_vawg_victims": ["x5g"],
    "lfb_recent": ["58m"],
    "lfb_middle": ["f5066d66-c7a3-415f-9629-026fbda61822"],
    "lfb_first": ["73728cf4-b70e-48e2-9b97-4e4341a2110d"],
}
SMALL = {
    "mps_borough_recent": ["br0"],
    "mps_borough_history": ["bh3", "bh0"],
    "mps_ward_recent": ["wr0"],
    "mps_ward_history": ["wh3", "wh0"],
    "mps_lsoa_recent": ["lr0"],
    "mps_lsoa_history": ["lh3", "lr3"],
    "mps_dashboard_knife": ["k3"],
    "mps_dashboard_other": ["o1"],
    "mps_dashboard_other_years": ["y0", "y1", "y3"],
}


def shuffled(records: list[dict]) -> list[dict]:
    """The same files in another order."""
    hands = random.Random(5)
    return [
        r | {"resources": hands.sample(r["resources"], len(r["resources"]))} for r in records[::-1]
    ]


def retitled(records: list[dict]) -> list[dict]:
    """Titles that say nothing, or what belongs to another file."""
    titles = [f["title"] for r in records for f in r["resources"]][::-1]
    turned = iter(titles)
    return [
        r | {"title": "Renamed", "resources": [f | {"title": next(turned)} for f in r["resources"]]}
        for r in records
    ]


def unaddressed(records: list[dict]) -> list[dict]:
    """Ids and addresses of data sets that nobody knows: only the titles are left."""
    return [r | {"id": f"new{n}", "webpage": ""} for n, r in enumerate(records)]


def found(server, entry: str, held=None) -> list:
    """What an entry of the register is resolved to."""
    book = register.load(HURRIED)
    with web.opened(book, QUICK, server.stand_ins) as out:
        return resolve.datastore(out, book.files[entry], held)


def ids(addresses) -> list[str]:
    return [at.url.split("/")[-2] for at in addresses]


@pytest.fixture
def true() -> list[dict]:
    """The catalogue of 4 October 2026."""
    return of_extract(need(SHARED / EXTRACT, "the catalogue"))


@pytest.fixture(params=["true", "small"])
def either(request) -> tuple[list[dict], dict]:
    """The true catalogue where it is here, and the small one; with what is to be found in it."""
    if request.param == "small":
        return editions(), SMALL
    return request.getfixturevalue("true"), TRUE


@pytest.mark.parametrize("order", [list, shuffled, retitled])
def test_of_the_true_catalogue_each_entry_gets_its_file(server, true, order):
    catalogued(server, order(true))
    assert {entry: ids(found(server, entry)) for entry in TRUE} == TRUE
    others = {
        key for key, about in FILES.items() if about["find"] == "datastore"
    } - set(TRUE)  # fmt: skip
    for entry in others:
        with pytest.raises(DataError, match=r"found 0 data sets|found no file"):
            found(server, entry)


@pytest.mark.parametrize("order", [list, shuffled, retitled])
def test_of_a_small_catalogue_each_entry_gets_its_file(server, order):
    catalogued(server, order(editions()))
    assert {entry: ids(found(server, entry)) for entry in SMALL} == SMALL


def test_a_data_set_without_a_known_id_is_found_by_its_title(server, either):
    records, right = either
    catalogued(server, unaddressed(records))
    assert {entry: ids(found(server, entry)) for entry in right} == right
    [at] = found(server, "mps_borough_recent")
    [newest] = right["mps_borough_recent"]
    assert at.url.startswith(f"https://{DATASTORE}/download/new0/{newest}/MPS%20Borough")


def test_a_newer_edition_takes_the_place_of_the_last(server, true):
    crime = true[0]["resources"]
    crime += [
        file_of("q01", "MPS Borough Level Crime (most recent 24 months).csv", "2026-10-07",
                "2024-10", "2026-09"),
        file_of("q02", "MPS Borough Level Crime (Historical).csv", "2026-10-07",
                "2020-10", "2024-09", size=215_000),
    ]  # fmt: skip
    catalogued(server, true)
    assert ids(found(server, "mps_borough_recent")) == ["q01"]
    assert ids(found(server, "mps_borough_history")) == ["3kv", "q02"]
    assert ids(found(server, "mps_ward_recent")) == TRUE["mps_ward_recent"]


def test_every_month_from_the_longest_history_to_the_newest_file_is_there(server, either):
    """Whatever is chosen, it is counted month by month, not taken on its word."""
    records, right = either
    catalogued(server, records)
    for level in ("borough", "ward", "lsoa"):
        spans = [
            (at.first, at.last)
            for entry in (f"mps_{level}_history", f"mps_{level}_recent")
            for at in found(server, entry)
        ]
        months = {
            str(m) for first, last in spans
            for m in pd.period_range(first, last, freq="M")
        }  # fmt: skip
        first = "2019-03" if (level, right) == ("lsoa", TRUE) else "2010-04"
        assert months == {str(m) for m in pd.period_range(first, "2026-08", freq="M")}


def test_what_the_newest_files_leave_out_is_said_before_anything_is_downloaded(server, true):
    catalogued(server, true)
    *_, last = found(server, "mps_lsoa_history")
    assert last.why == (
        "for 2024-05 to 2024-08 (2024-05 to 2026-04, put there 2026-05-05); the newest history and "
        "the newest recent file leave out 2024-08"
    )
    for entry in ("mps_borough_history", "mps_ward_history"):
        assert "leave out" not in "".join(at.why for at in found(server, entry))


def test_a_month_that_no_edition_has_is_named(server, true):
    crime = true[0]
    crime["resources"] = [
        f for f in crime["resources"]
        if "LSOA" not in f["filename"] or not f["timeframeFrom"] <= "2024-08-01" <= f["timeframeTo"]
    ]  # fmt: skip
    catalogued(server, true)
    chosen = found(server, "mps_lsoa_history")
    assert ids(chosen) == ["t25", "9d2"]
    assert chosen[-1].why.endswith("no edition has 2024-08: a gap that no join can mend")


def test_the_longest_that_is_held_is_not_asked_for_again_once_it_is_gone(server, true):
    crime = true[0]
    crime["resources"] = [f for f in crime["resources"] if f["id"] not in ("3kv", "kzm")]
    catalogued(server, true)
    assert ids(found(server, "mps_borough_history")) == ["vdm"]
    assert ids(found(server, "mps_borough_history", ("2010-04", "2024-04"))) == ["vdm"]
    assert [at.part for at in found(server, "mps_borough_history", ("2010-04", "2024-04"))] == [
        "vdm"
    ]
    assert found(server, "mps_borough_history", ("2010-04", "2024-08")) == []


def test_a_title_of_another_file_is_not_trusted_and_said(server, true):
    catalogued(server, true)
    [at] = found(server, "mps_borough_recent")
    assert "'MPS Ward Level Crime.csv' of f3c80ea8" in at.why
    assert "not the title" in at.why
    [at] = found(server, "mps_ward_recent")
    assert "title" not in at.why


def test_a_newer_edition_in_a_form_that_is_not_read_is_said(server):
    [crime, dash] = editions()
    recent = "MPS Borough Level Crime (most recent 24 months)"
    crime["resources"].append(file_of("book", f"{recent}.xlsx", "2027-03-03"))
    catalogued(server, [crime, dash])
    [at] = found(server, "mps_borough_recent")
    assert "a newer one is xlsx" in at.why
    assert ids(found(server, "mps_dashboard_knife")) == ["k3"], "which is read in both forms"


def test_a_period_that_ends_after_its_publication_is_not_trusted(server):
    [crime, dash] = editions()
    recent = "MPS Borough Level Crime (most recent 24 months).csv"
    crime["resources"].append(file_of("typo", recent, "2026-03-03", "2024-03", "2062-02"))
    catalogued(server, [crime, dash])
    assert ids(found(server, "mps_borough_recent")) == ["br0"]


@pytest.mark.parametrize("name", ["../../{}", "a\\..\\{}", "..%2F..%2F{}", "\r\n\x1b{}", "/etc/{}"])
def test_a_name_is_a_name_and_no_path(server, name):
    [crime, dash] = editions()
    for one in crime["resources"]:
        one["filename"] = name.format(one["filename"])
    catalogued(server, [crime, dash])
    [at] = found(server, "mps_borough_recent")
    assert at.name == "MPS Borough Level Crime (most recent 24 months).csv"
    assert at.url == (
        f"https://{DATASTORE}/download/exy3m/br0/"
        "MPS%20Borough%20Level%20Crime%20%28most%20recent%2024%20months%29.csv"
    )


def only(server, **pages) -> None:
    """Nothing of the catalogue but these pages."""
    for key in [k for k in server.pages if k[1].startswith("/api/")]:
        del server.pages[key]
    for path, said in pages.items():
        server.pages[DATASTORE, path] = said


@pytest.mark.parametrize("gone", ["404", "403", "a page", "another shape"])
def test_where_the_catalogue_is_not_there_the_data_set_is_asked_for_alone(server, either, gone):
    records, right = either
    catalogued(server, records)
    server.pages[DATASTORE, CATALOGUE] = {
        "404": lambda h: h.plain(404, b""),
        "403": lambda h: h.plain(403, b""),
        "a page": b"<html>moved</html>",
        "another shape": b'{"count": 1400}',
    }[gone]
    assert ids(found(server, "mps_lsoa_history")) == right["mps_lsoa_history"]


def test_the_catalogues_of_before_are_used_where_todays_is_gone(server, either):
    records, right = either
    first = {entry: chosen[0] for entry, chosen in right.items()}
    before = [as_before(one) for one in records]
    only(server, **{"/api/v2/datasets/export.json": lambda h: h.json(before)})
    assert {entry: ids(found(server, entry))[0] for entry in right} == first
    [history] = found(server, "mps_borough_history")
    assert "states no periods" in history.why
    [at] = found(server, "mps_ward_recent")
    assert at.url.startswith(f"https://{DATASTORE}/download/exy3m/{first['mps_ward_recent']}/")
    by_id = {one["id"]: as_ckan(one) for one in records}
    only(server, **{"/api/3/action/package_show": lambda h: h.json(by_id[h.query["id"]])})
    assert {entry: ids(found(server, entry))[0] for entry in right} == first


def test_a_catalogue_that_is_busy_is_waited_for_and_not_passed_over(server):
    busy = []

    def throttled(handler) -> None:
        busy.append(1)
        if len(busy) < 3:
            return handler.plain((429, 503)[len(busy) - 1], b"", {"Retry-After": "0"})
        handler.json(editions())

    server.pages[DATASTORE, CATALOGUE] = throttled
    assert ids(found(server, "mps_borough_recent")) == ["br0"]
    server.pages[DATASTORE, CATALOGUE] = lambda h: h.plain(503, b"")
    server.asked.clear()
    with pytest.raises(DataError, match="answered 503"):
        found(server, "mps_borough_recent")
    assert {path for _, path, _ in server.asked} == {CATALOGUE}


def test_where_no_catalogue_answers_that_is_said_once_for_all_entries(server, get):
    report = get("data.london.gov.uk")
    asked = report[~report["status"].isin(["no reader yet", "ended"])]
    assert set(asked["status"]) == {"not fetched"}
    assert all("no catalogue of data.london.gov.uk answers" in why for why in asked["why"])
    paths = [path for _, path, _ in server.asked]
    assert paths.count(CATALOGUE) == 1, "asked once a run"
