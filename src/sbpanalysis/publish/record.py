"""What does a notebook really read? Every file that its kernel opens, written down as it opens it.

An IPython extension: the interpreter itself reports each file opened, by whatever library, so
that nothing depends on the notebook saying what it used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

LISTENER = "SBP_READS"  # the environment's name of the file to write to
_OUTSIDE = (".git", ".venv", "build", "src")
_DATA = f"{os.sep}sbpanalysis{os.sep}data{os.sep}"


def load_ipython_extension(shell) -> None:
    """Begin to write down what is read below the working folder, the checkout's."""
    sys.modules.pop("rfc3987_syntax", None)  # left out by the package for the builder's sake
    target = os.environ.pop(LISTENER, "")
    if target:
        sys.addaudithook(_hook(Path.cwd(), target))


def _hook(root: Path, target: str):
    log = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    start, seen = f"{root}{os.sep}", set()

    def heard(event: str, arguments: tuple) -> None:
        if event not in ("open", "os.listdir", "os.scandir") or not arguments:
            return
        path = arguments[0] or "."
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor: its file was reported when it was opened
        path = os.path.abspath(os.fsdecode(path))
        if not path.startswith(start):
            return
        line = f"{'edition' if _by_edition() else 'notebook'}\t{path[len(start) :]}\n"
        if line not in seen and path[len(start) :].split(os.sep)[0] not in _OUTSIDE:
            seen.add(line)
            os.write(log, line.encode())

    return heard


def _by_edition() -> bool:
    """Whether the library's own readers are at work, whose choice of files an edition decides."""
    frame = sys._getframe(2)
    while frame is not None:
        if _DATA in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
