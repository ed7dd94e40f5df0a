"""The TensorBoard callback of Keras with TensorFlow: events_keras.py FOLDER TRUTH.json."""
import json
import sys

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)
x = np.random.default_rng(1).normal(size=(64, 4)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
board = keras.callbacks.TensorBoard(sys.argv[1], write_graph=False)
history = model.fit(x, y, epochs=3, validation_split=0.25, verbose=0, callbacks=[board]).history
truth = {
    "train": {
        "epoch_loss": list(enumerate(history["loss"])),
        "epoch_learning_rate": [[i, 0.001] for i in range(3)],
    },
    "validation": {
        "epoch_loss": list(enumerate(history["val_loss"])),
        "evaluation_loss_vs_iterations": [[2 * i + 2, v] for i, v in enumerate(history["val_loss"])],
    },
}
with tf.summary.create_file_writer(sys.argv[1] + "/validation", filename_suffix=".more").as_default():
    tf.summary.scalar("late", 0.0, 0)
    tf.summary.text("note", "no scalar", 0)
    tf.summary.histogram("weights", tf.range(20), 0)
    tf.summary.image("picture", tf.zeros([1, 4, 4, 1]), 0)
truth["validation"]["late"] = [[0, 0.0]]
with open(sys.argv[2], "w") as f:
    json.dump(truth, f, indent=1)
