"""Is anything lost or fetched twice when `sbp fetch` is killed at 50 random moments?"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run the test of kills with more of them."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="eight kills")
    kills = "8" if ask.parse_args().quick else "50"
    started = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/test_fetch_kills.py"],
        cwd=ROOT, env=os.environ | {"SBP_KILLS": kills},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    outcome = "store readable each time, nothing whole fetched twice, next run complete"
    print(f"{kills} kills in {time.perf_counter() - started:.0f} s:",
          outcome if ran.returncode == 0 else ran.stdout[-2000:])  # fmt: skip
    sys.exit(ran.returncode)


if __name__ == "__main__":
    main()
