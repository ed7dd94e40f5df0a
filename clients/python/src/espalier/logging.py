"""How much is said of a study on stderr.

The names and the levels are Optuna's. The logger is `espalier` of the standard library, so that
`logging.getLogger("espalier")` serves as well. Its handler is set up when this module is imported.
"""

from __future__ import annotations

import logging
import sys
from logging import CRITICAL, DEBUG, ERROR, FATAL, INFO, WARN, WARNING

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "WARNING",
    "disable_default_handler",
    "disable_propagation",
    "enable_default_handler",
    "enable_propagation",
    "get_logger",
    "get_verbosity",
    "set_verbosity",
]

_root = logging.getLogger("espalier")


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what `sys.stderr` is at that moment, as a notebook or a test may replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Format(logging.Formatter):
    """`[I 2026-01-31 12:00:00,000] message`."""

    def format(self, record: logging.LogRecord) -> str:
        record.letter = record.levelname[0]
        return super().format(record)


_handler = _Stderr()
_handler.setFormatter(_Format("[%(letter)s %(asctime)s] %(message)s"))
_root.addHandler(_handler)
_root.setLevel(INFO)
_root.propagate = False


def get_logger(name: str) -> logging.Logger:
    """Returns a logger whose messages go where this package's go, if its name begins with `espalier.`."""
    return logging.getLogger(name)


def get_verbosity() -> int:
    """Returns the level, INFO at first."""
    return _root.getEffectiveLevel()


def set_verbosity(verbosity: int) -> None:
    """Sets the level: below it nothing is said."""
    _root.setLevel(verbosity)


def disable_default_handler() -> None:
    """Says nothing on stderr."""
    _root.removeHandler(_handler)


def enable_default_handler() -> None:
    """Speaks on stderr, as at first."""
    _root.addHandler(_handler)


def disable_propagation() -> None:
    """Keeps messages from the root logger, as at first."""
    _root.propagate = False


def enable_propagation() -> None:
    """Passes messages on to the root logger. Disable the default handler, or some are said twice."""
    _root.propagate = True
