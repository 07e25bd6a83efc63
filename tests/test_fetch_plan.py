"""What would come is said before it comes, and much of it comes only after a yes."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from fetching import FILE, HURRIED, KEY, QUICK, crime, published
from publishers import DATASTORE, FILES, STORAGE, Server, catalogued, editions, served, zipped
from sbpanalysis import terminal
from sbpanalysis.cli import app
from sbpanalysis.data.fetch.run import plan
from test_fetch import ENDED, UNREAD, every_publisher, sample  # noqa: F401


@pytest.fixture
def stood_in(server, monkeypatch) -> Server:
    """The stand-in, as the command line is told of it."""
    said = ",".join(f"{host}={base}" for host, base in server.stand_ins.items())
    monkeypatch.setenv("SBP_FETCH_STAND_IN", said)
    monkeypatch.setattr(terminal.out, "width", 200)
    return server


def files_given(server: Server) -> list[str]:
    """The files that left the stand-in, in whole or in large part."""
    return [path for path, _, size in server.answers if (STORAGE, path) in server.pages and size]


def test_a_plan_tells_files_sizes_dates_and_reasons_and_downloads_nothing(
    server, get, real, sample, checkout  # noqa: F811
):  # fmt: skip
    every_publisher(server, real, sample)
    rows = plan(checkout, months=3, said=HURRIED, limits=QUICK, stand_ins=server.stand_ins)
    assert files_given(server) == []
    assert server.sent < 1_000_000, "only what tells of files"
    assert not (checkout / "data" / "snapshots").exists()
    state = rows.set_index("key")["status"].to_dict()
    assert {k for k, s in state.items() if s == "no reader yet"} == UNREAD
    assert {k for k, s in state.items() if s == "ended"} == ENDED
    assert "not found" not in state.values()
    row = rows.set_index("key").loc[KEY]
    assert (row["file"], row["date"]) == (FILE, "2026-09-07")
    assert row["bytes"] > 10_000
    street = rows[rows["key"].str.startswith("police_uk_street/")]
    assert len(street) == 3
    assert (street["bytes"] > 0).all()
    get(KEY, "police_uk_street", "gla_crime_rates", months=3)
    rows = plan(checkout, months=3, said=HURRIED, limits=QUICK, stand_ins=server.stand_ins)
    state = rows.set_index("key")["status"]
    assert set(state[[KEY, "gla_crime_rates", *street["key"]]]) == {"held"}


def test_a_plan_of_an_archive_without_parts_tells_its_whole_size(server, checkout):
    host, whole = "data.police.uk", zipped({"2018-02/2018-02-metropolitan-street.csv": b"x" * 99})
    server.pages[host, "/api/crimes-street-dates"] = lambda h: h.json([{"date": "2018-02"}])
    dated = {"Last-Modified": "Tue, 06 Mar 2018 10:00:00 GMT"}
    server.pages[host, "/data/archive/2018-02.zip"] = lambda h: h.plain(200, whole, dated)
    [row] = plan(
        checkout, ["police_uk_street"], said=HURRIED, limits=QUICK, stand_ins=server.stand_ins
    ).to_dict("records")
    assert (row["bytes"], row["date"], row["status"]) == (len(whole), "2018-03-06", "to fetch")
    assert "all of it is fetched" in row["why"]


def test_what_a_plan_cannot_find_out_is_a_row_and_ends_no_other(server, checkout):
    published(server, crime())
    page = FILES["ons_crime_tables"]["page"]
    server.pages["www.ons.gov.uk", f"{page}/data"] = lambda h: h.json(
        {"uri": page, "downloads": [{"file": "tables.xlsx"}]}
    )  # and the file itself is not there
    keys = [KEY, "fingertips_substance_misuse", "ons_crime_tables"]
    rows = plan(checkout, keys, said=HURRIED, limits=QUICK, stand_ins=server.stand_ins)
    assert rows.set_index("key")["status"].to_dict() == {
        KEY: "to fetch", "fingertips_substance_misuse": "not found", "ons_crime_tables": "to fetch",
    }  # fmt: skip
    lost = rows.set_index("key")
    assert "answered 404" in lost.loc["fingertips_substance_misuse", "why"]
    assert lost.loc["ons_crime_tables", "bytes"] == 0


def test_the_command_shows_the_plan(stood_in, checkout):
    catalogued(stood_in, editions())
    ran = CliRunner().invoke(app, ["fetch", "--plan", "mps_lsoa"])
    assert ran.exit_code == 0, ran.output
    for words in (
        "mps_lsoa_recent", "mps_lsoa_history/lr3", "2024-09 to 2026-08", "2026-09-07", "1,000",
        "leave out 2024-08", "3 files, 0 MB; nothing was downloaded",
    ):  # fmt: skip
        assert words in " ".join(ran.output.split()), words
    assert {host for host, _, _ in stood_in.asked} == {DATASTORE}
    assert len(stood_in.asked) == 1


def test_more_than_500_mb_are_not_fetched_unasked(stood_in, checkout):
    [dataset] = published(stood_in, crime())
    dataset["resources"][0]["size"] = 612_000_000
    ran = CliRunner().invoke(app, ["fetch", KEY])
    assert ran.exit_code == 1
    said = " ".join(ran.output.split())
    assert "1 files, 612 MB (the largest: mps_borough_recent 612 MB) would come" in said
    assert "--yes" in said
    assert files_given(stood_in) == []
    ran = CliRunner().invoke(app, ["fetch", KEY, "--yes"])
    assert ran.exit_code == 0, ran.output
    assert len(files_given(stood_in)) == 1
    ran = CliRunner().invoke(app, ["fetch", KEY])
    assert ran.exit_code == 0, "what is held is not counted again"


@pytest.mark.parametrize(("answer", "fetched"), [(True, 1), (False, 0)])
def test_at_a_terminal_it_is_asked(stood_in, checkout, monkeypatch, answer, fetched):
    [dataset] = published(stood_in, crime())
    dataset["resources"][0]["size"] = 612_000_000
    monkeypatch.setattr(terminal, "_somebody_is_there", lambda: True)
    monkeypatch.setattr(terminal.typer, "confirm", lambda text, err: answer)
    ran = CliRunner().invoke(app, ["fetch", KEY])
    assert ran.exit_code == 1 - fetched
    assert len(files_given(stood_in)) == fetched


def test_little_is_fetched_without_a_question(stood_in, checkout, monkeypatch):
    published(stood_in, crime())
    monkeypatch.setattr(terminal.typer, "confirm", lambda *_args, **_more: pytest.fail("asked"))
    assert CliRunner().invoke(app, ["fetch", KEY]).exit_code == 0


def test_the_months_between_are_fetched_and_noted_until_they_are_in_another_file(
    server, get, checkout
):
    """The history that was cut, the edition that goes on from it, and what takes its place."""
    from recorded_crime import as_csv, borough_frame
    from sbpanalysis.data.fetch import accept

    [crimes, dash] = editions(last="2018-12", count=5)
    for one in crimes["resources"]:
        if "Borough" in one["filename"]:
            first, last = one["timeframeFrom"][:7], one["timeframeTo"][:7]
            count = 12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:]) + 1
            content = as_csv(borough_frame("2019", first, count))
            served(server, "exy3m", one["id"], content, one["filename"])
    catalogued(server, [crimes, dash])
    report = get("mps_borough")
    assert set(report["status"]) == {"taken"}, list(report["why"])
    assert list(report["key"]) == [
        "mps_borough_recent", "mps_borough_history", "mps_borough_history/bh0",
    ]  # fmt: skip
    assert list(report["first"]) == ["2017-01", "2010-04", "2013-01"]
    # the longest is withdrawn: what is held stays, the months after it still come
    crimes["resources"] = [f for f in crimes["resources"] if f["id"] not in ("bh3", "bh4")]
    report = get("mps_borough_history")
    assert set(report["status"]) == {"unchanged"}
    assert "what is held stays" in report["why"][0]
    # a newer edition of the months between takes the place of the last
    crimes["resources"] = [f for f in crimes["resources"] if f["id"] != "bh0"]
    report = get("mps_borough_history")
    [between] = [key for key in accept.ledger(checkout) if "/" in key]
    assert between == "mps_borough_history/br3", list(report["key"])
