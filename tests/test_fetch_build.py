"""From the publishers to a site: fetched from a stand-in, pinned, built; built again, the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from conftest import COPIED, ROOT, sbp
from fetching import HURRIED
from publishers import DATASTORE, STORAGE, Server, plain_bytes, resource, served
from sbpanalysis.data.edition import Edition
from test_fetch import every_publisher, sample  # noqa: F401

pytestmark = pytest.mark.slow
BOROUGH = "MPS Borough Level Crime (most recent 24 months).csv"
# what the stand-in has real files of
NAMES = (
    "mps_borough", "mps_ward", "mps_lsoa", "mps_dashboard_knife", "mps_homicide_proceedings",
    "gla_density_ward", "gla_borough_profiles", "gla_ward_profiles", "gla_crime_rates",
    "census_2021", "ons_mid_year_estimates", "services1.arcgis.com",
)  # fmt: skip
PERIODS = {
    BOROUGH: ("2022-11", "2024-10"),
    "MPS Borough Level Crime (Historical).csv": ("2010-04", "2022-10"),
    "MPS Ward Level Crime (most recent 24 months).csv": ("2023-06", "2025-05"),
    "MPS Ward Level Crime (Historical).csv": ("2010-04", "2024-02"),
}


def of_dozens(server: Server, real, sample) -> None:  # noqa: F811
    """All publishers; of the borough file there are three editions of one name, in no order."""
    crime = every_publisher(server, real, sample)[0]
    files = crime["resources"]
    for one in files:
        one["timeframeFrom"], one["timeframeTo"] = PERIODS.get(one["filename"], ("", ""))
    newest = real / "mps_recorded_crime" / "MPS_Borough_Level_Crime_24m_202306-202505.csv"
    served(server, crime["id"], "new", plain_bytes(newest), BOROUGH)
    files.insert(0, resource("new", BOROUGH, "2025-06-04", "2023-06", "2025-05"))
    files.insert(0, resource("old", BOROUGH, "2026-01-04", "2021-11", "2023-10", title="Moved"))


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, real, sample):  # noqa: F811
    """A copy of the checkout, in which the command fetches, and the server."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source = ROOT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    hosts = yaml.safe_dump(HURRIED["hosts"])
    (folder / "data" / "reference" / "hosts.yml").write_text(hosts, "utf-8")
    said = {"title": "T", "area": "Bromley", "comparators": ["London", "Croydon"],
            "period_end": "2024-12", "data": ["of another machine.csv"]}  # fmt: skip
    (folder / "book" / "editions" / "mine.yml").write_text(yaml.safe_dump(said), "utf-8")
    server = Server()
    of_dozens(server, real, sample)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Edition.open("bromley-sample")  # what the methods pages read is stored by then
        given = ",".join(f"{host}={base}" for host, base in server.stand_ins.items())
        patch.setenv("SBP_FETCH_STAND_IN", given)
        for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(proxy, raising=False)
            patch.delenv(proxy.lower(), raising=False)
        yield folder, server
    server.end()


def site_bytes(site: Path) -> dict[str, bytes]:
    """Every file of a site."""
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_site_is_built_from_what_was_fetched_and_stays_the_same_after_newer_files_came(
    fetched, monkeypatch
):
    folder, server = fetched
    ran = sbp(folder, "fetch", *NAMES)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = sbp(folder, "refresh", "--edition", "mine", "--to", "fetched")
    assert ran.returncode == 0, ran.stderr
    said = yaml.safe_load((folder / "book" / "editions" / "fetched.yml").read_text("utf-8"))
    assert (said["period_end"], set(said["joins"])) == ("2025-05", {"mps_borough", "mps_ward"})
    monkeypatch.chdir(folder)
    crime = Edition.open("fetched").series("burglary_offences")
    assert (str(crime.index[0]), str(crime.index[-1])) == ("2010-04", "2025-05")
    assert len(crime.dropna()) == 182, "15 years and two months without a gap"
    ran = sbp(folder, "build", "--edition", "fetched")
    assert ran.returncode == 0, ran.stderr
    site = folder / "build" / "fetched" / "site"
    before = site_bytes(site)
    pinned = {s["snapshot"] for s in json.loads(before["manifest.json"])["snapshots"]}
    assert {sha for sha in pinned if not sha.startswith("closed-")} <= set(said["data"])
    assert b"data.london.gov.uk" not in before["index.html"]
    page = before["data-and-revisions.html"].decode()
    assert "BURGLARY IN A DWELLING" in page
    assert "Newest month" in page

    key = (STORAGE, f"/london/dataset/new/{BOROUGH}")
    first = server.pages[key].decode().split("\r\n")
    cells = first[1].rsplit(",", 1)
    first[1] = f"{cells[0]},{int(cells[1]) + 1}"
    server.pages[key] = "\r\n".join(first).encode()
    ran = sbp(folder, "fetch", "mps_borough_recent")
    assert "1 taken" in ran.stdout, ran.stdout + ran.stderr
    assert (DATASTORE, key[1]) not in server.pages
    shutil.rmtree(folder / "build")
    again = sbp(folder, "build", "--edition", "fetched")
    assert again.returncode == 0, again.stderr
    after = site_bytes(site)
    assert sorted(after) == sorted(before)
    assert [name for name in before if after[name] != before[name]] == []
