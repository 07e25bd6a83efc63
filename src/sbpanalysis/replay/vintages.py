"""What did each publication of the police's figures give for what was printed in 2018?"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import editions
from sbpanalysis.errors import DataError
from sbpanalysis.paths import root
from sbpanalysis.replay.claims import claims, replay
from sbpanalysis.report.edition import Edition

SECTIONS = r"1\.3|3\.2|4\.\d"
STATISTICS = ("count", "rolling12_count", "mean_per_borough")


def of_same(edition: Edition) -> list[Edition]:
    """The editions that have this one's area and last month, from whatever data are at hand.

    This edition is among them; those whose files are not here are left out.
    """
    found = []
    for name in editions.names(root()):
        try:
            other = Edition.open(name, data=edition.folder)
        except DataError:
            continue
        same = (edition.area, edition.period_end, edition.is_sample)
        if (other.area, other.period_end, other.is_sample) == same:
            found.append(other)
    return found


def vintages(compared: list[Edition], published: pd.DataFrame | None = None) -> pd.DataFrame:
    """The printed numbers of offences beside what each edition gives, and its verdict.

    compared: of one area and last month, on files published at different times; published: as
    for `replay`, of which the numbers of sections 1.3, 3.2 and 4 are taken.

    Returns a row a claim: `id, section, geography, measure, period, published`, then for each
    edition its name (what it gives, in the months of the verdict) and "<name> verdict".
    """
    published = claims() if published is None else published
    wanted = published["section"].str.fullmatch(SECTIONS) & published["statistic"].isin(STATISTICS)
    chosen = published[wanted & published["measure"].ne("population")]
    columns = ["id", "section", "geography", "measure", "period"]
    out = chosen[columns].assign(published=chosen["value"]).reset_index(drop=True)
    for edition in compared:
        verdicts = replay(edition, chosen)
        out[edition.name] = verdicts["computed"]
        out[f"{edition.name} verdict"] = verdicts["verdict"]
    return out
