"""How does a process end with the one that started it, however that one was ended?

The owner keeps one end of a pipe and never writes to it; each process that it starts has the
other for its standard input. Once the owner is gone, the system closes its end: then they go too.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

PREFIX = "sbp-kernels-"  # of temporary folders; then comes their owner's pid


@cache
def owner_pipe() -> int:
    """The end of this process's pipe to start others with; its own is open while it lives."""
    return os.pipe()[0]


def end_with_owner(folder: str = "") -> None:
    """End with the owner of the pipe at standard input, and take a temporary folder along.

    Standard input is then empty, so that nothing waits for what will never come.
    """
    end = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)

    def wait() -> None:
        with suppress(OSError):
            os.read(end, 1)
        try:
            if folder:
                remove(folder)
        finally:  # whatever may be in the way
            if os.getpgrp() == os.getpid():
                os.killpg(0, signal.SIGKILL)
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def ending_with(end, folder: str = "", owner: int = 0) -> Iterator[None]:
    """Meanwhile, end as soon as the other end of a pipe or socket is closed; imports take seconds.

    If the process `owner` is gone, not just its end, the folder goes too. No thread is left
    afterwards, so that this process may fork.
    """
    done = threading.Event()

    def watch() -> None:
        other = select.poll()
        other.register(end, 0)
        while not done.wait(0.1):
            if other.poll(0):
                time.sleep(0.1)  # what an ending process had open is closed before its children see
                if folder and os.getppid() != owner:
                    remove(folder)
                os._exit(0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    done.set()
    watcher.join()


def remove(folder: str) -> None:
    """Remove a folder, though a process that was just killed may still put something into it."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.05)


def sweep() -> None:
    """Remove the temporary folders of kernels whose owners were ended before they could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        with suppress(OSError, ValueError):
            if folder.stat().st_uid == os.getuid():
                try:
                    os.kill(int(owner), 0)
                except ProcessLookupError:
                    remove(str(folder))


def kill_group(pid: int) -> None:
    """Kill a process and whatever it started, if it leads a group of its own; else it alone."""
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(pid, signal.SIGKILL)
            return
