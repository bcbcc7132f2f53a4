"""How often forecasts held when they were tried; tests measure it again and hold these figures to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from holdfast_server.insight.costs.forecasting import COVERAGE
from holdfast_server.insight.costs.view import Calibration

MEASURED: Final[Mapping[str, Calibration]] = {
    "siblings": Calibration(
        promised=COVERAGE,
        measured=0.87,
        cases=10_642,
        on="tau-bench runs of eight agents, held out by task, at a quarter, half and three quarters",
    ),
    "days": Calibration(
        promised=COVERAGE,
        measured=0.80,
        cases=720,
        on="generated days with weekends, wandering levels, drift and bursts; 7 to 28 known, 0 to 20 ahead",
    ),
    "pace": Calibration(
        promised=COVERAGE,
        measured=0.82,
        cases=400,
        on="the same days, 2 to 24 hours known, 1 to 24 ahead",
    ),
}
