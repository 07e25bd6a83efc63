"""How is something made on another core, beside what this process does?"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sbpanalysis.publish.kernel_server import die_with_parent


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
