#!/usr/bin/env bash
# Makes a Python environment, .cache/NAME, of what a file of requirements pins, unless it is there for this file; prints its
# path. Debian's python3-venv is installed for it, by root alone. PIP-OPTIONS are of pip install.
# Usage: venv.sh NAME REQUIREMENTS [--system-site-packages] [PIP-OPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$PWD/.cache/$1
requirements=$2
shift 2
site=()
if [ "${1:-}" = --system-site-packages ]; then
	site=("$1")
	shift
fi
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
	{
		if ! /usr/bin/python3 -c 'import ensurepip' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			apt-get update -qq
			DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv
		fi
		/usr/bin/python3 -m venv --clear "${site[@]}" "$venv"
		"$venv/bin/pip" install --quiet --disable-pip-version-check "$@" -r "$requirements"
		cp "$requirements" "$venv/requirements.txt"
	} >&2
fi
echo "$venv"
