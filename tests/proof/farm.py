#!/usr/bin/python3
"""farm - many feeds in one process, and what it knows of its own faults.

    farm.py ADDRESS...

One loop serves them all, so that a day of polls in minutes waits for no
thread of a test. Lines of JSON on stdin: ["add", PATH, GUID, TITLE, TEXT] is
a new item, ["stats"] is answered with a line on stdout: requests by path, and
the longest that the loop was away, at all and between the bytes of a request
and its answer. The first line on stdout has the ports. It ends with stdin.
"""
import collections
import json
import os
import selectors
import socket
import sys
import time
from xml.sax.saxutils import escape

WINDOW = 20  # items that a feed shows
WAIT_S = 0.1
HEAD = ('<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        "<title>A feed of the farm</title><link>http://farm.example{}</link>")
ITEM = ('<item><guid isPermaLink="false">{}</guid><title>{}</title>'
        "<description>{}</description></item>")


class Feed:
    def __init__(self, path):
        self.head = HEAD.format(path)
        self.items = collections.deque(maxlen=WINDOW)
        self.version, self.asked, self.document = 0, 0, None

    def add(self, guid, title, text):
        self.items.appendleft(
            ITEM.format(escape(guid), escape(title), escape(text)))
        self.version += 1
        self.document = None

    def answer(self, request):
        self.asked += 1
        etag = f'"v{self.version}"'
        if f"if-none-match: {etag}".encode() in request.lower():
            return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
        if self.document is None:
            body = f"{self.head}{''.join(self.items)}</channel></rss>".encode()
            self.document = (
                "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
                f"ETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body
        return self.document


class Farm:
    def __init__(self, addresses):
        self.feeds = {}
        self.slowest = self.stall = 0.0
        self.commands = b""
        self.open = {}  # connection -> bytes of a request, bytes of an answer
        self.selector = selectors.DefaultSelector()
        self.ports = []
        for a in addresses:
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((a, 0))
            s.listen(4096)
            s.setblocking(False)
            self.ports.append(s.getsockname()[1])
            self.selector.register(s, selectors.EVENT_READ, self.accept)
        os.set_blocking(0, False)
        self.selector.register(0, selectors.EVENT_READ, self.command)

    def say(self, value):
        print(json.dumps(value), flush=True)

    def command(self, _, __):
        data = os.read(0, 1 << 20)
        if not data:
            sys.exit(0)
        *lines, self.commands = (self.commands + data).split(b"\n")
        for verb, *rest in map(json.loads, lines):
            if verb == "add":
                path, *item = rest
                self.feeds.setdefault(path, Feed(path)).add(*item)
            else:
                self.say({"asked": {p: f.asked for p, f in self.feeds.items()},
                          "slowest": self.slowest, "stall": self.stall})

    def accept(self, listener, _):
        try:
            while True:
                s, _ = listener.accept()
                s.setblocking(False)
                self.open[s] = [b"", b""]
                self.selector.register(s, selectors.EVENT_READ, self.serve)
        except BlockingIOError:
            pass

    def end(self, s):
        self.selector.unregister(s)
        del self.open[s]
        s.close()

    def serve(self, s, events):
        began = time.monotonic()
        state = self.open[s]
        try:
            if events & selectors.EVENT_READ:
                data = s.recv(1 << 16)
                if not data:
                    return self.end(s)
                state[0] += data
            while b"\r\n\r\n" in state[0]:
                request, state[0] = state[0].split(b"\r\n\r\n", 1)
                path = request.split(b" ", 2)[1].decode()
                feed = self.feeds.get(path)
                state[1] += feed.answer(request) if feed else (
                    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if state[1]:
                state[1] = state[1][s.send(state[1]):]
        except BlockingIOError:
            pass
        except OSError:
            return self.end(s)
        self.selector.modify(
            s, selectors.EVENT_READ | (state[1] and selectors.EVENT_WRITE or 0),
            self.serve)
        self.slowest = max(self.slowest, time.monotonic() - began)

    def run(self):
        while True:
            began = time.monotonic()
            ready = self.selector.select(WAIT_S)
            waited = time.monotonic()
            for key, events in ready:
                key.data(key.fileobj, events)
            # Away for as long as its own work took, or was not woken when it
            # had to be: it got no processor.
            self.stall = max(self.stall, time.monotonic() - waited,
                             waited - began - WAIT_S)


if __name__ == "__main__":
    farm = Farm(sys.argv[1:])
    farm.say(farm.ports)
    farm.run()
