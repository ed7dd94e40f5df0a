"""Scripts of Optuna's own, run here with one changed import."""

from __future__ import annotations

import importlib.util
import re
import runpy
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import espalier
from espalier import Client
from tests.conftest import Server

KEPT = Path(__file__).parent / "optuna_examples"

# Of the examples in the docstrings of the installed Optuna: file, and the first line of the block.
EXAMPLES = """
_callbacks.py samplers/_partial_fixed.py samplers/_cmaes.py samplers/_random.py samplers/_qmc.py
samplers/_grid.py pruners/_threshold.py study/study.py trial/_fixed.py trial/_frozen.py
""".split()

# Of them, those that want what is refused, and how.
REFUSED = {
    "samplers/_grid.py-1": (ValueError, "which is not in FloatDistribution"),  # a grid value off the parameter's steps
    "trial/_frozen.py-1": (TypeError, "datetime has no form in JSON"),  # a user attr that no JSON can hold
    "study/study.py-16": (ValueError, "must be the URL of an Espalier server"),  # a second storage, in a file
}


@pytest.fixture(scope="module")
def examples_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: examples give their studies fixed names."""
    running = Server(tmp_path_factory.mktemp("examples"))
    yield running
    running.stop()


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.py")), ids=lambda file: file.stem)
def test_a_script_moves_over_by_one_changed_import(
    file: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESPALIER_SERVER", server.url)
    text, changed = re.subn(r"^import optuna$", "import espalier as optuna", file.read_text(), flags=re.MULTILINE)
    assert changed == 1
    moved = tmp_path / "script.py"
    moved.write_text(text)
    runpy.run_path(str(moved), run_name="__main__")
    said = capfd.readouterr().err
    name = re.search(r"A new study created on \S+ with name: (\S+)", said)
    assert name is not None, said
    trials = espalier.load_study(study_name=name[1], storage=server.url).trials
    assert [t.state.is_finished() for t in trials] == [True] * 3
    assert said.count("finished with value") + said.count(" pruned. ") == 3


def blocks(file: Path) -> Iterator[str]:
    """The `testcode` blocks of a file's docstrings."""
    lines = file.read_text().splitlines()
    for at, line in enumerate(lines):
        if line.strip() != ".. testcode::":
            continue
        depth = len(line) - len(line.lstrip())
        block = []
        for further in lines[at + 1 :]:
            if further.strip() and len(further) - len(further.lstrip()) <= depth:
                break
            block.append(further)
        yield textwrap.dedent("\n".join(block)).strip()


def examples() -> Iterator[object]:
    spec = importlib.util.find_spec("optuna")
    assert spec is not None
    assert spec.origin is not None
    for name in EXAMPLES:
        for number, text in enumerate(blocks(Path(spec.origin).parent / name)):
            yield pytest.param(f"{name}-{number}", text, id=f"{name}-{number}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "text"), list(examples()))
def test_examples_of_optunas_docstrings_run(
    name: str, text: str, examples_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESPALIER_SERVER", examples_server.url)
    monkeypatch.chdir(tmp_path)
    with Client(examples_server.url) as client:
        for study in list(client.list_studies()):
            client.delete_study(study["name"])
    text = re.sub(r"^import optuna$", "import espalier as optuna", text, flags=re.MULTILINE)
    text = re.sub(r"^from optuna\b", "from espalier", text, flags=re.MULTILINE)
    text = text.replace('"sqlite:///example.db"', "None")
    code = compile(text, name, "exec")
    if name in REFUSED:
        kind, why = REFUSED[name]
        with pytest.raises(kind, match=why):
            exec(code, {"__name__": "__main__"})
    else:
        exec(code, {"__name__": "__main__"})
