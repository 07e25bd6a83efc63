"""What do the figures of every kind of crime say together? The answer, four boxes, the questions.

All of it is made from the table of every kind, so that no number is told two ways. A kind is said
to have risen or fallen only if the edition's family of comparisons says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sbpanalysis.report import change_words, prose
from sbpanalysis.stats.change import CANNOT_TELL, FELL, PROBABLY, ROSE, SAME
from sbpanalysis.stats.result import listed

LARGE = 9.5  # per cent, 10 when rounded, from which a change within usual swings is told
MOST_NAMED = 4  # kinds in one box
MOST_ASKED = 3  # kinds that the questions are about


@dataclass(frozen=True)
class Box:
    """One of the four boxes: the question, the answer in large type, and a few words on it.

    `kind`: the kind of crime whose change it tells, if it is one.
    """

    question: str
    answer: str
    words: str
    kind: str = ""


@dataclass(frozen=True)
class Kinds:
    """The rows of the table of every kind of crime, the whole of it apart.

    `table`: as `report.overview.overview` makes it, the largest kind first. `whole`: the title of
    the kind that all others add up to. `peers`: what the areas are called that the rate is set
    beside, and how many others there are.
    """

    table: pd.DataFrame
    whole: str
    area: str
    region: str
    peers: tuple[str, int]

    @property
    def total(self) -> pd.Series:
        """The row of the whole."""
        return self.table.set_index("Kind").loc[self.whole]

    @property
    def parts(self) -> pd.DataFrame:
        """The rows of the kinds that add up to it, without those that are parts of one."""
        return self.table[(self.table["Kind"] != self.whole) & (self.table["Part of"] == "none")]

    def moved(self, *words: str) -> pd.DataFrame:
        """The kinds of which one of `words` is said, those with the largest difference first."""
        rows = self.parts[self.parts["In words"].isin(words)]
        return rows.sort_values("Difference", key=abs, ascending=False, kind="stable")

    def elsewhere(self, row: pd.Series) -> str:
        """The region's own change of a kind, in brackets."""
        percent = row["Whole region"]
        return f" ({self.region} {prose.signed(percent)})" if pd.notna(percent) else ""


def answer(kinds: Kinds) -> str:
    """What an edition's title says: the whole of crime, and the kinds that clearly moved.

    >>> rows = [("All", "none", 30, "about the same", 1.0), ("Theft", "none", 20, "rose", 8.0)]
    >>> table = pd.DataFrame(rows,
    ...     columns=["Kind", "Part of", "Difference", "In words", "Whole region"])
    >>> answer(Kinds(table, "All", "Bromley", "London", ("boroughs", 31)))
    'Recorded crime in Bromley is about the same as a year before. Theft rose.'
    """
    whole = {ROSE: "rose", FELL: "fell", SAME: "is about the same as a year before"}.get(
        kinds.total["In words"], "stayed within its usual swings"
    )
    moved = []
    for word in (ROSE, FELL):
        named = [prose.lower_first(kind) for kind in kinds.moved(word)["Kind"]]
        if named:
            moved.append(f"{prose.first_of(named, 2)} {word}")
    clause = prose.sentence_case("; ".join(moved)) if moved else "No kind of crime clearly moved"
    return f"Recorded crime in {kinds.area} {whole}. {clause}."


def boxes(kinds: Kinds) -> list[Box]:
    """How much, what rose and fell most by number, and what moved within its usual swings."""
    made = [_how_much(kinds), _most(kinds, ROSE), _most(kinds, FELL)]
    return made + [box for box in [_within(kinds)] if box]


def _moved(row: pd.Series) -> str:
    return change_words.moved(row["Before"], row["Number"])


def _how_much(kinds: Kinds) -> Box:
    row = kinds.total
    words = f"{_moved(row)} on the year before{kinds.elsewhere(row)}."
    if pd.notna(row["Per 1,000"]):
        words += f" {row['Per 1,000']:.1f} for every 1,000 residents{_placed(row, kinds.peers)}."
    return Box("How much?", f"{prose.number(row['Number'])} offences", words, kinds.whole)


