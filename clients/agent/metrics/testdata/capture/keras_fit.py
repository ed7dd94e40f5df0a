"""Keras 3: keras_fit.py VERBOSE TRUTH.json; the backend is JAX."""
import json
import sys
import time

import numpy as np

import keras

keras.utils.set_random_seed(1)
x = np.random.default_rng(1).normal(size=(640, 8)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
slow = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: time.sleep(0.06))  # the bar moves every 0.05 s
history = model.fit(
    x, y, batch_size=96, epochs=3, validation_split=0.25, verbose=int(sys.argv[1]), callbacks=[slow]
)
with open(sys.argv[2], "w") as f:
    json.dump(history.history, f, indent=1)
