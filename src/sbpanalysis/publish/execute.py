"""How are notebooks run: each in a kernel of its own, in which it may be run for many areas?"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import nbformat

from sbpanalysis.errors import system_fault

TIMEOUT = 300  # seconds a cell may take
KERNEL_BYTES = 400_000_000  # memory that a kernel may take at its height
_CELL_FILE = re.compile(r"\S*ipykernel_\d+\S*?/\d+\.py")


@dataclass(frozen=True)
class Job:
    """One notebook to run: where it comes from, with what, and under which key it is kept."""

    page: str
    source: str
    parameters: dict
    key: str
    inputs: dict = field(default_factory=dict)
    families: dict[str, float] = field(default_factory=dict)  # as `report.edition` asks for them
    plain: bool = True  # its page shows plain results, as those of methods do


@dataclass(frozen=True)
class Outcome:
    """A job that ran, or what stopped it."""

    page: str
    path: str = ""
    fault: str = ""
    died: bool = False
    seconds: float = 0.0


def run_all(
    jobs: list[Job],
    cache: Path,
    root: Path,
    *,
    workers: int | None = None,
    cold: bool = False,
    keep_warm: bool = False,
    executor: Executor | None = None,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> dict[str, Outcome]:
    """Run the jobs, key -> outcome; every one is tried, and a fault is an outcome too.

    Notebooks run in kernels of their own, so threads here only wait for them; jobs that differ in
    their parameters only take turns in one, unless `cold` asks for plain kernels and one for each.
    What did not run because its kernel died is run once more, in a plain kernel. A single notebook
    is not worth a warm process, unless one is there from the last run (`keep_warm` leaves it for
    the next).
    """
    from sbpanalysis.publish.kernels import kernel_server, settle

    pool = executor or ThreadPoolExecutor(workers or right_sized())
    turns: dict[object, list[Job]] = {}
    for job in jobs:
        turns.setdefault(job.key if cold else (job.source, job.page), []).append(job)
    cold = cold or (len(jobs) == 1 and not keep_warm)
    if jobs and not executor and not cold:
        kernel_server().start()
    if jobs and not executor:
        settle()
    outcomes: dict[str, Outcome] = {}
    away = executor is not None
    where, running = (str(cache), str(root)), {}
    try:
        running = {
            pool.submit(run_in_turn, turn, *where, cold, away): (turn, False)
            for turn in turns.values()
        }
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                found, (turn, again) = future.result(), running.pop(future)
                for job, outcome in zip(turn, found, strict=True):
                    if outcome.died and not again:
                        running[pool.submit(run_in_turn, [job], *where, True, away)] = ([job], True)
                        continue
                    done(outcome)
                    outcomes[job.key] = outcome
    finally:
        if executor is None:
            if running:
                kernel_server().halt()  # so that nobody waits for a notebook that no one wants
            pool.shutdown(cancel_futures=True)
            if running or not keep_warm:
                kernel_server().stop()
    return outcomes


def right_sized() -> int:
    """Notebooks to run at once: two a core, for kernels also wait, if memory allows."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(2 * (cores or 1), psutil.virtual_memory().available // KERNEL_BYTES))


def run_in_turn(
    jobs: list[Job], cache: str, root: str, cold: bool = False, away: bool = False
) -> list[Outcome]:
    """Run a notebook with the parameters of one job after the other, in one kernel that forgets
    each before the next; a fault is returned, never raised, and costs the next a new kernel.

    `away`: this is a process of a cluster, which knows nothing of the build and lives on after.
    """
    from jupyter_core.utils import ensure_event_loop

    from sbpanalysis.publish.cache import opened
    from sbpanalysis.publish.kernels import SharedKernel

    if away:
        os.chdir(root)
        opened.cache_clear()
    families = {name: limit for job in jobs for name, limit in job.families.items()}
    kernel, outcomes = SharedKernel(Path(root), cold, jobs[0].key, families), []
    try:
        for job in jobs:
            outcomes.append(_run(job, kernel, cache, root))
            if outcomes[-1].fault:
                kernel.end()
    finally:
        kernel.end()
        ensure_event_loop().close()  # nbclient opens one for each thread and leaves it open
    return outcomes


