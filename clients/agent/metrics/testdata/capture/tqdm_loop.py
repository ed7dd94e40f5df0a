"""tqdm, on stderr: a bar for each epoch, then one bar over the epochs; tqdm_loop.py TRUTH.json."""
import json
import sys

from tqdm import tqdm

truth = {"loss": [], "val_loss": []}
for epoch in range(1, 4):
    bar = tqdm(range(20), desc=f"Epoch {epoch}", ascii=epoch == 2, mininterval=0)
    for i in bar:
        loss = round(1 / (epoch + i / 20), 4)
        bar.set_postfix(loss=loss)
    truth["loss"].append(loss)
bar = tqdm(range(3), mininterval=0)
for epoch in bar:
    val_loss = round(0.9**epoch, 4)
    bar.set_description(f"Epoch {epoch}")
    bar.set_postfix(val_loss=val_loss)
    truth["val_loss"].append(val_loss)
with open(sys.argv[1], "w") as f:
    json.dump(truth, f, indent=1)
