#!/usr/bin/env bash
# Runs the guides of docs/clients and the notebook as they are printed, with the wheel of the Python client and a server
# that are built for it. What they need goes into .cache/guides. Arguments are pytest's: -k notebook, say.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=clients/python/tests/guides

needs=()
for program in curl jq; do
	command -v $program >/dev/null || needs+=($program)
done
if [ ${#needs[@]} -gt 0 ]; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${needs[@]}"
fi

venv=$(scripts/venv.sh guides $tests/requirements.txt)
CGO_ENABLED=0 go build -o "$venv/bin/espalier" ./cmd/espalier # where a wheel for a platform has it
rm -rf "$venv/wheel"
"$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$venv/wheel" clients/python
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$venv"/wheel/*.whl

cd clients/python
ESPALIER_BIN=$venv/bin/espalier exec "$venv/bin/python" -m pytest "${@:---durations=6}" tests/guides/guides.py
