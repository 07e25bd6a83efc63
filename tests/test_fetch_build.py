"""From the publishers to a site: fetched from a stand-in, pinned, built; built again, the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from conftest import COPIED, ROOT, sbp
from fetching import HURRIED, QUICK
from publishers import DATASTORE, STORAGE, Server
from sbpanalysis.data import refresh, snapshots
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.fetch.run import fetch
from test_fetch import every_publisher, sample  # noqa: F401

pytestmark = pytest.mark.slow
BOROUGH = "MPS Borough Level Crime (most recent 24 months).csv"


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, real, sample):  # noqa: F811
    """A copy of the checkout with all that the stand-in gives, and the server."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source = ROOT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    server = Server()
    every_publisher(server, real, sample)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Edition.open("bromley-sample")  # what the methods pages read is stored by then
        fetch(folder, months=3, said=HURRIED, limits=QUICK, stand_ins=server.stand_ins)
    yield folder, server
    server.end()


def site_bytes(site: Path) -> dict[str, bytes]:
    """Every file of a site."""
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_site_is_built_from_what_was_fetched_and_stays_the_same_after_newer_files_came(
    fetched, monkeypatch
):
    folder, server = fetched
    monkeypatch.chdir(folder)
    draft = refresh.draft("bromley-latest", folder, to="fetched")
    assert (draft.before, draft.period_end) == (None, "2024-10")
    said = yaml.safe_load(draft.text)
    synthetic = snapshots.kept(folder, synthetic=True)  # the stand-ins gave some of the sample's
    said["data"] = [sha for sha in said["data"] if sha not in synthetic]
    draft.path.write_text(yaml.safe_dump(said), "utf-8")
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

    [key] = [k for k in server.pages if k[0] == STORAGE and k[1].endswith(BOROUGH)]
    first = server.pages[key].decode().split("\r\n")
    cells = first[1].rsplit(",", 1)
    first[1] = f"{cells[0]},{int(cells[1]) + 1}"
    server.pages[key] = "\r\n".join(first).encode()
    report = fetch(folder, ["mps_borough_recent"], said=HURRIED, limits=QUICK,
                   stand_ins=server.stand_ins)  # fmt: skip
    assert list(report["status"]) == ["taken"]
    assert (DATASTORE, key[1]) not in server.pages
    shutil.rmtree(folder / "build")
    again = sbp(folder, "build", "--edition", "fetched")
    assert again.returncode == 0, again.stderr
    after = site_bytes(site)
    assert sorted(after) == sorted(before)
    assert [name for name in before if after[name] != before[name]] == []