def _placed(row: pd.Series, peers: tuple[str, int]) -> str:
    """How many of the peers are clearly lower and higher, as the end of a sentence."""
    if pd.isna(row["Clearly lower"]):
        return ""
    lower, higher = (int(row[name]) or "none" for name in ("Clearly lower", "Higher"))
    return f": of {peers[1]} other {peers[0]} {lower} clearly lower, {higher} clearly higher"


def _most(kinds: Kinds, word: str) -> Box:
    """The kind that moved most one way by number, and the names of the others."""
    rows, question = kinds.moved(word), f"What {word} most, by recorded number?"
    if rows.empty:
        return Box(question, "Nothing clearly", f"No kind of crime clearly {word} on the year.")
    row, mark = rows.iloc[0], "▲" if word == ROSE else "▼"
    more, direction = abs(int(row["Difference"])), "more" if word == ROSE else "fewer"
    share = 100 * row["Number"] / kinds.total["Number"]
    words = (
        f"{prose.number(row['Number'])}, {prose.number(more)} {direction} than the year before"
        f"{kinds.elsewhere(row)}. {share:.0f} of every 100 offences."
    )
    if len(rows) > 1:
        others = [prose.lower_first(kind) for kind in rows["Kind"].iloc[1:]]
        words += f" Also {word}: {prose.first_of(others)}."
    return Box(question, f"{mark} {row['Kind']} {_moved(row)}", words, row["Kind"])


def _within(kinds: Kinds) -> Box | None:
    """The kinds that moved by much, but not by more than they usually do: named, not counted."""
    rows = kinds.moved(CANNOT_TELL, *PROBABLY.values())
    rows = rows[rows["Per cent"].abs() >= LARGE]
    if rows.empty:
        return None
    named = [
        f"{prose.lower_first(row['Kind'])} {prose.signed(row['Per cent'])}{kinds.elsewhere(row)}"
        for _, row in rows.head(MOST_NAMED).iterrows()
    ]
    words = f"{prose.sentence_case('; '.join(named))}. Wait for the next figures before acting."
    return Box("What may have moved, but not beyond its usual swings?", "Not yet clear", words)


def questions(kinds: Kinds) -> list[str]:
    """What the partnership may want to ask first, of the largest changes; each asked once."""
    moved, high = kinds.moved(ROSE, FELL).head(MOST_ASKED), _high(kinds).head(MOST_ASKED)
    there = moved["Whole region"]
    same_way = (there > 0) == (moved["Difference"] > 0)
    alike = same_way & (there.abs() >= LARGE)
    asked = [
        _of_changes(
            kinds,
            moved[alike],
            f"{kinds.region} moved the same way, so look first for a cause beyond {kinds.area}.",
        ),
        _of_changes(
            kinds,
            moved[~alike & there.notna()],
            f"{kinds.region} moved less or the other way: what is different here?",
        ),
        _of_changes(kinds, moved[there.isna()], "What may be behind it?"),
    ]
    if len(moved):
        asked.append(
            "How much of this is the crime itself, and how much is what is reported and recorded?"
        )
    if len(high):
        asked.append(_of_rates(kinds, high))
    return [question for question in asked if question]


def _of_changes(kinds: Kinds, rows: pd.DataFrame, then: str) -> str:
    """Why these kinds changed, the region's own change beside each; nothing of none."""
    told = [
        f"{prose.lower_first(row['Kind'])} {row['In words']}{kinds.elsewhere(row)}"
        for _, row in rows.iterrows()
    ]
    return f"Why {listed(told)}. {then}" if told else ""


def _high(kinds: Kinds) -> pd.DataFrame:
    """The kinds whose rate is clearly above most of the peers."""
    return kinds.parts[kinds.parts["Clearly lower"].astype(float) > kinds.peers[1] / 2]


def _of_rates(kinds: Kinds, rows: pd.DataFrame) -> str:
    named = listed(
        [f"{prose.lower_first(r['Kind'])} ({int(r['Clearly lower'])})" for _, r in rows.iterrows()]
    )
    return (
        f"Why {kinds.area} has much {named} for its number of residents: in brackets, how many of "
        f"the {kinds.peers[1]} other {kinds.peers[0]} are clearly lower. Who comes here, and to do "
        "what?"
    )
