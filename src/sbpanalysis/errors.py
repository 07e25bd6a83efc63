"""What can go wrong, said so that the reader knows where, what was found and what to do."""

from __future__ import annotations


class SbpError(Exception):
    """Root of every error the library raises on purpose."""


class DataError(SbpError, ValueError):
    """Input that cannot be used: where, what was found, what was expected, what to do."""


class NotOursError(DataError):
    """A sound file of another place or level: refused by itself, passed over in an archive."""


class BreakError(DataError):
    """A comparison that spans a recorded break across which figures are not comparable."""


class BuildError(SbpError):
    """A site that could not be built; the last good one is left as it was."""


class SbpWarning(UserWarning):
    """Something that should temper a conclusion; it ends up among a page's caveats."""
