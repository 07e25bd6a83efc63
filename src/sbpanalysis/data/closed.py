"""Which files are closed, and how is one named where others read of it? By a number alone.

The form of a file about persons is public and its protected numbers leave a handful of counts
each: whoever knows a digest of its bytes, or their number, finds the file again by trying. So
neither leaves the checkout. Inside it, an edition that git keeps pins such a file by a digest
under a key of this checkout.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from pathlib import Path

from sbpanalysis.data import reference, snapshots
from sbpanalysis.errors import DataError

_PIN = re.compile(r"keyed-[0-9a-f]{32}")


def is_closed(source: str) -> bool:
    """Whether a source counts persons, or sends its figures in a form of data/partner."""
    return _counts_persons(reference.sources().get(source, {}))


def _counts_persons(entry: dict) -> bool:
    return entry.get("sensitive") == "persons" or "form" in entry


def names(facts: Iterable[dict]) -> dict[str, str]:
    """By SHA-256 what each file is called outside the checkout: that, or closed-01, closed-02..."""
    known = reference.sources()  # once, for each call looks whether an entry was edited
    found: dict[str, str] = {}
    for one in facts:
        number = sum(name.startswith("closed-") for name in found.values()) + 1
        closed = _counts_persons(known.get(one["source"], {}))
        found.setdefault(one["sha256"], f"closed-{number:02d}" if closed else one["sha256"])
    return found


def received(sha256: str, root: Path) -> str:
    """The day on which a file came, such as 2019-02-01; "" for one that was made for the sample."""
    about = snapshots.noted(sha256, root)
    made = about.get("origin", "").startswith(snapshots.SAMPLE)
    return "" if made else about.get("time", "")[:10]


def is_pin(text: str) -> bool:
    """Whether an edition's text is a pin of `pin`."""
    return bool(_PIN.fullmatch(text))


def pin(sha256: str, root: Path) -> str:
    """What an edition names a closed file by: HMAC-SHA-256 under the checkout's own key."""
    digest = hmac.new(snapshots.key(root), sha256.encode(), "sha256").hexdigest()
    return f"keyed-{digest[:32]}"


def pinned(text: str, digests: Iterable[str], root: Path) -> str | None:
    """Which of these SHA-256 a pin means; None for none of them."""
    return next((sha for sha in digests if hmac.compare_digest(pin(sha, root), text)), None)


def refuse_digest(name: str, facts: dict, root: Path) -> None:
    """Raise `DataError` if an edition names a closed file by a SHA-256: git keeps editions."""
    if snapshots.is_digest(name) and facts["kind"] != "archive" and is_closed(facts["source"]):
        raise DataError(
            f"edition data {name[:12]}: the SHA-256 of a file about persons, or of a partner, by "
            "which its numbers can be found again, and git keeps editions; write "
            f'"{pin(facts["sha256"], root)}" in its place, or the name of the file.'
        )
