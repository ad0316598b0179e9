"""wiresiftd as a service of a systemd that was really booted.

With the shipped units, on the machine of conftest.py.
"""
import json
import os
import time

import pytest

from machine import UNIT

CONFIG = """\
feeds:
- {file: sample.xml, name: sample, every: 2s}
topics: [topics.yaml]
min_interval: 1s
sinks:
- {name: stream, socket: /run/wiresift/stream.sock}
- {name: log, file: /var/log/wiresift/matches.ndjson}
"""
TOPICS = """\
version: 1
topics:
  kites:
    require: {any: [kite]}
"""
SAMPLE = """\
<rss version="2.0"><channel><title>Sample</title>
<item><guid>k1</guid><title>A kite over the bay</title>
<link>http://sample.invalid/k1</link></item>
</channel></rss>
"""


@pytest.fixture
def service(machine):
    """The service, running, and nothing left of the test before."""
    machine.write("/etc/wiresift/wiresift.yaml", CONFIG)
    machine.write("/etc/wiresift/topics.yaml", TOPICS)
    machine.write("/etc/wiresift/sample.xml", SAMPLE)
    machine.systemctl("reset-failed", check=False)
    machine.systemctl("restart", "wiresift.service")
    return machine


def test_start_returns_when_the_daemon_is_ready(service):
    assert service.show("ActiveState") == "active"
    assert service.show("StatusText") != ""
    assert service.status()["state"] == "running"


