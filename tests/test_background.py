"""Work beside: its result and its errors come back; nothing of it is left."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.publish.processes import in_background
from sbpanalysis.publish.render import jupyter_book
from sbpanalysis.publish.renderer import open_renderer


def whereabouts(*given):
    return os.getpid(), given


def refuse():
    raise DataError("not this one")


def die_unless(pid: int) -> int:
    if os.getpid() != pid:
        os.kill(os.getpid(), signal.SIGKILL)
    return pid


def test_the_work_is_done_in_another_process_and_its_result_given():
    with in_background(whereabouts, 1, "two") as waited:
        pid, given = waited()
    assert pid != os.getpid()
    assert given == (1, "two")


def test_what_is_raised_there_is_raised_by_the_call_that_waits():
    with in_background(refuse) as waited, pytest.raises(DataError, match="not this one"):
        waited()


def test_work_whose_process_was_killed_is_done_here():
    with in_background(die_unless, os.getpid()) as waited:
        assert waited() == os.getpid()


def test_another_thread_than_the_main_one_does_the_work_itself():
    found = []

    def ask() -> None:
        with in_background(whereabouts) as waited:
            found.append(waited()[0])

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [os.getpid()]


def test_work_that_nobody_waits_for_is_ended():
    with in_background(time.sleep, 3600):
        pass
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_book_that_cannot_be_rendered_is_refused_injupyter_books_own_words(tmp_path):
    book = tmp_path / "source"
    book.mkdir()
    (book / "_config.yml").write_text(
        "sphinx: {config: {html_theme: basic, html_theme_options: {}}}\n", "utf-8"
    )
    (book / "_toc.yml").write_text("{format: jb-book, root: index}\n", "utf-8")
    (book / "index.md").write_text("# A page\n\n{ref}`that-leads-nowhere`\n", "utf-8")
    with (
        open_renderer() as renderer,
        pytest.raises(BuildError, match=r"book/index\.md.*that-leads-nowhere"),
    ):
        jupyter_book(book, tmp_path / "out", renderer)


def test_a_renderer_that_was_killed_is_said_to_be_gone(tmp_path):
    with open_renderer() as renderer:
        os.kill(renderer.process.pid, signal.SIGKILL)
        with pytest.raises(BuildError, match="the renderer ended"):
            jupyter_book(tmp_path, tmp_path / "out", renderer)
