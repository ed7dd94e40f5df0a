"""Plots of a study, by plotly: each function returns a `plotly.graph_objects.Figure`.

The names are Optuna's, and `plot_cost` is ours. They need plotly: `pip install 'espalier-client[visualization]'`;
importing this module does not. Where there is nothing to draw, the figure is empty, and a warning says why.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

_HOMES = {
    "plot_contour": "_params",
    "plot_cost": "_cost",
    "plot_edf": "_progress",
    "plot_intermediate_values": "_curves",
    "plot_optimization_history": "_progress",
    "plot_parallel_coordinate": "_params",
    "plot_param_importances": "_params",
    "plot_pareto_front": "_pareto",
    "plot_slice": "_params",
    "plot_timeline": "_timeline",
}

__all__ = [
    "is_available",
    "plot_contour",
    "plot_cost",
    "plot_edf",
    "plot_intermediate_values",
    "plot_optimization_history",
    "plot_parallel_coordinate",
    "plot_param_importances",
    "plot_pareto_front",
    "plot_slice",
    "plot_timeline",
]

if TYPE_CHECKING:
    from espalier.visualization._cost import plot_cost as plot_cost
    from espalier.visualization._curves import plot_intermediate_values as plot_intermediate_values
    from espalier.visualization._params import (
        plot_contour as plot_contour,
        plot_parallel_coordinate as plot_parallel_coordinate,
        plot_param_importances as plot_param_importances,
        plot_slice as plot_slice,
    )
    from espalier.visualization._pareto import plot_pareto_front as plot_pareto_front
    from espalier.visualization._progress import (
        plot_edf as plot_edf,
        plot_optimization_history as plot_optimization_history,
    )
    from espalier.visualization._timeline import plot_timeline as plot_timeline


def is_available() -> bool:
    """Says whether plotly is there."""
    return importlib.util.find_spec("plotly") is not None


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


if not TYPE_CHECKING:  # which would take it that there is every name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"espalier.visualization has no {name}; it has {', '.join(sorted(_HOMES))}.")
        if not is_available():
            raise ImportError(f"{name} needs plotly: pip install 'espalier-client[visualization]'")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
