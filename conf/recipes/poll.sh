#!/bin/sh
# poll.sh NAME - print what is new since the last time, for cron.
#
# The daemon keeps the place under NAME; socat and jq are all that is needed.
# Each line is printed once; if this dies half-way what was sent is not sent
# again (a program that must not miss any says "ack": true, and acknowledges).
set -eu
name=${1:?name of this reader}
sock=${WIRESIFT_SOCKET:-/run/wiresift/stream.sock}

printf '{"subscribe":{"name":"%s","after":"oldest","follow":false}}\n' "$name" |
	socat -t 60 - "UNIX-CONNECT:$sock" |
	jq -r 'if .error then .error.message | halt_error
	       else (.item // .update.item // empty) |
		    "\(.title)\t\(.url)" end'