def test_service_runs_as_its_own_user_and_confined(service):
    pid = service.pid()
    facts = dict(line.split(":\t", 1) for line in service.run(
        "cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
    uid = service.run("id", "-u", "wiresift").strip()
    assert facts["Uid"].split() == [uid] * 4
    assert facts["NoNewPrivs"] == "1"
    assert facts["Seccomp"] == "2"
    assert int(facts["CapEff"], 16) == 0


def test_matches_reach_the_file_and_the_journal_has_fields(service):
    service.wait("a match in the file", lambda: "A kite over" in service.run(
        "cat", "/var/log/wiresift/matches.ndjson", check=False))
    lines = service.run("journalctl", "-b", "-o", "json", "--no-pager",
                        "_SYSTEMD_UNIT=wiresift.service").splitlines()
    assert any("WIRESIFT_PROC" in json.loads(line) for line in lines)


# A server of one line: every body it gets goes into its file.
HOOK = """\
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("/run/hook", "ab") as f:
            f.write(self.headers["X-Wiresift-Signature"].encode() + b" "
                    + body + b"\\n")
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8099), H).serve_forever()
"""


def test_programs_feeds_and_webhooks_work_in_the_sandbox(service):
    """With the units as they are, a key from LoadCredential alone."""
    service.write("/run/hook.py", HOOK)
    service.run("systemd-run", "--unit=hook", "/usr/bin/python3",
                "/run/hook.py")
    service.write("/etc/wiresift/hook.key", "a key")
    service.run("chmod", "600", "/etc/wiresift/hook.key")
    drop_in = "/run/systemd/system/wiresift.service.d"
    service.run("mkdir", "-p", drop_in)
    service.write(f"{drop_in}/key.conf", "[Service]\n"
                  "LoadCredential=hook:/etc/wiresift/hook.key\n")
    service.write("/etc/wiresift/wiresift.yaml", CONFIG + """\
- {name: prog, start: oldest, ack: true, exec: [/bin/sh, -c,
   "tee -a /var/log/wiresift/prog | sed -u 's/.*\\"cursor\\":\\"//; s/\\".*//'"]}
- {name: feeds, feed: {dir: /var/lib/wiresift/feeds}}
- {name: hook, start: oldest, webhook: {url: "http://127.0.0.1:8099/",
   allow_private: true,
   secret_file: /run/credentials/wiresift.service/hook}}
""")
    try:
        service.systemctl("daemon-reload")
        service.systemctl("restart", "wiresift.service")
        for path in ("/var/log/wiresift/prog", "/run/hook",
                     "/var/lib/wiresift/feeds/kites.atom"):
            service.wait(path, lambda p=path: "A kite over" in service.run(
                "cat", p, check=False))
        assert service.run("cat", "/run/hook").startswith("sha256=")
        service.wait("all delivered", lambda: all(
            s["state"] == "ok" for s in service.status()["sinks"]))
        facts = service.run("sh", "-c", "cat /proc/$(pgrep -f -o ^tee)/status")
        assert "NoNewPrivs:\t1" in facts
    finally:
        service.run("rm", "-r", drop_in)
        service.systemctl("stop", "hook.service", check=False)
        service.systemctl("daemon-reload")


def test_first_client_starts_the_service(service):
    service.systemctl("stop", "wiresift.service")
    assert service.show("ActiveState") == "inactive"
    assert service.systemctl("is-active", "wiresift-stream.socket",
                             "wiresift-control.socket").split() \
        == ["active"] * 2
    assert service.status()["state"] == "running"
    assert service.show("ActiveState") == "active"


def test_sockets_are_for_the_group_only(service):
    for name in ("stream", "control"):
        assert service.run("stat", "-c", "%U:%G %a",
                           f"/run/wiresift/{name}.sock").strip() \
            == "wiresift:wiresift 660"


def test_hung_daemon_is_killed_and_restarted(service):
    drop_in = "/run/systemd/system/wiresift.service.d/test.conf"
    service.run("mkdir", "-p", os.path.dirname(drop_in))
    service.write(drop_in, "[Service]\nWatchdogSec=1s\nRestartSec=100ms\n"
                           "TimeoutAbortSec=2s\n")
    service.systemctl("daemon-reload")
    try:
        service.systemctl("restart", "wiresift.service")
        pid = service.pid()
        time.sleep(2)
        assert service.pid() == pid, "a healthy daemon was restarted"
        service.run("kill", "-STOP", str(pid))
        service.wait("the restart", lambda: service.show("NRestarts") == "1"
                     and service.show("ActiveState") == "active")
        assert service.pid() not in (0, pid)
        assert "Watchdog timeout" in service.log()
        assert service.status()["state"] == "running"
    finally:
        service.run("rm", "-r", os.path.dirname(drop_in))
        service.systemctl("daemon-reload")


def test_killed_daemon_comes_back_and_repeats_nothing(service):
    service.wait("a match in the file", lambda: "A kite over" in service.run(
        "cat", "/var/log/wiresift/matches.ndjson", check=False))
    pid = service.pid()
    service.systemctl("kill", "--kill-whom=main", "-s", "KILL",
                      "wiresift.service")
    service.wait("the restart", lambda: service.pid() not in (0, pid)
                 and service.show("ActiveState") == "active")
    service.wait("a poll after it", lambda:
                 service.status()["feeds"]["ok"] == 1)
    assert service.run("grep", "-c", "A kite over",
                       "/var/log/wiresift/matches.ndjson").strip() == "1"


def test_reload_of_a_bad_file_keeps_the_old_configuration(service):
    pid = service.pid()
    rev = service.status()["config"]["rev"]
    service.write("/etc/wiresift/wiresift.yaml", CONFIG + "no_such_key: 1\n")
    assert service.do("systemctl", "reload", UNIT).returncode != 0
    assert "no_such_key" in str(service.status()["config"]["error"])
    assert "no_such_key" in service.log()
    assert service.pid() == pid
    assert service.show("ActiveState") == "active"
    assert service.status()["config"]["rev"] == rev
    service.write("/etc/wiresift/wiresift.yaml", CONFIG)
    service.systemctl("reload", UNIT)
    assert not service.status()["config"]["error"]
    assert service.show("NRestarts") == "0"
    # The signal does the same, and waits for nothing.
    service.write("/etc/wiresift/wiresift.yaml", CONFIG + "no_such_key: 1\n")
    service.systemctl("kill", "--kill-whom=main", "-s", "HUP", UNIT)
    service.wait("the fault in the status", lambda:
                 "no_such_key" in str(service.status()["config"]["error"]))
    assert service.pid() == pid


def test_bad_configuration_at_start_is_not_tried_again(service):
    service.systemctl("stop", "wiresift.service")
    service.write("/etc/wiresift/wiresift.yaml", "feeds: 7\n")
    service.systemctl("start", "wiresift.service", check=False)
    assert service.show("ActiveState") == "failed"
    assert service.show("ExecMainStatus") == "78"
    assert service.show("NRestarts") == "0"
    assert "wiresift.yaml:1:" in service.log()


def test_stop_is_quick_and_clean(service):
    start = time.monotonic()
    service.systemctl("stop", "wiresift.service")
    assert time.monotonic() - start < 10
    assert service.show("ActiveState") == "inactive"
    assert service.show("Result") == "success"
    assert service.show("ExecMainStatus") == "0"
