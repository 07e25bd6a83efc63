"""The manifest: what a site was made from, told so that anyone can check it."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

from conftest import ROOT
from sbpanalysis.publish.build import CHANGED, NO_COMMIT, commit


def git(folder, *words: str) -> str:
    named = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    ran = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def checkout_of_git(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "src")
    git(tmp_path, "commit", "-q", "-m", "One")
    return tmp_path


def test_a_checkout_tells_its_commit(checkout_of_git):
    assert commit(checkout_of_git) == git(checkout_of_git, "rev-parse", "HEAD")


def test_a_change_that_was_not_committed_is_told(checkout_of_git):
    (checkout_of_git / "src" / "a.py").write_text("a = 2\n")
    assert commit(checkout_of_git).endswith(CHANGED)


def test_what_does_not_make_the_site_is_no_change(checkout_of_git):
    (checkout_of_git / "note.txt").write_text("nothing of the site\n")
    assert CHANGED not in commit(checkout_of_git)


def test_a_folder_without_git_or_within_another_checkout_says_that_none_is_known(
    checkout_of_git, tmp_path_factory
):
    assert commit(tmp_path_factory.mktemp("plain")) == NO_COMMIT
    assert commit(checkout_of_git / "src") == NO_COMMIT


@pytest.mark.slow
def test_the_samples_manifest_names_all_that_it_was_made_from(sample_site, building):
    told = json.loads((sample_site / "manifest.json").read_text("utf-8"))
    assert told["edition"] == "bromley-sample"
    assert told["parameters"]["area"] == "Bromley"
    assert told["synthetic"] is True
    assert told["data_up_to"] == "2018-09"
    assert told["library"]["version"]
    assert told["library"]["commit"] == NO_COMMIT  # the tests build in a plain copy
    lock = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    assert told["environment"] == {"file": "requirements.lock", "sha256": lock}
    files = [p for p in (building / "data" / "sample").iterdir() if p.is_file()]
    held = {(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files}
    is_open = [s for s in told["snapshots"] if not s["snapshot"].startswith("closed-")]
    assert {(s["file"], s["snapshot"]) for s in is_open} <= held
    assert 5 < len(is_open) < len(told["snapshots"])
    assert len(told["snapshots"]) > 20
    pages = {p.relative_to(sample_site).as_posix() for p in sample_site.rglob("*.html")}
    assert pages < set(told["pages"])
    for name, digest in told["pages"].items():
        assert hashlib.sha256((sample_site / name).read_bytes()).hexdigest() == digest, name
