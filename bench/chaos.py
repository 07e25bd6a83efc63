"""Is the site whole, and nothing left, when a build's processes are killed at random moments?

Each round takes three executed notebooks out of the cache, begins the build that makes them again,
and at a random moment kills a kernel, the warm process or the build itself. Asked each time: do the
published files match their manifest, is every process of the build gone, does the next build give
the same site to the byte, and is nothing unfinished, no socket and no lock left then?
"""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from edits import begun, small

from sbpanalysis.publish.release import verify

KINDS = ("kernel", "warm process", "build interrupted", "build killed")
ASKED = ("site not whole", "process left", "next build failed", "site differs", "thing left")
MARK = "SBP_CHAOS"  # in the environment of everything that a build starts


def main() -> None:
    """Kill at random moments, print what was seen, and fail if anything was not as it should."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="five moments")
    ask.add_argument("--moments", type=int, default=50)
    ask.add_argument("--seed", type=int, default=2018)
    ask.add_argument("--built", type=Path, help="such a checkout, built already: it is copied")
    given = ask.parse_args()
    count, dice = 5 if given.quick else given.moments, random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="sbp-") as name:
        folder = Path(name)
        checkout = folder / "checkout"
        if given.built:
            shutil.copytree(given.built, checkout, symlinks=True)
        else:
            small(checkout)
        (folder / "t").mkdir()
        os.environ |= {"TMPDIR": str(folder / "t"), MARK: name}
        if not given.built and begun(checkout).wait():
            sys.exit((checkout / "said.txt").read_text("utf-8"))
        site = checkout / "build" / "bromley-sample" / "site"
        whole = (site / "manifest.json").read_bytes()
        empty(checkout, dice)
        start = time.monotonic()
        begun(checkout).wait()
        longest = time.monotonic() - start
        rows: dict[str, list[dict]] = {kind: [] for kind in KINDS}
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            rows[kind].append(one(checkout, kind, dice, longest, whole))
            told = [what for what in ASKED if rows[kind][-1][what]]
            print(f"{number + 1:3} {kind:18} {rows[kind][-1]['after']:5.1f} s  "
                  f"{'; '.join(f'{what}: {rows[kind][-1][what]}' for what in told) or 'as wanted'}",
                  flush=True)  # fmt: skip
    sys.exit(table(rows, given.seed))


def one(checkout: Path, kind: str, dice: random.Random, longest: float, whole: bytes) -> dict:
    """One kill, and what was seen of each thing asked: empty where it was as it should be."""
    empty(checkout, dice)
    site, seen = checkout / "build" / "bromley-sample" / "site", dict.fromkeys(ASKED, "")
    build, start = begun(checkout), time.monotonic()
    time.sleep(dice.uniform(0, longest))
    if kind.startswith("build"):
        build.send_signal(signal.SIGKILL if kind == "build killed" else signal.SIGINT)
    else:
        while build.poll() is None:
            with suppress(IndexError, ProcessLookupError):  # none yet, or it ended by itself
                os.kill(dice.choice(list(of_kind(build, kind))), signal.SIGKILL)
                break
            time.sleep(0.02)
    seen["after"] = time.monotonic() - start
    seen["site not whole"] = ", ".join(verify(site))
    code = build.wait(600)
    if kind.startswith("build"):
        time.sleep(2)
        seen["process left"] = ", ".join(left())
        seen["site not whole"] = seen["site not whole"] or ", ".join(verify(site))
        code = begun(checkout).wait(600)
    if code:
        seen["next build failed"] = f"{code}: {(checkout / 'said.txt').read_text('utf-8')}"
    seen["site differs"] = (site / "manifest.json").read_bytes() != whole or bool(verify(site))
    seen["thing left"] = ", ".join([*left(), *unfinished(checkout)])
    return seen


def empty(checkout: Path, dice: random.Random) -> None:
    """Take three executed notebooks out of the cache."""
    entries = sorted((checkout / "build" / "cache").glob("*.ipynb"))
    for path in dice.sample(entries, 3):
        path.unlink()


def of_kind(build: subprocess.Popen, kind: str) -> Iterator[int]:
    """The pids of a build's kernels, or of its warm process."""
    try:
        children = psutil.Process(build.pid).children(recursive=True)
        warm = {p.pid for p in children if "sbpanalysis.publish.kernel_server" in p.cmdline()}
        parents = {p.pid: p.ppid() for p in children}
    except psutil.NoSuchProcess:
        return
    for pid, parent in parents.items():
        if (parent in warm) if kind == "kernel" else (pid in warm and parent not in warm):
            yield pid


def left() -> Iterator[str]:
    """What still runs of any build, known by the environment it was given."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == os.environ[MARK]:
                yield f"process {process.pid} ({' '.join(process.cmdline())[:80]})"
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue


def unfinished(checkout: Path) -> Iterator[str]:
    """Temporary files, folders and sockets, and locks that are held."""
    yield from (f"temporary {p.name}" for p in Path(os.environ["TMPDIR"]).iterdir())
    for path in checkout.rglob(".*"):
        if "~" in path.name or path.suffix in (".partial", ".part"):
            yield f"unfinished {path.relative_to(checkout)}"
        if path.name == ".lock":
            with path.open("w") as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield f"lock {path.relative_to(checkout)}"


def table(rows: dict[str, list[dict]], seed: int) -> int:
    """Print how often each thing asked was not as it should be; the number of all such."""
    print(f"\n{sum(map(len, rows.values()))} moments, seed {seed}")
    print(f"{'killed':18}{'times':>7}{'after':>8}" + "".join(f"{what:>19}" for what in ASKED))
    for kind, seen in rows.items():
        after = f"{statistics.median(s['after'] for s in seen):6.1f} s" if seen else ""
        counts = [sum(bool(s[what]) for s in seen) for what in ASKED]
        print(f"{kind:18}{len(seen):7}{after:>8}" + "".join(f"{n:19}" for n in counts))
    return min(1, sum(bool(s[what]) for seen in rows.values() for s in seen for what in ASKED))


if __name__ == "__main__":
    main()
