"""harness - what drives the real daemon in tests: feeds, daemon, subscriber.

    server = FeedServer()                 HTTP on loopback, scripted
    feed = server.feed("/a.xml")          feed.add(title), feed.reply(...)
    d = Daemon(tmp_path, feeds=[feed])    a configuration and its folder
    d.start(); d.wait(lambda: d.status()["counters"]["polls"] > 0)
    with d.subscribe(after=cursor) as sub: sub.items(5)

Everything is on 127.0.0.1 and in one folder; every process ends with its
test. WIRESIFT_BUILD names the folder of the programs (build/release).
"""
import collections
import email.utils
import http.server
import json
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import threading
import time
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("WIRESIFT_BUILD", "build/release")
WIRESIFTD = BUILD / "wiresiftd"
WIRESIFT = BUILD / "wiresift"
FULL = os.environ.get("WIRESIFT_PROVE") == "full"
# A loaded machine is slow, a broken daemon is forever.
PATIENCE = float(os.environ.get("WIRESIFT_PATIENCE", "30"))

TOPICS = """\
version: 1
topics:
  kites:
    title: Kites
    threshold: 1
    require: {any: [kite*]}
    score:
    - {name: kite, weight: 4, any: [kite*]}
  boats:
    title: Boats
    threshold: 1
    require: {any: [boat*]}
    score:
    - {name: boat, weight: 4, any: [boat*]}
"""


