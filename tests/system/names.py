"""names - a name server on loopback, and places where nobody answers."""
import os
import socket
import struct
import subprocess
import threading


def question(data):
    """The name that is asked for, its type, and where the question ends."""
    at, labels = 12, []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += data[at] + 1
    return ".".join(labels), struct.unpack(">H", data[at + 1:at + 3])[0], at + 5


class NameServer:
    """Answers A with the address of `names`, or with 127.0.0.1; a name that
    begins with "silent" is never answered."""

    def __init__(self, address="127.0.0.1", port=0, names=None):
        self.names = names or {}
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind((address, port))
        self.address = "%s:%u" % self.sock.getsockname()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                data, sender = self.sock.recvfrom(600)
            except OSError:
                return
            name, kind, end = question(data)
            self.asked.append(name)
            if name.startswith("silent"):
                continue
            head = data[:2] + b"\x81\x80\0\1" + (
                b"\0\1" if kind == 1 else b"\0\0") + b"\0\0\0\0"
            answer = data[12:end]
            if kind == 1:
                answer += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(
                    self.names.get(name, "127.0.0.1"))
            self.sock.sendto(head + answer, sender)

    def close(self):
        self.sock.close()


def may_unshare():
    """Root, and the kernel lets us have namespaces of our own."""
    return os.getuid() == 0 and subprocess.run(
        ["unshare", "-m", "-n", "true"], capture_output=True,
        check=False).returncode == 0


def wrapper(path, before, *unshare):
    """A program that does `before` in namespaces of its own, then becomes
    the program of its arguments: its pid is the daemon's."""
    path.write_text("#!/bin/sh\nexec unshare " + " ".join(unshare) +
                    " sh -c '" + before + " && exec \"$@\"' sh \"$@\"\n")
    path.chmod(0o755)
    return path
