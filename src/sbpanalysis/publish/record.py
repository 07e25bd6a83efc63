"""What does a notebook really read? Every file that its kernel opens, written down as it opens it.

An IPython extension: the interpreter itself reports each file opened, by whatever library, so
that nothing depends on the notebook saying what it used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sbpanalysis.paths import CONSULTED
from sbpanalysis.publish.lifeline import end_with_owner

LISTENER = "SBP_READS"  # the environment's name of the file to write to
_OUTSIDE = (".git", ".venv", "build", "src")
_DATA = f"{os.sep}sbpanalysis{os.sep}data{os.sep}"
_TAKING = (f"{_DATA}add.py", f"{_DATA}rules.py")


def load_ipython_extension(shell) -> None:
    """Begin to write down what is read below the working folder, the checkout's.

    The kernel and its temporary folder are also bound to whoever runs the notebook.
    """
    end_with_owner(os.path.dirname(os.environ["IPYTHONDIR"]))
    sys.modules.pop("rfc3987_syntax", None)  # left out by the package for the builder's sake
    target = os.environ.pop(LISTENER, "")
    if target:
        sys.addaudithook(_hook(Path.cwd(), target))


def _hook(root: Path, target: str):
    log = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    start, seen = f"{root}{os.sep}", set()

    def heard(event: str, arguments: tuple) -> None:
        if event not in ("open", "os.listdir", "os.scandir", CONSULTED) or not arguments:
            return
        path = arguments[0] or "."
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor: its file was reported when it was opened
        path = os.path.abspath(os.fsdecode(path))
        if not path.startswith(start) or path[len(start) :].split(os.sep)[0] in _OUTSIDE:
            return
        line = f"{_reader()}\t{path[len(start) :]}\n"
        if line not in seen:
            seen.add(line)
            if not line.startswith("store"):
                os.write(log, line.encode())

    return heard


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
