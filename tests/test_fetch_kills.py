"""A kill at any moment leaves the store readable, and the next run fetches only what lacks."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256

from conftest import ROOT
from fetching import MPS
from publishers import STORAGE, datastore
from recorded_crime import as_csv, borough_frame, lsoa_frame, ward_frame
from sbpanalysis.data.fetch import accept
from sbpanalysis.data.store import Store

KILLS = int(os.environ.get("SBP_KILLS", "8"))  # bench/kills.py tries 50
NAMES = ("mps_borough_recent", "mps_borough_history", "mps_ward_recent", "mps_lsoa_recent")
FETCH = (
    "import sys; from pathlib import Path; from sbpanalysis.data.fetch.run import fetch;"
    "from fetching import HURRIED, QUICK;"
    "r = fetch(Path.cwd(), sys.argv[1:], said=HURRIED, limits=QUICK);"
    "print(','.join(r['status'] + ' ' + r['why']))"
)


def start(checkout, server) -> subprocess.Popen:
    """`fetch` in a process of its own."""
    stand_ins = ",".join(f"{host}={base}" for host, base in server.stand_ins.items())
    places = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))
    env = os.environ | {"SBP_FETCH_STAND_IN": stand_ins, "PYTHONPATH": places}
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, *NAMES], cwd=checkout, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def readable(checkout) -> set[str]:
    """The SHA-256 of every snapshot, each of which is what its name says and can be read."""
    folder, store = checkout / "data" / "snapshots", Store(checkout)
    for about in folder.rglob("*.json"):
        json.loads(about.read_bytes())
    held = [p for p in folder.glob("*") if p.is_file() and not p.suffix and p.name[0] != "."]
    for path in held:
        assert sha256(path.read_bytes()).hexdigest() == path.name
    for path in (checkout / "data" / "store").glob("*.json"):
        facts = store.facts(path.stem)
        assert len(store.table(path.stem)) == facts["rows"]
    return {path.name for path in held}


def whole_in_flight(checkout) -> set[str]:
    """The names of files that had come whole when the process was killed."""
    partial = checkout / "data" / "snapshots" / "partial"
    found = set()
    for about in partial.glob("*.json"):
        said = json.loads(about.read_bytes())
        length = int(said["headers"].get("content-length", -1))
        part, whole = about.with_suffix(".part"), about.with_suffix(".whole")
        if whole.is_file() or (part.is_file() and part.stat().st_size == length):
            found.add(said["name"])
    return found


def test_fetch_killed_at_random_moments_loses_nothing_and_asks_for_nothing_twice(
    checkout, server, no_proxies
):
    files = {
        "MPS Borough Level Crime (most recent 24 months).csv": as_csv(borough_frame("2019")),
        "MPS Borough Level Crime (Historical).csv": as_csv(borough_frame("2019", "2010-01", 84)),
        "MPS Ward Level Crime (most recent 24 months).csv": as_csv(ward_frame()),
        "MPS LSOA Level Crime (most recent 24 months).csv": as_csv(lsoa_frame()),
    }
    datastore(server, {MPS: files})
    hands, whole = random.Random(7), set()
    for number in range(KILLS):
        server.pause = 0.02 * (1 + number % 4)
        server.answers.clear()
        process = start(checkout, server)
        seen, deadline = len(server.asked), time.monotonic() + 30
        while len(server.asked) == seen and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)  # the moments before the first request are all alike
        time.sleep(hands.uniform(0, 0.4 * (1 + number % 8)))  # a busy machine takes longer
        process.send_signal(signal.SIGKILL)
        _, wrong = process.communicate()
        assert not wrong
        again = [
            path for path, status, size in server.answers
            if size and status in (200, 206) and path.rsplit("/", 1)[-1] in whole
            and (STORAGE, path) in server.pages
        ]  # fmt: skip
        assert again == [], "bytes that were whole came a second time"
        held = readable(checkout)
        taken = {name for name, body in files.items() if sha256(body).hexdigest() in held}
        whole |= taken | whole_in_flight(checkout)
    assert whole, "no kill came after a first file was whole: nothing was tried"
    server.pause = 0
    process = start(checkout, server)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    assert said.count("taken") + said.count("unchanged") == len(NAMES), said
    assert readable(checkout) == {sha256(body).hexdigest() for body in files.values()}
    assert all(accept.known(checkout, name) for name in NAMES)
    assert not list((checkout / "data" / "snapshots" / "partial").iterdir())
