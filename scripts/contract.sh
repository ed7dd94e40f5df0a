#!/usr/bin/env bash
# Fuzzes the real server by its document: every operation, every check, valid and invalid requests, alone and in chains
# along the document's links. The seed is fixed. `contract.sh` takes about a minute; `contract.sh thorough` at most five.
# Schemathesis is installed into .cache/contract on first use.
set -euo pipefail
cd "$(dirname "$0")/.."

form=${1:-short}
case $form in
short) limits=(--max-examples 12) ;;
thorough) limits=(--max-examples 50) ;;
*)
	echo "usage: scripts/contract.sh [short|thorough]" >&2
	exit 2
	;;
esac

venv=$(scripts/venv.sh contract openapi/contract/requirements.txt)

scratch=$(mktemp -d)
server=
finish() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" || true
	fi
	rm -rf "$scratch"
}
trap finish EXIT

export ESPALIER_TOKEN=contract
CGO_ENABLED=0 go build -o "$scratch/espalier" ./cmd/espalier
"$scratch/espalier" serve --listen 127.0.0.1:0 --db "$scratch/contract.db" --durability relaxed \
	--addr-file "$scratch/url" >"$scratch/out" 2>"$scratch/log" &
server=$!
until [ -s "$scratch/url" ]; do
	kill -0 "$server" 2>/dev/null || { cat "$scratch/log" >&2; exit 1; }
	sleep 0.05
done
ESPALIER_SERVER=$(<"$scratch/url")
export ESPALIER_SERVER

cd openapi/contract
if ! CONTRACT_FORM=$form PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" --config-file schemathesis.toml \
	run ../openapi.yaml --url "$ESPALIER_SERVER" "${limits[@]}"; then
	echo "contract.sh: the server's log ends so:" >&2
	tail -n 20 "$scratch/log" >&2
	exit 1
fi
if grep -q 'level=ERROR' "$scratch/log"; then
	echo "contract.sh: the server logged errors:" >&2
	grep 'level=ERROR' "$scratch/log" >&2
	exit 1
fi
