from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Server

README = Path(__file__).parents[1] / "README.md"
PROGRAMS = re.findall(r"<!-- run -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_what_the_readme_shows_runs(number: int, server: Server, tmp_path: Path) -> None:
    env = {**os.environ, "ESPALIER_SERVER": server.url}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[number]], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
