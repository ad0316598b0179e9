#!/bin/sh
# copy.sh - copies looked up and remembered, as the window fills; $1 = build
# folder. WIRESIFT_BENCH_ITEMS: a file of JSON Feed items, one a line, too.
exec "${1:-build/release}/tests/bench/bench_copy"
