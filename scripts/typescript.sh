#!/usr/bin/env bash
# The TypeScript client, clients/typescript.
#   install   the tools, as package-lock.json pins them
#   generate  src/generated from openapi/openapi.yaml
#   test      types, lint and tests, against a server that is built for them (or ESPALIER_BIN)
#   dist      the tarball into clients/typescript/dist, tried in a clean folder from JavaScript and TypeScript
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cd clients/typescript

# install brings the tools if the lock file has changed since they were installed.
install() {
	if ! cmp -s package-lock.json node_modules/.espalier-lock; then
		npm ci --silent --no-audit --no-fund >&2
		cp package-lock.json node_modules/.espalier-lock
	fi
}

# server is the program to test against.
server() {
	if [ -z "${ESPALIER_BIN:-}" ]; then
		ESPALIER_BIN=$root/.cache/typescript/espalier
		(cd "$root" && CGO_ENABLED=0 go build -o "$ESPALIER_BIN" ./cmd/espalier)
	fi
	export ESPALIER_BIN
}

check() {
	npm run --silent check
	npm run --silent lint
	npm run --silent build
	npm run --silent test
}

# program prints the block of README.md that is marked with $1.
program() {
	awk -v mark="<!-- run: $1 -->" '$0 == mark { here = 1; next } /^```/ { if (here && block) exit; block = here; next } here && block' README.md
}

# try installs the tarball $1 into a clean folder and runs the README's programs there: one as JavaScript, and one as
# TypeScript, checked strictly against the package's own declarations.
try() {
	local dir addr
	dir=$(mktemp -d)
	server
	"$ESPALIER_BIN" serve --listen 127.0.0.1:0 --db "$dir/espalier.db" --addr-file "$dir/addr" >"$dir/log" 2>&1 &
	# shellcheck disable=SC2064 # the values of now
	trap "kill $! 2>/dev/null || true; wait $! 2>/dev/null || true; rm -rf '$dir'" EXIT
	until [ -f "$dir/addr" ] && read -r addr <"$dir/addr"; do
		kill -0 $! || { cat "$dir/log" >&2; return 1; }
		sleep 0.1
	done
	export ESPALIER_SERVER=$addr
	mkdir "$dir/user"
	cp "$1" "$dir/user/client.tgz"
	program quickstart >"$dir/user/quickstart.mjs"
	program typed >"$dir/user/typed.mts"
	cd "$dir/user"
	npm init --yes >/dev/null
	npm install --silent --no-audit --no-fund ./client.tgz
	node quickstart.mjs
	"$root/clients/typescript/node_modules/.bin/tsc" --strict --exactOptionalPropertyTypes --target ES2022 \
		--module NodeNext --outDir . typed.mts
	node typed.mjs
}

case "${1:-}" in
install) install ;;
generate)
	install
	npm run --silent generate
	;;
test)
	install
	server
	check
	;;
dist)
	install
	rm -rf dist lib
	mkdir dist
	tarball=$PWD/dist/$(npm pack --silent --pack-destination dist | tail -n 1)
	try "$tarball"
	echo "$tarball"
	;;
*)
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$root/scripts/typescript.sh" >&2
	exit 2
	;;
esac
