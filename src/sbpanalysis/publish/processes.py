"""How does another process do a part of the work, and end with the one that started it?

The owner keeps one end of a pipe and never writes to it; each process that it starts has the
other for its standard input. Once the owner is gone, the system closes its end: then they go too.
"""

from __future__ import annotations

import os
import pickle
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
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


def die_with_parent() -> None:
    """Ask the kernel of the system to end this process with its parent; ipykernel's own watch,
    once a second, does it where that cannot be asked."""
    parent = os.getppid()
    with suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


@contextmanager
def in_background(work: Callable, *given) -> Iterator[Callable]:
    """Begin `work(*given)` in a copy of this process; the call that is given waits for its result.

    What is raised there is raised by that call. Where another thread than the main one asks (a
    copy would keep the locks that other threads hold just then), the call does the work itself.
    Left early, the copy is ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield partial(work, *given)
        return
    source, target = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 and later warn of threads; the only one is that of the progress bar
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(source)
        _work(target, work, given)
    os.close(target)
    with open(source, "rb") as answers:
        try:
            yield partial(_waited, answers, work, given)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _work(target: int, work: Callable, given: tuple) -> None:
    """Answer with what `work` returns or raises; never returns."""
    try:
        die_with_parent()
        # A warning must not wait for the lock that the progress bar's thread may have held
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        try:
            answer = (None, work(*given))
        except Exception as error:
            answer = (error, None)
        with open(target, "wb") as stream:
            pickle.dump(answer, stream)
    finally:
        os._exit(0)


def _waited(answers, work: Callable, given: tuple):
    answer = answers.read()
    if not answer:  # it was killed, or nothing that can be sent
        return work(*given)
    error, result = pickle.loads(answer)
    if error:
        raise error
    return result
