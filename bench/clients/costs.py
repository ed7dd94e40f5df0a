"""Measures what Espalier's client costs a training script.

Usage: costs.py URL STUDY

Prints a JSON object: `import_seconds`, all that a script with an objective, a sampler and a pruner imports, in this
fresh process; `report_cpu_ms`, this process's time at the processor for a report with its decision;
`report_beyond_server_ms`, the median of what a report takes by the clock beyond what the server says it was at work
(the header Server-Timing).
"""

import json
import statistics
import sys
import time

began = time.perf_counter()
import espalier  # noqa: E402

espalier.create_study, espalier.TrialPruned, espalier.samplers.RandomSampler, espalier.pruners.MedianPruner
imported = time.perf_counter() - began

TRIALS, STEPS = 10, 200


def reports(study, each):
    for _ in range(TRIALS):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        for step in range(STEPS):
            each(trial, step)
        study.tell(trial, -trial.number)


def report(trial, step):
    trial.report(1 / (step + 1) - trial.number, step)
    trial.should_prune()


def main():
    espalier.logging.set_verbosity(espalier.logging.WARNING)
    study = espalier.create_study(
        storage=sys.argv[1],
        study_name=sys.argv[2],
        sampler=espalier.samplers.RandomSampler(),
        pruner=espalier.pruners.MedianPruner(),
    )
    cpu = 0.0

    def metered(trial, step):
        nonlocal cpu
        before = time.process_time()
        report(trial, step)
        cpu += time.process_time() - before

    reports(study, metered)

    transport = study.client.transport
    request = transport.request
    served = 0.0

    def heard(*args, **options):
        nonlocal served
        answer = request(*args, **options)
        served = float(answer.headers["server-timing"].partition("dur=")[2])
        return answer

    transport.request = heard
    beyond = []

    def timed(trial, step):
        before = time.perf_counter()
        report(trial, step)
        beyond.append((time.perf_counter() - before) * 1000 - served)

    reports(study, timed)
    print(
        json.dumps(
            {
                "import_seconds": imported,
                "report_cpu_ms": cpu * 1000 / (TRIALS * STEPS),
                "report_beyond_server_ms": statistics.median(beyond),
            }
        )
    )


main()
