"""Settings and surroundings that change while feeds are polled."""
import os
import shutil
import subprocess
import time

import pytest

import harness
from harness import wait_for
from names import NameServer, may_unshare, wrapper
from test_fetch_polite import Script, gaps, rss, wait_requests

need_root = pytest.mark.skipif(
    not may_unshare() or shutil.which("nsenter") is None,
    reason="needs root and mount namespaces")


def test_allow_private_for_all_wakes_the_blocked(server, daemon):
    """Goal: the setting that lets a feed in works at the reload."""
    feed = server.feed("/a.xml")
    feed.add("A kite")
    d = daemon([feed], options="allow_private: false\nevery: 1h\n").start()
    d.wait_outcome(feed, "blocked_address")
    assert "allow_private" in d.feed_status(feed)["why"]
    d.options = "allow_private: true\nevery: 1h\n"
    d.write_config()
    d.ask("reload")
    d.wait_outcome(feed, "ok", 10)
    d.ask("reload")  # nobody who is well is asked by that
    time.sleep(0.5)
    assert len(feed.requests) == 1


@pytest.mark.row(17)
def test_a_host_that_wants_rest_has_it_over_a_restart(server, daemon):
    """Goal: neither a restart nor a crash forgets a 429."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    other = harness.FeedServer("127.0.0.2")
    try:
        c = other.feed("/c.xml")
        Script(a, (429, {"Retry-After": "9"}, b""), (200, {}, rss(2)))
        for f in (b, c):
            Script(f, (200, {}, rss(3)))
        d = daemon([a, b, c]).start()
        d.wait_outcome(a, "throttled")
        said = a.requests[0][0]
        assert d.stop() == 0
        d.start()
        for pid in d.gatherer_pids():
            os.kill(pid, 9)
        wait_requests(c, len(c.requests) + 2)
        wait_requests(a, 2)
        assert gaps(a)[0] >= 8.9
        assert [t for t, _ in b.requests if said + 0.5 < t < said + 8.9] == []
        wait_requests(b, len(b.requests) + 1)
    finally:
        other.close()


def test_feeds_tells_that_nobody_is_polled(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite")
    d = daemon([feed]).start()
    d.wait_outcome(feed, "ok")
    d.ask("pause")
    time.sleep(1.2)
    code, said = d.tool("feeds")
    assert code == 0 and "next poll not while the daemon is paused" in said
    d.ask("resume")
    assert "paused" not in d.tool("feeds")[1]


@pytest.mark.parametrize("port", [":abc", ":99999", ":0", ":-1", ":8o"])
def test_a_port_that_is_none_is_refused(daemon, port):
    """Goal: told by check, with place, cause and remedy."""
    d = daemon([f'"http://news.test{port}/a.xml"'])
    code, said = d.tool("check")
    assert code == 78
    assert f'wiresift.yaml:2:3: url cannot be "http://news.test{port}/' in said
    assert "from 1 to 65535" in said


@pytest.mark.parametrize("port", ["", ":", ":1", ":65535", ":080"])
def test_a_port_that_is_one_is_taken(daemon, port):
    d = daemon([f'"http://news.test{port}/a.xml"'])
    code, said = d.tool("check")
    assert code == 0, said


def test_a_file_in_a_new_folder_is_read_after_a_reload(daemon, tmp_path):
    """Goal: the gatherer, confined to its folders, starts anew for it."""
    paths = [tmp_path / "one" / "a.xml", tmp_path / "two" / "b.xml"]
    for i, p in enumerate(paths):
        p.parent.mkdir()
        p.write_bytes(rss(i))
    d = daemon([f"{{file: {paths[0]}}}"]).start()
    wait_for(lambda: len(d.lines()) == 1)
    pids = d.gatherer_pids()
    d.feeds.append(f"{{file: {paths[1]}}}")
    d.write_config()
    d.ask("reload")
    wait_for(lambda: len(d.lines()) == 2)
    assert d.feed_status(f"file:{paths[1]}")["outcome"] == "ok"
    if confined():
        assert d.gatherer_pids() != pids


def confined():
    """Has this kernel Landlock?"""
    try:
        with open("/sys/kernel/security/lsm", encoding="ascii") as f:
            return "landlock" in f.read()
    except OSError:
        return False


@pytest.mark.skipif(not harness.FULL, reason="takes 20 s; with "
                    "WIRESIFT_PROVE=full")
@need_root
def test_a_new_resolv_conf_is_obeyed(server, daemon, tmp_path):
    """Goal: a network manager that puts another file there is heard."""
    try:
        old = NameServer("127.0.53.1", 53, {"news.test": "127.0.0.9"})
        new = NameServer("127.0.53.2", 53)
    except OSError as e:
        pytest.skip(f"no port 53 for a name server: {e}")
    for name, n in (("old", 1), ("new", 2)):
        (tmp_path / name).write_text(f"nameserver 127.0.53.{n}\n")
    feed = server.feed("/a.xml")
    feed.add("A kite")
    url = f"http://news.test:{server.port}/a.xml"
    d = daemon([f'"{url}"'], options="connect_timeout: 2s\n"
               "max_interval: 2s\n",
               build=wrapper(tmp_path / "run", f"mount --bind {tmp_path}/old "
                             f"/etc/resolv.conf && set -- {harness.WIRESIFTD} "
                             '"$@"', "-m", "--propagation", "private"))
    try:
        d.start()
        d.wait_outcome(url, "connect")
        assert old.asked and not new.asked
        subprocess.run(["nsenter", "-t", str(d.process.pid), "-m", "mount",
                        "--bind", tmp_path / "new", "/etc/resolv.conf"],
                       check=True)
        d.wait_outcome(url, "ok", 60)
        assert new.asked
    finally:
        old.close()
        new.close()