def wait_for(test, seconds=PATIENCE, what="that", pause=0.02):
    """The first true answer of test(); AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = test()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(pause)


class Feed:
    """One path of the server: a list of items, or a scripted answer."""

    def __init__(self, server, path):
        self.server, self.path = server, path
        self.items = collections.deque()
        self.window = None    # serve only the newest so many
        self.validators = True
        self.served = 0       # whole documents sent
        self.script = None    # function(handler) instead of the document
        self.requests = []    # (time, headers)
        self.lock = threading.Lock()
        self.version = 0

    @property
    def url(self):
        return f"http://{self.server.address}:{self.server.port}{self.path}"

    def add(self, title, text="", guid=None, link=None):
        """A new item; returns its guid."""
        with self.lock:
            guid = guid or f"{self.path}#{len(self.items) + self.version}"
            self.items.appendleft((guid, title, text, link))
            self.version += 1
            return guid

    def document(self):
        with self.lock:
            items = list(self.items)[:self.window]
        body = "".join(
            f"<item><guid isPermaLink=\"false\">{escape(g)}</guid>"
            f"<title>{escape(t)}</title>"
            f"<link>{escape(link or self.url + '/' + g.split('#')[-1])}</link>"
            f"<description>{escape(x)}</description></item>"
            for g, t, x, link in items)
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                "<rss version=\"2.0\"><channel><title>A feed of the tests"
                f"</title><link>{escape(self.url)}</link>{body}"
                "</channel></rss>").encode()

    def reply(self, status=200, body=b"", headers=None, delay=0):
        """Answer so from now on; reply(None) goes back to the items."""
        if status is None:
            self.script = None
            return

        def script(handler):
            time.sleep(delay)
            handler.send_response(status)
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        self.script = script

    def answer(self, handler):
        self.requests.append((time.monotonic(), dict(handler.headers)))
        if self.script is not None:
            self.script(handler)
            return
        etag = f'"v{self.version}"'
        if self.validators and handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
            return
        body = self.document()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/rss+xml")
        if self.validators:
            handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        self.served += 1


class FeedServer:
    """HTTP on loopback; every path is a Feed, others are 404."""

    def __init__(self, address="127.0.0.1"):
        self.feeds = {}
        self.address = address
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                feed = server.feeds.get(self.path)
                try:
                    if feed is None:
                        self.send_error(404)
                    else:
                        feed.answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.httpd = Server((address, 0), Handler)
        self.port = self.httpd.server_address[1]
        self.thread = threading.Thread(
            target=self.httpd.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def feed(self, path):
        return self.feeds.setdefault(path, Feed(self, path))

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


def dial(path):
    """A connection to a UNIX socket, or to what knows a way of its own."""
    if hasattr(path, "dial"):
        return path.dial()
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(str(path))
    except OSError:
        s.close()
        raise
    return s


class Lines:
    """NDJSON over a UNIX socket, one side of it."""

    def __init__(self, path):
        self.sock = dial(path)
        self.buffer = b""

    def send(self, obj):
        self.send_raw(json.dumps(obj).encode() + b"\n")

    def send_raw(self, data):
        self.sock.sendall(data)

    def recv(self, seconds=PATIENCE):
        """The next object; None when the other side has closed."""
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError(f"no line in {seconds} s")
            try:
                data = self.sock.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Subscriber(Lines):
    """A client of the stream. `cursor` is where it stands."""

    def __init__(self, path, **subscribe):
        super().__init__(path)
        self.hello = self.recv()["hello"]
        self.cursor = subscribe.get("after")
        self.send({"subscribe": subscribe})

    def frame(self, seconds=PATIENCE):
        f = self.recv(seconds)
        if f is not None and "cursor" in f:
            self.cursor = f["cursor"]
        return f

    def items(self, n, seconds=PATIENCE):
        """The next n items; other frames are passed over."""
        got = []
        end = time.monotonic() + seconds
        while len(got) < n:
            f = self.frame(max(end - time.monotonic(), 0.01))
            assert f is not None, f"closed after {len(got)} of {n} items"
            if "item" in f:
                got.append(f)
        return got

    def until(self, kind, seconds=PATIENCE):
        """Frames up to and with the first of that kind."""
        got = []
        while True:
            f = self.frame(seconds)
            assert f is not None, f"closed before {kind}"
            got.append(f)
            if kind in f:
                return got


class Daemon:
    """wiresiftd with a configuration and a folder of its own."""

    def __init__(self, folder, feeds=(), topics=TOPICS, options="",
                 sinks=None, feed_options="", build=WIRESIFTD):
        self.dir = pathlib.Path(folder)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.program = build
        self.config = self.dir / "wiresift.yaml"
        self.file = self.dir / "matches.ndjson"
        self.stream = self.dir / "stream.sock"
        self.control = self.dir / "control.sock"
        self.store = self.dir / "wiresift.db"
        self.log = self.dir / "log"
        self.options, self.feed_options = options, feed_options
        self.feeds, self.sinks = list(feeds), sinks
        self.process = None
        self.notify = None
        self.notified = []
        self.deaf = False  # a manager that does not read
        (self.dir / "topics.yaml").write_text(topics)
        self.write_config()

    def write_config(self, extra=""):
        lines = [f"- {{url: \"{f.url}\"{self.feed_options}}}" if
                 isinstance(f, Feed) else f"- {f}" for f in self.feeds]
        sinks = self.sinks if self.sinks is not None else (
            "- {name: stream, socket: stream.sock}\n"
            "- {name: log, file: matches.ndjson}\n")
        self.config.write_text(
            ("feeds:\n" + "\n".join(lines) + "\n" if lines else "") +
            "topics: topics.yaml\n"
            f"sinks:\n{sinks}"
            "store: wiresift.db\ncontrol: control.sock\n"
            + ("" if "allow_private" in self.options else
               "allow_private: true\n")
            + ("" if "min_interval" in self.options else "min_interval: 1s\n")
            + ("" if "\nevery" in "\n" + self.options else "every: 1s\n")
            + ("" if "host_gap" in self.options else "host_gap: 10ms\n")
            + ("" if "first_fetch" in self.options else "first_fetch: all\n")
            + self.options + extra)

    def start(self, *arguments, ready=True, env=None):
        path = self.dir / "notify"
        if path.exists():
            path.unlink()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        self.notified = []
        if not self.deaf:
            threading.Thread(target=self.hear, daemon=True,
                             args=(self.notify, self.notified)).start()
        environ = dict(os.environ, NOTIFY_SOCKET=str(path), **(env or {}))
        environ.pop("WATCHDOG_USEC", None)
        if env and "WATCHDOG_USEC" in env:
            environ["WATCHDOG_USEC"] = env["WATCHDOG_USEC"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.config, *arguments], stderr=log,
                stdout=log, stdin=subprocess.DEVNULL, env=environ)
        if ready:
            self.wait_notified("READY=1")
        return self

    @staticmethod
    def hear(sock, notified):
        """Read what the daemon tells the manager until the socket closes."""
        while True:
            try:
                data = sock.recv(4096)
            except OSError:
                return
            if not data:
                return
            notified.extend(data.decode().split("\n"))

    def wait_notified(self, line, seconds=PATIENCE):
        def there():
            if line in self.notified:
                return True
            assert self.process.poll() is None, self.tail()
            return False
        wait_for(there, seconds, f"{line} of the daemon\n{self.tail()}")

    def tail(self, n=30):
        if not self.log.exists():
            return ""
        return "\n".join(
            self.log.read_text(errors="replace").splitlines()[-n:])

    def run(self, *arguments, seconds=60, program=None):
        """Run to the end: exit code and what it said."""
        p = subprocess.run(
            [program or self.program, *arguments], capture_output=True,
            stdin=subprocess.DEVNULL, timeout=seconds)
        return p.returncode, (p.stdout + p.stderr).decode(errors="replace")

    def once(self, seconds=60):
        return self.run("-c", self.config, "--once", seconds=seconds)

    def tool(self, verb, *arguments, seconds=60):
        return self.run(verb, "-c", self.config, *arguments, seconds=seconds,
                        program=WIRESIFT)

    def kill9(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close_notify()

    def stop(self, seconds=15):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        time.sleep(0.02)  # its last words
        self.close_notify()
        return code

    def hup(self):
        self.process.send_signal(signal.SIGHUP)

    def close_notify(self):
        if self.notify is not None:
            try:
                self.notify.shutdown(socket.SHUT_RDWR)  # wakes the reader
            except OSError:
                pass
            self.notify.close()
            self.notify = None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill9()
        self.close_notify()

    def ask(self, verb, **arguments):
        """One request to the control socket; its "ok", or RuntimeError."""
        with Lines(self.control) as c:
            c.send({verb: arguments})
            reply = c.recv()
        if "ok" not in reply:
            raise RuntimeError(json.dumps(reply))
        return reply["ok"]

    def status(self):
        return self.ask("status")

    def feed_status(self, feed):
        url = feed.url if isinstance(feed, Feed) else feed
        return next(f for f in self.ask("feeds")["feeds"]
                    if f["key"] == url)

    def polls(self):
        return self.status()["counters"]["polls"]

    def first_polls(self, n=1, seconds=PATIENCE):
        """Until n polls are committed since the start: right behind it some
        may be already."""
        wait_for(lambda: self.polls() >= n, seconds, f"{n} first polls")

    def wait_polls(self, n=1, seconds=PATIENCE):
        """Until n more polls are committed."""
        goal = self.polls() + n
        wait_for(lambda: self.polls() >= goal, seconds, f"{n} polls")

    def wait_outcome(self, feed, outcome, seconds=PATIENCE):
        wait_for(lambda: self.feed_status(feed)["outcome"] == outcome,
                 seconds, f"{outcome} of {feed}\n{self.tail()}")

    def subscribe(self, **subscribe):
        return Subscriber(self.stream, **subscribe)

    def lines(self):
        """Whole lines of the file sink; the last must be whole too."""
        data = self.file.read_bytes() if self.file.exists() else b""
        assert data == b"" or data.endswith(b"\n"), "torn line"
        return [json.loads(x) for x in data.split(b"\n")[:-1]]

    def gatherer_pids(self):
        return [g["pid"] for g in self.status()["gatherers"]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def preload(folder, name):
    """tests/proof/NAME.c as a library for LD_PRELOAD."""
    so = folder / f"{name}.so"
    subprocess.run(
        ["gcc", "-O1", "-fPIC", "-shared", "-D_GNU_SOURCE", "-std=gnu11",
         "-o", so, ROOT / f"tests/proof/{name}.c", "-ldl"], check=True)
    return so


def seq(frame):
    """The number in a frame's cursor."""
    return int(frame["cursor"].split(":")[1])


def titles(frames):
    return [f["item"]["title"] for f in frames if "item" in f]


WORDS = ("amber birch cedar delta ember fjord grove heath islet jetty knoll "
         "larch marsh north ocean plain quarry ridge shoal tundra upland "
         "vale woods yonder zenith harbour meadow canyon lagoon summit").split()


def story(rng, kind="kite", n=60):
    """Title and text of a made story; two of them are never copies."""
    tag = "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(8))
    text = " ".join(rng.choice(WORDS) + str(rng.randrange(1000))
                    for _ in range(n))
    return f"A {kind} named {tag} over the bay", f"The {kind} {tag}. {text}."


def rng(seed=1):
    return random.Random(seed)


def http_date(at=None):
    return email.utils.formatdate(at, usegmt=True)
