#!/bin/bash
# check-layers.sh - every #include points down, as daemon/LAYERS orders.
#
# A file includes its own folder and the folders on lower lines, never a peer
# on its own line. The pure folders read no clock and write no log.
set -eu
cd "$(dirname "$0")/.."
pure="feed text topic copy pipeline"

find daemon -name '*.[ch]' -print0 | sort -z |
	xargs -0 awk -v pure="$pure" '
function folder(path) { sub(/^daemon\//, "", path); sub(/\/.*/, "", path); return path }
function fault(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; faults++ }
BEGIN {
	while ((getline line <"daemon/LAYERS") > 0) {
		level++
		n = split(line, names, " ")
		for (i = 1; i <= n; i++)
			layer[names[i]] = level
	}
	n = split(pure, names, " ")
	for (i = 1; i <= n; i++)
		is_pure[names[i]] = 1
}
FNR == 1 {
	files++
	own = FILENAME ~ /^daemon\/[^\/]+$/ ? "" : folder(FILENAME)
	if (own != "" && !(own in layer))
		fault("folder " own " is not in daemon/LAYERS")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	to = part[2]
	if (own == "")
		next # files directly in daemon/ may include everything
	if (to !~ /\//) {
		fault("\"" to "\": write the folder too")
		next
	}
	other = folder(to)
	if (!(other in layer))
		fault("\"" to "\": no such folder in daemon/LAYERS")
	else if (other != own && layer[other] >= layer[own])
		fault("\"" to "\": " own " may not include " other)
	if ((own in is_pure) && (to == "base/log.h" || to == "base/clock.h"))
		fault("\"" to "\": " own " is pure, it may not log or ask the time")
}
END {
	if (faults > 0) {
		printf "layers: %d faults in %d files\n", faults, files
		exit 1
	}
	printf "layers: %d files in order\n", files
}'
