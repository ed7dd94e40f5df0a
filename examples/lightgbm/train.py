import argparse

import lightgbm as lgb
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float, default=0.1)
parser.add_argument("--num_leaves", type=int, default=31)
parser.add_argument("--min_data_in_leaf", type=int, default=20)
parser.add_argument("--feature_fraction", type=float, default=1.0)
parser.add_argument("--num_iterations", type=int, default=60)
args = parser.parse_args()

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=0)
train = lgb.Dataset(X_train, y_train)

# log_evaluation prints a line an iteration: "[3]	valid_0's multi_logloss: 1.234"
lgb.train(
    {"objective": "multiclass", "num_class": 10, "num_threads": 1, "seed": 0, **vars(args)},
    train, valid_sets=[lgb.Dataset(X_val, y_val, reference=train)], callbacks=[lgb.log_evaluation(1)],
)
