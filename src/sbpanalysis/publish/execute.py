"""How are notebooks run: each in its own kernel, and not again when nothing changed?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat

from sbpanalysis.errors import BuildError

TIMEOUT = 300  # seconds a cell may take


@dataclass(frozen=True)
class Job:
    """One notebook to run: where it comes from, with what, and under which key it is kept."""

    page: str
    source: str
    parameters: dict
    key: str


@dataclass(frozen=True)
class Outcome:
    """A job that ran, or what stopped it."""

    page: str
    path: str = ""
    fault: str = ""


def key_of(notebook: Path, parameters: dict, inputs: str) -> str:
    """The key of an execution: notebook as written, parameters, and a digest of all it may read."""
    cells = [(c.cell_type, c.source) for c in nbformat.read(notebook, 4).cells]
    text = json.dumps([cells, parameters, inputs], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def run_all(
    jobs: list[Job],
    cache: Path,
    root: Path,
    *,
    workers: int = 2,
    executor: Executor | None = None,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> dict[str, Path]:
    """Run the jobs, page -> executed notebook; every one is tried before a fault is raised.

    Raises `BuildError` naming for each failed notebook the cell, the error and what to do.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    pool = executor or ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    faults, paths = [], {}
    try:
        futures = [pool.submit(run_one, job, str(cache), str(root)) for job in jobs]
        for future in as_completed(futures):
            outcome = future.result()
            done(outcome)
            if outcome.fault:
                faults.append(outcome.fault)
            else:
                paths[outcome.page] = Path(outcome.path)
    finally:
        if executor is None:
            pool.shutdown(cancel_futures=True)
    if faults:
        raise BuildError("\n".join(sorted(faults)))
    return paths


def run_one(job: Job, cache: str, root: str) -> Outcome:
    """Run one notebook through papermill into the cache; a fault is returned, never raised."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    target = Path(cache) / f"{job.key}.ipynb"
    partial = target.with_name(f"{job.key}.{os.getpid()}.partial.ipynb")
    os.chdir(root)
    try:
        papermill.execute_notebook(
            job.source, str(partial), job.parameters, kernel_name="python3", progress_bar=False,
            execution_timeout=TIMEOUT, log_output=False, request_save_on_cell_execute=False,
        )  # fmt: skip
        fault = fault_in(nbformat.read(partial, 4))
        if not fault:
            partial.rename(target)
    except papermill.PapermillExecutionError as error:
        fault = f"cell {error.cell_index + 1}: {error.ename}: {error.evalue}\n{error.source}"
    except CellTimeoutError:
        fault = f"a cell ran longer than {TIMEOUT} s; make it shorter or split it"
    except (DeadKernelError, RuntimeError) as error:
        fault = f"the kernel died ({type(error).__name__}: {error}); out of memory? run it again"
    finally:
        partial.unlink(missing_ok=True)
    if fault:
        return Outcome(job.page, fault=f"{job.page} ({Path(job.source).name}): {fault}")
    return Outcome(job.page, path=str(target))


def fault_in(notebook: nbformat.NotebookNode) -> str:
    """What shows that a notebook did not run to its end; empty if it did.

    Its own metadata is not asked: an interrupted run says "completed".
    """
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell {number}: {output.ename}: {output.evalue}"
        if cell.execution_count is None:
            return f"cell {number} was not executed"
    return ""
