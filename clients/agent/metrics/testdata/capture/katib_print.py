"""Prints as Katib's documentation has it for its StdOut collector: katib_print.py TRUTH.json."""
import datetime
import json
import sys

truth = {"accuracy": [], "loss": []}
for epoch in range(1, 6):
    accuracy, loss = round(1 - 0.5**epoch, 4), round(0.7**epoch, 4) if epoch < 5 else float("nan")
    now = datetime.datetime(2026, 3, 5, 10, 11, epoch, 123456).isoformat() + "Z"
    print(f"epoch {epoch}:")
    print(f"{now} accuracy={accuracy} loss={loss}")
    truth["accuracy"].append(accuracy)
    truth["loss"].append(str(loss))
with open(sys.argv[1], "w") as f:
    json.dump(truth, f, indent=1)
