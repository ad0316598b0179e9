#!/bin/bash
# deps.sh - install the Debian 12 packages that a purpose needs and that lack.
#
#	tools/deps.sh build|check|lint...
#
# Asks apt for nothing when all are there. Needs root to install.
set -eu

packages() {
	case $1 in
	build) echo gcc libc6-dev make pkg-config libevent-dev \
		libcurl4-openssl-dev libexpat1-dev libyaml-dev libsqlite3-dev \
		libjansson-dev libxxhash-dev libutf8proc-dev libstemmer-dev \
		libsystemd-dev nettle-dev ;;
	check) echo libcmocka-dev python3 python3-pytest logrotate \
		python3-prometheus-client python3-aiosmtpd python3-feedparser systemd \
		systemd-container procps brotli socat jq ;;
	lint) echo clang-format clang-tidy cppcheck shellcheck mandoc ;;
	*)
		echo "deps.sh: unknown purpose \"$1\"; build, check, lint" >&2
		exit 64
		;;
	esac
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps.sh: not a Debian system; going on with what is there" >&2
	exit 0
fi

missing=()
for purpose in "$@"; do
	for p in $(packages "$purpose"); do
		if ! dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null |
			grep -q ' installed$'; then
			missing+=("$p")
		fi
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These packages are missing, and only root can install them:" >&2
	echo "    sudo apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install -y --no-install-recommends \
	"${missing[@]}"; } >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	echo "deps.sh: apt-get could not install: ${missing[*]}" >&2
	exit 1
fi
