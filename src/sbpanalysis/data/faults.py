"""What is wrong with this file? Every fault at once: where, found, expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

AGAIN = "download the file again and compare it with the publisher's page"
MOST_EXAMPLES = 5


@dataclass
class Faults:
    """The faults of one file, collected so that all of them are reported together."""

    name: str
    found: list[str] = field(default_factory=list)

    def add(self, place: str, found: str, expected: str, remedy: str = AGAIN) -> None:
        """One fault: where it is, what was found, what was expected, what to do."""
        self.found.append(f"{place}: found {found}, expected {expected}; {remedy}.")

    def each(
        self,
        examples: Iterable[tuple[str, object]],
        expected: str,
        remedy: str = AGAIN,
        *,
        quote: bool = True,
    ) -> None:
        """The same fault at many places: `examples` are pairs of place and value.

        Values are quoted as they stand in the file, unless `quote` is False.
        """
        examples = list(examples)
        if not examples:
            return
        shown = "; ".join(
            f"{place}: found {plain(repr(value) if quote else value)}"
            for place, value in examples[:MOST_EXAMPLES]
        )
        more = len(examples) - MOST_EXAMPLES
        shown += f"; and {more} more such places" if more > 0 else ""
        self.found.append(f"{shown}; expected {expected}; {remedy}.")

    def check(self) -> None:
        """Raise one `DataError` that lists every fault, if there is any."""
        if self.found:
            listed = "".join(f"\n- {fault}" for fault in self.found)
            count = "1 fault" if len(self.found) == 1 else f"{len(self.found)} faults"
            raise DataError(f"{plain(self.name)}: {count}, nothing of the file is taken.{listed}")
