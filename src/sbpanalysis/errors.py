"""What can go wrong, said so that the reader knows where, what was found and what to do."""

from __future__ import annotations

import errno

_NO_ROOM = "the disk is full; free some space, then run it again"
_NO_RIGHT = "no permission; change who may read and write there, or work in a folder of your own"
_NO_FOLDER = "a file stands where a folder is needed, or a folder where a file; move it away"
# What a user can mend, by the number of the system's error
_ADVICE = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: "files may not grow that large here; raise the limit (ulimit -f)",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "nothing can be written there; work in a folder of your own",
    errno.ENOTDIR: _NO_FOLDER,
    errno.EISDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}


class SbpError(Exception):
    """Root of every error the library raises on purpose."""


class DataError(SbpError, ValueError):
    """Input that cannot be used: where, what was found, what was expected, what to do."""


class NotOursError(DataError):
    """A sound file of another place or level: refused by itself, passed over in an archive."""


class NotHeldError(DataError):
    """Figures that are asked for rightly, and that no file of the edition has.

    Of which `measure` and `level`; `why` says in a few words what of it is lacking.
    """

    def __init__(self, message: str, measure: str, level: str = "", why: str = "not held") -> None:
        super().__init__(message)
        self.measure, self.level, self.why = measure, level, why


class ShortError(DataError):
    """A series with fewer months than a method needs; `short` says how many, in a few words."""

    def __init__(self, message: str, short: str) -> None:
        super().__init__(message)
        self.short = short


class BreakError(DataError):
    """A comparison that spans a recorded break across which figures are not comparable."""


class BuildError(SbpError):
    """A site that could not be built; the last good one is left as it was."""


class SbpWarning(UserWarning):
    """Something that should temper a conclusion; it ends up among a page's caveats."""


class LeftOutWarning(UserWarning):
    """What an edition does without: told to who opens or builds it, and never on a page.

    It may quote a file about persons.
    """


class EditedWarning(LeftOutWarning):
    """Something kept that is not as it was written, and is made again."""


def system_fault(error: OSError) -> str:
    """What the system refused and what to do; empty where it is nothing that a user can mend.

    >>> system_fault(PermissionError(13, "Permission denied", "data/store"))[:25]
    'data/store: no permission'
    """
    advice = _ADVICE.get(error.errno, "")
    where = error.filename if isinstance(error.filename, str) else ""
    return f"{where or 'this machine'}: {advice}." if advice else ""
