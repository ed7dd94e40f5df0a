"""Hugging Face Trainer, a tiny BERT with random weights: trainer_fit.py LOGGING_STEPS TRUTH.json FOLDER."""
import json
import sys

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

torch.manual_seed(1)
config = BertConfig(
    vocab_size=32, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, num_labels=2
)
rows = [{"input_ids": torch.randint(0, 32, (6,)), "labels": i % 2} for i in range(64)]
steps = int(sys.argv[1])
args = TrainingArguments(
    output_dir=sys.argv[3],
    logging_dir=sys.argv[3] + "/runs",
    num_train_epochs=3,
    per_device_train_batch_size=8,
    logging_strategy="steps" if steps else "epoch",
    logging_steps=steps or 500,
    evaluation_strategy="epoch",
    save_strategy="no",
    report_to=["tensorboard"],
    use_cpu=True,
    seed=1,
)
trainer = Trainer(BertForSequenceClassification(config), args, train_dataset=rows, eval_dataset=rows[:16])
trainer.train()
with open(sys.argv[2], "w") as f:
    json.dump(trainer.state.log_history, f, indent=1)
