#!/usr/bin/env bash
# Runs bin/espalier on a free port with a store that is thrown away, and
# examples/digits against it. Needs bash and Go, no more.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
server=
cleanup() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ready asks the server at $1 (host:port) whether it is, without curl.
ready() {
	local status
	{ exec 3<>"/dev/tcp/${1%:*}/${1##*:}"; } 2>/dev/null || return 1
	printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&3
	read -r -t 5 status <&3 || status=
	exec 3>&-
	[[ $status == *" 200"* ]]
}

bin/espalier serve --listen 127.0.0.1:0 --db "$dir/demo.db" --addr-file "$dir/addr" >"$dir/log" 2>&1 &
server=$!

# A line that is not yet complete makes read fail, so the address is whole.
for _ in {1..150}; do
	if [ -f "$dir/addr" ] && read -r addr <"$dir/addr" && addr=${addr#http://} && ready "$addr"; then
		go run ./examples/digits --server "http://$addr" --workers 4 --trials 40
		exit
	fi
	kill -0 "$server" 2>/dev/null || break
	sleep 0.2
done
echo 'demo: the server did not start:' >&2
cat "$dir/log" >&2
exit 1
