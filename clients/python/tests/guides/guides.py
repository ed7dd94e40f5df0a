"""Runs the guides and the notebook as they are printed, with the installed client and the real server.

scripts/test-guides.sh makes the environment and calls it; pytest does not collect it by itself.

A fenced block after `<!-- run: sh -->` or `<!-- run: python -->` is run, those of a guide one after the other in one
folder, with a server of the guide's own; `<!-- run: python FILE -->` also keeps it as FILE. A plain block that follows
is what it prints: its lines come in this order, a number stands for any number, and `...` for anything.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import espalier
from tests.conftest import Server, binary

ROOT = Path(__file__).parents[4]
GUIDES = ROOT / "docs" / "clients"
NOTEBOOK = ROOT / "docs" / "notebooks" / "espalier.ipynb"
FIGURE = "application/vnd.plotly.v1+json"
PLOTS = {"optimization_history", "intermediate_values", "parallel_coordinate", "param_importances", "cost"}

HERE = {"python.md", "from-optuna.md", "with-curl.md"}
ELSEWHERE = {
    "from-wandb.md": "cmd/espalier/wandb_test.go",
    "go.md": "clients/go/docs_test.go",
    "integrations.md": "clients/python/tests/integrations/test_guides.py",
    "typescript.md": "clients/typescript/test/documents.test.ts",
    "with-ray.md": "clients/python/tests/integrations/test_guides.py",
}
"""Guides that need other languages or heavy libraries, and the tests that run them."""

BLOCK = re.compile(
    r"<!-- run: (?P<language>python|sh)(?: (?P<file>[\w.]+))? -->\n"
    r"```\w+\n(?P<code>.*?)```\n"
    r"(?:\n```\n(?P<printed>.*?)```\n)?",
    re.DOTALL,
)
NUMBER = r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


@dataclass(frozen=True)
class Block:
    language: str
    file: str | None
    code: str
    printed: str | None


def blocks(guide: Path) -> list[Block]:
    return [Block(**found.groupdict()) for found in BLOCK.finditer(guide.read_text())]


def differs(said: str, printed: str) -> str | None:
    """The first printed line that was not said after those before it."""
    rest = iter(said.splitlines())
    for line in printed.splitlines():
        wanted = re.compile(_pattern(line))
        if line.strip() != "..." and not any(wanted.fullmatch(_squeezed(one)) for one in rest):
            return line
    return None


def _pattern(line: str) -> str:
    parts = re.split(rf"(\.\.\.|{NUMBER})", _squeezed(line))
    return "".join(".*" if p == "..." else NUMBER if re.fullmatch(NUMBER, p) else re.escape(p) for p in parts)


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def run(command: list[str], folder: Path, url: str, seconds: float = 300) -> str:
    """Runs a command as its reader would, and returns what it printed; nothing that it started is left."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(Path(binary()).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "ESPALIER_SERVER": url, "ESPALIER_STATE": str(folder / ".state")}
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        pytest.fail(f"it took more than {seconds} s: {command}\n{said}")
    assert process.returncode == 0, f"exit code {process.returncode}: {command[-1]}\n{said}"
    return said


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty folder, and the URL of a server without studies."""
    (tmp_path / "server").mkdir()
    (tmp_path / "reader").mkdir()
    server = Server(tmp_path / "server")
    yield tmp_path / "reader", server.url
    server.stop()


@pytest.mark.parametrize("name", sorted(HERE))
def test_a_guide_runs_as_printed(name: str, reader: tuple[Path, str]) -> None:
    folder, url = reader
    found = blocks(GUIDES / name)
    assert len(found) == GUIDES.joinpath(name).read_text().count("<!-- run: "), "a marker without its block"
    for block in found:
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", block.code]
        else:
            file = block.file or "block.py"
            (folder / file).write_text(block.code)
            command = [sys.executable, file]
        said = run(command, folder, url)
        missing = None if block.printed is None else differs(said, block.printed)
        assert missing is None, f"not printed: {missing}\nby: {block.code}\nwhich printed:\n{said}"


@pytest.mark.parametrize(
    ("said", "printed", "missing"),
    [
        ("trial 7: loss 0.25\nbest: 7\n", "trial 0: loss 1e-05\nbest: 3\n", None),
        ("a   1\nnoise\nb  2\n", "a 1\n...\nb ...\n", None),
        ("best: 7\ntrial 7: loss 0.25\n", "trial 7: loss 0.25\nbest: 7\n", "best: 7"),
        ("trial 7: loss nan\n", "trial 7: loss 0.25\n", "trial 7: loss 0.25"),
        ("", "...\ndone\n", "done"),
    ],
)
def test_what_is_not_printed_is_found(said: str, printed: str, missing: str | None) -> None:
    assert differs(said, printed) == missing


def test_every_guide_is_run_somewhere() -> None:
    guides = {guide.name for guide in GUIDES.glob("*.md")} - {"README.md"}
    assert guides <= HERE | ELSEWHERE.keys()
    for name in sorted(guides & ELSEWHERE.keys()):
        assert name in (ROOT / ELSEWHERE[name]).read_text(), f"{ELSEWHERE[name]} does not mention {name}"


def test_the_index_names_every_guide() -> None:
    index = (GUIDES / "README.md").read_text()
    assert [g.name for g in GUIDES.glob("*.md") if g.name != "README.md" and f"]({g.name})" not in index] == []


def test_the_changelog_has_this_version() -> None:
    assert f"\n## {espalier.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_links_lead_to_files() -> None:
    for document in [*GUIDES.glob("*.md"), NOTEBOOK]:
        prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose)
        assert [link for link in links if not (document.parent / link).exists()] == [], document.name


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert [cell["source"] for cell in cells if cell["outputs"] or cell["execution_count"]] == []


def test_the_notebook_runs_and_draws(reader: tuple[Path, str]) -> None:
    folder, url = reader
    kept = folder / "espalier.ipynb"
    kept.write_text(NOTEBOOK.read_text())
    run([str(Path(sys.executable).with_name("jupyter")), "execute", "--inplace", kept.name], folder, url, 600)
    drawn = {}
    for cell in json.loads(kept.read_text())["cells"]:
        for plot in re.findall(r"visualization\.plot_(\w+)", "".join(cell["source"])):
            drawn[plot] = [data for o in cell["outputs"] for data in o.get("data", {}).get(FIGURE, {}).get("data", ())]
    assert drawn.keys() == PLOTS
    assert [plot for plot, data in drawn.items() if not data] == [], "these are empty"
    assert "x" in [curve["marker"]["symbol"] for curve in drawn["intermediate_values"]], "no prune is marked"
