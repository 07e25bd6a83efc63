"""By how many per cent a year does a count go, with season and days in the month allowed for?"""

from __future__ import annotations

import warnings
from dataclasses import field

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, ndtr, ndtri

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.periods import days_in_month
from sbpanalysis.stats.checks import fraction, whole
from sbpanalysis.stats.monthly import unbroken
from sbpanalysis.stats.result import record

FAMILIES = ("poisson", "quasipoisson", "negativebinomial")


@record
class PercentPerYear:
    """Change a year in per cent, with a normal interval."""

    value: float
    lower: float
    upper: float


@record(eq=False)
class CountModel:
    """A log-linear model of monthly counts; a field is a frame where many series were given."""

    coef: pd.Series
    se: pd.Series
    dispersion: float
    percent_per_year: PercentPerYear
    seasonal_factors: pd.Series
    seasonality_p: float
    fitted: pd.Series
    family: str
    harmonics: int
    confidence: float
    p: float
    name: str | None = None
    attrs: dict = field(default_factory=dict, repr=False)

    @property
    def frame(self) -> pd.DataFrame:
        """A row a coefficient: `coef, se`."""
        return pd.DataFrame({"coef": self.coef, "se": self.se})


def count_model(
    counts: pd.Series | pd.DataFrame,
    harmonics: int = 1,
    family: str = "quasipoisson",
    *,
    confidence: float = 0.95,
) -> CountModel | pd.DataFrame:
    """A log-linear trend with a smooth season, fitted to counts a day.

    counts: monthly counts, at least 24 months (under 48 a warning). harmonics: pairs of cosine
    and sine, 0 to 6. family: `poisson`, `quasipoisson` (dispersion is Pearson's chi-squared
    over degrees of freedom) or `negativebinomial` (dispersion is alpha; standard errors hold
    it fixed). confidence: a fraction.

    Returns a `CountModel`: `coef, se` (`const, t, cos1, sin1, ...`; t in years from 0, angle
    2 pi k month/12, offset log days in the month), `dispersion, percent_per_year` (`value,
    lower, upper`), `seasonal_factors` (calendar month 1 to 12), `seasonality_p` (F test for
    quasi-Poisson, else likelihood ratio; NaN without harmonics), `fitted`, `p` (of the trend).
    For a frame: a row a series, `percent_per_year, lower, upper, p, dispersion, seasonality_p`
    and the coefficients.

    Raises `DataError` for unusable counts or settings and for no more months with events than
    coefficients, `BreakError` across a break over which figures are not comparable.

    Source: McCullagh and Nelder 1989, Generalized Linear Models, 6; Bhaskaran, Gasparrini,
    Hajat, Smeeth and Armstrong 2013, International Journal of Epidemiology 42. Agrees with R's
    `glm` and `MASS::glm.nb`.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> rising = 5 * index.days_in_month * 1.1 ** (np.arange(48) / 12)
    >>> model = count_model(pd.Series(rising, index), family="poisson")
    >>> round(model.percent_per_year.value, 3)
    10.0
    """
    if family not in FAMILIES:
        raise DataError(f"family: found {family!r}, expected one of {', '.join(FAMILIES)}.")
    whole("harmonics", harmonics, 0, 6)
    fraction("confidence", confidence)
    frame = unbroken(counts, "count_model", at_least=24, wanted=48)
    models = [_fit(frame[name], harmonics, family, confidence) for name in frame]
    if isinstance(counts, pd.DataFrame):
        table = pd.DataFrame([_row(m) for m in models], index=frame.columns)
        table.attrs = dict(counts.attrs)
        return table
    return models[0]


def _harmonics(months: np.ndarray, pairs: int) -> pd.DataFrame:
    columns = {}
    for k in range(1, pairs + 1):
        angle = 2 * np.pi * k * months / 12
        columns[f"cos{k}"], columns[f"sin{k}"] = np.cos(angle), np.sin(angle)
    # with six pairs the last sine is 0 in every month
    columns.pop("sin6", None)
    return pd.DataFrame(columns, index=range(len(months)))


