"""Golden cases of the feed parser: NAME.xml -> NAME.json.

Goal: what a document says changes only on purpose. WIRESIFT_REGEN=1 writes
the answers anew; read the difference before you commit it.
"""
import glob
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, os.environ.get("WIRESIFT_BUILD", "build/release"))
CASES = sorted(glob.glob(os.path.join(HERE, "feed", "*.xml")))


def parse(path):
    run = subprocess.run(
        [os.path.join(BUILD, "wiresift"), "parse", path,
         "https://wire.example/feed.xml"],
        capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("path", CASES,
                         ids=[os.path.basename(p) for p in CASES])
def test_document_says_what_is_written(path):
    got = json.dumps(parse(path), indent=1, ensure_ascii=False) + "\n"
    answer = path[:-len("xml")] + "json"
    if os.environ.get("WIRESIFT_REGEN"):
        with open(answer, "w", encoding="utf-8") as f:
            f.write(got)
    with open(answer, encoding="utf-8") as f:
        assert got == f.read()


def test_parse_names_what_is_no_feed(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body>not a feed</body></html>")
    run = subprocess.run([os.path.join(BUILD, "wiresift"), "parse",
                          str(page)], capture_output=True, text=True,
                         check=False)
    assert run.returncode == 65
    assert "the root element is <html>" in run.stderr
    assert json.loads(run.stdout)["status"] == "not_a_feed"


def test_parse_of_a_missing_file_is_66(tmp_path):
    run = subprocess.run([os.path.join(BUILD, "wiresift"), "parse",
                          str(tmp_path / "none")], capture_output=True,
                         check=False)
    assert run.returncode == 66


def test_parse_reads_stdin_and_headers():
    env = dict(os.environ, FEED_HEADERS=json.dumps(
        {"Content-Location": "/b/", "content-type": "a/b; charset=koi8-r"}))
    run = subprocess.run(
        [os.path.join(BUILD, "wiresift"), "parse", "-", "http://h/a"],
        input=b"<rss><channel><title>\xc1</title><link>x</link>",
        capture_output=True, env=env, check=True)
    feed = json.loads(run.stdout)["feed"]
    assert feed["title"] == "\u0430"
    assert feed["link"] == "http://h/b/x"
