"""Small notebooks to run in kernels, and what to ask of them and of what they leave."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from conftest import ROOT
from sbpanalysis.data.sample import ensure_sample
from sbpanalysis.publish.execute import Job
from sbpanalysis.publish.kernels import kernel_server
from sbpanalysis.publish.processes import PREFIX


@pytest.fixture(scope="module")
def nothing_left():
    """After all tests: no process, no temporary folder of kernels."""
    yield
    kernel_server().stop()
    assert psutil.Process().children(recursive=True) == []
    assert leftovers() == []


@pytest.fixture
def with_sample(tmp_path, monkeypatch) -> Path:
    """A checkout of the sample, with the book and notebooks as they are; the working folder."""
    folder = tmp_path / "checkout"
    (folder / "data").mkdir(parents=True)
    for part in ("_config.yml", "book", "notebooks", "data/reference", "data/sample.zip"):
        (folder / part).symlink_to(ROOT / part)
    monkeypatch.chdir(folder)
    ensure_sample(folder)
    return folder


def leftovers(pid: int | None = None) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid or os.getpid()}-*"))


def job(folder: Path, name: str, *sources: str) -> Job:
    cells = [new_code_cell(s, id=f"c{i}") for i, s in enumerate(sources)]
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return Job(f"sections/{name}", str(path), {}, f"key-{name}")


def text(outcome) -> str:
    assert not outcome.fault, outcome.fault
    cells = nbformat.read(outcome.path, 4).cells
    return "".join(o.get("text", "") for c in cells for o in c.outputs)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition, path: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not (path.exists() and condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
