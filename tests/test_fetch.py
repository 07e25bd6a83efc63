"""Fetching: each publisher's address found, only whole files taken, nothing asked for twice."""

from __future__ import annotations

import csv
import io
import json

import pytest

import publishers
from publishers import Server, datastore, feature_server, plain_bytes, zipped
from sbpanalysis.data.fetch import web
from sbpanalysis.data.fetch.run import fetch
from sbpanalysis.data.sample import write_sample
from sbpanalysis.data.store import Store

QUICK = web.Limits(attempts=3, pause=0.01, longest_pause=2, connect=2, silence=2, seconds=20,
                   patience=0.5, slowest=20_000)  # fmt: skip
HURRIED = publishers.REGISTER | {
    "hosts": {
        name: about | {"a_second": 1000, "burst": 1000}
        for name, about in publishers.REGISTER["hosts"].items()
    }
}
MPS = ("mps-recorded-crime-geographic-breakdown-exy3m", "MPS Recorded Crime Geographic Breakdown")
DASHBOARD = ("mps-monthly-crime-dashboard-data-e5n6w", "MPS Monthly Crime Dashboard Data")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The stand-in is on this machine: no proxy of it may come between."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server():
    """A stand-in without pages."""
    stand_in = Server()
    yield stand_in
    stand_in.shutdown()
    stand_in.server_close()


@pytest.fixture
def get(checkout, server):
    """`fetch` in an empty checkout, against the stand-in."""

    def run(*names, **settings):
        settings = {"stand_ins": server.stand_ins, "limits": QUICK, "said": HURRIED} | settings
        return fetch(checkout, names, **settings)

    return run


