#!/bin/bash
# boot.sh - a real systemd, booted over a copy-on-write view of this machine.
#
#	boot.sh can DIR            exit 77 and the reason when it cannot be
#	boot.sh up DIR TREE        boot with TREE laid over the root
#	boot.sh in DIR COMMAND...  run a command inside
#	boot.sh down DIR           power off, clean up
#
# Needs root and systemd-container. The machine's own files are only read;
# its cgroups get one leaf, which goes again. No network but loopback inside.
set -eu

leaf_of() {
	local top=/sys/fs/cgroup
	[ -e $top/cgroup.controllers ] || top=$top/unified
	[ -e $top/cgroup.controllers ] || {
		echo "no cgroup version 2 here" >&2
		exit 77
	}
	# The whole path: others may boot one at the same time.
	echo "$top/wiresift-test${1//\//-}"
}

# Process 1 inside, once nspawn has started it: child of nspawn, which is the
# child of unshare.
init_of() {
	local spawn
	spawn=$(pgrep -P "$(cat "$1/unshare.pid")") || return 1
	pgrep -P "$spawn" | head -n 1
}

# In namespaces of its own: a cgroup hierarchy, and a root in memory.
mounts() {
	local root=$1
	# nspawn wants a whole hierarchy; ours begins at the leaf, and it makes
	# children only where no process sits.
	umount -R /sys/fs/cgroup
	mount -t cgroup2 none /sys/fs/cgroup
	mkdir /sys/fs/cgroup/supervisor
	echo 1 >/sys/fs/cgroup/supervisor/cgroup.procs

	mount -t tmpfs none /run
	mkdir -p "$root" /run/boot/rw
	mount -t tmpfs none /run/boot/rw
	mkdir /run/boot/rw/upper /run/boot/rw/work
	mount -t overlay none "$root" \
		-o lowerdir=/,upperdir=/run/boot/rw/upper,workdir=/run/boot/rw/work
}

# Build that root, become nspawn.
inside() {
	local tree=$1 root=/run/boot/root etc
	mounts $root
	# A machine that starts for the first time and has nothing to do.
	etc=$root/etc
	rm -rf $etc/systemd/system/*.wants $etc/systemd/system/*.requires
	rm -f $etc/resolv.conf
	ln -sf /dev/null $etc/systemd/system/systemd-networkd-wait-online.service
	: >$etc/fstab
	echo uninitialized >$etc/machine-id
	cp -a "$tree/." $root/
	chmod 755 $root # the copy gave it the mode of TREE

	# nspawn's own filter knows no Landlock and no BPF; the unit needs them.
	exec systemd-nspawn --quiet --directory=$root --machine=wiresift-test \
		--register=no --keep-unit --private-network --resolv-conf=off \
		--timezone=off --console=pipe --kill-signal=SIGRTMIN+3 \
		--system-call-filter="bpf keyctl add_key request_key
			landlock_create_ruleset landlock_add_rule
			landlock_restrict_self" \
		--boot -- --unit=basic.target
}

# In a cgroup of its own and new namespaces: this script, with these words.
apart() {
	echo $BASHPID >"$1/cgroup.procs" || exit 1
	exec unshare --mount --cgroup --pid --fork --kill-child \
		--mount-proc --propagation private "$0" "${@:2}"
}

sweep() {
	find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}

# A container may keep any of it from root: try all but the boot itself.
can() {
	local dir=$1 leaf said
	leaf=$(leaf_of "$dir")
	if said=$({ mkdir -p "$leaf" && (apart "$leaf" trial "$dir"); } 2>&1); then
		sweep "$leaf"
		return
	fi
	[ ! -d "$leaf" ] || sweep "$leaf"
	echo "cannot boot a systemd here: $(echo "$said" | tail -n 1)" >&2
	exit 77
}

up() {
	local dir=$1 tree=$2 leaf init state=""
	leaf=$(leaf_of "$dir")
	mkdir -p "$leaf"
	(
		apart "$leaf" inside "$dir" "$tree"
	) </dev/null >"$dir/console.log" 2>&1 &
	echo $! >"$dir/unshare.pid"
	for _ in $(seq 150); do
		sleep 0.2
		kill -0 "$(cat "$dir/unshare.pid")" 2>/dev/null || break
		init=$(init_of "$dir") || continue
		[ -n "$init" ] || continue
		# "degraded" is some unit of the machine's, not of ours.
		state=$(nsenter -t "$init" -a systemctl is-system-running \
			2>/dev/null) || true
		case $state in
		running | degraded)
			echo "$init" >"$dir/init.pid"
			return
			;;
		esac
	done
	echo "did not come up (state: ${state:-none})" >&2
	tail -n 20 "$dir/console.log" >&2
	down "$dir"
	exit 1
}

down() {
	local dir=$1 pid leaf
	pid=$(cat "$dir/unshare.pid")
	leaf=$(leaf_of "$dir")
	[ ! -s "$dir/init.pid" ] ||
		kill -s SIGRTMIN+4 "$(cat "$dir/init.pid")" 2>/dev/null || true
	for _ in $(seq 75); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	kill -KILL "$pid" 2>/dev/null || true
	for _ in $(seq 25); do
		sweep "$leaf"
		[ -d "$leaf" ] || break
		sleep 0.2
	done
}

verb=$1 dir=$2
case $verb in
can) can "$dir" ;;
trial) mounts /run/boot/root ;;
up) up "$dir" "$3" ;;
in)
	shift 2
	exec nsenter -t "$(cat "$dir/init.pid")" -a "$@"
	;;
down) down "$dir" ;;
inside) inside "$3" ;;
esac
