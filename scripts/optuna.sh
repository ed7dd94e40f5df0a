#!/usr/bin/env bash
# Prints the path of a Python that has Optuna, to compare with; makes it on first use in .cache/optuna. GPSampler needs
# PyTorch, which comes from Debian as a build for the CPU; as root it is installed. Without it that rival is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$PWD/.cache/optuna
want=bench/quality/requirements.txt
if ! cmp -s "$want" "$venv/requirements.txt"; then
	{
		missing=()
		/usr/bin/python3 -c 'import torch' 2>/dev/null || missing+=(python3-torch)
		/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
		if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			apt-get update -qq
			DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
		fi
		/usr/bin/python3 -m venv --clear --system-site-packages "$venv"
		"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$want"
		cp "$want" "$venv"
	} >&2
fi
echo "$venv/bin/python"
