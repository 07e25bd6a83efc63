"""Between which limits could the mean or share behind a count lie? Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaincinv, chdtri, gammaincinv, ndtri, stdtr, stdtrit

UP, DOWN, UNCLEAR = "up", "down", "no clear change"
ABOVE, BELOW, LEVEL = "above", "below", "no clear difference"


def verdict(lower, upper, at: float = 1.0, words: tuple[str, str, str] = (UP, DOWN, UNCLEAR)):
    """What limits say of a value that would be `at` if there were nothing: up, down, neither.

    >>> verdict(1.1, 1.4), verdict(-3.0, 2.0, 0.0, (ABOVE, BELOW, LEVEL))
    ('up', 'no clear difference')
    """
    found = np.select([np.greater(lower, at), np.less(upper, at)], words[:2], words[2])
    return found if found.ndim else str(found)


def compare(before, after, dispersion, df=np.inf, confidence: float = 0.95, exposure=1.0) -> dict:
    """A count against an earlier one: ratio, the limits of a score test, p and verdict.

    dispersion: variance over mean of both; df: degrees of freedom with which that is known;
    exposure: of the later count, as a multiple of the earlier one's (days, residents).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(after, before) / exposure
    low, high = ratio_limits(before, after, dispersion, stdtrit(df, 0.5 + confidence / 2))
    t = score(exposure, before, after, dispersion)
    return {
        "ratio": ratio,
        "lower": low / exposure,
        "upper": high / exposure,
        "p": 2 * stdtr(df, -np.abs(t)),
        "verdict": verdict(low / exposure, high / exposure),
    }


def score(ratio, before, after, dispersion) -> np.ndarray:
    """By how many standard errors `ratio` exceeds the one seen, if it were the true one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (ratio * before - after) / np.sqrt(dispersion * ratio * np.add(before, after))
    return np.nan_to_num(t)


def byar(x: np.ndarray, confidence: float):
    """Byar's limits of a Poisson mean: x below, x + 1 above; never under 0."""
    z = ndtri(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(x > 0, x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3, 0)
    above = x + 1
    upper = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return np.maximum(lower, 0), upper


def exact(x: np.ndarray, confidence: float):
    """Garwood's exact limits of a Poisson mean."""
    tail = (1 - confidence) / 2
    lower = np.where(x > 0, gammaincinv(np.where(x > 0, x, 1), tail), 0)
    return lower, chdtri(2 * (x + 1), tail) / 2


def exact_share(x: np.ndarray, x0: np.ndarray, confidence: float):
    """Clopper and Pearson's limits of x/(x + x0)."""
    tail = (1 - confidence) / 2
    one = np.maximum(1, x), np.maximum(1, x0)
    lower = np.where(x > 0, betaincinv(one[0], x0 + 1, tail), 0)
    upper = np.where(x0 > 0, betaincinv(x + 1, one[1], 1 - tail), 1)
    return lower, upper


def central_p(x: np.ndarray, x0: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Twice the smaller binomial tail of x among x + x0, at most 1."""
    one = np.maximum(1, x), np.maximum(1, x0)
    at_most = np.where(x0 > 0, betainc(one[1], x + 1, 1 - share), 1)
    at_least = np.where(x > 0, betainc(one[0], x0 + 1, share), 1)
    return np.minimum(1, 2 * np.minimum(at_most, at_least))


def wilson(x: np.ndarray, n: np.ndarray, confidence: float):
    """Wilson's limits of the share x/n."""
    return wilson_between(x, n, 1.0, ndtri(0.5 + confidence / 2))


def wilson_between(x, n, dispersion, quantile) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's limits of the share x/n at `dispersion` times binomial variance."""
    w = dispersion * quantile**2
    half = np.sqrt(w * x * (n - x) / n + w**2 / 4)
    low, high = np.maximum(0, x + w / 2 - half), np.minimum(n + w, x + w / 2 + half)
    return low / (n + w), high / (n + w)


def ratio_limits(before, after, dispersion, quantile):
    """The ratios after/before at which the score test just rejects: given the sum of both counts
    `after` is binomial, so these are Wilson's limits of its share, turned into odds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = wilson_between(after, before + after, dispersion, quantile)
        lower = np.where(after > 0, low / (1 - low), 0.0)
        upper = np.where(before > 0, high / (1 - high), np.inf)
    return lower, upper
