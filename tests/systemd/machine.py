"""machine - a booted systemd, and the daemon as its service.

    m = Machine(folder)                   what boot.sh has brought up
    m.run("systemctl", "start", ...)      a command inside, as root or `user`
    with m.network(): FeedServer()        what listens here, listens inside
    d = Service(m, feeds=[feed])          harness.Daemon, but by its unit

A Service runs with the shipped units; only the clock, the limits or the pause
before a restart may be others, by a drop-in. Its clients are an unprivileged
user of the group, or whom a test names; their credentials are real.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time

import harness

HERE = pathlib.Path(__file__).resolve().parent
BOOT = str(HERE / "boot.sh")
UNIT = "wiresift.service"
DROP_IN = f"/run/systemd/system/{UNIT}.d"
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
READER = "reader"  # in the group wiresift


def setns(path, kind):
    """This thread enters a namespace."""
    fd = os.open(path, os.O_RDONLY)
    try:
        if LIBC.setns(fd, kind) == -1:
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(fd)


class Machine:
    """The booted systemd."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.init = int((pathlib.Path(folder) / "init.pid").read_text())
        self.root = pathlib.Path(f"/proc/{self.init}/root")

    def do(self, *argv, user=None, stdin=None, seconds=60):
        """Run to the end, inside: the finished process."""
        if user:
            argv = ["setpriv", f"--reuid={user}", f"--regid={user}",
                    "--init-groups", *argv]
            if user == "nobody":
                argv[2] = "--regid=nogroup"
        return subprocess.run(
            [BOOT, "in", self.folder, *argv], input=stdin,
            capture_output=True, text=True, timeout=seconds, check=False)

    def run(self, *argv, check=True, **how):
        r = self.do(*argv, **how)
        assert not check or r.returncode == 0, \
            f"{argv}: exit {r.returncode}\n{r.stdout}{r.stderr}" + self.log()
        return r.stdout

    def log(self, lines=40):
        return self.do("journalctl", "-b", "--no-pager", "-n", str(lines),
                       "-o", "cat", "-u", "wiresift*").stdout

    def systemctl(self, *argv, check=True):
        return self.run("systemctl", *argv, check=check)

    def show(self, key):
        return self.systemctl("show", "-P", key, UNIT).strip()

    def wait(self, what, fact, limit_s=20):
        """Wait until fact() is true; it must become so."""
        end = time.monotonic() + limit_s
        while not fact():
            assert time.monotonic() < end, \
                f"not in {limit_s} s: {what}\n" + self.log()
            time.sleep(0.1)

    def path(self, inside):
        """A path of the machine, for us; inner() is the way back."""
        return self.root / str(inside).lstrip("/")

    def inner(self, text):
        return str(text).replace(str(self.root), "")

    def write(self, path, text):
        path = self.path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def status(self):
        return json.loads(self.run("wiresift", "status", "--json"))

    def pid(self):
        return int(self.show("MainPID"))

    @contextlib.contextmanager
    def network(self):
        """Sockets of this thread, and of those that it starts, are made in
        the network of the machine."""
        outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        setns(f"/proc/{self.init}/ns/net", CLONE_NEWNET)
        try:
            yield
        finally:
            setns(f"/proc/self/fd/{outside}", CLONE_NEWNET)
            os.close(outside)

    def connect(self, path, user):
        """A connection to a UNIX socket inside, by that user."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                self.connect_there(theirs, path, user)
            finally:  # whatever it raises: there is one pytest only
                os._exit(0)
        theirs.close()
        data, fds, *_ = socket.recv_fds(ours, 64, 1)
        ours.close()
        os.waitpid(pid, 0)
        if not fds:
            number = int(data or b"5")
            raise OSError(number, f"{os.strerror(number)}: {path}")
        return socket.socket(fileno=fds[0])

    def connect_there(self, back, path, user):
        """The child: nothing but its calls."""
        s = socket.socket(socket.AF_UNIX)
        try:
            setns(f"/proc/{self.init}/ns/mnt", CLONE_NEWNS)
            who = pwd.getpwnam(user)
            os.initgroups(user, who.pw_gid)
            os.setgid(who.pw_gid)
            os.setuid(who.pw_uid)
            s.connect(path)
            socket.send_fds(back, [b"!"], [s.fileno()])
        except OSError as e:
            back.send(str(e.errno).encode())


class Door:
    """A socket's path inside that harness.dial() knocks at."""

    def __init__(self, machine, path, user=READER):
        self.machine, self.path, self.user = machine, path, user

    def dial(self):
        return self.machine.connect(self.path, self.user)

    def __str__(self):
        return self.path


