"""Which numbers together tell a count, and what may not be published so that none is told?"""

from __future__ import annotations

from collections.abc import Iterable

from sbpanalysis.disclosure.audit import ENOUGH, Linked, Programme, confined


def together(linked: Linked, number: int, withheld: set[int]) -> list[int]:
    """Numbers without any one of which a count could not be worked out; the smallest of those
    that are possible, for least is lost with them.
    """
    kept = next(part for part in linked.parts if number in part)
    place = {int(old): new for new, old in enumerate(kept)}
    inside = {place[i] for i in withheld if i in place}
    programme = Programme(linked.only(kept), inside)
    at = place[number]
    hidden = linked.shown[number] != linked.shown[number] or number in withheld
    need = ENOUGH if hidden else 2
    told = []
    # what is hidden first, which there is no use in withholding; then the wholes, which a reader
    # would miss most: so they are not among the numbers if others are
    for new in sorted(set(place.values()) - inside - {at}, key=lambda i: _worth(linked, kept[i])):
        before = programme.low[new], programme.high[new]
        programme.relax(new)
        if len(programme.values(at, need)) >= need:
            programme.low[new], programme.high[new] = before
            told.append(int(kept[new]))
    return told


def told(linked: Linked, withheld: Iterable[int] = ()) -> dict[int, list[int]]:
    """As `confined`, without what editions before told already, and nothing now can mend."""
    found = confined(linked, withheld)
    if found and linked.fixed:
        now = set(range(len(linked.names))) - linked.fixed
        for number in confined(linked, now):
            found.pop(number, None)
    return found


def to_withhold(linked: Linked) -> set[int]:
    """Numbers that, if they are not published, leave no count to be worked out.

    Each is chosen among those that together tell a count: the one after which fewest are told,
    and the smallest of equals.
    """
    return {int(kept[i]) for kept in linked.parts for i in _of_part(linked.only(kept))}


def _of_part(linked: Linked) -> set[int]:
    withheld: set[int] = set()
    while found := told(linked, withheld):
        number = min(found)
        may = [i for i in [*together(linked, number, withheld), number]
               if i not in linked.fixed | withheld]  # fmt: skip
        may = [i for i in may if linked.shown[i] == linked.shown[i]] or may
        left = {i: (len(told(linked, withheld | {i})), _size(linked, i), i) for i in may}
        withheld.add(min(left, key=left.get))
    for number in sorted(withheld, key=lambda i: -_size(linked, i)):
        if not told(linked, withheld - {number}):
            withheld.discard(number)
    return withheld


def _worth(linked: Linked, number: int) -> tuple[bool, float]:
    return linked.shown[number] == linked.shown[number], -_size(linked, number)


def _size(linked: Linked, number: int) -> float:
    shown = linked.shown[number]
    return shown if shown == shown else 0.0
