"""Runs Optuna's gRPC proxy over an SQLite file on a free port, and prints its address first.

Usage: proxy.py FILE
"""

import socket
import sys
import warnings

import optuna

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
# As its documentation has it: get_storage gives the storage its cache.
storage = optuna.storages.get_storage(
    optuna.storages.RDBStorage(f"sqlite:///{sys.argv[1]}", engine_kwargs={"connect_args": {"timeout": 600}})
)
print(f"127.0.0.1:{port}", flush=True)
optuna.storages.run_grpc_proxy_server(storage, host="127.0.0.1", port=port)
