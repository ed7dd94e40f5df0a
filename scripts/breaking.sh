#!/usr/bin/env bash
# Fails if openapi/openapi.yaml breaks clients of openapi/released/openapi.yaml, the document of the last release, unless
# it is a new major version, or while that is 0 a new minor one. Takes other documents as arguments: released, new.
# At a release: cp openapi/openapi.yaml openapi/released/
set -euo pipefail
cd "$(dirname "$0")/.."

released=${1:-openapi/released/openapi.yaml}
document=${2:-openapi/openapi.yaml}

# version prints the major and the minor version of a document.
version() {
	sed -nE 's/^  version: ([0-9]+)\.([0-9]+)\.[0-9]+$/\1 \2/p' "$1" | grep . || { echo "$1: no version MAJOR.MINOR.PATCH" >&2 && return 1; }
}
old=$(version "$released")
new=$(version "$document")
read -r old_major old_minor <<<"$old"
read -r new_major new_minor <<<"$new"
if [ "$new_major" -gt "$old_major" ] || { [ "$new_major$old_major" = 00 ] && [ "$new_minor" -gt "$old_minor" ]; }; then
	exit
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go run ./openapi/internal/derive "$released" "$dir/released.yaml"
go run ./openapi/internal/derive "$document" "$dir/document.yaml"

breaking() {
	go tool -modfile=tools/oasdiff/go.mod oasdiff breaking --fail-on WARN --flatten-allof "$@"
}
# oasdiff takes every enum of the answers for closed. An open one is a string in the derived documents: they show whether
# a closed one has grown, which is then not asked of the documents themselves.
failed=0
breaking --severity-levels openapi/released/open-enums.txt "$released" "$document" || failed=1
breaking "$dir/released.yaml" "$dir/document.yaml" || failed=1
if [ "$failed" = 1 ]; then
	echo "$document breaks clients of version ${old/ /.}: keep what they use, or raise the version in info" >&2
	exit 1
fi
