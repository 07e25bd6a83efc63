"""Can the whole archive of data.police.uk be taken in, and an edition made from it?

    python bench/archive.py [--rows 18000000] [--months 36]

Writes a synthetic archive of street crime as it is published: one zip, one CSV file a police
force and month, the Metropolitan Police's as large as in truth. Then `sbp add` of it and
`sbp build` of an edition that adds its files to the sample's, each a process of its own: seconds,
seconds of processor, and the most memory that process had at once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from engine import PYTHON, ROOT, copied

from sbpanalysis.data.territory import territory

HEADER = ("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,"
          "LSOA name,Crime type,Last outcome category,Context\r\n")  # fmt: skip
TYPES = ("Anti-social behaviour", "Bicycle theft", "Burglary", "Criminal damage and arson", "Drugs",
         "Other crime", "Other theft", "Possession of weapons", "Public order", "Robbery",
         "Shoplifting", "Theft from the person", "Vehicle crime",
         "Violence and sexual offences")  # fmt: skip
LONDON = {
    "metropolitan": ("Metropolitan Police Service", 92_000),
    "city-of-london": ("City of London Police", 700),
}  # rows a month
OTHERS = 41  # forces
# Every archive holds the transport police, who give no crime ids and of Scotland no LSOAs, and
# Northern Ireland, of which there are no LSOAs at all
TRANSPORT, IRELAND = (
    ("British Transport Police", 5_000),
    ("Police Service of Northern Ireland", 8_000),
)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="6 months, a million rows")
    ask.add_argument("--rows", type=int, default=18_000_000)
    ask.add_argument("--months", type=int, default=36)
    given = ask.parse_args()
    rows, count = (1_000_000, 6) if given.quick else (given.rows, given.months)
    months = [str(m) for m in pd.period_range(end="2018-09", periods=count, freq="M")]
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
        checkout = copied(Path(name))
        archive = checkout / "2018-09.zip"
        written = write(archive, months, rows)
        size = archive.stat().st_size / 1e6
        print(f"{written:,} rows, {len(months)} months, {size:,.0f} MB", flush=True)
        print(f"{'':28}{'seconds':>9}{'processor':>11}{'peak MB':>9}")
        run = [PYTHON, "-c", "from sbpanalysis.cli import main; main()"]
        row("sbp add of the archive", [*run, "add", str(archive)], checkout)
        archive.unlink()
        edition = checkout / "book" / "editions" / "with-street.yml"
        said = yaml.safe_load((edition.parent / "bromley-sample.yml").read_text("utf-8"))
        said["data"] = [*said["data"], "*-street.csv"]
        edition.write_text(yaml.safe_dump(said), "utf-8")
        row("sbp build of an edition", [*run, "build", "-e", "with-street"], checkout)
        manifest = checkout / "build" / "with-street" / "site" / "manifest.json"
        held = json.loads(manifest.read_text("utf-8"))["snapshots"]
        print(f"{sum('street' in s['file'] for s in held)} of its files are behind the figures")


def write(target: Path, months: list[str], rows: int) -> int:
    """Write the archive; the number of rows in it."""
    rng, total = np.random.default_rng(0), 0
    per_month = sum(count for _, count in LONDON.values())
    elsewhere = max(0, rows // len(months) - per_month) // OTHERS
    places = _places()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for month in months:
            for slug, (force, count) in LONDON.items():
                text = _lines(rng, month, force, places, count)
                archive.writestr(f"{month}/{month}-{slug}-street.csv", HEADER + text)
                total += count
            for slug, (force, count) in {"btp": TRANSPORT, "northern-ireland": IRELAND}.items():
                text = "".join(_odd_line(month, force, n) for n in range(count))
                archive.writestr(f"{month}/{month}-{slug}-street.csv", HEADER + text)
                total += count
            line = f"{'0' * 64},{month},Kent Police,Kent Police,0.5,51.2,On or near High Street,"
            line += "E01024000,Maidstone 001A,Burglary,Under investigation,\r\n"
            for force in range(OTHERS):
                name = f"{month}/{month}-force-{force}-street.csv"
                archive.writestr(name, HEADER + line * elsewhere)
                total += elsewhere
    return total


def _odd_line(month: str, force: str, n: int) -> str:
    """A crime without an id and an LSOA of London, or coordinates alone."""
    place = "E01000001,City of London 001A" if force == TRANSPORT[0] and n % 4 else ","
    kind = TYPES[n % len(TYPES)]
    return f",{month},{force},{force},-4.25,55.86,On or near Station,{place},{kind},,\r\n"


def _places() -> list[str]:
    here = territory()
    names = [
        f"{here.units[borough]} {i // 5 + 1:03d}{'ABCDE'[i % 5]}"
        for borough, count in here.lsoas["2011"].items()
        for i in range(count)
    ]
    return [f"-0.1,51.5,On or near High Street,E0100{i + 1:04d},{n}" for i, n in enumerate(names)]


def _lines(rng, month: str, force: str, places: list[str], count: int) -> str:
    kinds = rng.integers(len(TYPES), size=count)
    where = rng.integers(len(places), size=count)
    ids = rng.bytes(32 * count).hex()
    return "".join(
        f"{ids[64 * i : 64 * i + 64] if kind else ''},{month},{force},{force},{places[place]},"
        f"{TYPES[kind]},{'Under investigation' if kind else ''},\r\n"
        for i, (kind, place) in enumerate(zip(kinds, where, strict=True))
    )


def row(name: str, command: list[str], folder: Path) -> None:
    """Run a command and print what it took; its memory is that of its largest process."""
    code = (
        "import os, resource, subprocess, sys; r = subprocess.run(sys.argv[1:]).returncode; "
        "u = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(u.ru_utime + u.ru_stime, u.ru_maxrss, file=sys.stderr); sys.exit(r)"
    )
    start = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", code, *command], cwd=folder, check=False,
                         capture_output=True, text=True)  # fmt: skip
    waited = time.perf_counter() - start
    if ran.returncode:
        sys.exit(ran.stdout[-2000:] + ran.stderr[-2000:])
    used, peak = ran.stderr.split("\n")[-2].split()
    unit = 1e3 if sys.platform != "darwin" else 1e6
    print(f"{name:28}{waited:9.0f}{float(used):11.0f}{float(peak) / unit:9.0f}", flush=True)


if __name__ == "__main__":
    main()