class Journal:
    """What the service has said, as if it were the file of its log."""

    def __init__(self, machine, since):
        self.machine, self.since = machine, since

    def exists(self):
        return True

    def read_text(self, **_):
        return self.machine.run(
            "journalctl", "-b", "--no-pager", "-o", "cat",
            f"--since=@{self.since}", "_SYSTEMD_UNIT=" + UNIT)


class MainProcess:
    """The desk, as the harness sees the process that it started."""

    def __init__(self, machine):
        self.machine = machine

    @property
    def pid(self):
        """As we see it, by the one that it has inside."""
        inside = str(self.machine.pid())
        for p in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                ns = re.search(r"NSpid:(.*)", p.read_text())[1].split()
                if len(ns) > 1 and ns[-1] == inside:
                    return int(p.parent.name)
        raise ProcessLookupError(inside)

    def poll(self):
        return None if self.machine.show("ActiveState") in (
            "active", "reloading") else 1


class Service(harness.Daemon):
    """wiresiftd by its unit. Relative paths are in its folder of logs."""

    CHANGES = ("reload", "poll", "pause", "resume", "alert_test")

    def __init__(self, machine, feeds=(), drop_in="", **options):
        self.machine, self.drop_in = machine, drop_in
        super().__init__(machine.path("/var/log/wiresift"), feeds, **options)
        self.stream = Door(machine, "/run/wiresift/stream.sock")
        self.control = Door(machine, "/run/wiresift/control.sock")
        self.process = MainProcess(machine)
        self.log = Journal(machine, time.time())

    @property
    def store(self):
        """A copy, that SQLite can open: it knows no way into the machine."""
        folder = pathlib.Path(self.copies.name)
        for path in self.machine.path("/var/lib/wiresift").glob("*.db*"):
            shutil.copy(path, folder)
        return folder / "wiresift.db"

    @store.setter
    def store(self, _):
        self.copies = tempfile.TemporaryDirectory()

    def write_config(self, extra=""):
        self.config = self.dir / "wiresift.yaml"
        super().write_config(extra)
        text = self.config.read_text().replace(
            "control: control.sock\n", "").replace(
            "store: wiresift.db", "store: /var/lib/wiresift/wiresift.db")
        text = re.sub(r"\b(socket: )(?=\w)", r"\1/run/wiresift/", text)
        text = re.sub(r"\b(file: |secret_file: |headers_file: |dir: )"
                      r"(?=\w)", r"\1/var/log/wiresift/", text)
        self.machine.write("/etc/wiresift/topics.yaml",
                           (self.dir / "topics.yaml").read_text())
        self.config.unlink()
        self.config = self.machine.path("/etc/wiresift/wiresift.yaml")
        self.config.write_text(self.machine.inner(text))

    def start(self, *_, ready=True, env=None):
        assert ready
        m = self.machine
        lines = "".join(f"Environment=\"{k}={m.inner(v)}\"\n"
                        for k, v in (env or {}).items())
        m.run("chown", "-R", "wiresift:wiresift", "/var/log/wiresift")
        if lines or self.drop_in:
            m.write(f"{DROP_IN}/test.conf",
                    "[Service]\n" + lines + self.drop_in)
            m.systemctl("daemon-reload")
        m.systemctl("start", UNIT)
        return self

    def tail(self, n=30):
        return self.machine.log(n)

    def kill9(self):
        self.machine.systemctl(
            "kill", "--kill-whom=main", "-s", "KILL", UNIT)

    def stop(self, seconds=15):
        self.machine.systemctl("stop", UNIT)
        return int(self.machine.show("ExecMainStatus"))

    def hup(self):
        self.machine.systemctl("reload", UNIT)

    def close(self):
        self.machine.do("sh", "-c", f"systemctl kill -s KILL {UNIT}; "
                        f"systemctl stop {UNIT}")

    def tool(self, verb, *arguments, seconds=60, user="root"):
        r = self.machine.do("wiresift", verb, *arguments, seconds=seconds,
                            user=user)
        return r.returncode, r.stdout + r.stderr

    def ask(self, verb, **arguments):
        door = self.control
        if verb in self.CHANGES:
            self.control = Door(self.machine, door.path, "root")
        try:
            return super().ask(verb, **arguments)
        finally:
            self.control = door
