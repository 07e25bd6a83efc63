"""Running notebooks: each way to fail is told with notebook, cell and remedy; nothing half-done."""

from __future__ import annotations

from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.publish import build, execute
from sbpanalysis.publish.assessment import check, declared
from sbpanalysis.publish.execute import Job, fault_in, run_all, run_one


def notebook(path, *sources, tags=("parameters",)):
    """A notebook of code cells; the first carries `tags`."""
    cells = [new_code_cell(s, id=f"c{i}") for i, s in enumerate(sources)]
    cells[0].metadata["tags"] = list(tags)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.write(book, path)
    return path


def job(path, **parameters):
    return Job("sections/page", str(path), parameters, f"key-{path.stem}")


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_notebook_that_runs_is_kept_under_its_key(in_folder):
    path = notebook(in_folder / "good.ipynb", 'x: int = 1  # "a number"', "print(x + 1)")
    outcome = run_one(job(path, x=4), str(in_folder), str(in_folder))
    assert not outcome.fault
    kept = nbformat.read(outcome.path, 4)
    assert kept.cells[-1].outputs[0].text == "5\n"
    assert not list(in_folder.glob(".*~*"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "cell 2: ZeroDivisionError: division by zero"),
        ("import os; os._exit(1)", "cell 2: the kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "cell 2: the kernel died"),
        ("import time; time.sleep(60)", "cell 2 ran longer than 1 s"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_failing_notebook_names_notebook_cell_and_error(in_folder, monkeypatch, source, said):
    if "sleep" in source:
        monkeypatch.setattr(execute, "TIMEOUT", 1)
    path = notebook(in_folder / "bad.ipynb", "x: int = 1  # n", source)
    outcome = run_one(job(path, x=1), str(in_folder), str(in_folder))
    assert "bad.ipynb" in outcome.fault
    assert said in outcome.fault
    assert [p.name for p in in_folder.iterdir()] == ["bad.ipynb"]


def test_every_failure_of_a_build_is_reported_together(in_folder):
    paths = [notebook(in_folder / f"n{i}.ipynb", "x: int = 1  # n", f"1/{i}") for i in (0, 1)]
    other = notebook(in_folder / "n2.ipynb", "x: int = 1  # n", "undefined")
    jobs = [job(p) for p in [*paths, other]]
    outcomes = run_all(jobs, in_folder, in_folder, workers=2)
    faults = [outcomes[j.key].fault for j in jobs]
    assert "n0.ipynb): cell 2: ZeroDivisionError" in faults[0]
    assert not faults[1]
    assert "n2.ipynb): cell 2: NameError" in faults[2]
    with pytest.raises(BuildError) as error:
        build.executed(SimpleNamespace(fresh=jobs), outcomes)
    assert "n0.ipynb" in str(error.value)
    assert "n2.ipynb" in str(error.value)
    assert "n1.ipynb" not in str(error.value)


def test_a_cell_that_was_never_run_is_a_fault_whatever_the_metadata_say():
    done = new_code_cell("1", execution_count=1)
    book = new_notebook(cells=[done, new_code_cell("2")])
    book.metadata["papermill"] = {"status": "completed"}
    assert fault_in(book) == "cell 2 was not executed"
    error = new_output("error", ename="KeyError", evalue="'x'", traceback=[])
    book.cells[1] = new_code_cell("2", execution_count=2, outputs=[error])
    assert fault_in(book) == "cell 2: KeyError: 'x'"


def known(in_folder, *lines):
    path = notebook(in_folder / "p.ipynb", "\n".join(lines))
    return declared(nbformat.read(path, 4), path.name)


def test_parameters_are_checked_before_a_kernel_starts(in_folder):
    declared_here = known(in_folder, 'measure: str = "x"  # w', "months: int = 12  # n")
    check({"measure": "robbery_offences", "months": 24}, declared_here, "section 4.5")
    with pytest.raises(DataError) as error:
        check({"mesure": "x", "months": "twelve"}, declared_here, "section 4.5")
    assert "did you mean measure?" in str(error.value)
    assert "months is 'twelve' (str), expected int" in str(error.value)
    with pytest.raises(DataError, match="expected int"):
        check({"months": True}, declared_here, "section 4.5")


@pytest.mark.parametrize(
    ("line", "said"),
    [("x = 1", "expected `name: type = literal`"), ("x: set = 1", "expected one of"),
     ("x: int = f()", "not a literal")],
)  # fmt: skip
def test_a_parameter_line_of_another_form_is_refused(in_folder, line, said):
    with pytest.raises(DataError, match=said):
        known(in_folder, line)


def test_a_notebook_without_a_parameters_cell_is_refused(in_folder):
    path = notebook(in_folder / "p.ipynb", "x: int = 1", tags=())
    with pytest.raises(DataError, match="0 cells tagged"):
        declared(nbformat.read(path, 4), path.name)
