"""Event files as the libraries write them: events.py torch|tensorboardX FOLDER TRUTH.json.

The truth is {folder of the run: {tag: [[step, value], ...]}}.
"""
import json
import math
import sys

import numpy as np

kind, folder, truth_file = sys.argv[1:]
if kind == "torch":
    from torch.utils.tensorboard import SummaryWriter
else:
    from tensorboardX import SummaryWriter
truth = {".": {"loss/train": [], "acc": []}}
writer = SummaryWriter(folder)
for step in range(1, 6):
    rows = {"loss/train": 1 / step, "acc": 1 - 1 / step}
    if kind == "torch":
        writer.add_scalar("tensor", step / 4, step, new_style=True)
        writer.add_scalar("double", step / 10, step, new_style=True, double_precision=True)
        truth["."].setdefault("tensor", []).append([step, step / 4])
        truth["."].setdefault("double", []).append([step, step / 10])
        writer.add_scalars("both", {"a": step, "b": -step}, step)
        for run, v in ("both_a", step), ("both_b", -step):
            truth.setdefault(run, {}).setdefault("both", []).append([step, v])
    for tag, v in rows.items():
        writer.add_scalar(tag, v, step)
        truth["."][tag].append([step, v])
for step, v in (6, math.nan), (7, math.inf):
    writer.add_scalar("acc", v, step)
    truth["."]["acc"].append([step, str(v)])
writer.add_text("note", "no scalar", 1)
if kind == "tensorboardX":  # torch 1.13's fails with NumPy 1.24
    writer.add_histogram("weights", np.arange(50), 1)
writer.close()
with open(truth_file, "w") as f:
    json.dump(truth, f, indent=1)
