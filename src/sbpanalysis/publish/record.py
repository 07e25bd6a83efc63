"""What does a notebook really read? Every file that its kernel opens, written down as it opens it.

An IPython extension: the interpreter itself reports each file opened, by whatever library, so
that nothing depends on the notebook saying what it used.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import warnings
from pathlib import Path

from sbpanalysis import randomness
from sbpanalysis.errors import DataError
from sbpanalysis.paths import CALENDAR, CONSULTED
from sbpanalysis.publish.processes import end_with_owner

LISTENER = "SBP_READS"  # the environment's name of the file to write to
_OUTSIDE = (".git", ".venv", "build", "src")
_DATA = f"{os.sep}sbpanalysis{os.sep}data{os.sep}"
_TAKING = (f"{_DATA}add.py", f"{_DATA}rules.py")
_LIBRARY = f"{os.sep}sbpanalysis{os.sep}"
_ASKED = (f"{_DATA}edition.py", f"{_LIBRARY}report{os.sep}", f"{_LIBRARY}stats{os.sep}")
_RAW = tuple(
    os.path.join(*parts, "")
    for parts in (("data", "store"), ("data", "snapshots"), ("data", "partner"), ("build", "cache"))
)
# what the machine and its programs keep for themselves, and no figures
_SYSTEM = tuple(
    os.path.join(os.path.realpath(folder), "")
    for folder in (
        *(sys.prefix, sys.base_prefix),
        *("/usr", "/etc", "/lib", "/lib64", "/opt", "/proc", "/sys", "/dev", "/run", "/var/lib"),
        *("/System", "/Library"),
    )
)
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn")
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

    def heard(event: str, arguments: tuple) -> None:
        if event == CALENDAR and (line := f"calendar\t{arguments[0]}\n") not in _seen:
            _seen.add(line)
            os.write(log, line.encode())
        if event in _PROGRAMS:
            _refuse_program(arguments)
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

    return heard


def _refuse_raw(path: str, root: str, *, read: bool) -> None:
    """Raise `DataError` if a notebook reads figures past the edition, which protects persons.

    What it makes of them would carry no mark, and be shown as they are: so it may not have them,
    nor the names of such files. Outside the checkout it may read what is of no person at all.
    """
    if not _found.get("begun") or path.startswith(_SYSTEM):
        return
    real = os.path.realpath(path)  # no other name leads there either
    inside = real.startswith(root)
    what = real[len(root) :] if inside else real
    raw = inside and os.path.join(what, "").startswith(_RAW)
    table = real.lower().endswith(_TABLES) and not what.startswith(_KEPT)
    elsewhere = not inside and read and not _of_programs(real)
    if (raw or table or elsewhere) and not real.startswith(_SYSTEM) and not _by_edition():
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


def _refuse_program(arguments: tuple) -> None:
    """Raise `DataError` if a notebook runs another program, which nobody hears reading.

    Libraries may, as matplotlib does to find fonts.
    """
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in ("subprocess", "os", "pty"):
        frame = frame.f_back
    name = frame.f_globals.get("__name__", "") if frame else ""
    if _found.get("begun") and name.partition(".")[0] in ("__main__", "IPython", "ipykernel"):
        raise DataError(
            f"a notebook runs a program, {str(arguments[0])[:60]!r}; what that reads nobody has "
            "protected: take files in with `sbp add`, and ask the edition."
        )


def _by_edition() -> bool:
    """Whether the library was asked by a public name of an edition, a chart or a statistic; taking
    files in is the library's own too.
    """
    asked, frame = None, sys._getframe(3)
    while frame is not None:
        code = frame.f_code
        if _LIBRARY in code.co_filename and f"{_LIBRARY}publish{os.sep}" not in code.co_filename:
            asked = code
        frame = frame.f_back
    public = asked is not None and (asked.co_name[:1] != "_" or asked.co_name[:2] == "__")
    return public and any(place in asked.co_filename for place in _ASKED)


def _reader() -> str:
    """Who reads: the notebook; the library for its edition, which decides what; or the store.

    What the store takes in is no read of the notebook's, or the first to run would seem to need
    more than the next. The tables by which it was read are part of what the store says of it.
    """
    who, frame = "notebook", sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.endswith(_TAKING):
            return "store"
        if _DATA in frame.f_code.co_filename:
            who = "edition"
        frame = frame.f_back
    return who
