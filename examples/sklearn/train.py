import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--hidden", type=int, default=64)
parser.add_argument("--alpha", type=float, default=0.0001)
parser.add_argument("--batch-size", type=int, default=64)
args = parser.parse_args()

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.25, random_state=0)

# verbose: scikit-learn itself prints the loss and the validation score of every iteration
model = MLPClassifier(
    hidden_layer_sizes=(args.hidden,), learning_rate_init=args.lr, alpha=args.alpha, batch_size=args.batch_size,
    early_stopping=True, n_iter_no_change=15, max_iter=60, random_state=0, verbose=True,
)
model.fit(X_train, y_train)
print(f"test_accuracy: {model.score(X_test, y_test):.4f}")
