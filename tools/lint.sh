#!/bin/bash
# lint.sh - every check that runs nothing: layout, lints, layers, man pages.
#
# LINT_CFLAGS: the compiler's flags, from the Makefile. Goes on after a fault,
# so that one run shows all; exits 1 when there was any.
set -u
cd "$(dirname "$0")/.." || exit 1
read -r -a cflags <<<"${LINT_CFLAGS:--std=gnu11 -D_GNU_SOURCE -Idaemon}"
cflags+=('-DWIRESIFT_VERSION="0"' '-DWIRESIFT_SYSCONFDIR="/etc"')
bad=()

step() { # NAME COMMAND...: its output counts only when it fails
	local name=$1 out start=$SECONDS
	shift
	if out=$("$@" 2>&1); then
		printf '%-14s ok (%d s)%s\n' "$name" $((SECONDS - start)) \
			"$(tail -n 1 <<<"$out" | sed -n 's/^[a-z]*: /  /p')"
	else
		printf '%s\n%-14s FAILED\n' "$out" "$name"
		bad+=("$name")
	fi
}

sources() { find daemon tools tests -name '*.[ch]' -print0 | sort -z; }

layout() { sources | xargs -0 clang-format --dry-run --Werror; }

# The analyzer is slow: it goes a tenth as deep as it could (max-nodes), and
# what it found clean, preprocessed, is not asked again.
# One file a run: clang-tidy 14 misreads va_lists from the second file on.
tidy_one() {
	local stamp out rc
	read -r -a cflags <<<"$TIDY_CFLAGS"
	stamp=build/tidy/$({
		cat .clang-tidy tests/.clang-tidy
		echo "$1"
		gcc "${cflags[@]}" -E "$1"
	} 2>/dev/null | sha256sum | cut -c 1-40)
	[ ! -e "$stamp" ] || return 0
	out=$(clang-tidy --quiet "$1" -- "${cflags[@]}" \
		-Xclang -analyzer-config -Xclang max-nodes=20000 2>&1)
	rc=$?
	grep -v '^[0-9]* warnings\? \(generated\|treated\)' <<<"$out"
	[ $rc -ne 0 ] || : >"$stamp"
	return $rc
}

tidy() {
	export -f tidy_one
	export TIDY_CFLAGS="${cflags[*]}"
	mkdir -p build/tidy
	find daemon tools tests -name '*.c' -print0 | sort -z |
		xargs -0 -n 1 -P "$(nproc)" bash -c 'tidy_one "$1"' _
}

# The headers are those whose macros look like no C.
check_cpp() {
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability -j "$(nproc)" \
		--suppress=missingIncludeSystem --suppress=uninitvar \
		--include="$(echo /usr/include/*/sys/queue.h)" \
		--include=/usr/include/jansson.h \
		-Idaemon -D_GNU_SOURCE -D__GNUC__ daemon tools
}

# What it says of style counts; our own pages are not installed, though.
man_pages() {
	local pages
	mapfile -t pages < <(find daemon tools conf -name '*.[1578]')
	[ ${#pages[@]} -eq 0 ] && return
	# Our pages refer to each other, which mandoc looks for in the system.
	! mandoc -Tlint -W style "${pages[@]}" |
		grep -v 'referenced manual not found: Xr wiresift'
}

shells() {
	local scripts
	mapfile -t scripts < <(
		grep -rlE '^#!/bin/(ba)?sh' tools tests .ci
	)
	shellcheck "${scripts[@]}"
}

step clang-format layout
step layers tools/check-layers.sh
step functions tools/check-functions.sh
step man-pages man_pages
step shellcheck shells
step cppcheck check_cpp
step clang-tidy tidy
if [ ${#bad[@]} -gt 0 ]; then
	echo "lint: failed: ${bad[*]}"
	exit 1
fi
echo "lint: clean"
