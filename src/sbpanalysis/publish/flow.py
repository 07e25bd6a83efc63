"""Which cell of a notebook computed what an output shows? Read from the names in its code.

A notebook reads data, computes, and tells: `counts = edition.series(...)`, `change =
sbp.change(counts)`, `sbp.say(change)`, often in three cells. From what a call tells or shows, names
are followed back to the call that computed it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache

from nbformat import NotebookNode

LIBRARY, EDITION = "sbp", "edition"
# what an edition is asked for that is no figure
DESCRIBING = {
    "caption",
    "measure_title",
    "has",
    "shapes",
    "best_measure",
    "stands_in",
    "splits",
    "breaks",
}
COUNTING = "counting"
# page -> the statistics of the library that it explains; a dot before what a result is asked for
EXPLAINED = {
    COUNTING: "total standing share share_of yearly_totals side_by_side ranked leading "
    "largest percent_of per_hundred wordlist since_break",
    "rolling-totals": "rolling_total indexed .rolling",
    "change-and-verdicts": "change overview family profiles",
    "rates-and-intervals": "rate rate_ratio proportion proportion_difference standardised_rate "
    "two_counts two_shares two_shares_of two_rates part parts_of",
    "stl": "decompose",
    "seasonal-index": "seasonal_index",
    "trend-tests": "mann_kendall sen_slope",
    "change-points": "change_points",
    "count-model": "count_model",
    "control-charts": "control_chart",
    "early-warning": "early_warning",
    "funnel-plots": "funnel",
    "forecast": "forecast",
    "concentration": "concentration",
    "spatial-clustering": "moran",
    "harm": "harm",
    "signals": "signals",
    "swings": "swings thresholds",
    "season": "season",
    "ranks": "rank_chances rank_sets sides",
}
PAGES = {name: page for page, names in EXPLAINED.items() for name in names.split()}


@dataclass(frozen=True)
class Origin:
    """The cell that computed something, by its id, and the name of the call that did."""

    cell: str
    call: str


@dataclass(frozen=True)
class _Binding:
    """A name gets its value: where, and from what."""

    name: str
    cell: int
    line: int
    value: ast.expr


class Flow:
    """The cells of a notebook, and which name of each comes from where."""

    def __init__(self, notebook: NotebookNode) -> None:
        self._ids = [cell.get("id", "") for cell in notebook.cells]
        self._trees = [_parsed(cell) for cell in notebook.cells]
        self._bindings: dict[str, list[_Binding]] = {}
        self._known: dict[_Binding, Origin | None] = {}
        for number, tree in enumerate(self._trees):
            for name, line, value in _bindings(tree):
                made = _Binding(name, number, line, value)
                self._bindings.setdefault(name, []).append(made)

    def origin(self, cell: int, position: Sequence[int]) -> Origin | None:
        """Where what a call tells or shows was computed; the call is at `position` of a cell.

        If nothing of it leads to a call of the library or of an edition, the cell in which it was
        last given a name, or which shows it. None without a position.
        """
        value = _argument_at(self._trees[cell], position)
        if value is None:
            return None
        known = self._of(value, cell, value.lineno)
        return known or Origin(self._ids[self._last_named(value, cell)], "")

    def _last_named(self, value: ast.expr, cell: int) -> int:
        names = [node.id for node in _deciding(value) if isinstance(node, ast.Name)]
        made = [b.cell for name in names for b in self._bindings.get(name, ()) if b.cell <= cell]
        return max(made, default=cell)

    def _of(self, value: ast.expr, cell: int, line: int) -> Origin | None:
        """The first call that computed a value: a statistic before figures as they were read."""
        nodes = list(_deciding(value))
        calls = [_computing(node) for node in nodes if isinstance(node, ast.Call)]
        origins = [Origin(self._ids[cell], name) for name in calls]
        if not origins:
            names = [node.id for node in nodes if isinstance(node, ast.Name)]
            origins = [one for name in names if (one := self._named(name, cell, line))]
        return min(origins, key=lambda one: one.call.startswith(EDITION), default=None)

    def _named(self, name: str, cell: int, line: int) -> Origin | None:
        """Where a name got its value last; names may stand for each other in a circle."""
        before = [b for b in self._bindings.get(name, ()) if (b.cell, b.line) <= (cell, line)]
        for binding in reversed(before):
            if binding not in self._known:
                self._known[binding] = None  # while it is looked for
                self._known[binding] = self._of(binding.value, binding.cell, binding.line)
            if self._known[binding]:
                return self._known[binding]
        return None


def trace(notebook: NotebookNode) -> None:
    """Put beside each sentence and figure of a notebook the cell and call that computed it."""
    origin = cache(Flow(notebook).origin)  # a loop tells much from one place
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            message = output.get("metadata", {}).get("sbp", {})
            if "at" in message:
                computed = origin(number, tuple(message.pop("at") or ()))
                message["origin"] = asdict(computed) if computed else {"cell": "", "call": ""}


def _parsed(cell: NotebookNode) -> ast.Module:
    if cell.cell_type != "code":
        return ast.Module([], [])
    try:
        return ast.parse(cell.source)
    except SyntaxError:  # a magic of IPython
        return ast.Module([], [])


def _bindings(tree: ast.Module) -> Iterator[tuple[str, int, ast.expr]]:
    """Each name that gets a value, the line from which it has it, and the value."""
    bindings = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            pairs = [p for target in node.targets for p in _paired(target, node.value)]
            bindings += [(name, node.end_lineno, value) for name, value in pairs]
        elif isinstance(node, ast.For):
            bindings += [(n, node.lineno, node.iter) for n, _ in _paired(node.target, node.iter)]
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for one in node.generators:
                bindings += [(n, node.lineno, one.iter) for n, _ in _paired(one.target, one.iter)]
        elif isinstance(node, ast.NamedExpr):
            bindings.append((node.target.id, node.lineno, node.value))
    return iter(sorted(bindings, key=lambda one: one[1]))


def _paired(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names of a target with what each gets; all of it where that cannot be told apart."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        alike = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        values = value.elts if alike else [value] * len(target.elts)
        for one, part in zip(target.elts, values, strict=True):
            yield from _paired(one, part)
    elif isinstance(target, ast.Starred):
        yield from _paired(target.value, value)


def _argument_at(tree: ast.Module, position: Sequence[int]) -> ast.expr | None:
    """What the call at a position tells or shows. It is found by its end, for the start of a chain
    of calls is that of its last name; what a cell ends with is shown without a call."""
    end = tuple(position[2:])
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.expr)]
    ending = [n for n in nodes if (n.end_lineno, n.end_col_offset) == end]
    calls = [n for n in ending if isinstance(n, ast.Call)]
    if calls and _library(calls[0]) and calls[0].func.attr in ("say", "show", "card"):
        beside = [one.value for one in calls[0].keywords if one.arg == "table"]
        return (beside or calls[0].args or [None])[0]  # a picture is of what its table holds
    return (calls or ending or [None])[0]


def _deciding(value: ast.expr) -> Iterator[ast.Call | ast.Name]:
    """The calls that compute within an expression, and the names it is made of, from left to right.

    A call that draws or tells counts for its first argument alone; what is asked in a condition,
    and what only names or describes, decides nothing.
    """
    if isinstance(value, ast.Name) or (isinstance(value, ast.Call) and _computing(value)):
        yield value
    elif isinstance(value, ast.Call) and _library(value):
        for part in value.args[:1]:
            yield from _deciding(part)
    elif not (isinstance(value, ast.Call) and _of_edition(value)):
        for part in _parts(value):
            yield from _deciding(part)


def _computing(call: ast.Call) -> str:
    """The name of a statistic, or of a question for figures of the edition, that a call is."""
    if not isinstance(call.func, ast.Attribute):
        return ""
    name = call.func.attr
    if _of_edition(call):
        return "" if name in DESCRIBING else f"{EDITION}.{name}"
    if _library(call):
        return name if name in PAGES else ""
    return f".{name}" if f".{name}" in PAGES else ""  # of a result: profiles.rolling()


def _of_edition(call: ast.Call) -> bool:
    owner = getattr(call.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id == EDITION


def _library(call: ast.Call) -> bool:
    owner = getattr(call.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id == LIBRARY


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """The expressions that an expression is made of, without what an if asks."""
    for name, part in ast.iter_fields(value):
        for one in part if isinstance(part, list) else [part]:
            if isinstance(one, ast.keyword):
                yield one.value
            elif isinstance(one, ast.comprehension):
                yield one.iter
            elif isinstance(one, ast.expr) and not (
                isinstance(value, ast.IfExp) and name == "test"
            ):
                yield one
