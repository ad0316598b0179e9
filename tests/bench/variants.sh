#!/bin/sh
# variants.sh - copies found and others merged on a fresh seed; $1 = build.
WIRESIFT_BUILD=${1:-build/release} exec /usr/bin/python3 \
	"$(dirname "$0")/../copies/corpus.py" --families 400 --shuffles 2