def every_publisher(server: Server, real, sample) -> None:
    """All publishers: with real files where there are some, else with those of the sample."""
    mps, dash = real / "mps_recorded_crime", real / "mps_dashboards"
    gla, rates = real / "gla_population", real / "recorded_crime_rates"
    unread = b"Month,Borough,Searches\r\n2026-01,Bromley,1\r\n"
    level = {
        "Borough": ("24m_202306-202505.csv", "Historical_201004-202210.csv"),
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
    for kind in ("GunCrime", "DomesticAbuse", "Violence"):
        [path] = sample.glob(f"MonthlyCrimeDashboard_{kind}Data*")
        boards[f"M1045_MonthlyCrimeDashboard_{kind}Data.csv"] = plain_bytes(path)
    [fires] = sample.glob("LFB*")
    years = ("2024 onwards", "2018 - 2023", "2009 - 2017")
    profiles = "london-borough-profiles"
    density = "land-area-and-population-density-ward-and-borough"
    vawg, homicide = sorted(dash.glob("VAWG*"))[0], sorted(dash.glob("Homicide*"))[0]
    workbook = zipped({"xl/workbook.xml": b"<workbook/>"})
    files = {
        MPS: crime,
        DASHBOARD: boards,
        ("mps-vawg-2yod5", "VAWG"): {"VAWG offences.csv": plain_bytes(vawg)},
        ("mps-homicide-2l1w8", "H"): {"Homicide dashboard.csv": plain_bytes(homicide)},
        ("mps-stop-and-search-e6yjz", "S"): {"Stop and Search.csv": unread},
        ("mopac-surveys-236kk", "MOPAC Surveys"): {"PAS Borough.xlsx": workbook},
        ("london-fire-brigade-incident-records-em8xy", "LFB"): {
            f"LFB Incident data from {year}.csv": plain_bytes(fires) for year in years
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
    datastore(server, files)
    street_and_api(server, real)
    official_statistics(server, real)
    geography(server, real)


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


def official_statistics(server: Server, real) -> None:
    """ONS, Home Office, Nomis, Fingertips."""
    ons = "www.ons.gov.uk"
    for about in publishers.REGISTER["files"].values():
        if about["find"] == "ons":
            page, uri = about["page"], f"{about['page']}/yearendingjune2026"
            server.pages[ons, f"{page}/data"] = lambda h, u=uri: h.json({"datasets": [{"uri": u}]})
            server.pages[ons, f"{uri}/data"] = lambda h, u=uri: h.json(
                {"uri": u, "downloads": [{"file": "tables.xlsx"}]})  # fmt: skip
    server.pages[ons, "/file"] = zipped({"xl/workbook.xml": b"<workbook/>"})
    asset = "/media/66f/csp-2026.ods"
    attachments = [
        {"title": "Police recorded crime community safety partnership open data table, from year "
                  "ending March 2021 onwards", "url": f"https://assets.publishing.service.gov.uk{asset}"},
        {"title": "Police force area tables", "url": "https://assets.publishing.service.gov.uk/x"},
    ]  # fmt: skip
    page = publishers.REGISTER["files"]["home_office_partnerships"]["page"]
    server.pages["www.gov.uk", page] = lambda h: h.json({"details": {"attachments": attachments}})
    server.pages["assets.publishing.service.gov.uk", asset] = zipped({"content.xml": b"<office/>"})
    gla = real / "gla_population"
    nomis = "www.nomisweb.co.uk"
    server.pages[nomis, "/output/census/2021/census2021-ts007a.zip"] = zipped({
        "census2021-ts007a-ltla.csv": plain_bytes(gla / "census2021-ts007a-ltla.csv"),
        "census2021-ts007a-lsoa.csv": plain_bytes(gla / "census2021-ts007a-lsoa_London.csv.gz"),
    })  # fmt: skip
    rows = [f"2025,E09{n % 33 + 1:06d},{n}\r\n" for n in range(60_000)]

    def page_of(handler) -> None:
        first = int(handler.query["recordoffset"])
        part = rows[first : first + int(handler.query["recordlimit"])]
        handler.plain(200, ("DATE,GEOGRAPHY_CODE,OBS_VALUE\r\n" + "".join(part)).encode())

    server.pages[nomis, "/api/v01/dataset/NM_31_1.data.csv"] = page_of
    tips = "fingertips.phe.org.uk"
    types = [{"Id": n, "Name": f"Upper tier local authorities ({n})"} for n in (402, 502)]
    server.pages[tips, "/api/area_types"] = lambda h: h.json(types)

    def indicator(handler) -> None:
        assert handler.query["child_area_type_id"] == "502"
        handler.plain(200, b"Indicator ID,Area Code,Value\r\n1,E09000006,1\r\n")

    server.pages[tips, "/api/all_data/csv/by_indicator_id"] = indicator


def geography(server: Server, real) -> None:
    """ArcGIS services, older and newer ones, in pages."""
    places = real / "boundaries"
    wards = json.loads((places / "wards_2013" / "E09000006.json").read_bytes())["features"]
    feature_server(server, "WD_DEC_2013_UK_BGC", wards, 10)
    feature_server(server, "WD_DEC_2011_UK_BGC", [], 10)
    lsoas = json.loads((places / "lsoa_2011" / "E09000006.json").read_bytes())["features"]
    feature_server(server, "LSOA_2021_EW_BGC_V5", lsoas, 100)
    feature_server(server, "LSOA_2021_EW_BGC_V2", lsoas[:5], 100)
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


def test_every_open_source_is_fetched_from_its_publisher(get, server, real, sample, checkout):
    every_publisher(server, real, sample)
    report = get(months=3)
    lacking = report[report["status"].isin(["not fetched", "kept aside"])]
    assert set(lacking["key"]) == {"mps_dashboard_hate", "mps_dashboard_total"}  # of no file here
    assert set(publishers.REGISTER["hosts"]) <= {host for host, _, _ in server.asked}
    taken = report[report["status"] == "taken"]
    assert {Store(checkout).facts(sha)["source"] for sha in taken["sha256"]} == {
        about["source"] for about in publishers.REGISTER["files"].values() if "source" in about
    } - {"mps_dashboard_total"}
    unread = {w for w, about in publishers.REGISTER["files"].items() if "source" not in about}
    assert set(report["key"][report["status"] == "kept unread"]) == unread
    sent = server.sent
    again = get(months=3)
    assert set(again["status"]) <= {"unchanged", "not fetched"}
    assert server.sent - sent < sent / 20  # pages of services alone
