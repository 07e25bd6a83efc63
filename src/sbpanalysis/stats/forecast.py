"""What may the next months bring? The mean of three models, with intervals that are checked."""

from __future__ import annotations

import warnings
from dataclasses import field
from functools import cached_property

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.stats.checks import whole
from sbpanalysis.stats.monthly import unbroken
from sbpanalysis.stats.result import columns_of, of_months, record

COLUMNS = ("mean", "lower80", "upper80", "lower95", "upper95")
MODEL = "mean of ETS, seasonal ARIMA and STL, on square roots"

_Z = {"lower80": -1.281552, "upper80": 1.281552, "lower95": -1.959964, "upper95": 1.959964}
_ANSCOMBE = 3 / 8  # sqrt(x + 3/8) of a Poisson count has standard deviation 1/2, whatever its mean
_SHORTEST = 24


@record(eq=False)
class Forecast:
    """One row a month ahead; each field a Series, or a frame with one column a series."""

    mean: pd.Series | pd.DataFrame
    lower80: pd.Series | pd.DataFrame
    upper80: pd.Series | pd.DataFrame
    lower95: pd.Series | pd.DataFrame
    upper95: pd.Series | pd.DataFrame
    model: str
    counts: pd.Series | pd.DataFrame
    attrs: dict = field(default_factory=dict)

    frame = columns_of(*COLUMNS)

    @cached_property
    def backtest(self) -> pd.DataFrame:
        """How such forecasts did before: a row for this model and one for the seasonal naive.

        Up to four origins three months apart, the last of them twelve months before the end.
        Columns: mase (mean absolute error over that of last year's month within the training
        part; below the naive's is better), coverage80, coverage95 (share of months inside the
        interval), origins. For many series, a row each.
        Raises `DataError` below 36 months: twelve to forecast after two years to learn from.
        """
        frame = self.counts if isinstance(self.counts, pd.DataFrame) else self.counts.to_frame()
        tables = {name: _backtest(frame[name].to_numpy(float)) for name in frame}
        if isinstance(self.counts, pd.Series):
            return next(iter(tables.values()))
        return pd.concat(tables, names=["series", "model"])


def forecast(counts: pd.Series | pd.DataFrame, horizon: int = 12) -> Forecast:
    """The next `horizon` months if things go on as they have.

    `counts`: monthly counts, Series or frame, at least 24 months. `horizon`: months ahead.

    Returns a `Forecast`: mean, lower80, upper80, lower95, upper95 for each month ahead, never
    negative; `.model`; `.backtest` (MASE and coverage beside the seasonal naive, computed when
    first asked for). Raises `DataError`, or `BreakError` if the months span a break.
    Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice; Clemen
    (1989), International Journal of Forecasting 5, 559-583, on the mean of several models.

    >>> months = pd.period_range("2014-01", periods=48, freq="M")
    >>> counts = pd.Series([40, 38, 44, 47, 50, 55, 60, 58, 50, 46, 43, 41] * 4, index=months)
    >>> outlook = forecast(counts, horizon=6)
    >>> outlook.mean.round().astype(int).to_list()
    [40, 38, 44, 47, 50, 55]
    """
    horizon = whole("horizon", horizon)
    frame = unbroken(counts, "forecast", at_least=_SHORTEST, wanted=48)
    parts = [_predict(column, horizon) for column in frame.to_numpy().T]
    columns = {name: np.column_stack([part[name] for part in parts]) for name in COLUMNS}
    index = pd.period_range(frame.index[-1] + 1, periods=horizon, freq="M")
    kept = frame if isinstance(counts, pd.DataFrame) else frame.iloc[:, 0]
    return of_months(Forecast, counts, columns, index, model=MODEL, counts=kept)


