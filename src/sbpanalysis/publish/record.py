"""What does a notebook really read? Every file that its kernel opens, written down as it opens it.

An IPython extension: the interpreter itself reports each file opened, by whatever library, so
that nothing depends on the notebook saying what it used.
"""

from __future__ import annotations

import functools
import gc
import os
import random
import re
import subprocess
import sys
import warnings
from pathlib import Path

from sbpanalysis import randomness
from sbpanalysis.errors import DataError
from sbpanalysis.paths import CALENDAR, CONSULTED
from sbpanalysis.publish.processes import end_with_owner

LISTENER = "SBP_READS"  # the environment's name of the file to write to
_OUTSIDE = (".git", ".venv", "build", "src")
_LIBRARY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_DATA, _PUBLISH, _REPORT, _STATS = (
    os.path.join(_LIBRARY, part, "") for part in ("data", "publish", "report", "stats")
)
_TAKING = (f"{_DATA}add.py", f"{_DATA}rules.py")
_ASKED = (f"{_DATA}edition.py", _REPORT, _STATS)
_RAW = tuple(
    os.path.join(*parts, "")
    for parts in (("data", "store"), ("data", "snapshots"), ("data", "partner"), ("build", "cache"))
)


def _folders(*paths: str) -> tuple[str, ...]:
    return tuple(os.path.join(os.path.realpath(path), "") for path in paths)


_PYTHON = _folders(sys.prefix, sys.base_prefix)
# what the machine and its programs keep for themselves, and no figures
_SYSTEM = _PYTHON + _folders(
    *("/usr", "/etc", "/lib", "/lib64", "/opt", "/proc", "/sys", "/dev", "/run", "/var/lib"),
    *("/System", "/Library"),
)
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn")
_STARTERS = {"subprocess", *subprocess.__all__, "os", "system", "popen"}
# imported as another interpreter is started, which hears nothing of what it opens
_INTERPRETER = re.compile(r"\.popen_(?!fork$)\w+$")
_TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".xlsm", ".ods", ".parquet", ".feather", ".arrow",
           ".sqlite", ".db", ".sav", ".dta")  # fmt: skip
_KEPT = tuple(os.path.join(*parts, "") for parts in (("data", "reference"), ("book",)))


_found: dict = {}  # how the kernel was before its first notebook
_seen: set[str] = set()  # lines that were written of the notebook that runs


def load_ipython_extension(shell) -> None:
    """Begin to write down what is read below the working folder, the checkout's.

    The kernel and its temporary folder are also bound to whoever runs the notebook.
    """
    temporary = os.path.dirname(os.environ["IPYTHONDIR"])
    end_with_owner(temporary)
    sys.modules.pop("rfc3987_syntax", None)  # left out by the package for the builder's sake
    target = os.environ.pop(LISTENER, "")
    if target:
        _found["log"] = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        sys.addaudithook(_hook(Path.cwd(), _found["log"]))
    shell.events.register("pre_run_cell", lambda info: _found.update(begun=True))
    randomness.begin()
    _found.update(
        begun=False,
        shell=shell,
        own=os.path.realpath(temporary),
        libraries=_libraries(os.path.join(os.path.realpath(os.curdir), "")),
        folder=os.getcwd(),
        env=dict(os.environ),
        path=sys.path[:],
        filters=warnings.filters[:],
    )


def afresh() -> None:
    """Forget the notebook that has run: the next finds names, settings, random numbers, warnings
    and the record of what is read as the first did. What stays is what libraries remember.
    """
    os.chdir(_found["folder"])
    os.environ.clear()
    os.environ.update(_found["env"])
    sys.path[:] = _found["path"]
    kept = [f for f in warnings.filters if f[1] or f[3] or f[2].__module__ != "builtins"]
    warnings.filters[:] = list(dict.fromkeys([*kept, *_found["filters"]]))
    with warnings.catch_warnings():  # at its end no module knows any more of what it has warned
        warnings.simplefilter("ignore")  # pandas warns of options that it will drop
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        if "matplotlib" in sys.modules:
            matplotlib = sys.modules["matplotlib"]
            dict.update(matplotlib.rcParams, matplotlib.rcParamsOrig)
            dict.update(matplotlib.rcParams, backend=os.environ["MPLBACKEND"])
        if "pandas" in sys.modules:
            sys.modules["pandas"].reset_option("all")
    random.seed()
    randomness.begin()
    _found["shell"].reset()
    gc.freeze()  # what libraries remember need not be looked through each time
    if "log" in _found:
        os.ftruncate(_found["log"], 0)
        _seen.clear()


def _hook(root: Path, log: int):
    start = f"{root}{os.sep}"

    def on_event(event: str, arguments: tuple) -> None:
        if event == CALENDAR and (line := f"calendar\t{arguments[0]}\n") not in _seen:
            _seen.add(line)
            os.write(log, line.encode())
        if event in _PROGRAMS:
            _refuse_program(str(arguments[0]))
        if event == "import" and _INTERPRETER.search(arguments[0]):
            _refuse_program("python", library=False)
        if event == "sqlite3.connect":
            _refuse_raw(os.path.abspath(os.fsdecode(arguments[0])), start, read=True)
        if event not in ("open", "os.listdir", "os.scandir", CONSULTED) or not arguments:
            return
        path = arguments[0] or "."
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor: its file was reported when it was opened
        path = os.path.abspath(os.fsdecode(path))
        what = path[len(start) :]
        _refuse_raw(path, start, read=event in ("open", CONSULTED) and not _writes(arguments))
        if not path.startswith(start) or what.split(os.sep)[0] in _OUTSIDE:
            return
        if event == CONSULTED and f"edition\t{what}\n" in _seen:
            return  # only the library says so
        line = f"{_reader()}\t{what}\n"
        if line not in _seen:
            _seen.add(line)
            if not line.startswith("store"):
                os.write(log, line.encode())

    return on_event


