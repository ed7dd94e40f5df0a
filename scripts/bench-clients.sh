#!/usr/bin/env bash
# Measures trials through the Python client beside Optuna's own, and what a report costs the client. Makes a Python that
# has both on first use in .cache/bench-clients. The figures go to bench/results/clients.tsv, unless arguments, which are those
# of `go run ./bench clients`, ask for others.
set -euo pipefail
cd "$(dirname "$0")/.."

want=bench/clients/requirements.txt
results=bench/results/clients.tsv
venv=$(scripts/venv.sh bench-clients "$want")

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
{
	printf '# Espalier %s, %s, %s, %s; %s cores, on %s\n' "$(git describe --tags --always --dirty)" "$("$venv/bin/python" --version)" \
		"$(go env GOVERSION)" "$(paste -sd, "$want" | sed 's/==/ /g; s/,/, /g')" "$(nproc)" "$(date -u +%F)"
	ESPALIER_PYTHON=$venv/bin/python go run ./bench clients "$@"
} | tee "$fresh"
[ $# -gt 0 ] || cp "$fresh" "$results"