def _predict(y: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Mean and limits of one series, from the root scale back to counts."""
    root = np.sqrt(y + _ANSCOMBE)
    if np.ptp(root) == 0:
        centre, variance = np.full(horizon, root[0]), np.zeros(horizon)
    else:
        with warnings.catch_warnings():
            from statsmodels.tools.sm_exceptions import ModelWarning

            # statsmodels reports its optimiser's starting values; the backtest is the judge
            warnings.simplefilter("ignore", ModelWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            models = [model(root, horizon) for model in (_ets, _arima, _stl)]
        centre, variance = np.mean(models, axis=0)
    centre = np.maximum(centre, 0)
    # counts vary at least as Poisson counts do, even after two quiet years
    least = np.maximum(centre**2 - _ANSCOMBE, 0.5 / len(y))
    sd = np.maximum(np.sqrt(variance), 0.5 * np.sqrt(np.minimum(least, 1)))
    limits = {
        name: np.maximum(np.maximum(centre + z * sd, 0) ** 2 - _ANSCOMBE, 0)
        for name, z in _Z.items()
    }
    mean = np.maximum(centre**2 + sd**2 - _ANSCOMBE, 0)
    return {"mean": np.clip(mean, limits["lower80"], limits["upper80"])} | limits


def _ets(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Level and season by exponential smoothing: forecasts and their variances."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(y, seasonal="add", seasonal_periods=12).fit(disp=False, maxiter=200)
    level, season = fit.params[:2]
    step = level + season * (np.arange(1, horizon) % 12 == 0)
    return fit.forecast(horizon), _smoothing_variance(fit.resid, step, states=14)


def _stl(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """A fixed season from STL, the rest by exponential smoothing of its level."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.seasonal import STL

    season = STL(y, period=12, seasonal=10 * len(y) + 1, seasonal_deg=0).fit().seasonal
    fit = ETSModel(y - season).fit(disp=False, maxiter=200)
    ahead = season[-12:][np.arange(horizon) % 12]
    step = np.full(horizon - 1, fit.params[0])
    return fit.forecast(horizon) + ahead, _smoothing_variance(fit.resid, step, states=13)


def _smoothing_variance(residuals, step, states) -> np.ndarray:
    """Variance ahead: each later month adds the square of what one shock leaves behind."""
    s2 = (residuals**2).sum() / max(len(residuals) - states, 1)
    return s2 * np.concatenate([[1.0], 1 + np.cumsum(step**2)])


def _arima(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Box and Jenkins's airline model, ARIMA (0,1,1)(0,1,1) over twelve months."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    model = SARIMAX(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))
    ahead = model.fit(disp=False, maxiter=50).get_forecast(horizon)
    return ahead.predicted_mean, ahead.var_pred_mean


def _naive(y: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Last year's month again: the forecast that any other has to beat."""
    ahead = np.arange(horizon)
    mean = y[-12:][ahead % 12]
    sd = np.sqrt(np.mean((y[12:] - y[:-12]) ** 2) * (1 + ahead // 12))
    return {"mean": mean} | {name: np.maximum(mean + z * sd, 0) for name, z in _Z.items()}


def _backtest(y: np.ndarray, ahead: int = 12) -> pd.DataFrame:
    ends = [end for end in range(len(y) - ahead, len(y) - ahead - 10, -3) if end >= _SHORTEST]
    if not ends:
        raise DataError(
            f"backtest: {len(y)} months given, at least {_SHORTEST + ahead} needed: {ahead} to "
            f"forecast after {_SHORTEST} to learn from."
        )
    rows = []
    for end in ends:
        train, test = y[:end], y[end : end + ahead]
        scale = np.mean(np.abs(train[12:] - train[:-12]))
        for name, ahead_of in ((MODEL, _predict), ("seasonal naive", _naive)):
            p = ahead_of(train, ahead)
            row = {"model": name, "mase": np.mean(np.abs(test - p["mean"])) / (scale or np.nan)}
            for width in ("80", "95"):
                inside = (p["lower" + width] <= test) & (test <= p["upper" + width])
                row["coverage" + width] = inside.mean()
            rows.append(row)
    table = pd.DataFrame(rows).groupby("model", sort=False).mean()
    return table.assign(origins=len(ends))
