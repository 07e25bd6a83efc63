"""Fetching: each publisher's address found, only whole files taken, nothing asked for twice."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import os
import platform
import subprocess
import sys

import pandas as pd
import pytest
from sample.workbooks import xlsx

import publishers
from fetching import HURRIED, KEY, MPS, QUICK, crime, kept_files, published, storage_of
from publishers import (
    ESTIMATES,
    STORAGE,
    Server,
    Tunnel,
    datastore,
    estimates,
    feature_server,
    plain_bytes,
    stored,
    zipped,
)
from sbpanalysis.data import reference, snapshots
from sbpanalysis.data.fetch import register, web
from sbpanalysis.data.fetch.run import fetch
from sbpanalysis.data.sample import write_sample
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

DASHBOARD = ("mps-monthly-crime-dashboard-data-e5n6w", "MPS Monthly Crime Dashboard Data")


def every_publisher(server: Server, real, sample) -> list[dict]:
    """All publishers: with real files where there are some, else with those of the sample.

    Returns the catalogue of the London Datastore.
    """
    mps, dash = real / "mps_recorded_crime", real / "mps_dashboards"
    gla, rates = real / "gla_population", real / "recorded_crime_rates"
    unread = b"Month,Borough,Searches\r\n2026-01,Bromley,1\r\n"
    level = {
        "Borough": ("24m_202211-202410.csv", "Historical_201004-202210.csv"),
        "Ward": ("24m_202306-202505.csv.gz", "Historical_201004-202402.csv.gz"),
        "LSOA": ("24m_202402-202602.csv.gz", "24m_202402-202602.csv.gz"),
    }
    crime = {}
    for name, (recent, history) in level.items():
        for title, end in (("most recent 24 months", recent), ("Historical", history)):
            path = mps / f"MPS_{name}_Level_Crime_{end}"
            crime[f"MPS {name} Level Crime ({title}).csv"] = plain_bytes(path)
    knife = dash / "MonthlyCrimeDashboard_KnifeCrimeData_202203-202602.csv.gz"
    boards = {"M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv": plain_bytes(knife)}
    [other], [total] = (list(sample.glob(f"*{kind}CrimeData*")) for kind in ("Other", "TNO"))
    boards[total.name] = plain_bytes(total)
    boards["M1045_MonthlyCrimeDashboard_OtherCrimeData.csv"] = plain_bytes(other)
    boards["MPS_BoroughSNT_OtherCrimeDatafy22-23.csv"] = plain_bytes(other)
    years = {"2024 onwards": "xlsx", "2018 - 2023": "xlsx", "2009 - 2017": "csv"}
    form = {p.suffix[1:]: plain_bytes(p) for p in sample.glob("LFB*")}
    profiles = "london-borough-profiles"
    density = "land-area-and-population-density-ward-and-borough"
    homicide = sorted(dash.glob("Homicide*"))[0]
    [survey] = sample.glob("PAS*.xlsx")
    files = {
        MPS: crime,
        DASHBOARD: boards,
        ("mps-vawg-2yod5", "VAWG"): {
            "VAWG_Offence_Data.xlsx": plain_bytes(sample / "VAWG_Offence_Data.xlsx"),
            "VAWG_Victims_Data.xlsx": xlsx({"Sheet1": pd.DataFrame({"Searches": [1]})}),
        },
        ("mps-homicide-2l1w8", "H"): {
            "Homicide ppa.csv": plain_bytes(homicide),
            "Homicide victims.csv": (
                b"Count of Victims,Age Group,Sex,Method of Killing,Domestic Abuse,Recorded Date,"
                b"Homicide Offence Type,Solved Status,Borough,Officer Observed Ethnicity\r\n"
                b"1,45 to 54,Male,Not known/Not Recorded,Not Domestic Abuse,Jan-18,Murder,Solved,"
                b"Bromley,White\r\n"
            ),
        },
        ("mps-stop-and-search-e6yjz", "S"): {"SS_LDS_Extract_24m.csv": unread},
        ("mopac-surveys-236kk", "MOPAC Surveys"): {
            "PAS_T&Cdashboard_to Q1 26-27.xlsx": plain_bytes(survey)
        },
        ("london-fire-brigade-incident-records-em8xy", "LFB"): {
            f"LFB Incident data from {year}.{ending}": form[ending]
            for year, ending in years.items()
        },
        (density, "Density"): {
            "housing-density-ward.csv": plain_bytes(gla / "housing-density-ward.csv.gz"),
            "housing-density-borough.csv": plain_bytes(sample / "housing-density-borough.csv"),
        },
        (profiles, "London Borough Profiles"): {
            f"{profiles}.csv": plain_bytes(gla / f"{profiles}.csv")
        },
        ("ward-profiles-and-atlas", "Ward Profiles and Atlas"): {
            "ward-profiles-excel-version.csv": plain_bytes(gla / "ward-profiles-excel-version.csv")
        },
        ("recorded-crime-borough-rates", "Recorded Crime: Borough Rates"): {
            "crime rates.csv": plain_bytes(rates / "crime_rates_1999-00_2016-17.csv")
        },
    }
    street_and_api(server, real)
    official_statistics(server, real, sample)
    geography(server, real)
    return datastore(server, files)


def street_and_api(server: Server, real) -> None:
    """data.police.uk: months, archive behind a redirect, and the API by outline."""
    police = real / "police_uk"
    host, storage = "data.police.uk", "policeuk-data.s3.amazonaws.com"
    folders = (police / "metropolitan_burglary_bromley", police / "city-of-london")
    held = {f"{p.name[:7]}/{p.name}": plain_bytes(p)
            for folder in folders for p in folder.glob("2018-0[456]*")}  # fmt: skip
    for path in (police / "city-of-london").glob("2018-0[456]*"):
        name = f"{path.name[:7]}/{path.name[:7]}-btp-street.csv"
        own, other = b"City of London Police", b"British Transport Police"
        held[name] = plain_bytes(path).replace(own, other)
    held |= {f"{p.name[:7]}/{p.name[:-3]}": plain_bytes(p) for p in police.glob("2018-*-stop*")}
    server.pages[host, "/api/crimes-street-dates"] = lambda h: h.json([{"date": "2018-06"}])
    server.pages[host, "/data/archive/2018-06.zip"] = lambda h: h.plain(
        302, b"", {"Location": f"https://{storage}/archive/2018-06.zip"}
    )
    server.pages[storage, "/archive/2018-06.zip"] = zipped(held)
    one = json.loads(next((police / "api_sample_2018-03").glob("*E05000117*")).read_bytes())

    def crimes(handler) -> None:
        month = handler.form["date"][0]
        handler.json([c | {"month": month} for c in one])

    server.pages[host, "/api/crimes-street/all-crime"] = crimes


def official_statistics(server: Server, real, sample) -> None:
    """ONS, Home Office, Nomis, Fingertips."""
    ons = "www.ons.gov.uk"
    for about in publishers.FILES.values():
        if about["find"] == "ons":
            page, uri = about["page"], f"{about['page']}/yearendingjune2026"
            server.pages[ons, f"{page}/data"] = lambda h, u=uri: h.json({"datasets": [{"uri": u}]})
            server.pages[ons, f"{uri}/data"] = lambda h, u=uri: h.json(
                {"uri": u, "downloads": [{"file": "tables.xlsx"}]})  # fmt: skip
    server.pages[ons, "/file"] = zipped({"xl/workbook.xml": b"<workbook/>"})
    asset = "/media/66f/csp-2026.ods"
    [csp] = sample.glob("prc-csp*.ods")
    media = "https://assets.publishing.service.gov.uk"
    attachments = [
        *({"title": "Police recorded crime Community Safety Partnership open data, year ending "
                    f"March {first} to year ending March {last}", "url": f"{media}{name}"}
          for first, last, name in ((2016, 2020, "/old.ods"), (2021, 2026, asset))),
        {"title": "Police force area tables", "url": f"{media}/x"},
    ]  # fmt: skip
    page = publishers.FILES["home_office_partnerships"]["page"]
    server.pages["www.gov.uk", page] = lambda h: h.json({"details": {"attachments": attachments}})
    server.pages["assets.publishing.service.gov.uk", asset] = plain_bytes(csp)
    gla = real / "gla_population"
    nomis = "www.nomisweb.co.uk"
    server.pages[nomis, "/output/census/2021/census2021-ts007a.zip"] = zipped({
        "census2021-ts007a-ltla.csv": plain_bytes(gla / "census2021-ts007a-ltla.csv"),
        "census2021-ts007a-lsoa.csv": plain_bytes(gla / "census2021-ts007a-lsoa_London.csv.gz"),
    })  # fmt: skip
    every = ["All ages", *(f"Aged {n}" for n in range(19))]
    rows = [f"{row}\r\n" for row in estimates(range(2012, 2026), every)]

    def page_of(handler) -> None:
        assert handler.query["time"] == "first,latest", "all years, not the latest alone"
        assert "date" not in handler.query
        first = int(handler.query["recordoffset"])
        part = rows[first : first + int(handler.query["recordlimit"])]
        handler.plain(200, (ESTIMATES + "\r\n" + "".join(part)).encode())

    server.pages[nomis, "/api/v01/dataset/NM_31_1.data.csv"] = page_of
    tips = "fingertips.phe.org.uk"
    types = [{"Id": n, "Name": f"Upper tier local authorities ({n})"} for n in (402, 502)]
    server.pages[tips, "/api/area_types"] = lambda h: h.json(types)

    rates = (sample / "fingertips-indicators.csv").read_bytes()

    def indicator(handler) -> None:
        assert handler.query["child_area_type_id"] == "502"
        handler.plain(200, rates)

    server.pages[tips, "/api/all_data/csv/by_indicator_id"] = indicator


def geography(server: Server, real) -> None:
    """ArcGIS services, older and newer ones, in pages."""
    places = real / "boundaries"
    wards = json.loads((places / "wards_2013" / "E09000006.json").read_bytes())["features"]
    feature_server(server, "WD_DEC_2013_UK_BGC", wards, 10)
    feature_server(server, "WD_DEC_2011_UK_BGC", [], 10)
    lsoas = json.loads((places / "lsoa_2011" / "E09000006.json").read_bytes())["features"]
    areas = "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW"
    feature_server(server, f"{areas}_BGC_V5", lsoas, 100)
    feature_server(server, f"{areas}_BGC_V2", lsoas[:5], 100)
    feature_server(server, f"{areas}_BFC_V10", lsoas[:5], 100)
    boroughs = json.loads((places / "london_boroughs.json").read_bytes())["features"]
    feature_server(server, "LAD_MAY_2025_UK_BUC", boroughs, 20)
    path = places / "LSOA21_to_WD25_to_LAD25_best_fit_London.csv"
    with io.StringIO(path.read_text("utf-8-sig")) as stream:
        rows = [{"attributes": row} for row in csv.DictReader(stream)]
    feature_server(server, "LSOA21_WD25_LAD25_EW_LU_v2", rows, 2000)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The synthetic files, in the publishers' own formats."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


ENTRIES = publishers.FILES
UNREAD = {key for key, about in ENTRIES.items() if about.get("unread")}
ENDED = {key for key, about in ENTRIES.items() if about.get("ended")}


def test_every_open_source_is_fetched_from_its_publisher(get, server, real, sample, checkout):
    every_publisher(server, real, sample)
    report = get(months=3)
    lacking = report[report["status"].isin(["not fetched", "kept aside"])]
    assert lacking.empty, lacking[["key", "why"]].to_dict("records")
    asked = {host for host, _, _ in server.asked}
    assert {about["host"] for key, about in ENTRIES.items() if key not in UNREAD | ENDED} <= asked
    taken = report[report["status"] == "taken"]
    served = {name for name, about in publishers.REGISTER["sources"].items() if "reader" in about}
    assert {Store(checkout).facts(sha)["source"] for sha in taken["sha256"]} == served
    assert set(report["key"][report["status"] == "no reader yet"]) == UNREAD
    assert set(report["key"][report["status"] == "ended"]) == ENDED
    server.answers.clear()
    again = get(months=3)
    assert set(again["status"]) <= {"unchanged", "not fetched", "no reader yet", "ended"}
    files = [p for p, status, size in server.answers if size and (STORAGE, p) in server.pages]
    assert files == [], "no file came a second time, only pages of services"


def test_what_no_reader_takes_is_kept_unread_once_it_is_asked_for_by_name(
    get, server, real, sample, checkout
):
    every_publisher(server, real, sample)
    assert not set(get("lfb_incidents", "data.london.gov.uk")["status"]) & {"kept unread"}
    report = get(*UNREAD, *ENDED)
    entries = report.set_index(report["key"].str.partition("/")[0])["status"].to_dict()
    assert {entries.pop(key) for key in ENDED} == {"ended"}
    assert set(entries.values()) == {"kept unread"}
    for sha in report["sha256"][report["status"] == "kept unread"]:
        assert (checkout / "data" / "snapshots" / sha).is_file()
        assert Store(checkout).facts(sha) is None
    assert set(get(*UNREAD)["status"]) == {"unchanged"}


def test_bytes_address_time_and_headers_are_kept_with_a_snapshot(get, server, checkout):
    published(server, crime())
    [row] = get(KEY).to_dict("records")
    about = snapshots.kept(checkout)[row["sha256"]]
    assert about["origin"].startswith("https://data.london.gov.uk/download/exy3m/")
    assert about["headers"]["etag"]
    assert about["headers"]["answered-by"] == server.base, "a stand-in does not pass for the real"
    assert about["time"]
    assert (checkout / "data" / "snapshots" / row["sha256"]).read_bytes() == crime()


def test_an_unchanged_file_costs_no_bytes_and_adds_nothing(get, server, checkout):
    published(server, crime())
    get(KEY)
    held = kept_files(checkout)
    server.answers.clear()
    assert list(get(KEY)["status"]) == ["unchanged"]
    assert kept_files(checkout) == held
    assert (storage_of(server)[1], 304, 0) in server.answers


def test_what_a_fetch_that_was_killed_had_not_finished_is_removed(get, server, checkout):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    kept = checkout / "data" / "snapshots"
    places = [kept / where / f".{platform.node()}~{pid}~x"
              for where in (".", "partial", "aside", "addresses", "../store")
              for pid in (ended.pid, os.getpid())]  # fmt: skip
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    published(server, crime())
    get(KEY)
    assert [path.exists() for path in places] == [False, True] * 5


def test_equal_bytes_under_a_new_id_add_nothing(get, server, checkout):
    published(server, crime())
    get(KEY)
    held = kept_files(checkout)
    server.pages.clear()
    datastore(server, {("other", "Other"): {}, MPS: {publishers_file(): crime()}})
    assert list(get(KEY)["status"]) == ["unchanged"]
    assert kept_files(checkout) == held


def publishers_file() -> str:
    """The name that the publisher gives the file."""
    return "MPS Borough Level Crime (most recent 24 months).csv"


def test_a_broken_download_goes_on_where_it_stopped(get, server):
    content = crime()
    published(server, content)
    path, broken = storage_of(server), []

    def breaks_off(handler):
        if broken:
            return handler.file(content)
        broken.append(1)
        tag = hashlib.sha256(content).hexdigest()[:16]
        handler.send_response(200)
        handler.send_header("ETag", f'"{tag}"')
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:50_000])
        handler.close_connection = True

    server.pages[path] = breaks_off
    assert list(get(KEY)["status"]) == ["taken"]
    assert (path[1], 206, len(content) - 50_000) in server.answers


def test_of_an_archive_only_what_changed_is_read(get, server):
    def month(name: str, rows: int) -> bytes:
        head = ("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,"
                "LSOA name,Crime type,Last outcome category,Context\r\n")  # fmt: skip
        force = "Metropolitan Police Service"
        return (head + "".join(
            f"{n:064x},{name},{force},{force},0.01,51.4,On or near High Street,E01000675,"
            "Bromley 001A,Burglary,,\r\n" for n in range(rows)
        )).encode()  # fmt: skip

    def archive(**rows: int) -> bytes:
        padding = {"2018-01/other.bin": bytes(range(256)) * 20_000}  # 5 MB that nobody wants
        names = {m[1:].replace("_", "-"): n for m, n in rows.items()}
        return stored({
            **padding,
            **{f"{m}/{m}-metropolitan-street.csv": month(m, n) for m, n in names.items()},
        })  # fmt: skip

    host = "data.police.uk"
    server.pages[host, "/api/crimes-street-dates"] = lambda h: h.json([{"date": "2018-02"}])
    server.pages[host, "/data/archive/2018-02.zip"] = archive(m2018_01=40, m2018_02=50)
    assert list(get("police_uk_street")["status"]) == ["taken", "taken"]
    assert server.sent < 3_000_000
    server.pages[host, "/data/archive/2018-02.zip"] = archive(m2018_01=40, m2018_02=60)
    assert list(get("police_uk_street")["status"]) == ["unchanged", "taken"]


def test_an_archive_without_ranges_is_fetched_whole_and_removed(get, server, checkout, real):
    police = real / "police_uk" / "metropolitan_burglary_bromley"
    held = {f"{p.name[:7]}/{p.name}": p.read_bytes() for p in police.glob("2018-0[12]*")}
    host, whole = "data.police.uk", zipped(held)
    server.pages[host, "/api/crimes-street-dates"] = lambda h: h.json([{"date": "2018-02"}])
    server.pages[host, "/data/archive/2018-02.zip"] = lambda h: h.plain(200, whole)
    assert list(get("police_uk_street")["status"]) == ["taken", "taken"]
    assert not list((checkout / "data" / "snapshots" / "partial").iterdir())


def test_a_damaged_file_in_an_archive_is_not_taken(get, server, checkout):
    whole = bytearray(stored({"2018-02/2018-02-metropolitan-street.csv": b"Crime ID" * 500}))
    whole[200] ^= 1
    host = "data.police.uk"
    server.pages[host, "/api/crimes-street-dates"] = lambda h: h.json([{"date": "2018-02"}])
    server.pages[host, "/data/archive/2018-02.zip"] = bytes(whole)
    [row] = get("police_uk_street").to_dict("records")
    assert row["status"] == "not fetched"
    assert "damaged in the archive" in row["why"]
    assert kept_files(checkout) == {}


def test_an_outline_of_too_many_crimes_is_cut_until_each_part_fits(get, server, real):
    geography(server, real)
    street_and_api(server, real)
    asked = []
    one = json.loads(next((real / "police_uk" / "api_sample_2018-03").glob("*117*")).read_bytes())

    def crimes(handler) -> None:
        places = [tuple(map(float, p.split(","))) for p in handler.form["poly"][0].split(":")]
        height = max(lat for lat, _ in places) - min(lat for lat, _ in places)
        asked.append(height)
        if height > 0.02:
            return handler.plain(503, b"")
        handler.json([c | {"month": handler.form["date"][0]} for c in one])

    server.pages["data.police.uk", "/api/crimes-street/all-crime"] = crimes
    get("boundaries_ward")
    [row] = get("police_uk_api", months=1).to_dict("records")
    assert row["status"] == "taken", row["why"]
    assert max(asked) > 0.02
    assert sum(height <= 0.02 for height in asked) > 22


def test_features_that_are_missing_from_a_page_are_noticed(get, server, real):
    geography(server, real)
    folder = "/ESMARspQHYMw9BZ9/arcgis/rest/services"
    place = ("services1.arcgis.com", f"{folder}/WD_DEC_2013_UK_BGC/FeatureServer/0/query")
    whole = server.pages[place]

    def short(handler) -> None:
        if handler.query.get("resultOffset") == "20":
            return handler.json({"features": []})
        return whole(handler)

    server.pages[place] = short
    [row] = get("boundaries_ward").to_dict("records")
    assert row["status"] == "not fetched"
    assert "20 of 22 features" in row["why"]


def test_an_unknown_name_is_told_with_the_nearest(get):
    with pytest.raises(DataError, match="did you mean mps_borough"):
        get("mps_boroughs")


class Clock:
    """A clock that only waiting moves on."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, pause: float) -> bool:
        self.now += pause
        return False


