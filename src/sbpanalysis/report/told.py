"""What has one result to say? The words for a sentence, and the figures for its claim."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Told:
    """What one kind of result has to say: the words for the template, the figures for the claim.

    `explained`: the methods page on how it is made. `subject`: what of the measure it is about,
    such as a part's name, where measure, area and period do not tell it from its neighbours.
    """

    words: dict
    value: float | None
    span: tuple[pd.Period, pd.Period] | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    verdict: str = "always"
    method: str = ""
    about: dict = field(default_factory=dict)
    explained: str = "counting"
    subject: str = ""
