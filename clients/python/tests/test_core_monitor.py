from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import espalier
from espalier import Client, Reporter
from tests.test_core_reporter import begin

Make = Callable[..., str]


def burn(seconds: float) -> None:
    """Uses so much CPU time, of this thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def family() -> int:
    """This process and its children: the tests' server is one."""
    return 1 + len(psutil.Process().children(recursive=True))


def summary(client: Client, study: str, number: int = 0) -> dict[str, espalier.types.MetricSummary]:
    return client.get_trial(study, number).get("metrics", {})


def test_a_trial_gets_its_system_metrics(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(client, study)
    burn(0.3)  # before: not of the trial
    with espalier.monitor(reporter):
        burn(0.2)
        held = bytearray(os.urandom(64 << 20))
        reporter.report(step=0, value=1)
    got = summary(client, study)
    assert 0.2 <= got["system/cpu_seconds"]["last"] < 5
    assert got["system/memory_bytes"]["max"] > len(held)
    assert got["system/peak_memory_bytes"]["last"] >= got["system/memory_bytes"]["max"]
    assert got["system/rss_bytes"]["max"] >= got["system/memory_bytes"]["max"]
    assert got["system/threads"]["max"] >= 2
    assert got["system/processes"]["max"] == family()
    assert 0 < got["system/cpu_utilization_ratio"]["max"] <= 1.5
    about = client.get_trial(study, 0)["user_attrs"]["monitor"]
    assert about["memory"] == ("pss" if sys.platform == "linux" else "rss_sum")
    assert {p.get("source") for p in client.metrics(study, 0) if "step" not in p} == {"monitor"}


def test_children_count_also_when_they_have_ended(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    work = "import time\nwhile time.process_time() < 0.3: pass\n"
    with espalier.monitor(begin(client, study)):
        subprocess.run([sys.executable, "-c", work], check=True)
        alive = subprocess.Popen([sys.executable, "-c", work + "print(1, flush=True); open(0).read()"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert alive.stdout is not None
        assert alive.stdout.readline() == b"1\n"
    alive.communicate()
    got = summary(client, study)
    assert got["system/cpu_seconds"]["last"] >= 0.55  # of 0.6, in ticks of 10 ms
    assert got["system/processes"]["max"] == family() + 1


def test_it_keeps_the_lease_of_a_silent_trial(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(client, study, lease_seconds=1)
    with espalier.monitor(reporter, interval=0.1):
        assert not threading.Event().wait(2.5)  # silence, for longer than the lease
        assert reporter.report(step=0, value=1)["state"] == "RUNNING"


def test_a_prune_reaches_a_silent_trial(client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(client, study, lease_seconds=1)  # so that it reports three times a second
    with espalier.monitor(reporter, interval=0.1):
        client.prune(study, 0)
        until = time.monotonic() + 10
        while not reporter.should_prune and time.monotonic() < until:
            threading.Event().wait(0.01)
        assert reporter.should_prune


def test_a_lost_trial_is_said_by_the_next_call(client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(client, study)
    with espalier.monitor(reporter):
        client.tell(study, 0, {"state": "FAIL"})
    with pytest.raises(espalier.LeaseLost):
        reporter.check()


def test_only_the_metrics_that_are_wanted_are_reported(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    with espalier.monitor(begin(client, study), metrics=["system/cpu_seconds", "system/io_read_bytes"]):
        pass
    assert set(summary(client, study)) <= {"system/cpu_seconds", "system/io_read_bytes", "system/wall_seconds"}
    assert "system/cpu_seconds" in summary(client, study)
    with pytest.raises(ValueError, match=r"no metric 'system/cpu'; it has system/cpu_seconds"):
        espalier.monitor(Reporter(client, study, 0), metrics=["system/cpu"])
    with pytest.raises(ValueError, match="interval"):
        espalier.monitor(Reporter(client, study, 0), interval=0)


def test_it_is_started_and_stopped_by_hand_too(client: Client, make_study: Make) -> None:
    watch = espalier.monitor(begin(client, make_study(pruner={"type": "nop"})))
    watch.start()
    with pytest.raises(RuntimeError, match="once"):
        watch.start()
    watch.stop()
    watch.stop()
    assert not [t for t in threading.enumerate() if t.name.startswith("espalier-monitor")]


def test_trials_that_share_a_process_say_so(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    first, second = begin(client, study), begin(client, study)
    with espalier.monitor(first, interval=0.01), espalier.monitor(second, interval=0.01):
        threading.Event().wait(0.3)  # a few samples
    assert "same process" in client.get_trial(study, 0)["user_attrs"]["monitor"]["doubt"]


def test_gpus_are_read_where_there_are_any(
    client: Client, make_study: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(pruner={"type": "nop"})
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho '0, GPU-aaa, 10, 100, 50.5'\necho '1, GPU-bbb, 75, 2048, [N/A]'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with espalier.monitor(begin(client, study)):
        pass
    got = summary(client, study)
    assert got["system/gpu0/utilization_ratio"]["last"] == 0.75
    assert got["system/gpu0/memory_bytes"]["last"] == 2048 * 2**20
    assert got["system/gpu_seconds"]["last"] > 0
    assert "system/gpu0/power_watts" not in got
    assert "system/gpu1/memory_bytes" not in got
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with espalier.monitor(begin(client, study)):
        pass
    assert "system/gpu_seconds" not in summary(client, study, 1)
    about = client.get_trial(study, 1)["user_attrs"]["monitor"]
    assert about["not_measured"] == {"system/gpu_seconds": "CUDA_VISIBLE_DEVICES names no GPU"}
