"""Warm kernels: the same bytes as plain ones, nothing shared, and nothing left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from conftest import ROOT
from kernel_jobs import alive, job, leftovers, text, wait_for
from sbpanalysis.publish.execute import Job, run_all, run_one
from sbpanalysis.publish.kernel_server import rehearse
from sbpanalysis.publish.kernels import kernel_server
from sbpanalysis.publish.processes import PREFIX, sweep

pytestmark = pytest.mark.usefixtures("library", "nothing_left")


@pytest.fixture(scope="module")
def library():
    """Kernels find a library that may start programs."""
    kernel_server().stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT / "tests" / "library"), prepend=os.pathsep)
        yield


def run(job: Job, folder: Path, cold: bool = False, root: Path | None = None):
    target = folder / ("cold" if cold else "warm")
    target.mkdir(exist_ok=True)
    return run_one(job, str(target), str(root or folder), cold)


def test_a_warm_kernel_is_forked_and_a_cold_one_is_not(tmp_path):
    asked = job(tmp_path, "parent", "import os; print(os.getppid())")
    assert int(text(run(asked, tmp_path))) == kernel_server().pid
    assert int(text(run(asked, tmp_path, cold=True))) == os.getpid()


def test_a_kernel_is_spoken_to_over_files_not_the_network(tmp_path):
    # the one port that remains is ipykernel's own pipe for its subprocesses, on this machine only
    source = """
import psutil
from ipykernel.kernelapp import IPKernelApp
ports = psutil.Process().net_connections("inet")
print(IPKernelApp.instance().transport, len(ports), {c.laddr.ip for c in ports})
"""
    for cold in (False, True):
        said = text(run(job(tmp_path, "ports", source), tmp_path, cold))
        assert said == "ipc 1 {'127.0.0.1'}\n"


SEEN = """
import os, random, sys, warnings, threading, matplotlib
import numpy as np, sbpanalysis as sbp
print(sorted((k, v) for k, v in os.environ.items() if k not in ("JPY_PARENT_PID", "IPYTHONDIR")))
print(os.getcwd(), sys.path, matplotlib.rcParams["font.size"])
# a package's filters for its own warnings come with its import, and matter to nothing else
print([f for f in warnings.filters if not f[1] and not f[3] and f[2].__module__ == "builtins"])
print(matplotlib.get_backend(), hasattr(sbp, "left_here"), hash("text"), {"a", "b", "c"})
print(threading.active_count(), __name__, sys.flags.hash_randomization, sys.stdin)
"""


def test_one_notebook_leaves_nothing_for_the_next(tmp_path):
    litter = """
import os, sys, warnings, random, matplotlib
import numpy as np, sbpanalysis as sbp
os.environ["LEFT"] = "here"; os.chdir("/"); sys.path.append("/left")
warnings.simplefilter("ignore"); matplotlib.rcParams["font.size"] = 40
sbp.left_here = True; random.seed(1); np.random.seed(1)
"""
    run(job(tmp_path, "litter", litter), tmp_path)
    seen = job(tmp_path, "seen", SEEN)
    assert text(run(seen, tmp_path)) == text(run(seen, tmp_path, cold=True))


def test_random_numbers_begin_at_the_same_place_in_each_kernel(tmp_path):
    source = "import numpy as np; print(np.random.random(), np.random.default_rng().random())"
    warm, again = (text(run(job(tmp_path, n, source), tmp_path)) for n in "ab")
    assert warm == again == text(run(job(tmp_path, "c", source), tmp_path, cold=True))
    assert len(set(warm.split())) == 2


def test_an_executed_notebook_is_byte_identical_warm_or_cold(with_sample, tmp_path):
    fresh = with_sample
    parameters = {"section": "4.5", "measure": "robbery_offences"}
    robbery = Job("page", str(fresh / "notebooks/volume_crime.ipynb"), parameters, "robbery")
    plotted = job(
        tmp_path, "plot",
        "import matplotlib.pyplot as plt, warnings\n_ = plt.plot([1, 3, 2])",
        "import seaborn as sns; _ = sns.barplot(x=['a', 'b'], y=[1, 2])",
        "warnings.warn('beware')",
    )  # fmt: skip
    for each in (robbery, plotted):  # the first run of all finds the store empty
        assert each is plotted or not (fresh / "data" / "store").exists()
        pair = [run(each, tmp_path, cold, fresh) for cold in (False, True)]
        warm, cold = (Path(o.path).read_bytes() for o in pair)
        assert warm == cold
        assert b"ipykernel_" not in warm
        assert str(fresh).encode() not in warm


def test_a_kernel_that_was_killed_costs_a_second_run_not_the_page(tmp_path):
    source = """
