#!/usr/bin/env bash
# Prints the licences of the modules of others that are in the program.
set -euo pipefail
cd "$(dirname "$0")/.."

go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/espalier | sort -u |
	while read -r module version dir; do
		found=$(find "$dir" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort)
		[ -n "$found" ] || { echo "licenses.sh: $module has no licence" >&2 && exit 1; }
		printf '==== %s %s\n\n' "$module" "$version"
		tr '\n' '\0' <<<"$found" | xargs -0 cat
		printf '\n'
	done
printf '==== the Go standard library\n\n'
cat "$(go env GOROOT)/LICENSE"
