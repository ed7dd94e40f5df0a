"""Data for libsvm, liblinear and fastText: vectors.py FOLDER."""
import random
import sys

random.seed(1)
with open(sys.argv[1] + "/vectors.txt", "w") as f:
    for i in range(200):
        label = i % 2
        x = [random.gauss(label, 1) for _ in range(4)]
        f.write(f"{label} " + " ".join(f"{k + 1}:{v:.4f}" for k, v in enumerate(x)) + "\n")
with open(sys.argv[1] + "/sentences.txt", "w") as f:
    for i in range(2000):
        word = "good" if i % 2 else "bad"
        f.write(f"__label__{word} this is a {word} sentence of {random.randint(1, 50)} words\n")
