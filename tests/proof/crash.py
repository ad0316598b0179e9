"""crash - what a power cut may leave, from the record that wtrace.so made.

    ops = trace(log)                every operation in its order
    disk = Disk(folder, ops)        what is durable, what is only written
    for op in ops: disk.apply(op)
    disk.cut(rng)                   writes one possible state to the folder

Rules of the model: what was synced is there; of what was written since, any
part may be there, in any order, torn at sectors of 512 bytes; the same with
changes of length. A new file, a rename and a removal are sure only when their
folder was synced. Files are put back in place, so that their inodes stay.
"""
import pathlib
import re
import struct

HEAD = struct.Struct("<c3xIIIQ")
SECTOR = 512
CURSOR = re.compile(rb'"cursor":"[0-9a-z]+:(\d+)"\}?$')


class Op:
    """One operation: c(reate) w(rite) t(runcate) s(ync) d(ir sync) u(nlink)
    r(ename) a(nswer: sent to a socket)."""
    __slots__ = ("kind", "fd", "path", "offset", "data")

    def __init__(self, kind, fd, path, offset, data):
        self.kind, self.fd, self.path = kind, fd, path
        self.offset, self.data = offset, data


def trace(log):
    """The operations of the log; a torn last one is left out."""
    data = pathlib.Path(log).read_bytes()
    at, ops = 0, []
    while at + HEAD.size <= len(data):
        kind, fd, plen, dlen, offset = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + plen + dlen > len(data):
            break
        path = data[at:at + plen].decode()
        ops.append(Op(kind.decode(), fd, path, offset,
                      data[at + plen:at + plen + dlen]))
        at += plen + dlen
    return ops


class File:
    """Its durable bytes, and what was done to it since the last sync."""

    def __init__(self):
        self.durable, self.pending = bytearray(), []

    def sync(self):
        for op in self.pending:
            change(self.durable, op)
        self.pending = []

    def state(self, rng, share):
        data = bytearray(self.durable)
        for op in self.pending:
            if rng.random() >= share:
                continue
            if op.kind == "t":
                change(data, op)
            else:
                torn(data, op, rng)
        return data


def change(data, op):
    if op.kind == "t":
        if len(data) > op.offset:
            del data[op.offset:]
        else:
            data.extend(bytes(op.offset - len(data)))
        return
    end = op.offset + len(op.data)
    if len(data) < end:
        data.extend(bytes(end - len(data)))
    data[op.offset:end] = op.data


def torn(data, op, rng):
    """All of a write, or the sectors of it that the disk had got to."""
    if rng.random() < 0.5:
        change(data, op)
        return
    at, end = op.offset, op.offset + len(op.data)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        if rng.random() < 0.5:
            piece = op.data[at - op.offset:stop - op.offset]
            change(data, Op("w", 0, "", at, piece))
        at = stop


class Disk:
    """The folder as the disk has it. With sync=False a sync does nothing:
    the negative control."""

    def __init__(self, folder, ops, sync=True):
        self.dir = pathlib.Path(folder)
        self.sync = sync
        self.files = {}    # path -> File, as the program sees it
        self.entries = {}  # path -> File, as the folder was last synced
        self.sent = {}     # descriptor -> bytes of an unfinished line
        self.told = 0      # the highest number that was sent to a client
        self.known = {op.path for op in ops if op.kind == "c"}
        self.known |= {op.data.decode() for op in ops
                       if op.kind == "r" and op.path in self.known}
        self.others = {p.name for p in self.dir.iterdir()
                       if str(p).removesuffix(".parked") not in self.known}

    def apply(self, op):
        f = self.files.get(op.path)
        if op.kind == "c":
            self.files[op.path] = File()
        elif op.kind in "wt" and f is not None:
            f.pending.append(op)
        elif op.kind == "s" and self.sync and f is not None:
            f.sync()
        elif op.kind == "d" and self.sync:
            folder = op.path.rstrip("/") + "/"
            for path in {*self.files, *self.entries}:
                if path.startswith(folder) and "/" not in path[len(folder):]:
                    self.entry(path)
        elif op.kind == "u":
            self.files.pop(op.path, None)
        elif op.kind == "r" and f is not None:
            self.files[op.data.decode()] = self.files.pop(op.path)
        elif op.kind == "a":
            self.hear(op)

    def entry(self, path):
        if path in self.files:
            self.entries[path] = self.files[path]
        else:
            self.entries.pop(path, None)

    def hear(self, op):
        data = self.sent.pop(op.fd, b"") + op.data
        *lines, rest = data.split(b"\n")
        for line in lines:
            m = CURSOR.search(line)
            if m is not None and line.startswith((b'{"item"', b'{"update"')):
                self.told = max(self.told, int(m.group(1)))
        if len(rest) < 1 << 20:
            self.sent[op.fd] = rest

    def cut(self, rng):
        """Put one possible state into the folder."""
        share = rng.choice((0, 0.3, 0.7, 1))
        new = dict(self.entries)
        for path, f in self.files.items():
            if path not in new and rng.random() < share:
                new[path] = f
        for path in [p for p in new if p not in self.files]:
            if rng.random() < share:
                del new[path]
        self.place({p: f.state(rng, share) for p, f in new.items()})

    def place(self, state):
        """Make the folder hold just that, beside what was never traced."""
        for path in {*self.known, *state}:
            p, parked = pathlib.Path(path), pathlib.Path(path + ".parked")
            if path in state:
                if parked.exists():
                    p.unlink(missing_ok=True)
                    parked.rename(p)
                with open(p, "r+b" if p.exists() else "w+b") as out:
                    out.truncate(0)
                    out.write(state[path])
            elif p.exists() and not parked.exists():
                p.rename(parked)
            elif p.exists():
                p.unlink()
        for p in self.dir.iterdir():
            path = str(p).removesuffix(".parked")
            if p.is_file() and path not in self.known \
                    and p.name not in self.others:
                p.unlink()
