#!/usr/bin/env bash
# Runs the commands of examples/README.md, a few trials each, against a server and a store that are thrown away, and
# checks what the server then knows of the trials: values, what each used, and that the limits have stopped some.
# What is missing is installed: Debian's packages by root alone, Python's into .cache/examples.
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

# packages installs those of Debian's packages whose program is not there yet.
packages() {
	local missing=()
	command -v cc >/dev/null || missing+=(gcc libc6-dev)
	command -v svm-train >/dev/null || missing+=(libsvm-tools)
	command -v liblinear-train >/dev/null || missing+=(liblinear-tools)
	command -v fasttext >/dev/null || missing+=(fasttext)
	/usr/bin/python3 -c 'import torch' 2>/dev/null || missing+=(python3-torch)
	if [ ${#missing[@]} -eq 0 ]; then
		return
	fi
	echo "installing ${missing[*]}"
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# environment makes the virtual environment that "python" then means.
environment() {
	local venv
	venv=$(scripts/venv.sh examples examples/requirements.txt)
	PATH=$venv/bin:$PATH
}

# serve starts a server on a free port; ESPALIER_SERVER is then its URL.
serve() {
	bin/espalier serve --listen 127.0.0.1:0 --db "$dir/examples.db" --addr-file "$dir/addr" >"$dir/log" 2>&1 &
	server=$!
	for _ in {1..150}; do
		# A line that is not yet complete makes read fail, so the URL is whole.
		if [ -f "$dir/addr" ] && read -r ESPALIER_SERVER <"$dir/addr"; then
			export ESPALIER_SERVER ESPALIER_STATE="$dir/state"
			return
		fi
		kill -0 "$server" 2>/dev/null || break
		sleep 0.2
	done
	echo 'the server did not start:' >&2
	cat "$dir/log" >&2
	return 1
}

# commands prints the shell block below the heading $1 of examples/README.md.
commands() {
	awk -v heading="## $1" '/^## / { here = $0 == heading } /^```/ { block = here && /sh$/; next } block' examples/README.md
}

# check prints in a line what the server knows of the trials of study $1, and fails if it is not what it should be.
# With "stopped" as $2 a limit must have stopped a trial.
check() {
	bin/espalier study show "$1" -o json >"$dir/study.json"
	bin/espalier best "$1" -o json >"$dir/best.json"
	bin/espalier trial list "$1" --limit 0 -o json >"$dir/trials.json"
	/usr/bin/python3 - "$1" "$2" "$dir/study.json" "$dir/best.json" "$dir/trials.json" <<-'END'
		import collections, json, math, sys
		name, want, study, best, trials = *sys.argv[1:3], *(json.load(open(file)) for file in sys.argv[3:])
		best, trials = best["trials"], trials["trials"]
		states = collections.Counter(trial["state"] for trial in trials)
		complete = [trial for trial in trials if trial["state"] == "COMPLETE"]
		used = lambda what: [t.get("metrics", {}).get("system/" + what, {}).get("max", 0) for t in trials]
		stopped = [trial for trial in trials if trial["state"] == "PRUNED"
		           and any(float(c.get("violation", 0)) > 0 for c in trial.get("constraints", []))]
		print(f"{name}:", ", ".join(f"{n} {state}" for state, n in sorted(states.items())),
		      f"({len(stopped)} over a limit), best {best[0]['values'][0] if best else None},",
		      f"{sum(used('cpu_seconds')):.1f} CPU s, at most {max(used('wall_seconds')):.1f} s",
		      f"and {max(used('peak_memory_bytes')) / 1e6:.0f} MB a trial")
		faults = {
		    "a trial neither COMPLETE nor PRUNED": set(states) - {"COMPLETE", "PRUNED"},
		    "no COMPLETE trial, or one without a value":
		        not complete or not all(math.isfinite(float(v)) for trial in complete for v in trial["values"]),
		    "no best trial": not best,
		    "a declared metric that a COMPLETE trial lacks":
		        any(metric not in trial["metrics"] for trial in complete for metric in study.get("metrics") or {}),
		    "CPU or time of a trial not measured": min(used("cpu_seconds") + used("wall_seconds")) <= 0,
		    "memory not measured": max(used("peak_memory_bytes")) <= 0,
		    "no trial stopped by a limit": want == "stopped" and not stopped,
		}
		if found := [fault for fault, there in faults.items() if there]:
		    sys.exit("; ".join(found))
	END
}

# example runs study $1 for $2 trials; $3 goes to check.
example() {
	local began=$SECONDS
	# The function stands before the program, to say how many trials there are to be.
	if ! timeout 90 bash -euc "espalier() { bin/espalier \"\$1\" --count $2 --sample 200ms \"\${@:2}\"; }; $(commands "$1")" >"$dir/$1.out" 2>&1 ||
		! check "$1" "${3:-}" >"$dir/$1.line" 2>&1; then
		tail -n 40 "$dir/$1.out"
		cat "$dir/$1.line" 2>/dev/null || true
		echo "$1: failed after $((SECONDS - began)) s"
		return 1
	fi
	echo "$(cat "$dir/$1.line"), $((SECONDS - began)) s"
}

packages
environment
make --silent build
serve
failed=0
example digits 8 || failed=1
example c 12 || failed=1
example sklearn 4 || failed=1
example lightgbm 6 || failed=1
example pytorch 4 || failed=1
example libsvm 8 stopped || failed=1
example liblinear 8 stopped || failed=1
example fasttext 8 stopped || failed=1
exit $failed
