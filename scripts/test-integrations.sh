#!/usr/bin/env bash
# Tests the Python client with the libraries it integrates with, all of them real, against a server that is built for it.
# They go into .cache/integrations; PyTorch is Debian's build for the CPU, installed by root alone. Arguments are pytest's:
# -k keras, say. What is skipped is printed with its reason; nothing should be.
set -euo pipefail
cd "$(dirname "$0")/.."

tests=clients/python/tests/integrations

missing=()
/usr/bin/python3 -c 'import torch' 2>/dev/null || missing+=(python3-torch)
[ -e "/usr/lib/$(uname -m)-linux-gnu/libgomp.so.1" ] || missing+=(libgomp1)
if [ ${#missing[@]} -gt 0 ]; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

# All is pinned, and pip must not resolve: it takes Debian's torch for a pre-release and would fetch another.
venv=$(scripts/venv.sh integrations $tests/requirements.txt --system-site-packages --ignore-installed --no-deps)
echo "$PWD/clients/python/src" >"$(echo "$venv"/lib/python3.*/site-packages)/espalier.pth"

CGO_ENABLED=0 go build -o "$venv/espalier" ./cmd/espalier
cd clients/python
export ESPALIER_BIN=$venv/espalier PYTHONDONTWRITEBYTECODE=1 KERAS_BACKEND=jax JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES=
export HF_HUB_OFFLINE=1 MLFLOW_DISABLE_TELEMETRY=true RAY_USAGE_STATS_ENABLED=0 # nothing leaves the machine
# What a library leaves open is found by the test that happens to collect the garbage, and is not that test's fault.
exec "$venv/bin/python" -m pytest -p no:cacheprovider -rs --durations=10 -W default::ResourceWarning \
	-W default::pytest.PytestUnraisableExceptionWarning "$@" tests/integrations
