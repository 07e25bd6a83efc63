"""What does each further borough cost, in seconds, processor and memory?

    python bench/boroughs.py [--areas 1,4,32] [--edition bromley-latest --data FOLDER]

A fresh checkout for each number of areas, so that the first one pays for the sample, for reading
all files and for what all areas share. Rounds go through all numbers in turn, and the table gives
medians, of the ratios too, so that other work on the machine hits all alike. Memory is the sum of
the proportional set sizes of the command and all processes that it started, looked at twice a
second: its peak.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from engine import PYTHON, ROOT, copied

from sbpanalysis.data.territory import territory


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="one and two areas")
    ask.add_argument("--areas", default="1,4,32", help="numbers of areas")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--edition", default="bromley-sample")
    ask.add_argument("--data", type=Path, help="a folder of published files")
    given = ask.parse_args()
    counts = [1, 2] if given.quick else [int(n) for n in given.areas.split(",")]
    rounds = 1 if given.quick else given.rounds
    (ROOT / "build").mkdir(exist_ok=True)
    seen: dict[int, list] = {count: [] for count in counts}
    for _ in range(rounds):
        for count in counts:
            with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
                row = built(copied(Path(name)), given.edition, given.data, count)
            seen[count].append(row)
            print(f"{count} areas, {row[1]:.1f} seconds of processor", file=sys.stderr)
    print(f"{'areas':>6}{'seconds':>9}{'processor':>11}{'each further':>14}{'of first':>10}"
          f"{'peak MB':>9}")  # fmt: skip
    alone = [used / counts[0] for _, used, _ in seen[counts[0]]]
    for count, rows in seen.items():
        waited, used, peak = (statistics.median(column) for column in zip(*rows, strict=True))
        line = f"{count:6}{waited:9.0f}{used:11.0f}"
        if count > 1:
            more = [(r[1] - one) / (count - 1) for r, one in zip(rows, alone, strict=True)]
            share = statistics.median(m / one for m, one in zip(more, alone, strict=True))
            line += f"{statistics.median(more):14.1f}{share:10.2f}"
        print(f"{line:50}{peak:9.0f}")


def built(
    checkout: Path, edition: str, data: Path | None, count: int
) -> tuple[float, float, float]:
    """Seconds, seconds of processor and peak memory in MB of a build of so many areas."""
    chosen = ",".join(sorted(territory().units.values())[:count])
    run = "from sbpanalysis.cli import main; main()"
    command = [PYTHON, "-c", run, "build", "-e", edition, "--areas", chosen, "--workers", "2"]
    command += ["--data", str(data.resolve())] if data else []
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)  # fmt: skip
    peaks: list[float] = []
    watcher = threading.Thread(target=_watch, args=(process, peaks))
    watcher.start()
    said, _ = process.communicate()
    watcher.join()
    after = os.times()
    if process.returncode:
        sys.exit(said[-3000:])
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return time.perf_counter() - start, used, max(peaks, default=0)


def _watch(process: subprocess.Popen, peaks: list[float]) -> None:
    import psutil

    top = psutil.Process(process.pid)
    while process.poll() is None:
        total = 0
        try:
            for one in [top, *top.children(recursive=True)]:
                total += _proportional(one.pid)
        except psutil.NoSuchProcess:
            continue
        peaks.append(total / 1024)
        time.sleep(0.5)


def _proportional(pid: int) -> int:
    """The proportional set size of a process in kB: shared memory counts once among its users."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
