"""Where the published files and the reference cases are, if this checkout has them beside it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# fixtures of fetching: a server that stands in for publishers; of a browser; and of kernels
pytest_plugins = ("fetching", "chromium", "kernel_jobs")

# tests are of the project's own contents, whatever a council has added in `local/`
os.environ["SBP_LOCAL"] = "build/nothing-local"

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SBP_SHARED", ROOT.parent / "shared"))
STRICT = os.environ.get("SBP_NO_SKIPS") == "1"

# one thread for the sums of matrices, as in the kernels of a build: of several, on small matrices,
# all but one wait busily, and take three times the processor
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

# what tests start and interrupt must hear of it, even where the tests run in the background
signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples on every run and no time limit: a slow machine is no counterexample
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def need(path: Path, what: str) -> Path:
    """`path`, or a skip that says why; with SBP_NO_SKIPS=1 a skip is a failure."""
    if path.exists():
        return path
    reason = f"{what} not found at {path.name}/ beside the checkout"
    if STRICT:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of published files."""
    return need(SHARED / "data" / "real", "published files")


@pytest.fixture(scope="session")
def oracle() -> Path:
    """The folder of reference cases computed by other software."""
    return need(SHARED / "oracle", "reference cases")


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """An empty checkout with this project's reference tables; the working folder is in it."""
    (tmp_path / "_config.yml").touch()
    (tmp_path / "book" / "editions").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    for part in ("data/reference", "data/sample.zip", "assessments"):
        (tmp_path / part).symlink_to(ROOT / part)
    monkeypatch.chdir(tmp_path)
    return tmp_path


COPIED = (
    "_config.yml",
    "assessments",
    "book",
    "notebooks",
    "data/reference",
    "data/sample.zip",
    "requirements.lock",
    "src",
)


def copied(folder: Path, names=COPIED) -> Path:
    """`folder` with copies of these parts of the checkout."""
    for name in names:
        source = ROOT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


@pytest.fixture(scope="session")
def building(tmp_path_factory) -> Path:
    """A copy of the checkout to build in, so that nothing of the real one is touched."""
    return copied(tmp_path_factory.mktemp("building"))


# What builds a site, or reads files of the size that publishers have
_DEAR = {"building", "sample_site", "small_site", "real", "oracle", "attacked", "browser", "served"}


# Files that take longest, begun first: no worker is left with one when the others are done
_LONG = ("build", "pages", "reproducible", "selection", "areas", "subsets", "chaos", "fetch_build",
         "hostile", "watch", "edits", "dask")  # fmt: skip


def pytest_collection_modifyitems(items) -> None:
    """Mark as slow what stands on a site or on published files: `make test-fast` leaves it out.

    Of the files the longest come first.
    """
    for item in items:
        if _DEAR & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    place = {f"test_{name}": number for number, name in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def sbp(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """The command `sbp`, run in a folder."""
    command = [sys.executable, "-c", "from sbpanalysis.cli import main; main()", *words]
    env = os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=env, timeout=900
    )


def built(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], Path]) -> Path:
    """A checkout in which the sample is built, for all workers by the one that first asks for it.

    `make` lays the checkout out. It is to be copied, never changed.
    """
    own = temporary.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"{name}-built"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "build" / "bromley-sample" / "site").exists():
            ran = sbp(make(folder), "build")
            assert ran.returncode == 0, ran.stderr
    return folder


def laid_over(folder: Path, other: Path) -> Path:
    """`folder` with all that a built checkout holds; its site."""
    shutil.copytree(other, folder, symlinks=True, dirs_exist_ok=True)
    return folder / "build" / "bromley-sample" / "site"


@pytest.fixture(scope="session")
def sample_site(building, tmp_path_factory) -> Path:
    """The site of the sample, built once."""
    return laid_over(building, built(tmp_path_factory, "sample", copied))


@pytest.fixture(scope="session")
def small_site(tmp_path_factory) -> Path:
    """The site of a few sections of the sample, in a checkout of its own, built once."""
    from edits import small  # of bench/, which programs that the tests start do not know

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", "")  # which the copy sets
        other = built(tmp_path_factory, "small", small)
    return laid_over(tmp_path_factory.mktemp("small") / "checkout", other)
