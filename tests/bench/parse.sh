#!/bin/sh
# parse.sh - feeds to items against bare Expat and sfeed; $1 = build folder.
exec "${1:-build/release}/tests/bench/bench_parse"
