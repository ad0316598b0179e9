#!/bin/sh
# copy.sh - copies looked up and remembered, as the window fills; $1 = build
# folder. WIRESIFT_BENCH_ITEMS: a file of JSON Feed items, one a line, too.
# A part alone: bench_copy lookup 10000, or start 300000, or real.
exec "${1:-build/release}/tests/bench/bench_copy"
