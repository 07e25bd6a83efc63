"""How does a rendering begin at once? A process that has imported Jupyter Book forks one for each.

It is started before the notebooks run, so that it has imported what it needs when they are done,
and ends when its standard input is closed, however its owner ended.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path

from sbpanalysis.publish.processes import ending_with, kill_group

_USED = (
    "docutils.parsers.rst",
    "jupyter_book.cli.main",
    "jupyter_book.config",
    "myst_nb.sphinx_",
    "pygments.formatters.html",
    "sphinx.builders.html",
    "sphinx_external_toc.events",
)


class Renderer:
    """A process that renders what it is told, one book after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sbpanalysis.publish.renderer"],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def render(self, source: Path, out: Path) -> tuple[int, str]:
        """The exit code of Jupyter Book, which read `source` and wrote to `out`, and its words."""
        log = out.with_suffix(".said")
        answer = ""
        try:
            with suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps([str(source), str(out), str(log)]) + "\n")
                self.process.stdin.flush()
                answer = self.process.stdout.readline()
        except BaseException:  # interrupted: before its folder goes
            self.end()
            raise
        words = log.read_text("utf-8", "replace") if log.exists() else ""
        return int(answer or -signal.SIGKILL), words

    def end(self) -> None:
        """End it, and what it is rendering."""
        if self.process.returncode is None:
            kill_group(self.process.pid)
            self.process.communicate()


@cache
def idle() -> list[Renderer]:
    """The renderers of this process that no build is using."""
    return []


@contextmanager
def open_renderer(keep: bool = False) -> Iterator[Renderer]:
    """A renderer for one build: an idle one or a new one; `keep` leaves it for the next build."""
    one = idle().pop() if idle() else Renderer()
    try:
        yield one
        if keep:
            idle().append(one)
            one = None
    finally:
        if one:
            one.end()


def stop() -> None:
    """End the renderers that are idle."""
    while idle():
        idle().pop().end()


def main() -> None:
    """Render for each line on standard input; answer each with the exit code."""
    with ending_with(sys.stdin):
        from sphinx.application import builtin_extensions

        for name in (*_USED, *builtin_extensions):
            import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: _answer())
    for line in sys.stdin:
        if os.fork():
            continue
        _become_jupyter_book(*json.loads(line))
    kill_group(os.getpid())


def _answer() -> None:
    pid, status = os.waitpid(-1, os.WNOHANG)
    if pid:
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become_jupyter_book(source: str, out: str, log: str) -> None:
    """Render in this process, which ends with that; what is said goes to the file `log`."""
    from jupyter_book.cli.main import main as jupyter_book

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.disable()  # it ends with this book
    code = 1
    tempfile.tempdir = os.path.dirname(out)  # what Sphinx writes of a fault goes with the rest
    try:
        with open(log, "wb") as words:
            os.dup2(words.fileno(), 1)
            os.dup2(words.fileno(), 2)
        strictly = ("--warningiserror", "--nitpick", "--quiet")
        sys.argv = ["jupyter-book", "build", source, "--path-output", out, *strictly]
        jupyter_book()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except Exception:
        traceback.print_exc(limit=0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
