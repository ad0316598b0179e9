#!/bin/sh
# topic.sh - text rate at 3, 1,000 and 100,000 terms; $1 = build folder.
exec "${1:-build/release}/tests/bench/bench_topic"
