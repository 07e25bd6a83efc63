"""Where do random numbers begin? At the same place, so that a page can be made again."""

from __future__ import annotations

import numpy as np

_UNSEEDED = np.random.default_rng


def begin() -> None:
    """Let what numpy draws at random from here on be the same in each run of a notebook.

    A generator for which no seed is given, as those of seaborn's bands, takes one from numpy's
    global numbers.
    """
    np.random.seed(0)
    np.random.default_rng = _generator


def _generator(seed=None) -> np.random.Generator:
    """As `numpy.random.default_rng`, but for a seed that is not given."""
    return _UNSEEDED(np.random.randint(2**32, dtype=np.uint32) if seed is None else seed)
