import argparse
import csv
import gzip
from pathlib import Path

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--channels", type=int, default=16)
parser.add_argument("--dropout", type=float, default=0.2)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=20)
args = parser.parse_args()
torch.manual_seed(0)

with gzip.open(Path(__file__).parent.parent / "digits" / "data" / "digits.csv.gz", "rt") as file:
    data = torch.tensor([[float(cell) for cell in row] for row in csv.reader(file)])
data = data[torch.randperm(len(data))]
images, labels = data[:, :64].reshape(-1, 1, 8, 8) / 16, data[:, 64].long()
x, y, val_x, val_y = images[:1400], labels[:1400], images[1400:], labels[1400:]

model = nn.Sequential(
    nn.Conv2d(1, args.channels, 3, padding=1), nn.ReLU(),
    nn.Conv2d(args.channels, 2 * args.channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(args.dropout), nn.Linear(2 * args.channels * 16, 10),
)
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
loss_of = nn.CrossEntropyLoss()
for epoch in range(1, args.epochs + 1):
    model.train()
    for batch in torch.randperm(len(x)).split(args.batch_size):
        optimizer.zero_grad()
        loss_of(model(x[batch]), y[batch]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores = model(val_x)
    accuracy = (scores.argmax(1) == val_y).float().mean()
    print(f"Epoch {epoch}/{args.epochs} - val_loss: {loss_of(scores, val_y):.4f} - val_acc: {accuracy:.4f}")
