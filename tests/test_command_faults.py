"""What goes wrong around the command is told in one line: where, what, what to do."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from typer.testing import CliRunner

import sbpanalysis
from conftest import ROOT
from recorded_crime import as_csv, borough_frame
from sbpanalysis import cli
from sbpanalysis.publish import execute, plan
from sbpanalysis.publish.lift import lift


def ran(*words: str):
    """The command, run in this process: its code and what it said, in one line."""
    result = CliRunner().invoke(cli.app, list(words))
    return result.exit_code, " ".join(result.output.split())


def failing(number: int, name: str = ""):
    def fail(*given, **more):
        raise OSError(number, os.strerror(number), name or str(given[0]) if given else name)

    return fail


SAID = {
    errno.EACCES: "no permission; change who may read and write there",
    errno.EROFS: "nothing can be written there",
    errno.ENOSPC: "the disk is full; free some space, then run it again.",
}


@pytest.fixture
def published(checkout):
    """A file that `sbp add` takes."""
    path = checkout / "published.csv"
    path.write_bytes(as_csv(borough_frame()))
    return path


@pytest.mark.parametrize("number", SAID)
def test_adding_tells_what_the_system_refused_and_takes_nothing(published, monkeypatch, number):
    with monkeypatch.context() as refusing:
        refusing.setattr(tempfile, "mkstemp", failing(number, "data/snapshots"))
        code, said = ran("add", str(published))
    assert code == 1
    assert f"refused: published.csv: cannot be read or kept: data/snapshots: {SAID[number]}" in said
    assert "Traceback" not in said
    assert not [p for p in (published.parent / "data" / "store").glob("*") if p.is_file()]
    code, said = ran("add", str(published))
    assert (code, "1 taken" in said) == (0, True)


@pytest.mark.parametrize("number", SAID)
def test_building_tells_what_the_system_refused(checkout, monkeypatch, number):
    monkeypatch.setattr("sbpanalysis.data.sample.ensure_sample", lambda root: None)
    monkeypatch.setattr("sbpanalysis.publish.build.check_inputs", lambda root, name: None)
    monkeypatch.setattr("sbpanalysis.publish.build.prepare", failing(number, "build/cache"))
    code, said = ran("build", "--cold")
    assert code == 1
    assert said == f"sbp: build/cache: {SAID[number]}" or SAID[number] in said
    assert "Traceback" not in said


def test_a_file_that_grows_too_large_is_told(published):
    """By the system itself: no file of more than 100 bytes can be written."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, "-m", "sbpanalysis", "add", str(published)]
    result = subprocess.run(
        command, cwd=published.parent, preexec_fn=small, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "files may not grow that large here" in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_file_in_the_place_of_a_folder_is_told(published):
    (published.parent / "data" / "snapshots").write_text("")
    code, said = ran("add", str(published))
    assert code == 1
    assert "a file stands where a folder is needed" in said


def test_a_full_disk_is_no_dead_kernel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "one.ipynb")
    monkeypatch.setattr("papermill.execute_notebook", failing(errno.ENOSPC, "/tmp"))
    job = execute.Job("sections/one", str(tmp_path / "one.ipynb"), {}, "key")
    outcome = execute.run_one(job, str(tmp_path), str(tmp_path))
    assert not outcome.died
    assert "/tmp: the disk is full" in outcome.fault


@pytest.mark.parametrize("watch", [(), ("--watch",)])
def test_a_port_in_use_is_told(checkout, monkeypatch, watch):
    monkeypatch.setattr("sbpanalysis.data.sample.ensure_sample", lambda root: None)
    (plan.site_folder(checkout, "bromley-sample", None) / "site").mkdir(parents=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = ran("serve", "--port", port, *watch)
    assert code == 1
    assert f"sbp: port {port}: in use; name another, or --port 0 for any." in said


def test_an_error_of_the_program_is_one_line_and_a_file_for_its_owner(published, monkeypatch):
    def wrong(*given):
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr("sbpanalysis.data.add.add", wrong)
    code, said = ran("add", str(published))
    assert code == 1
    assert "an error of the program itself (ZeroDivisionError: first line)" in said
    assert "Please report it, with the file build/faults/fault-" in said
    assert "Traceback" not in said
    [kept] = (published.parent / "build" / "faults").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "second line" in kept.read_text()
    assert f"sbpanalysis {sbpanalysis.__version__}" in kept.read_text()


def test_the_version_is_told_and_the_module_is_the_command():
    assert ran("--version") == (0, f"sbpanalysis {sbpanalysis.__version__}")
    command = [sys.executable, "-m", "sbpanalysis", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout == f"sbpanalysis {sbpanalysis.__version__}\n"


def test_a_raw_cell_is_left_out_of_the_page():
    cells = [new_markdown_cell("# Fires"), new_raw_cell("for another program"), new_code_cell("1")]
    lifted = lift(new_notebook(cells=cells), "sections/3-4-fires", "Fires", "3.4")
    assert "another program" not in str(lifted)
