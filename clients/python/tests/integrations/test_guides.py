"""docs/clients/integrations.md and with-ray.md, run as they are printed with the libraries they are about."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.guides.guides import GUIDES, blocks, differs, reader, run

__all__ = ["reader"]  # a fixture

CLIENT = Path(__file__).parents[2]

LIGHTNING_HERE = f"import runpy, sys; sys.path.append({str(CLIENT)!r}); import tests.integrations.debian_torch; "
RUN = "runpy.run_path('block.py', run_name='__main__')"


@pytest.mark.parametrize("name", ["integrations.md", "with-ray.md"])
def test_a_guide_runs_as_printed(name: str, reader: tuple[Path, str]) -> None:
    folder, url = reader
    found = blocks(GUIDES / name)
    assert len(found) == GUIDES.joinpath(name).read_text().count("<!-- run: "), "a marker without its block"
    for block in found:
        assert block.language == "python"
        file = block.file or "block.py"
        (folder / file).write_text(block.code)
        lightning = "from lightning" in block.code
        said = run([sys.executable, *(["-c", LIGHTNING_HERE + RUN] if lightning else [file])], folder, url)
        missing = None if block.printed is None else differs(said, block.printed)
        assert missing is None, f"not printed: {missing}\nby: {block.code}\nwhich printed:\n{said}"