def _refuse_raw(path: str, root: str, *, read: bool) -> None:
    """Raise `DataError` if a notebook reads figures past the edition, which protects persons.

    What it makes of them would carry no mark, and be shown as they are: so it may not have them,
    nor the names of such files. Outside the checkout it may read what is of no person at all.
    """
    if not _found.get("begun") or _of_machine(path, root):
        return
    real = os.path.realpath(path)  # no other name leads there either
    inside = real.startswith(root)
    what = real[len(root) :] if inside else real
    raw = inside and os.path.join(what, "").startswith(_RAW)
    table = real.lower().endswith(_TABLES) and not what.startswith(_KEPT)
    elsewhere = not inside and read and not _of_programs(real)
    if (raw or table or elsewhere) and not _of_machine(real, root) and not _by_edition():
        # the name of a file may be a digest, or somebody's
        what = f"a file of {os.path.dirname(what)}" if raw else os.path.basename(what)
        raise DataError(
            f"a notebook reads {what} itself, where nobody has protected persons; take the file in "
            "with `sbp add`, name it in the edition's data, and ask the edition: "
            "edition.load(measure)."
        )


def _writes(arguments: tuple) -> bool:
    """Whether a file is opened anew, or to be written only."""
    flags = arguments[2] if len(arguments) > 2 else 0
    anew = flags & (os.O_TRUNC | os.O_EXCL)
    return bool(anew) or flags & os.O_ACCMODE == os.O_WRONLY


def _of_programs(path: str) -> bool:
    """Whether a file outside the checkout is a program's own: its code, fonts, settings."""
    hidden = any(part.startswith(".") for part in path.split(os.sep))
    # as they were before the notebook could change them
    own = path.startswith((_found["own"], *filter(None, _found["path"])))
    return hidden or own or path.endswith((".py", ".pyc", ".so", ".ttf", ".otf", ".ttc", ".conf"))


def _of_machine(path: str, root: str) -> bool:
    """Whether a file is the machine's or its programs' own, as a checkout in /opt is not."""
    return path.startswith(_SYSTEM) and _innermost(path, (root, *_SYSTEM)) != root


def _innermost(path: str, folders: tuple[str, ...]) -> str:
    """The folder among these that holds a path and no other that does; empty for none."""
    return max((f for f in folders if path.startswith(f)), key=len, default="")


def _libraries(root: str) -> tuple[str, ...]:
    """Where libraries lie that were installed before the notebook ran; what lies in the checkout
    itself is the notebook's own.
    """
    outside = [p for p in _folders(*filter(None, sys.path)) if not p.startswith(root)]
    return (root, *_PYTHON, *_folders(_LIBRARY), *outside)


def _of_notebook(frame) -> bool:
    """Whether code is of a cell, of what runs cells, or of a module that came with the notebook."""
    shell = _package(frame) in ("__main__", "IPython", "ipykernel")
    return shell or not _installed(frame.f_globals.get("__file__"))


@functools.cache
def _installed(file: str | None) -> bool:
    folders = _found["libraries"]
    return bool(file) and _innermost(os.path.realpath(file), folders) not in ("", folders[0])


def _package(frame) -> str:
    return frame.f_globals.get("__name__", "").partition(".")[0]


def _refuse_program(what: str, *, library: bool = True) -> None:
    """Raise `DataError` if a notebook runs another program, which nobody hears reading.

    An installed library may, as matplotlib does to find fonts, if `library`: but by its own code,
    not by what the notebook hands it to call.
    """
    if not _found.get("begun"):
        return
    frame, standard = sys._getframe(2), sys.stdlib_module_names
    while frame and not _of_notebook(frame) and _package(frame) in standard:
        frame = frame.f_back
    own = library and frame is not None and _STARTERS.intersection(frame.f_code.co_names)
    if not own or _of_notebook(frame):
        raise DataError(
            f"a notebook runs a program, {what[:60]!r}; what that reads nobody has "
            "protected: take files in with `sbp add`, and ask the edition: edition.load(measure)."
        )


def _by_edition() -> bool:
    """Whether the notebook asked the library by a public name of an edition, a chart or a
    statistic; taking files in is the library's own too.
    """
    asked, frame = None, sys._getframe(3)
    while frame is not None and not _of_notebook(frame):
        file = frame.f_code.co_filename
        if file.startswith(_LIBRARY) and not file.startswith(_PUBLISH):
            asked = frame.f_code
        frame = frame.f_back
    public = asked is not None and (asked.co_name[:1] != "_" or asked.co_name[:2] == "__")
    return public and asked.co_filename.startswith(_ASKED)


def _reader() -> str:
    """Who reads: the notebook; the library for its edition, which decides what; or the store.

    What the store takes in is no read of the notebook's, or the first to run would seem to need
    more than the next. The tables by which it was read are part of what the store says of it.
    """
    who, frame = "notebook", sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename in _TAKING:
            return "store"
        if frame.f_code.co_filename.startswith(_DATA):
            who = "edition"
        frame = frame.f_back
    return who
