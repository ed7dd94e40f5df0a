#!/usr/bin/env bash
# Prints the path of a Python that has Optuna, to compare with; makes it on first use in .cache/optuna. GPSampler needs
# PyTorch, which comes from Debian as a build for the CPU; as root it is installed. Without it that rival is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! /usr/bin/python3 -c 'import torch' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-torch
fi >&2
echo "$(scripts/venv.sh optuna bench/quality/requirements.txt --system-site-packages)/bin/python"
