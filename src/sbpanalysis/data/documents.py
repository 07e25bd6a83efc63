"""What does a small file kept by hand say, and on which line? YAML and CSV, checked as they are.

Every fault is one line: file, line, what was found, what was expected.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

MOST_VALUES = 100_000  # that a YAML file may hold once its aliases are written out
_DEEPEST = 200  # brackets within brackets, or dashes on a line: a parser in C ends with a crash
_DASHES = re.compile(rf"(?:[-?] +){{{_DEEPEST}}}")
_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """The plain values of a YAML file, and where each of them stands."""

    name: str
    value: Any
    node: yaml.Node | None = field(default=None, repr=False)

    def line(self, keys: Iterable[object]) -> int:
        """The line on which the value under these keys and numbers begins, or its nearest holder's.

        A key's own line counts, not that of what is under it.
        """
        node, line = self.node, 1
        for key in keys:
            found = _below(node, key)
            if not found:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        return line

    def fault(self, keys: Iterable[object], what: str) -> str:
        """A fault at the value under these keys, with file and line."""
        keys = tuple(keys)
        at = f"{'.'.join(map(str, keys))}: " if keys else ""
        return plain(f"{self.name}, line {self.line(keys)}: {at}{what}", 400)


@dataclass(frozen=True)
class Rows:
    """The rows of a CSV table as dictionaries of text, and the line on which each begins."""

    name: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    lines: list[int]

    def fault(self, row: int, what: str) -> str:
        """A fault in a row, counted from 0, with file and line."""
        return plain(f"{self.name}, line {self.lines[row]}: {what}", 400)

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        return iter(enumerate(self.rows))


def load_yaml(path: Path) -> Any:
    """What a YAML file says, as plain values. Raises `DataError` with file, line and remedy."""
    return read_yaml(path).value


def read_yaml(path: Path) -> Document:
    """A YAML file with the places of its values.

    Raises `DataError` where it is no YAML, names a key twice, or grows beyond bounds by aliases.
    """
    return parse_yaml(named(path), read_text(path))


def parse_yaml(name: str, text: str) -> Document:
    """The text of a YAML file called `name`, as `read_yaml` reads it."""
    if _DASHES.search(text) or _depth(text) > _DEEPEST:
        raise DataError(f"{name}: nested too deep to be read; mend the file.")
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        _bounded(node, name)
        _once(node, name)
        value = loader.construct_document(node) if node else None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: 2020-13-41 looks like a date
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or str(error)
        raise DataError(plain(f"{name}{line}: not YAML ({why}); mend the file.", 400)) from None
    finally:
        loader.dispose()
    return Document(name, value, node)


def read_rows(path: Path, columns: Iterable[str]) -> Rows:
    """A CSV table of exactly these columns, in whatever order.

    Raises `DataError` with every line whose cells are not as many as the header's, or where a
    quotation mark that was left open swallows what follows.
    """
    name, columns = named(path), tuple(columns)
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    header, rows, lines, faults, last = None, [], [], [], 0
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num
            if header is None:
                header = cells
                faults += [f"{name}, line 1: {what}" for what in unlike(cells, columns)]
            elif cells:
                faults += [f"{name}, line {line}: {what}" for what in _misshapen(cells, header)]
                rows.append(dict(zip(header, cells, strict=False)))
                lines.append(line)
    except csv.Error as error:
        faults.append(
            f"{name}, line {last + 1}: {error}; a quotation mark is not closed, or stands within "
            "a cell: write it twice there."
        )
    raise_all(faults)
    return Rows(name, tuple(header or columns), rows, lines)


def _misshapen(cells: list[str], header: list[str]) -> Iterator[str]:
    if len(cells) != len(header):
        yield f"found {len(cells)} cells, expected {len(header)}; put text with commas in quotes."
    for cell in cells:
        if "\n" in cell:
            yield (f"found {plain(repr(cell[:40]))}, which runs over several lines, expected one; "
                   "close the quotation mark.")  # fmt: skip


def unlike(found: Iterable[object], expected: Iterable[str]) -> Iterator[str]:
    """What differs between two sets of names: those unknown, doubled, or missing."""
    found, expected = list(found), list(expected)
    for name in dict.fromkeys(map(str, found)):
        if name not in expected:
            yield f"found {plain(repr(name))}, expected {meant(name, expected)}"
        if found.count(name) > 1:
            yield f"found {plain(repr(name))} twice, expected once"
    for name in expected:
        if name not in found:
            yield f"{name} is missing"


def meant(name: object, known: Iterable[str]) -> str:
    """What may have been meant by a name that is unknown: the nearest, or all if they are few.

    >>> meant("mosst", ["most", "host"]), meant("x", ["a", "b"])
    ('one that is known; did you mean most?', 'one of a, b')
    """
    known = [str(one) for one in known if one]
    if near := difflib.get_close_matches(str(name), known, n=1):
        return f"one that is known; did you mean {near[0]}?"
    return f"one of {', '.join(known)}" if len(known) <= 20 else "one that is known"


def raise_all(faults: Iterable[str]) -> None:
    """Raise one `DataError` that lists every fault, if there is any."""
    if listed := list(dict.fromkeys(faults)):
        raise DataError("\n".join(listed))


def named(path: Path) -> str:
    """A path as messages give it: from its checkout on, or the file's name alone."""
    path = path.absolute()
    for folder in path.parents:
        if (folder / "_config.yml").is_file():
            return plain(path.relative_to(folder).as_posix(), 200)
    return plain(path.name, 200)


def read_text(path: Path) -> str:
    """The text of a file. Raises `DataError` where it is no text or holds a merge conflict."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{named(path)}: not UTF-8 text; save it as UTF-8.") from None
    except FileNotFoundError:
        raise DataError(f"{named(path)}: no such file; restore it from the repository.") from None
    if found := _CONFLICT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise DataError(f"{named(path)}, line {line}: a merge conflict was left; resolve it.")
    return text


def _depth(text: str) -> int:
    """How many brackets stand open at most; those within text count too, and come in pairs."""
    steps = (1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


def _below(node: yaml.Node | None, key: object) -> tuple[yaml.Node, yaml.Node] | None:
    """The key's node and the value's, of what stands under a key or number."""
    if isinstance(node, yaml.MappingNode):
        for name, value in reversed(node.value):  # what is merged in stands before
            if name.value == str(key):
                return name, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _bounded(node: yaml.Node | None, name: str) -> None:
    """Refuse aliases that lead back to themselves, or to more values than anyone writes."""
    sizes: dict[int, int] = {}

    def size(one: yaml.Node) -> int:
        if id(one) not in sizes:
            sizes[id(one)] = MOST_VALUES + 1  # while it is not known: within itself it is endless
            sizes[id(one)] = 1 + sum(map(size, _children(one)))
        return sizes[id(one)]

    if node and size(node) > MOST_VALUES:
        raise DataError(f"{name}: aliases (&, *) make more than {MOST_VALUES:,} values of it; "
                        "write them out.")  # fmt: skip


def _once(node: yaml.Node | None, name: str) -> None:
    """Refuse a key that stands twice in one place: all but the last would be lost."""
    faults, seen, waiting = [], set(), [node] if node else []
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        waiting += _children(one)
        keys = one.value if isinstance(one, yaml.MappingNode) else []
        for number, (key, _) in enumerate(keys):
            if key.value != "<<" and key.value in [k.value for k, _ in keys[:number]]:
                faults.append((key.start_mark.line + 1, key.value))
    raise_all(f"{name}, line {line}: key {plain(repr(key))} stands there twice; take one away."
              for line, key in sorted(faults))  # fmt: skip
