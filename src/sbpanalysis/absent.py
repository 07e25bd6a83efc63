"""What stands for figures that an edition does not hold? It flows through all that is asked of it.

So that a notebook needs no guards: `sbp.say(sbp.change(edition.series(measure)))` tells a change,
or nothing, and the build lists on one page what is missing and who holds it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps

from sbpanalysis.errors import ShortError


@dataclass(frozen=True)
class Missing:
    """What is not held: `what` in words, `why`, whose `measure`, and who holds it.

    `form`: the form in data/partner by which the `holder` is asked, if there is one.
    """

    what: str
    why: str
    measure: str = ""
    holder: str = ""
    form: str = ""


class Absent:
    """Figures that an edition does not hold: false, empty, and whatever is asked of them is absent.

    >>> robbery = Absent(Missing("Robbery by ward", "not held"))
    >>> robbery
    Absent: Robbery by ward, not held
    >>> robbery.tail(12).sum() / 12, bool(robbery), list(robbery)
    (Absent: Robbery by ward, not held, False, [])
    """

    __array_ufunc__ = None  # numpy leaves arithmetic to what follows,
    __pandas_priority__ = 10_000  # as pandas does

    def __init__(self, missing: Missing, displayed: bool = False) -> None:
        self.__dict__.update(_missing=missing, _displayed=displayed)

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("_"):  # what Python, numpy and IPython ask of any object
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        """Nothing is kept of what is said about figures that are not there."""

    __setitem__ = __setattr__

    def _itself(self, *_given, **_named) -> Absent:
        return self

    __call__ = __getitem__ = __neg__ = __abs__ = __invert__ = _itself
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _itself
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __or__ = __ror__ = __and__ = __rand__ = (
        _itself
    )
    __lt__ = __le__ = __gt__ = __ge__ = _itself

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self):
        return iter(())

    def __repr__(self) -> str:
        held = self._missing.holder and f"; held by {self._missing.holder}"
        return f"Absent: {self._missing.what}, {self._missing.why}{held}"

    def _ipython_display_(self) -> None:
        """Say what is missing, unless `say` or `show` has."""
        if not self._displayed:
            print(repr(self))

    def displayed(self) -> Absent:
        """The same, said to who reads the notebook."""
        return Absent(self._missing, displayed=True)

    def facts(self) -> dict:
        """What is missing, as plain values; `what` is empty where nothing was asked for."""
        return asdict(self._missing)


CONTEXT = {"whole", "residents", "dispersion"}  # what a statistic can do without


def flows(function: Callable, drawn: bool = False) -> Callable:
    """The function, which gives back what is absent of the figures that it is given.

    Those are all its arguments but `CONTEXT`; of what is `drawn` the first, whose words and marks
    may be absent. Of a list or dict those are taken that are there. Figures of an edition that
    are too short for the function are absent too.
    """

    @wraps(function)
    def passing(*given, **named):
        given = [_present(one) for one in given]
        data = [one for name, one in named.items() if name not in CONTEXT]
        for one in given[:1] if drawn else [*given, *data]:
            if isinstance(one, Absent):
                return one
        given = [None if isinstance(one, Absent) else one for one in given]
        unknown = dict.fromkeys(CONTEXT & named.keys())
        named = unknown | {name: one for name, one in named.items() if not isinstance(one, Absent)}
        try:
            with warnings.catch_warnings(record=True) as raised:
                warnings.simplefilter("always")
                result = function(*given, **named)
        except ShortError as error:
            attrs = _attrs(given[0]) if given else {}
            if "snapshots" not in attrs:  # not of an edition
                raise
            return Absent(Missing(attrs["title"], error.short, attrs.get("measure", "")))
        for one in raised:  # as of whoever called, not of this file
            warnings.warn(one.message, one.category, stacklevel=2)
        return result

    return passing


def _attrs(data) -> dict:
    """The attrs of figures, or of the first in a dict of them."""
    first = next(iter(data.values()), None) if isinstance(data, dict) else data
    return getattr(first, "attrs", {})


def _present(one):
    """A list or dict without what is absent of it; the first absent thing if nothing else is."""
    if type(one) not in (list, tuple, dict) or not one:
        return one
    values = list(one.values()) if isinstance(one, dict) else list(one)
    gone = [value for value in values if isinstance(value, Absent)]
    if not gone:
        return one
    if len(gone) == len(values):
        return gone[0]
    if isinstance(one, dict):
        return {name: value for name, value in one.items() if not isinstance(value, Absent)}
    return [value for value in values if not isinstance(value, Absent)]