import os, pathlib, signal
mark = pathlib.Path("killed-once")
if not mark.exists():
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)
print("whole")
"""
    paths = run_all([job(tmp_path, "once", source)], tmp_path, tmp_path)
    assert text(paths["key-once"]) == "whole\n"


def test_a_killed_server_costs_a_second_run_and_its_kernels_end(tmp_path):
    source = """
import os, pathlib, time
pathlib.Path("pids").open("a").write(f"{os.getpid()} ")
time.sleep(2)
"""
    jobs = [job(tmp_path, n, source) for n in ("a", "b")]
    server = []

    def kill() -> None:
        wait_for(lambda: len((tmp_path / "pids").read_text().split()) == 2, tmp_path / "pids")
        server.append(kernel_server().pid)
        os.kill(server[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    outcomes = run_all(jobs, tmp_path, tmp_path)
    killer.join()
    assert [outcomes[j.key].fault for j in jobs] == ["", ""]
    pids = [int(p) for p in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 4
    assert not [p for p in pids if alive(p)]


def test_the_next_kernel_finds_a_new_server_where_the_last_was_killed(tmp_path):
    quick = job(tmp_path, "quick", "print(1)")
    assert text(run(quick, tmp_path)) == "1\n"
    first = kernel_server().pid
    os.kill(first, signal.SIGKILL)
    assert text(run(quick, tmp_path)) == "1\n"
    assert kernel_server().pid != first


OWNER = """
import sys
from pathlib import Path
from sbpanalysis.publish.execute import Job, run_all
folder = Path(sys.argv[1])
jobs = [Job(n, str(folder / f"{n}.ipynb"), {}, n) for n in sys.argv[2:]]
run_all(jobs, folder, folder)
"""
SLOW = """
import os, pathlib, programs, time
other = programs.start("sleep", "60")
pathlib.Path("pids").open("a").write(f"{os.getpid()} {other.pid}\\n")
time.sleep(60)
"""


@pytest.mark.parametrize("names", [["alone"], ["one", "two"]], ids=["plain", "warm"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_an_owner_that_was_killed(tmp_path, number, names):
    for name in names:
        job(tmp_path, name, SLOW)
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), *names], stderr=subprocess.DEVNULL
    )
    pids = tmp_path / "pids"
    wait_for(lambda: pids.read_text().count("\n") == len(names), pids)
    family = [p.pid for p in psutil.Process(owner.pid).children(recursive=True)]
    assert {int(pid) for pid in pids.read_text().split()} < {*family, 0}
    owner.send_signal(number)
    owner.wait(20)
    wait_for(lambda: not [p for p in family if alive(p)] and not leftovers(owner.pid), tmp_path, 2)


def test_what_a_notebook_started_ends_with_its_kernel(tmp_path):
    for cold in (False, True):
        (tmp_path / "pids").unlink(missing_ok=True)
        asked = job(tmp_path, "ends", SLOW.replace("time.sleep(60)", "os._exit(1)"))
        assert run(asked, tmp_path, cold).died
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        wait_for(lambda pids=pids: not [p for p in pids if alive(p)], tmp_path, 2)


def test_a_command_in_a_notebook_finds_its_input_empty(tmp_path):
    asked = job(tmp_path, "cat", "import programs; print(programs.heard('cat'))")
    said = "CompletedProcess(args=('cat',), returncode=0, stdout=b'', stderr=b'')\n"
    assert [text(run(asked, tmp_path, cold)) for cold in (False, True)] == [said, said]


HELPERS = {
    "opened": "import subprocess\ndef way(): subprocess.run(['true'])",
    "shell": "import os\ndef way(): os.system('true')",
    "pool": "import concurrent.futures as c, subprocess\n"
    "def way():\n with c.ThreadPoolExecutor() as p: p.submit(subprocess.run, ['true']).result()",
    "spawn": "import multiprocessing as m, os\ndef way(): m.get_context('spawn').Pool(1)",
    "server": "import multiprocessing as m, os\ndef way(): m.get_context('forkserver').Pool(1)",
    "joblib_pool": "import joblib, os\n"
    "def way(): joblib.Parallel(2)([joblib.delayed(os.getpid)()])",
    "turtle": "import os\ndef way(): os.system('true')",
    "handed": "import pandas, subprocess\n"
    "def way(): pandas.Series(['true']).map(subprocess.getoutput)",
    "read": "def way(): open('data/snapshots/a').read()",
    "frame": "import pandas\ndef way(): pandas.read_csv('data/store/a')",
    "database": "import sqlite3\ndef way(): sqlite3.connect('a.db')",
}


def test_a_module_beside_notebooks_may_no_more_than_a_cell(tmp_path):
    for name, source in HELPERS.items():
        (tmp_path / f"{name}.py").write_text(source)
    tried = """