def test_a_host_is_asked_no_faster_than_its_pace(monkeypatch):
    pace, clock = web.Pace(a_second=50, burst=5), Clock()
    clock.now = 1000.0
    monkeypatch.setattr(web, "time", clock)
    times = []
    for _ in range(15):
        pace.wait(clock)
        times.append(clock.now - 1000)
    assert times == pytest.approx([0] * 5 + [0.02 * n for n in range(1, 11)])


def test_every_entry_of_the_register_is_of_a_known_source_and_way():
    sources = reference.sources()
    for wanted in register.load().files.values():
        assert wanted.source == "" or wanted.source in sources, wanted.key
        assert wanted.find in {"datastore", "archive", "ons", "govuk", "arcgis", "police_api",
                               "nomis", "fingertips"}  # fmt: skip
        assert (wanted.cadence is None) == (wanted.lag == 0)


def test_what_of_an_entry_does_not_go_together_is_said_by_its_key():
    changed = {
        "mps_borough_history": {"then": None},
        "mps_dashboard_other_years": {"file": "Other"},
        "mps_stop_and_search": {"unread": ""},
        "lfb_first": {"endings": ["csvv"]},
        "mopac_surveys": {"pick": "latest"},
        "mps_lsoa_recent": {"slugs": ["exy3n", "recorded_crime_summary"]},
        "mps_dashboard_total": {"dataset": "MPS Monthly Crime Dashbord Data"},
    }
    said = copy.deepcopy(publishers.REGISTER)
    for source in said["sources"].values():
        for key, about in source["files"].items():
            merged = about | changed.get(key, {})
            source["files"][key] = {k: v for k, v in merged.items() if v is not None}
    with pytest.raises(DataError) as refused:
        register.load(said)
    said = str(refused.value).splitlines()
    assert len(said) == len(changed)
    for key, where in (
        ("mps_borough_history", "then: expected with pick: longest"),
        ("mps_dashboard_other_years", r"file: expected a group (?P<part>...)"),
        ("mps_stop_and_search", "unread: expected the reason"),
        ("lfb_first", "endings.0: found 'csvv', expected csv, xlsx, xls, ods or zip"),
        ("mopac_surveys", "pick: found 'latest', expected newest, longest or each"),
        ("mps_lsoa_recent", "slugs: expected ['exy3m', 'recorded_crime_summary'], as mps_bor"),
        ("mps_dashboard_total", "dataset: expected 'MPS Monthly Crime Dashboard Data', as mps_das"),
    ):
        assert any(f"files.{key}.{where}" in line for line in said), (key, said)


def test_a_proxy_of_the_environment_is_used(checkout, secured, monkeypatch):
    """The council's way: no stand-in, a proxy that reaches the publishers, its own certificate."""
    published(secured, crime())
    proxy = Tunnel(secured.server_address[1])
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.pem))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
    report = fetch(checkout, [KEY], said=HURRIED, limits=QUICK, stand_ins={})
    proxy.end()
    assert list(report["status"]) == ["taken"], list(report["why"])
    assert proxy.reached == {"data.london.gov.uk:443", "files.datapress.com:443"}
