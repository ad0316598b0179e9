#!/bin/bash
# demo.sh - feeds, the daemon and a reader, until Ctrl-C.
#
# Serves conf/demo on loopback, runs the daemon on it with everything in a
# folder of its own, and shows the matches. DEMO_SECONDS=N ends it by itself,
# DEMO_JSON=1 shows the frames that the socket carries.
# Exits 0 when it was stopped, 1 when something ended that should not.
set -u
cd "$(dirname "$0")/.." || exit 1
programs=${DEMO_PROGRAMS:-build/release}
dir=$(mktemp -d "${TMPDIR:-/tmp}/wiresift-demo.XXXXXX")
pids=()
reason=""

# Readers first: nobody complains about a peer that left.
stop() {
	local i
	trap '' INT TERM
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -TERM "${pids[i]}" 2>/dev/null
		wait "${pids[i]}" 2>/dev/null
	done
	rm -rf "$dir"
}
trap stop EXIT
trap 'reason=stopped' INT TERM

fail() {
	echo "demo: $1" >&2
	[ ! -s "$dir/daemon.log" ] || tail -n 20 "$dir/daemon.log" >&2
	exit 1
}

wait_for() { # TEST FILE PID WHAT: until the file is there
	local n=0
	until test "$1" "$2"; do
		[ -z "$reason" ] || exit 0
		kill -0 "$3" 2>/dev/null || fail "$4 ended at its start"
		[ $((n += 1)) -lt 200 ] || fail "$4 is not ready after 20 s"
		sleep 0.1
	done
}

feeds=$(grep -c '^- {url' conf/demo/wiresift.yaml)
"$programs/wiresift-feedserver" -n "$feeds" -w "$dir/port" conf/demo \
	>/dev/null &
pids+=($!)
wait_for -s "$dir/port" $! "the feed server"
sed -e "s|@PORT@|$(cat "$dir/port")|" -e "s|@CONF@|$PWD/conf|" \
	conf/demo/wiresift.yaml >"$dir/wiresift.yaml"

"$programs/wiresiftd" -c "$dir/wiresift.yaml" 2>"$dir/daemon.log" &
pids+=($!)
wait_for -S "$dir/stream.sock" $! "the daemon"

form=--text
if [ -n "${DEMO_JSON:-}" ]; then
	form=--json
else
	echo "Polling $feeds feeds of the demo; Ctrl-C ends it."
fi
# From the oldest match: the daemon may have been quicker than this line.
"$programs/wiresift" tail -c "$dir/wiresift.yaml" --after oldest --copies \
	"$form" &
pids+=($!)
if [ -n "${DEMO_SECONDS:-}" ]; then
	sleep "$DEMO_SECONDS" &
	pids+=($!)
fi

# The first that ends: by a signal to us, or the clock, or a fault.
wait -n "${pids[@]}"
[ -z "$reason" ] || exit 0
if [ -n "${DEMO_SECONDS:-}" ] && ! kill -0 "${pids[3]}" 2>/dev/null; then
	exit 0
fi
for i in 0 1 2; do
	names=("the feed server" "the daemon" "wiresift tail")
	kill -0 "${pids[i]}" 2>/dev/null || fail "${names[i]} ended"
done
