"""Every strict reference case of the shared folder passes, item by item."""

import subprocess
import sys

import pytest

from conftest import need

ITEMS = [f"{n:02d}" for n in range(1, 11)]


@pytest.mark.parametrize("item", ITEMS)
def test_the_library_agrees_with_the_reference_cases_of_item(item, oracle):
    check = need(oracle.parent / "checks" / "oracle_check.py", "the program that reads the cases")
    command = [sys.executable, str(check), str(oracle), "--only", item, "--procs", "1"]
    quick = ["--quick"] if item == "08" else []
    done = subprocess.run(command + quick, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
