#!/usr/bin/env bash
# Tunes examples/digits, a plain program, with a server that ends with the work.
# Needs bash and Go, no more.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -f bin/demo.db*
go build -o bin/digits ./examples/digits
env -u ESPALIER_SERVER bin/espalier run --create examples/digits/study.yaml --db bin/demo.db --state bin/demo.state --parallel 2 -- \
	bin/digits --lr {lr} --hidden {hidden} --batch-size {batch_size} --optimizer {optimizer} --momentum {momentum} \
	--weight-decay {weight_decay} --dropout {dropout} --seed {trial} >bin/demo.log
