"""How does what a cell prints leave its kernel? As usual, but for what was never printed."""

from __future__ import annotations

from ipykernel.iostream import OutStream


class Stream(OutStream):
    """As the parent's, but it waits for the thread that sends only if something was written.

    A kernel asks each of its two streams three times a cell, and most cells print nothing.
    """

    _written = False

    def write(self, string: str) -> int | None:
        """As the parent's."""
        self._written = True
        return super().write(string)

    def flush(self) -> None:
        """Send what was written since the last time."""
        if self._written:
            self._written = False
            super().flush()
