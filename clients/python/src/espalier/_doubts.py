"""What the server takes and doubts, said as Python says such things."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

_HERE = os.path.dirname(__file__) + os.sep


def warn_of_doubts(answer: Mapping[str, Any], asked: Iterable[str]) -> None:
    """Gives a UserWarning for each of an answer's `warnings`, at the line that called this package.

    Only those count that are about a member that was `asked` for: a default is not the caller's doing.
    """
    for doubt in answer.get("warnings", ()):
        pointer = doubt.get("pointer", "")
        if pointer.removeprefix("/").partition("/")[0] in asked:
            warnings.warn(f"{pointer}: {doubt['detail']}", stacklevel=_outside())


def _outside() -> int:
    """How many calls away from `warn_of_doubts` the code is that is not this package's."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    return level
