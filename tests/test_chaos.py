"""Killed at any moment, a build leaves the site whole and nothing behind; the next completes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import ROOT

pytestmark = pytest.mark.slow


def test_a_kill_leaves_the_site_whole_and_nothing_behind(small_site):
    chaos, built = ROOT / "bench" / "chaos.py", small_site.parents[2]
    ran = subprocess.run(
        [sys.executable, str(chaos), "--quick", "--built", str(built)],
        capture_output=True, text=True, check=False, timeout=1200,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("as wanted") == 5
