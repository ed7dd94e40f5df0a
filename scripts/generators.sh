#!/usr/bin/env bash
# Has openapi-generator make clients for Java and Rust of openapi/openapi-3.0.yaml, compiles them, and runs
# clients/generators/Client.java and client.rs through them against a server and a store that are thrown away. Of the
# languages below it checks only that clients can be made. Everything is built in .cache/generators; the figures go to
# bench/results/generators.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."

version=7.25.0
# Each of these is generated, and no more.
languages=(csharp go kotlin python swift6 typescript-fetch)

work=$PWD/.cache/generators
jar=$work/openapi-generator-cli-$version.jar
document=$PWD/openapi/openapi-3.0.yaml
results=bench/results/generators.tsv

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

needs() {
	local missing=()
	for program in "$@"; do
		command -v "$program" >/dev/null || missing+=("$program")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		echo "missing: ${missing[*]} (a JDK of 17 or later, Maven, Rust)" >&2
		exit 1
	fi
}

# maven runs Maven, and shows what it says only if it fails.
maven() {
	mvn -q -B "$@" >"$dir/maven.log" 2>&1 || { cat "$dir/maven.log" && return 1; }
}

# generate makes a client in .cache/generators/$1; the rest are options of the generator.
generate() {
	local name=$1
	shift
	if ! java -jar "$jar" generate -i "$document" -o "$work/$name" \
		--global-property apiTests=false,modelTests=false,apiDocs=false,modelDocs=false "$@" >"$dir/$name.log" 2>&1; then
		tail -n 20 "$dir/$name.log"
		return 1
	fi
}

# serve starts a server on a free port; its URL is then in $url.
serve() {
	"$dir/espalier" serve --listen 127.0.0.1:0 --db "$dir/generators.db" --addr-file "$dir/addr" >"$dir/server.log" 2>&1 &
	server=$!
	for _ in {1..150}; do
		# A line that is not yet complete makes read fail, so the URL is whole.
		if [ -f "$dir/addr" ] && read -r url <"$dir/addr"; then
			return
		fi
		kill -0 "$server" 2>/dev/null || break
		sleep 0.2
	done
	echo 'the server did not start:' >&2
	cat "$dir/server.log" >&2
	return 1
}

# java_client fetches what the client needs as its own pom.xml says, compiles it, and runs Client.java with it.
java_client() {
	local java=$work/java
	rm -rf "$java/src" "$java/classes"
	generate java -c clients/generators/java.yaml
	if ! cmp -s "$java/pom.xml" "$java/lib/pom.xml"; then
		rm -rf "$java/lib"
		maven -f "$java/pom.xml" dependency:copy-dependencies -DincludeScope=compile -DoutputDirectory="$java/lib"
		cp "$java/pom.xml" "$java/lib/"
	fi
	mkdir "$java/classes"
	find "$java/src/main/java" -name '*.java' >"$dir/sources"
	javac -nowarn -Xlint:none -d "$java/classes" -cp "$java/lib/*" "@$dir/sources"
	java -cp "$java/classes:$java/lib/*" clients/generators/Client.java "$url"
}

# rust_client compiles the client with client.rs as an example of it, and runs that. Files that stay the same keep their
# time, by which cargo knows what to compile.
rust_client() {
	local rust=$work/rust
	generate rust -c clients/generators/rust.yaml --minimal-update
	mkdir -p "$rust/examples"
	cmp -s clients/generators/client.rs "$rust/examples/client.rs" || cp clients/generators/client.rs "$rust/examples/"
	cargo build --quiet --manifest-path "$rust/Cargo.toml" --example client
	"$rust/target/debug/examples/client" "$url"
}

# record runs a step and adds a line to the results: what it is, the seconds it took, and what it said last.
record() {
	local name=$1 began=$SECONDS
	shift
	# Not behind "if": there bash would go on after a command that fails.
	"$@" >"$dir/$name.out" 2>&1 &
	if ! wait $!; then
		cat "$dir/$name.out"
		echo "$name: failed after $((SECONDS - began)) s"
		failed=1
		return
	fi
	printf '%s\t%s\t%s\n' "$name" $((SECONDS - began)) "$(tail -n 1 "$dir/$name.out")" | tee -a "$dir/results"
}

# only says that a client of a language can be made.
only() {
	rm -rf "${work:?}/$1"
	generate "$1" -g "$1"
	echo "generated, $(find "$work/$1" -type f | wc -l) files"
}

needs java javac mvn cargo go
if [ ! -f "$jar" ]; then
	maven dependency:copy -Dartifact="org.openapitools:openapi-generator-cli:$version" -DoutputDirectory="$work"
fi
CGO_ENABLED=0 go build -o "$dir/espalier" ./cmd/espalier
serve

failed=0
{
	printf '# openapi-generator %s, %s, %s; %s, %s cores, on %s\n' "$version" "$(javac -version)" \
		"$(cargo --version | cut -d' ' -f1,2)" "$(if [ -d "$work/rust/target" ]; then echo 'built before'; else echo 'first build'; fi)" \
		"$(nproc)" "$(date -u +%F)"
	printf 'client\tseconds\tresult\n'
} >"$dir/results"
record java java_client
record rust rust_client
for language in "${languages[@]}"; do
	record "$language" only "$language"
done
[ "$failed" = 0 ] || exit 1
mkdir -p "$(dirname "$results")"
cp "$dir/results" "$results"
