#!/bin/sh
# Makes the data of the studies in this folder, in the folder $1: digits.svm, the digits in the format of libsvm;
# licences.train and licences.valid, lines of the licences that Debian ships, each with the name of its licence, in the
# format of fastText: every line of words once, in the order of the alphabet, so that the licences are mixed.
set -eu
here=$(dirname "$0")
mkdir -p "$1"

gzip -dc "$here/../digits/data/digits.csv.gz" |
	awk -F, '{ line = $65; for (i = 1; i <= 64; i++) if ($i > 0) line = line " " i ":" $i / 16; print line }' >"$1/digits.svm"

for licence in Apache-2.0 Artistic GFDL-1.3 GPL-3 LGPL-2.1 MPL-2.0; do
	tr -cs 'A-Za-z\n' ' ' </usr/share/common-licenses/$licence | tr 'A-Z' 'a-z' | awk -v l=$licence 'NF > 3 { print "__label__" l, $0 }'
done | LC_ALL=C sort -u -k 2 | awk -v dir="$1" '{ print > (dir "/licences." (NR % 4 ? "train" : "valid")) }'
