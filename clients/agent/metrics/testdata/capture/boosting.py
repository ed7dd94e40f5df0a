"""XGBoost and LightGBM: boosting.py xgboost|lightgbm TRUTH.json."""
import json
import sys

import numpy as np

rng = np.random.default_rng(1)
x, xv = rng.normal(size=(300, 6)), rng.normal(size=(100, 6))
y, yv = x[:, 0] + rng.normal(size=300) / 10, xv[:, 0] + rng.normal(size=100) / 10
truth = {}
if sys.argv[1] == "xgboost":
    import xgboost

    data, valid = xgboost.DMatrix(x, y), xgboost.DMatrix(xv, yv)
    params = {"objective": "reg:squarederror", "eval_metric": ["rmse", "mae"], "nthread": 1}
    xgboost.train(params, data, 12, evals=[(data, "train"), (valid, "eval")], evals_result=truth)
else:
    import lightgbm

    data = lightgbm.Dataset(x, y)
    valid = lightgbm.Dataset(xv, yv, reference=data)
    lightgbm.train(
        {"objective": "regression", "metric": ["l2", "l1"], "num_threads": 1, "min_data_in_leaf": 5},
        data,
        40,
        valid_sets=[data, valid],
        valid_names=["training", "valid_0"],
        callbacks=[
            lightgbm.log_evaluation(5),
            lightgbm.early_stopping(5),
            lightgbm.record_evaluation(truth),
        ],
    )
with open(sys.argv[2], "w") as f:
    json.dump(truth, f, indent=1)
