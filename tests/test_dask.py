"""A Dask cluster gives the same bytes, and a worker killed midway costs no page."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from conftest import sbp
from sbpanalysis.publish.release import page_digests

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(small_site, tmp_path):
    """The address of a scheduler, and two workers, each a process of its own."""
    env = os.environ | {"PYTHONPATH": str(small_site.parents[2] / "src"),
                        "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}  # fmt: skip
    known = tmp_path / "scheduler.json"

    def start(kind: str, *words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]
        common = ["--scheduler-file", str(known), "--no-dashboard", "--host", "127.0.0.1"]
        with (tmp_path / f"{kind}.log").open("a") as log:
            return subprocess.Popen(
                [*command, *common], cwd=tmp_path, env=env, stdout=log, stderr=log
            )

    worker = ("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
    processes = [start("scheduler", "--port", "0")]
    try:
        wait_for(known.exists)
        processes += [start(*worker), start(*worker)]
        yield json.loads(known.read_text())["address"], processes
    finally:
        for process in processes:  # a worker would first ask the scheduler whether it may go
            process.kill()
            process.wait()


def wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_worker_killed_midway_costs_no_page_and_changes_no_byte(small_site, cluster):
    address, (_, victim, other) = cluster
    root = small_site.parents[2]
    before = page_digests(small_site.resolve()), (small_site / "manifest.json").read_bytes()
    shutil.rmtree(root / "build" / "cache")

    def kill() -> None:
        wait_for(lambda: len(list((root / "build" / "cache").glob("*.ipynb"))) > 5, 200)
        family.extend(psutil.Process(victim.pid).children(recursive=True))
        victim.send_signal(signal.SIGKILL)

    family: list[psutil.Process] = []
    killer = threading.Thread(target=kill)
    killer.start()
    ran = sbp(root, "build", "--executor", f"dask:{address}")
    killer.join()
    assert ran.returncode == 0, ran.stderr
    assert victim.wait(5) == -signal.SIGKILL
    assert other.poll() is None
    assert (page_digests(small_site.resolve()), (small_site / "manifest.json").read_bytes()) == (
        before
    )
    assert family
    wait_for(lambda: not [p for p in family if p.is_running() and p.status() != "zombie"])


def test_a_scheduler_that_does_not_answer_is_told(small_site):
    ran = sbp(small_site.parents[2], "build", "--executor", "dask:tcp://127.0.0.1:9")
    assert ran.returncode == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in ran.stderr
