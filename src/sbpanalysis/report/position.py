"""Where in its notebook's cell does a call stand? So that a page can lead to what computed it."""

from __future__ import annotations

import sys
from itertools import islice
from types import FrameType


def position() -> list[int] | None:
    """Lines and columns of the call in a notebook's cell that is being made, as `ast` counts them:
    first line, first column, last line, last column. None outside a notebook.
    """
    frames = list(_cell_frames(sys._getframe(1)))
    if not frames:
        return None
    # the innermost frame of the cell itself, not of a function that another cell defined
    frame = next(f for f in frames if f.f_code.co_filename == frames[-1].f_code.co_filename)
    places = frame.f_code.co_positions()
    first, last, start, end = next(islice(places, frame.f_lasti // 2, None))
    return None if None in (first, last, start, end) else [first, start, last, end]


def _cell_frames(frame: FrameType | None):
    """The frames that run a cell's own code, innermost first."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and "get_ipython" in frame.f_globals:
            yield frame
        frame = frame.f_back