def run_one(job: Job, cache: str, root: str, cold: bool = False) -> Outcome:
    """Run one notebook in a kernel of its own, as `run_in_turn` does."""
    return run_in_turn([job], cache, root, cold)[0]


def _run(job: Job, kernel, cache: str, root: str) -> Outcome:
    """Run one notebook through papermill into the cache."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from sbpanalysis.publish.cache import keep
    from sbpanalysis.publish.lift import unshown_outputs

    started, reached, died, fault = time.time(), [0], False, ""

    def reach(cell, cell_index: int) -> None:
        reached[0] = cell_index

    try:
        notebook = papermill.execute_notebook(
            job.source,
            None,
            job.parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=TIMEOUT,
            log_output=False,
            request_save_on_cell_execute=False,
            km=kernel.manager(),
            on_cell_start=reach,
            shutdown_kernel="immediate",
        )
        fault = fault_in(notebook)
        if not fault and not job.plain:
            fault = "\n".join(unshown_outputs(notebook))
    except papermill.PapermillExecutionError as error:
        number = _number(error.cell_index, job)
        fault = f"cell {number}: {error.ename}: {error.evalue}\n{error.source}"
    except CellTimeoutError:
        fault = f"cell {_number(reached[0], job)} ran longer than {TIMEOUT} s; make it shorter"
    except (DeadKernelError, RuntimeError, OSError) as error:
        refused = system_fault(error) if isinstance(error, OSError) else ""
        died = not refused
        fault = refused or (
            f"cell {_number(reached[0], job)}: the kernel died ({type(error).__name__}: {error}); "
            "out of memory? run it again"
        )
    if fault:
        return Outcome(job.page, fault=f"{job.page} ({Path(job.source).name}): {fault}", died=died)
    path = keep(normalised(notebook), job, kernel.read(), started, Path(cache), Path(root))
    return Outcome(job.page, path=str(path), seconds=time.time() - started)


def _number(index: int, job: Job) -> int:
    """A cell's number in the notebook as written, that is without the injected parameters."""
    cells = nbformat.read(job.source, 4).cells
    tagged = [i for i, c in enumerate(cells) if "parameters" in c.metadata.get("tags", [])]
    before = not tagged or index > tagged[0]
    return index + 1 - bool(job.parameters and before)


def normalised(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without what differs from run to run: times, paths, process ids."""
    kept = {k: notebook.metadata[k] for k in ("kernelspec",) if k in notebook.metadata}
    notebook.metadata = nbformat.from_dict(kept | {"language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell.id = f"injected-{number}"
        if cell.cell_type == "code":
            cell.outputs = _streams_joined(cell.outputs)
    return notebook


def _streams_joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs with one of stdout and one of stderr, in this order, between any two others.

    A kernel sends what is printed in as many pieces as its clock gives, and the two streams in
    either order; but all of both before anything else is shown.
    """
    joined = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        pieces = list(group)
        joined += _one_of_each(pieces) if printed else pieces
    return joined


def _one_of_each(pieces: list[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    for name in ("stdout", "stderr"):
        if text := "".join(piece.text for piece in pieces if piece.name == name):
            text = _CELL_FILE.sub("cell", text)
            yield nbformat.v4.new_output("stream", name=name, text=text)


def fault_in(notebook: nbformat.NotebookNode) -> str:
    """What shows that a notebook did not run to its end; empty if it did.

    Its own metadata is not asked: an interrupted run says "completed".
    """
    written = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    for number, cell in enumerate(written, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell {number}: {output.ename}: {output.evalue}"
        if cell.execution_count is None:
            return f"cell {number} was not executed"
    return ""
