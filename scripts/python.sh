#!/usr/bin/env bash
# The Python client, from a checkout:
#   python.sh venv       prints the path of a Python that has what its tests need, made on first use in .cache/python
#   python.sh test       checks it: generated code, format, types, and the tests against the real server
#   python.sh generate   writes what is generated from openapi/openapi.yaml
#   python.sh dist       builds dist/: sdist, wheels without and with the program, and tries one of them
set -euo pipefail
cd "$(dirname "$0")/.."

client=clients/python
package=$client/src/espalier

# The wheels that carry the program: Go's system and processor, and what Python calls them.
targets='linux amd64 manylinux2014_x86_64.manylinux_2_17_x86_64
linux arm64 manylinux2014_aarch64.manylinux_2_17_aarch64
darwin amd64 macosx_12_0_x86_64
darwin arm64 macosx_12_0_arm64
windows amd64 win_amd64'

make_venv() {
	venv=$(scripts/venv.sh python $client/requirements-dev.txt)
	"$venv/bin/python" -c 'import espalier' 2>/dev/null ||
		"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable $client
}

# generate FOLDER writes types.py and _generated into it.
generate() {
	"$venv/bin/python" $client/tools/types_from_openapi.py openapi/openapi.yaml >"$1/types.py.new"
	"$venv/bin/ruff" format --quiet --config $client/pyproject.toml --stdin-filename types.py - <"$1/types.py.new" >"$1/types.py"
	rm "$1/types.py.new"
	rm -rf "$1/_generated"
	"$venv/bin/openapi-python-client" generate --path openapi/openapi.yaml --config $client/tools/openapi-python-client.yaml \
		--meta none --output-path "$1/_generated" --fail-on-warning
}

check_generated() (
	fresh=$(mktemp -d)
	trap 'rm -rf "$fresh"' EXIT
	generate "$fresh" >/dev/null
	diff -r -q -x __pycache__ "$fresh/_generated" $package/_generated && diff -q "$fresh/types.py" $package/types.py || {
		echo 'python.sh: generated code differs from what the document gives: run scripts/python.sh generate' >&2
		exit 1
	}
)

build_program() { # SYSTEM PROCESSOR FILE
	CGO_ENABLED=0 GOOS=$1 GOARCH=$2 go build -trimpath -ldflags "-s -w -X main.version=$(version)" -o "$3" ./cmd/espalier
}

version() { sed -n 's/^__version__ = "\(.*\)"$/\1/p' $package/__init__.py; }

run_tests() {
	check_generated
	build_program "$(go env GOOS)" "$(go env GOARCH)" "$venv/espalier"
	cd $client
	"$venv/bin/ruff" check --quiet
	"$venv/bin/ruff" format --check --quiet
	"$venv/bin/mypy" --no-error-summary
	ESPALIER_BIN=$venv/espalier "$venv/bin/python" -m pytest "$@"
}

build_dist() (
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
	export SOURCE_DATE_EPOCH
	mkdir -p dist
	rm -f dist/espalier_client-*
	"$venv/bin/python" -m build --no-isolation --outdir dist $client >/dev/null
	scripts/licenses.sh >"$work/THIRD_PARTY"
	pure=dist/espalier_client-$(version)-py3-none-any.whl
	while read -r system processor tags; do
		rm -rf "$work/wheel"
		"$venv/bin/wheel" unpack --dest "$work/wheel" "$pure" >/dev/null
		folder=$work/wheel/espalier_client-$(version)
		mkdir -p "$folder/espalier_client-$(version).data/scripts"
		file=espalier
		[ "$system" = windows ] && file=espalier.exe
		build_program "$system" "$processor" "$folder/espalier_client-$(version).data/scripts/$file"
		sed -i 's/^Root-Is-Purelib: true$/Root-Is-Purelib: false/' "$folder/espalier_client-$(version).dist-info/WHEEL"
		cp "$work/THIRD_PARTY" "$folder/espalier_client-$(version).dist-info/licenses/"
		sed -i 's/^License-File: LICENSE$/&\nLicense-File: THIRD_PARTY/' "$folder/espalier_client-$(version).dist-info/METADATA"
		"$venv/bin/wheel" pack --dest-dir "$work" "$folder" >/dev/null
		"$venv/bin/wheel" tags --remove --platform-tag "$tags" "$work/$(basename "$pure")" >/dev/null
		mv "$work"/espalier_client-*.whl dist/
	done <<<"$targets"
	try_dist "$work"
	ls -l dist/espalier_client-*
)

# try_dist FOLDER installs this machine's wheel into a clean environment and lets it start the server it carries.
try_dist() {
	/usr/bin/python3 -m venv "$1/clean"
	"$1/clean/bin/pip" install --quiet --disable-pip-version-check --find-links dist --only-binary espalier-client \
		"espalier-client==$(version)"
	(
		mkdir "$1/empty" && cd "$1/empty"
		env -u ESPALIER_SERVER -u ESPALIER_TOKEN PATH=/usr/bin:/bin "$1/clean/bin/python" - <<-'END'
			import espalier

			url = espalier.find_server("tried.db")  # started from the wheel: nothing else is on PATH
			with espalier.Client(url) as client:
			    client.create_study({"name": "tried", "search_space": {"x": {"type": "float", "low": 0, "high": 1}}})
			    trial = client.ask("tried")["trials"][0]
			    told = client.tell("tried", trial["number"], {"value": trial["params"]["x"]})
			    assert client.best("tried")[0]["number"] == told["number"], told
			    assert client.version()["version"] == espalier.__version__, client.version()
			print(f"the wheel works: {url} answered, started from it")
		END
	)
}

case ${1:-} in
venv)
	make_venv >&2
	echo "$venv/bin/python"
	;;
test)
	make_venv >&2
	run_tests "${@:2}"
	;;
generate)
	make_venv >&2
	generate $package
	;;
dist)
	make_venv >&2
	build_dist
	;;
*)
	sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
	exit 64
	;;
esac
