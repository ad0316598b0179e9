"""TLS and HTTP/2: only who can prove his name is believed."""
import http.server
import shutil
import ssl
import subprocess
import threading

import pytest

import harness
from harness import wait_for

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no openssl to make certificates")

RSS = (b"<rss version='2.0'><channel><title>T</title><item><guid>g</guid>"
       b"<title>A kite</title></item></channel></rss>")


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder):
        self.dir = folder
        folder.mkdir(exist_ok=True)
        self.ca = self.dir / "ca.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                     "9", "-subj", "/CN=An authority of the tests", "-keyout",
                     "ca.key", "-out", "ca.pem")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True,
                       capture_output=True)

    def make(self, name, san="IP:127.0.0.1", days="9", signed=True):
        """A certificate and its key, in one PEM."""
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj",
                     f"/CN={name}", "-keyout", f"{name}.key", "-out",
                     f"{name}.csr")
        (self.dir / f"{name}.ext").write_text(f"subjectAltName={san}\n")
        by = (["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
              if signed else ["-signkey", f"{name}.key"])
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-extfile",
                     f"{name}.ext", "-days", days, *by, "-out",
                     f"{name}.crt")
        pem = self.dir / f"{name}.pem"
        pem.write_text((self.dir / f"{name}.crt").read_text() +
                       (self.dir / f"{name}.key").read_text())
        return pem


class Server:
    """HTTPS on loopback; every path is the same document."""

    def __init__(self, pem, answer=None, newest=None):
        server = self
        self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests += 1
                if answer is not None:
                    answer(self)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(RSS)))
                self.end_headers()
                self.wfile.write(RSS)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        if newest is not None:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        self.httpd = Quiet(("127.0.0.1", 0), Handler)
        self.httpd.socket = context.wrap_socket(
            self.httpd.socket, server_side=True,
            do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.httpd.server_address[1]}/a.xml"
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,),
                         daemon=True).start()

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


def to_http(handler):
    handler.send_response(301)
    handler.send_header("Location", "http://127.0.0.1:1/a.xml")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_only_a_good_certificate_is_believed(tmp_path, daemon):
    """T24: expired, another's, self-signed, TLS 1.1, down to http: refused."""
    a = Authority(tmp_path / "ca")
    good = a.make("good")
    servers = {
        "good": (Server(good), "ok"),
        "other": (Server(a.make("other", san="DNS:news.test")), "tls"),
        "expired": (Server(a.make("expired", days="-1")), "tls"),
        "self": (Server(a.make("self", signed=False)), "tls"),
        "old": (Server(good, newest=ssl.TLSVersion.TLSv1_1), "tls"),
        "down": (Server(good, answer=to_http), "redirect"),
    }
    try:
        d = daemon([f'"{s.url}"' for s, _ in servers.values()],
                   options=f"ca_file: {a.ca}\n").start()
        for name, (s, outcome) in servers.items():
            wait_for(lambda: d.feed_status(s.url)["polls"] > 0)
            f = d.feed_status(s.url)
            assert f["outcome"] == outcome, (name, f)
            if outcome == "tls":
                assert s.requests == 0, name
    finally:
        for s, _ in servers.values():
            s.close()


def test_without_its_authority_nobody_is_believed(tmp_path, daemon):
    """The system's certificates do not vouch for ours."""
    a = Authority(tmp_path / "ca")
    s = Server(a.make("good"))
    try:
        d = daemon([f'"{s.url}"']).start()
        wait_for(lambda: d.feed_status(s.url)["polls"] > 0)
        assert d.feed_status(s.url)["outcome"] == "tls"
        assert s.requests == 0
    finally:
        s.close()


NGINX = """\
daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
events {{}}
http {{
  log_format which "$connection $server_protocol $status";
  access_log access.log which;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
  uwsgi_temp_path t4; scgi_temp_path t5;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate good.pem; ssl_certificate_key good.pem;
    root www;
  }}
}}
"""


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx")
def test_http2_serves_a_host_over_one_connection(tmp_path, daemon):
    """Row 28: twenty feeds of a host, one connection."""
    a = Authority(tmp_path / "ca")
    a.make("good")
    with harness.socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (a.dir / "nginx.conf").write_text(NGINX.format(port=port))
    (a.dir / "www").mkdir()
    tmp_path.chmod(0o755)
    for i in range(20):
        (a.dir / "www" / f"{i}.xml").write_bytes(RSS)
    nginx = subprocess.Popen(
        ["nginx", "-p", a.dir, "-c", "nginx.conf", "-e", "error.log",
         "-g", "user root;" if harness.os.getuid() == 0 else ""],
        cwd=a.dir)
    try:
        wait_for(lambda: (a.dir / "nginx.pid").exists(), what="nginx")
        d = daemon([f'"https://127.0.0.1:{port}/{i}.xml"' for i in range(20)],
                   options=f"every: 1h\nca_file: {a.ca}\n").start()
        wait_for(lambda: d.polls() >= 20)
        assert d.status()["feeds"]["failing"] == 0, d.ask("feeds")
        lines = (a.dir / "access.log").read_text().split("\n")[:-1]
        assert len(lines) == 20
        assert {line.split(" ", 1)[1] for line in lines} == {"HTTP/2.0 200"}
        assert len({line.split()[0] for line in lines}) == 1
    finally:
        nginx.terminate()
        nginx.wait()
