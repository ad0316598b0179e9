#!/bin/bash
# check-functions.sh - lengths of all C functions; none may pass 100 lines.
#
# Relies on the layout that clang-format makes: a body opens with "{" alone in
# column 1 and ends with "}" there. Counted from the name's line to the end.
set -eu
cd "$(dirname "$0")/.."
max=100

find daemon tools tests -name '*.c' -print0 | sort -z | xargs -0 awk '
FNR == 1 { inside = 0 }
!inside && /^[A-Za-z_][A-Za-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name); at = FNR }
/^\{$/ { inside = 1 }
/^\}$/ && inside { printf "%d %s:%d: %s\n", FNR - at + 1, FILENAME, at, name; inside = 0 }
' | sort -n | awk -v max="$max" '
{ len[NR] = $1; text[NR] = $2 " " $3 }
END {
	if (NR == 0)
		exit
	for (i = 1; i <= NR; i++)
		if (len[i] > max) {
			printf "%s is %d lines, at most %d\n", text[i], len[i], max
			bad = 1
		}
	printf "functions: %d, lines median %d, p90 %d, longest %d (%s)\n", NR,
	    len[int((NR + 1) / 2)], len[int(NR * 0.9 + 0.5)], len[NR], text[NR]
	exit bad
}'
