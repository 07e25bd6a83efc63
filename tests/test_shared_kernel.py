"""Notebooks that take turns in one kernel: each finds it as if it were the first."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import nbformat
import pytest

from kernel_jobs import job, text, wait_for
from sbpanalysis.publish.execute import Job, run_all, run_in_turn

pytestmark = pytest.mark.usefixtures("nothing_left")


def in_turn(folder: Path, jobs: list[Job], cold: bool = False):
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    return run_in_turn(jobs, str(kept), str(folder), cold)


LITTER = """
import os, random, sys, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
left, open_figure = 1, plt.figure()
os.environ["LEFT"] = "here"
os.environ.pop("HOME", None)
os.mkdir("below")
os.chdir("below")
sys.path.append("/left")
warnings.simplefilter("ignore")
plt.rcParams["font.size"] = 40
pd.set_option("display.max_rows", 3)
random.seed(1), np.random.seed(1)
5
"""
SEEN = (
    """
import os, sys, threading, warnings
print(sorted(name for name in globals() if name[0] != "_"), len(Out))
print({k: v for k, v in os.environ.items() if k not in ("JPY_PARENT_PID", "IPYTHONDIR")})
print(os.getcwd(), sys.path)
""",
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd",
    """
# a package's filters for its own warnings come with its import, and matter to nothing else
print([f for f in warnings.filters if not f[1] and not f[3] and f[2].__module__ == "builtins"])
changed = {k for k, v in dict.items(plt.rcParams) if v != dict.get(plt.rcParamsDefault, k)}
print(changed - {"backend"}, dict.get(plt.rcParams, "backend"))
print(plt.get_fignums(), pd.get_option("display.max_rows"), threading.active_count())
""",
    "warnings.warn('said each time')",
    "_ + 1 if '_5' in globals() else 'nothing came before'",
)


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_a_notebook_leaves_nothing_for_the_next_in_its_kernel(tmp_path, cold):
    seen = job(tmp_path, "seen", *SEEN)
    [alone] = in_turn(tmp_path, [seen], cold)
    before = Path(alone.path).read_bytes()
    assert "said each time" in before.decode()
    litter = job(tmp_path, "litter", LITTER)
    after = in_turn(tmp_path, [litter, seen, seen], cold)
    assert not any(outcome.fault for outcome in after)
    assert [Path(outcome.path).read_bytes() for outcome in after[1:]] == [before, before]


PRINTS = """
import sys, time
for number in range(3):
    print("out", number, flush=flush)
    time.sleep(pause)
    print("err", number, file=sys.stderr, flush=flush)
    time.sleep(pause)
display("shown")
print("after")
time.sleep(pause)
print("at the end")
"""


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_what_a_cell_prints_is_the_same_however_its_kernel_splits_it(tmp_path, cold):
    found = []
    for flush, pause in ((False, 0), (True, 0), (True, 0.3), (False, 0.3)):  # it sends each 0.2 s
        each = job(tmp_path, "prints", f"flush, pause = {flush}, {pause}", PRINTS)
        [outcome] = in_turn(tmp_path, [each], cold)
        outputs = nbformat.read(outcome.path, 4).cells[1].outputs
        found.append([(o.get("name", o.output_type), o.get("text")) for o in outputs])
    assert found == [[
        ("stdout", "out 0\nout 1\nout 2\n"), ("stderr", "err 0\nerr 1\nerr 2\n"),
        ("display_data", None), ("stdout", "after\nat the end\n"),
    ]] * 4  # fmt: skip


def test_random_numbers_begin_at_the_same_place_in_each_turn(tmp_path):
    source = "import numpy as np; print(np.random.random())"
    both = in_turn(tmp_path, [job(tmp_path, n, source) for n in "ab"])
    first, second = (text(outcome).split() for outcome in both)
    assert first == second


def test_a_kernel_is_kept_until_a_notebook_fails_in_it(tmp_path):
    sources = ("import os; print(os.getpid())", "raise ValueError('no')", "import os; os._exit(3)")
    names, jobs = ("one", "two", "bad", "three", "gone", "four"), []
    for name in names:
        source = sources[{"bad": 1, "gone": 2}.get(name, 0)]
        jobs.append(job(tmp_path, name, source))
    found = dict(zip(names, in_turn(tmp_path, jobs), strict=True))
    assert "cell 1: ValueError: no" in found["bad"].fault
    assert "the kernel died" in found["gone"].fault
    one, two, three, four = (text(found[n]) for n in ("one", "two", "three", "four"))
    assert one == two
    assert len({one, three, four}) == 3


def test_the_notebook_of_another_area_takes_its_turn_in_the_same_kernel(tmp_path):
    said = job(tmp_path, "said", "import os; print(os.getpid())")
    jobs = [Job(said.page, said.source, {"area": str(n)}, f"key-{n}") for n in range(3)]
    other = job(tmp_path, "other", "import os; print(os.getpid())")

    def pids(cold: bool) -> list[str]:
        outcomes = run_all([*jobs, other], tmp_path, tmp_path, cold=cold)
        return [text(outcomes[each.key]) for each in (*jobs, other)]

    warm = pids(cold=False)
    assert len(set(warm[:3])) == 1
    assert warm[3] != warm[0]
    assert len(set(pids(cold=True))) == 4


def test_a_kernel_that_is_killed_between_turns_costs_no_page(tmp_path):
    source = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid()))"
    slow = job(tmp_path, "slow", source, "time.sleep(0.5); print('whole')")
    jobs = [Job(slow.page, slow.source, {"area": str(n)}, f"key-{n}") for n in range(4)]
    pid = tmp_path / "pid"

    def kill() -> None:
        wait_for(lambda: pid.read_text() != "", pid)
        os.kill(int(pid.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    outcomes = run_all(jobs, tmp_path, tmp_path)
    killer.join()
    assert [text(outcomes[each.key]) for each in jobs] == ["whole\n"] * 4


READS = """
import pandas as pd, sbpanalysis as sbp
here = sbp.Edition.open("bromley-sample", area=area)
print(here.area, here.load("burglary_offences", "borough")["value"].sum())
print(here.load("robbery_offences", "ward")["value"].sum() if area == "Bromley" else "none")
"""


def test_what_a_kernel_remembers_counts_as_read_again(with_sample, tmp_path):
    cells = [nbformat.v4.new_code_cell('area: str = "Bromley"  # n', id="c0"),
             nbformat.v4.new_code_cell(READS, id="c1")]  # fmt: skip
    cells[0].metadata["tags"] = ["parameters"]
    path = tmp_path / "reads.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    jobs = [Job("reads", str(path), {"area": area}, area) for area in ("Bromley", "Croydon")]
    jobs += jobs[::-1]
    kept = tmp_path / "kept"
    kept.mkdir()
    together = run_in_turn(jobs, str(kept), str(with_sample))
    entries = [Path(outcome.path) for outcome in together]
    assert entries[:2] == entries[2:][::-1]  # the name of an entry says what was read
    before = [path.read_bytes() for path in entries[:2]]
    for each, entry, content in zip(jobs[:2], entries, before, strict=False):
        entry.unlink()
        [alone] = run_in_turn([each], str(kept), str(with_sample))
        assert Path(alone.path) == entry
        assert entry.read_bytes() == content
    reads = nbformat.reads(before[0].decode(), 4).metadata["sbp"]
    assert reads["snapshots"]
    assert "data/reference/offences.csv" in reads["files"]
