"""How long from saving a notebook to the browser showing it, in `sbp serve --watch`?

    python bench/watch.py [--notebook weapons]

The server is asked as a browser asks it: the time is from the save until it names a new site and
that site's page has been answered whole.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from engine import PYTHON, ROOT, copied, timed

PORT = 8765


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="two saves instead of seven")
    ask.add_argument("--notebook", default="weapons", help="which is saved")
    ask.add_argument("--page", default="sections/2-3-weapon-based-crime.html")
    ask.add_argument("--edition", default="bromley-sample")
    given = ask.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    run = "from sbpanalysis.cli import main; main()"
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
        checkout = copied(Path(name))
        timed([PYTHON, "-c", run, "build", "-e", given.edition], checkout)
        command = [PYTHON, "-c", run, "serve", "--watch", "-e", given.edition, "--port", str(PORT)]
        server = subprocess.Popen(command, cwd=checkout, stdout=subprocess.DEVNULL)
        try:
            shown = _after("")
            waits = []
            for number in range(2 if given.quick else 7):
                _edit(checkout / "notebooks" / f"{given.notebook}.ipynb", number)
                start = time.perf_counter()
                shown = _after(shown["number"], shown["site"])
                _asked(given.page)
                waits.append(time.perf_counter() - start)
        finally:
            server.terminate()
            server.wait()
    every = ", ".join(f"{wait:.1f}" for wait in waits)
    print(f"saved to visible, {given.notebook}.ipynb on {os.cpu_count()} cores: "
          f"median {statistics.median(waits):.1f} s of {every}")  # fmt: skip


def _edit(path: Path, number: int) -> None:
    """Another word in the first cell with code: only sections made from this notebook change."""
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(c for c in notebook["cells"] if "hide-input" in c["metadata"].get("tags", []))
    cell["source"] = [f"# {number}\n", *(line for line in cell["source"] if line[:2] != "# ")]
    path.write_text(json.dumps(notebook), "utf-8")


def _after(number: str, site: str = "") -> dict:
    """What the server says once it is another state, with another site."""
    while True:
        with suppress(OSError):
            state = json.loads(_asked(f"_sbp/state?after={number}"))
            if state["site"] not in ("", site):
                return state
            number = state["number"]
        time.sleep(0.05)


def _asked(path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{path}", timeout=60) as answer:
        return answer.read().decode()


if __name__ == "__main__":
    main()