def _fit(series: pd.Series, harmonics: int, family: str, confidence: float) -> CountModel:
    season = _harmonics(series.index.month.to_numpy(), harmonics)
    trend = pd.DataFrame({"const": 1.0, "t": np.arange(len(series)) / 12})
    _enough_events(series, trend.shape[1] + season.shape[1])
    data = series.to_numpy(), np.log(days_in_month(series.index)), family
    full = _estimate(pd.concat([trend, season], axis=1), *data)
    coef, se = full["coef"], full["se"]
    slope = coef["t"] + ndtri(0.5 + confidence / 2) * np.array([0, -1, 1]) * se["t"]
    with np.errstate(over="ignore"):
        percent = PercentPerYear(*(100 * np.expm1(slope)).tolist())
    test = _seasonality_p(full, _estimate(trend, *data), family) if harmonics else np.nan
    cycle = _harmonics(np.arange(1, 13), harmonics)
    factors = np.exp(cycle.to_numpy() @ coef[cycle.columns].to_numpy())
    return CountModel(
        coef=coef,
        se=se,
        dispersion=full["dispersion"],
        percent_per_year=percent,
        seasonal_factors=pd.Series(factors, pd.RangeIndex(1, 13, name="month"), name=series.name),
        seasonality_p=test,
        fitted=pd.Series(full["fitted"], series.index, name=series.name),
        family=family,
        harmonics=harmonics,
        confidence=confidence,
        p=float(2 * ndtr(-abs(coef["t"]) / se["t"])),
        name=series.name,
        attrs=dict(series.attrs),
    )


def _enough_events(series: pd.Series, coefficients: int) -> None:
    used = int((series > 0).sum())
    if used <= coefficients:
        raise DataError(
            f"count_model: series {series.name!r} has events in {used} months, more than "
            f"{coefficients} needed for as many coefficients; use fewer harmonics or a wider area."
        )


def _estimate(design: pd.DataFrame, counts: np.ndarray, offset: np.ndarray, family: str) -> dict:
    """One fit: estimates, dispersion, and what tests between nested fits need."""
    alpha = _alpha(design, counts, offset) if family == "negativebinomial" else 0.0
    fit = _glm(design, counts, offset, alpha)
    if not fit.converged:
        warnings.warn(
            "count_model: the fit did not settle; the series has too few events for it.",
            SbpWarning,
            stacklevel=4,
        )
    pearson = fit.pearson_chi2 / fit.df_resid
    scale = pearson if family == "quasipoisson" else 1.0
    return {
        "coef": fit.params,
        "se": fit.bse * np.sqrt(scale),
        "dispersion": float(alpha if alpha else scale),
        "fitted": fit.fittedvalues.to_numpy(),
        "deviance": fit.deviance,
        "loglik": fit.llf,
        "df": fit.df_resid,
    }


def _glm(design: pd.DataFrame, counts: np.ndarray, offset: np.ndarray, alpha: float):
    import statsmodels.genmod.api as genmod

    kind = genmod.families.NegativeBinomial(alpha=alpha) if alpha else genmod.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a fit is told below, once
        fit = genmod.GLM(counts, design, family=kind, offset=offset).fit(
            tol=1e-7 if alpha else 1e-11, rtol=1e-13, scale=1.0
        )
        fit.llf  # noqa: B018  kept by the fit; computing it warns of the same
    return fit


def _alpha(design: pd.DataFrame, counts: np.ndarray, offset: np.ndarray) -> float:
    """The negative binomial's alpha at which the profile likelihood is highest."""
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(
        lambda log_alpha: -_glm(design, counts, offset, np.exp(log_alpha)).llf,
        bounds=(np.log(1e-8), np.log(1e3)),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(np.exp(best.x))


def _seasonality_p(full: dict, trend: dict, family: str) -> float:
    """Does the season explain more than chance would?"""
    terms = trend["df"] - full["df"]
    if family == "quasipoisson":
        saved = (trend["deviance"] - full["deviance"]) / terms
        return float(fdtrc(terms, full["df"], saved / full["dispersion"]))
    return float(chdtrc(terms, max(0.0, 2 * (full["loglik"] - trend["loglik"]))))


def _row(model: CountModel) -> dict:
    percent = model.percent_per_year
    return {
        "percent_per_year": percent.value,
        "lower": percent.lower,
        "upper": percent.upper,
        "p": model.p,
        "dispersion": model.dispersion,
        "seasonality_p": model.seasonality_p,
        **model.coef,
        **model.se.add_prefix("se_"),
        "family": model.family,
        "confidence": model.confidence,
    }
