"""The process behind warm kernels: it has imported what notebooks use, and forks one for each.

It is started by `publish.kernels` with one end of a socket pair and ends when the other end is
closed, however its owner ended; so there is no socket in the file system and nothing to find.
Each byte that arrives on the pair carries a socket of its own for one kernel: over that the
forked child reads what to run, and this process writes its pid and, at the end, its exit code.

Why not multiprocessing's forkserver: it has no public way to give its process an environment or to
end it, runs the caller's main script again in each child, and lets kernels print where the caller
does. A kernel started by it was ready no sooner.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

from sbpanalysis.publish.processes import die_with_parent, ending_with, kill_group, remove

# What the library imports when a function is first called, if more than a page or two does so
HEAVY = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "matplotlib.patches",
    "pyarrow.parquet",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "seaborn",
    "statsmodels.genmod.api",
    "sbpanalysis.publish.record",
    "sqlite3",
    "statsmodels.tsa.stl._stl",
    "tornado.platform.asyncio",
    "yaml",
)
TABLES = ("areas.csv", "breaks.csv", "measures.csv", "offences.csv", "territories.yml")


def main(descriptor: int, folder: str, owner: int) -> None:
    """Serve until the owner says so or is gone; all kernels then go, if it is gone `folder` too."""
    control = socket.socket(fileno=descriptor)
    with ending_with(control, folder, owner):
        warm()
    wake, kernels = _wake_on_child(), {}
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            wake.recv(4096)
            _reap(kernels)
        if control in ready:
            byte, passed, _, _ = socket.recv_fds(control, 1, 1)
            if not passed:
                break
            link = socket.socket(fileno=passed[0])
            pid = os.fork()
            if pid == 0:
                for other in (control, wake, *kernels.values()):
                    other.close()
                _become_kernel(link)
            with suppress(OSError):
                link.sendall(b"%d\n" % pid)
            kernels[pid] = link
    for pid in kernels:
        kill_group(pid)  # not reaped yet, so the number is still the kernel's
        os.waitpid(pid, 0)
    if not byte:
        remove(folder)


def warm() -> None:
    """Import all that a notebook may want; state that an import leaves is as in a plain kernel."""
    import sbpanalysis
    from sbpanalysis.data import reference

    for name in HEAVY:
        with suppress(ImportError):
            import_module(name)
    for name in sbpanalysis.__all__:
        getattr(sbpanalysis, name)
    with suppress(sbpanalysis.DataError):  # outside a checkout there are none
        for name in TABLES:
            reference.table(name) if name.endswith(".csv") else reference.entries(name)
        reference.sources()
    with suppress(sbpanalysis.SbpError):  # it is for speed alone: nothing may hang on it
        rehearse()
    gc.collect()
    gc.freeze()  # what is shared stays shared: no kernel's collector touches it


def rehearse() -> None:
    """Do once what pages do, on made-up numbers: then fonts are loaded and the interpreter has
    fitted the code to what it works on (PEP 659), for all kernels instead of for each.
    """
    import numpy as np
    import pandas as pd

    import sbpanalysis as sbp
    from sbpanalysis.report.claims import claim
    from sbpanalysis.report.display import facts
    from sbpanalysis.report.html import figure_html

    months = pd.period_range("2014-01", periods=60, freq="M", name="period")
    whole = (100 + 10 * np.sin(np.arange(60))).round()  # of what is no count there is no change
    counts = pd.Series(whole, months, name="robbery_offences")
    names = [f"Ward {number}" for number in range(22)]
    wards = pd.Series(np.arange(22.0), pd.Index(names, name="Area"))
    for values in (counts, wards):
        values.attrs = {
            "title": "Robbery",
            "measure": "robbery_offences",
            "area": "Bromley",
            "unit": "offences",
            "source": ["Made up"],
            "breaks": [],
            "snapshots": [],
            "codes": {name: name for name in names},
            "persons": False,
        }
    squares = pd.DataFrame(
        {"area_code": names, "row": np.arange(22) // 5, "column": np.arange(22) % 5}
    )
    change, season = sbp.change(counts), sbp.seasonal_index(counts)
    trend = counts.to_frame("Recorded").assign(Trend=sbp.decompose(counts).trend)
    for result in (change, sbp.share(wards, names[:2]), sbp.standing(wards, names[0])):
        claim(result)
    for figure in (
        sbp.line(trend),
        sbp.seasonal_plot(season),
        sbp.ward_map(wards, squares),
        sbp.bar(wards, highlight=names[0], mean=10.0),
    ):
        figure_html(facts(figure))


def _wake_on_child() -> socket.socket:
    """A socket that becomes readable whenever a child ends."""
    wake, alarm = socket.socketpair()
    wake.setblocking(False)
    alarm.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to answer
    signal.set_wakeup_fd(os.dup(alarm.fileno()), warn_on_full_buffer=False)
    return wake


def _reap(kernels: dict[int, socket.socket]) -> None:
    for pid, link in list(kernels.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with suppress(OSError):
                link.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            link.close()
            del kernels[pid]


def _become_kernel(link: socket.socket) -> None:
    """Turn this forked child into a kernel as `python -m ipykernel_launcher` would; never returns.

    Raises nothing: the exit code tells.
    """
    code = 1
    try:
        os.close(signal.set_wakeup_fd(-1))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        die_with_parent()
        with link.makefile("r", encoding="utf-8") as lines:
            request = json.loads(lines.readline())
        link.close()
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        parent = f"--IPKernelApp.parent_handle={os.getppid()}"
        sys.argv = ["ipykernel_launcher", *request["arguments"], parent]
        random.seed()  # a fork would go on where its siblings do
        from ipykernel.kernelapp import launch_new_instance

        launch_new_instance()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    sys.modules.pop("rfc3987_syntax", None)  # a plain kernel has it
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