import importlib
try:
    importlib.import_module({!r}).way()
except Exception as error:
    print(type(error).__name__)
"""
    cells = ["import sys; sys.path.insert(0, '.')", *map(tried.format, HELPERS)]
    for cold in (False, True):
        said = text(run(job(tmp_path, "helped", *cells), tmp_path, cold))
        assert said.split() == ["DataError"] * len(HELPERS)


def test_no_kernel_starts_between_an_interrupt_and_its_end(tmp_path):
    asked = job(tmp_path, "late", "print(1)")
    run(asked, tmp_path)
    kernel_server().halt()
    folder = Path(kernel_server().folder())
    for cold in (False, True):
        assert run(asked, tmp_path, cold).died
    assert folder.exists()  # a kernel that begins without it makes itself another
    kernel_server().stop()
    assert not folder.exists()
    assert text(run(asked, tmp_path)) == "1\n"


UNSETTLED = """
import sys
from pathlib import Path
from traitlets import HasTraits
from sbpanalysis.publish.execute import Job, run_one
from sbpanalysis.publish.kernels import kernel_server, settle

def below(kind):
    return {kind}.union(*map(below, kind.__subclasses__()))

def unsettled():
    return {f"{kind.__name__}.{name}" for kind in below(HasTraits)
            for name, trait in kind.class_traits().items()
            for which in ("klass", "default_value")
            if hasattr(trait, "_resolve_classes") and isinstance(getattr(trait, which), str)}

folder = Path(sys.argv[1])
import papermill
if sys.argv[2] == "settled":
    settle()
ready = unsettled()
for cold in (False, True):
    assert not run_one(Job("n", str(folder / "n.ipynb"), {}, "n"), *[str(folder)] * 2, cold).fault
kernel_server().stop()
print(*sorted(ready - unsettled()))
"""


def test_threads_find_no_class_that_is_still_looked_for(tmp_path):
    job(tmp_path, "n", "1 + 1")

    def found_late(how: str) -> list[str]:
        command = [sys.executable, "-c", UNSETTLED, str(tmp_path), how]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert "AsyncKernelManager.client_factory" in found_late("as it was")
    assert found_late("settled") == []


def test_folders_of_dead_processes_are_swept_and_no_others(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{ended.pid}-"))
    ours = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    sweep()
    assert not dead.exists()
    assert ours.exists()
    ours.rmdir()


def test_twenty_runs_leave_no_process_no_open_file_and_no_socket(tmp_path):
    jobs = [job(tmp_path, f"n{i}", "print(1)") for i in range(10)]
    run_all(jobs, tmp_path, tmp_path)
    before = psutil.Process().num_fds()
    run_all(jobs, tmp_path, tmp_path)
    assert psutil.Process().num_fds() <= before
    assert not psutil.Process().children()


def test_what_kernels_rehearse_is_what_the_library_takes():
    rehearse()
