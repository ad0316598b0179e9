"""Documents made to exhaust the parser end soon, small, and by name.

Each row: a document, the status that names what was wrong with it, and a link
of the item that came before the poison (or None). Under 1 s and 50 MiB with
the release build; the sanitizers' build runs the same rows without limits
(WIRESIFT_BUILD names the folder of the build).
"""
import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("WIRESIFT_BUILD", "build/release"))
RELEASE = "san" not in os.path.basename(BUILD)

MIB = 1 << 20
ITEM = "<item><link>http://example.com/0</link></item>"
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">'
                 for i in range(1, 12))


def rss(text, head="", item=ITEM):
    return (f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{item}'
            f'<item><title>x</title>{text}<link>http://example.com/1</link>'
            '</item></channel></rss>')


def fill(piece, size=4 * MIB):
    return piece * (size // len(piece))


def numbered(form, count):
    return "".join(form % i for i in range(count))


ROWS = {
    "billion laughs":
        (rss("<description>&l11;</description>",
             f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>'), "damaged", 2),
    "quadratic blow-up":
        (rss("<description>" + "&a;" * 100000 + "</description>",
             f'<!DOCTYPE rss [<!ENTITY a "{"x" * 100000}">]>'),
         "damaged", 2),
    "a flat entity many times":
        (rss("<description>" + "&a;" * 200000 + "</description>",
             f'<!DOCTYPE rss [<!ENTITY a "{"x" * 128}">]>'), None, None),
    "external entity":
        (rss("<description>a&x;b</description>",
             '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
         "damaged", 2),
    "external parameter entity":
        (rss("", '<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/passwd">'
             '%x;]>'), "ok", 2),
    "external subset":
        (rss("", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">'),
         "ok", 2),
    "attribute defaults":
        (rss("", "<!DOCTYPE rss [<!ATTLIST item "
             + numbered('a%d CDATA "x" ', 100000) + ">]>"), "ok", 2),
    "depth":
        (rss("<description>" + "<b>" * 200000 + "x" + "</b>" * 200000),
         "too_large", 1),
    "depth without end": (rss("<description>" + "<b>" * MIB), "too_large", 1),
    "items that are never closed":
        (rss(numbered("<item><guid>%d</guid>", 1000)), "damaged", 1002),
    "a giant text":
        (rss("<description>" + "x" * (15 * MIB) + "</description>"),
         "ok", 2),
    "a giant start tag": (rss('<a b="' + "x" * (12 * MIB) + '"/>'),
                          "too_large", 1),
    "a giant comment": (rss("<!--" + "x" * (12 * MIB) + "-->"),
                        "too_large", 1),
    "a giant name": (rss("<" + "x" * (12 * MIB) + "/>"), "too_large", 1),
    "a tag without end": (rss('<a b="' + "x" * (12 * MIB)), "too_large", 1),
    "many attributes":
        (rss("<a " + numbered('a%d="" ', 80000) + "/>"), "too_large", 1),
    "one attribute many times":
        (rss("<a " + 'a="" ' * 100000 + "/>"), "damaged", 2),
    "many names": (rss(numbered("<a%d/>", 300000)), "too_large", 1),
    "many names of attributes":
        (rss(numbered("<a b%d=''/>", 300000)), "too_large", 1),
    "many namespaces":
        (rss(numbered("<a xmlns:n%d='u'>", 200)
             + "</a>" * 200), "ok", 2),
    "many items": (rss("", item=fill(ITEM)), "ok", 2000),
    "many categories": (rss(fill("<category>%</category>")), "ok", 2),
    "many different categories":
        (rss(numbered("<category>%d</category>", 150000)), "ok", 2),
    "only ampersands": (rss("<title>" + fill("&", MIB)), "damaged", None),
    "only less-thans": (rss(fill("<")), "damaged", None),
    "only end tags": (rss(fill("</a>")), "damaged", None),
    "only open comments": (rss(fill("<!--")), None, None),
    "only open instructions": (rss(fill("<?")), None, None),
    "only open CDATA": (rss(fill("<![CDATA[")), None, None),
    "open CDATA over items":
        (rss(fill("<![CDATA[</item><item>")), None, None),
    "only quotes": (rss("<a " + fill('b="<', MIB)), None, None),
    "only open quotes of two kinds":
        (rss(fill("<a b='<a c=\"")), None, None),
    "only references": (rss(fill("&#1;")), "damaged", None),
    "unknown references": (rss(fill("&abc;")), "damaged", None),
    "an open DOCTYPE": (rss("", "<!DOCTYPE rss [" + fill("<!ENTITY a 'b'>")),
                        None, None),
    "many open DOCTYPEs": (rss("", fill("<!DOCTYPE rss [")), None, None),
    "quotes in HTML":
        (rss("<description>" + fill("&lt;a b='&lt;a c=\"")
             + "</description>"), "ok", 2),
    "links in HTML":
        (rss("<description>" + fill("&lt;a href=x&gt;", MIB)
             + "</description>"), "ok", 2),
    "JSON of brackets": ("[" * MIB, None, None),
    "JSON of empty lists":
        ('{"version":"x","items":[' + "[]," * MIB + "0]}", "too_large", 0),
    "JSON of one string":
        ('{"version":"x","items":[{"id":"1","content_text":"'
         + "x" * (12 * MIB) + '"}]}', "ok", 1),
    "zeroes": ("\0" * (8 * MIB), "empty", 0),
    "nothing but high bytes": (b"\xff" * (4 * MIB), None, None),
    "ISO-2022 escapes":
        (b'<?xml version="1.0" encoding="iso-2022-jp"?>'
         + b"\x1b$B\x1b(B" * MIB, None, None),
    "more than 16 MiB": ("x" * (16 * MIB + 1), None, None),
}


# A small process measures: a child's peak counts what its parent had.
MEASURE = """
import json, os, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ,
                     file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
_, status, usage = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status),
                  usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""


def run(path):
    """The JSON (or None), seconds of CPU, and peak resident KiB."""
    p = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, path + ".out",
         os.path.join(BUILD, "wiresift"), "parse", path,
         "http://example.com/feed"],
        capture_output=True, timeout=60, check=True)
    code, seconds, peak_kib = json.loads(p.stdout)
    assert code in (0, 65), p.stderr[-2000:]
    assert b"Sanitizer" not in p.stderr, p.stderr
    assert b"runtime error" not in p.stderr, p.stderr
    with open(path + ".out", "rb") as f:
        text = f.read()
    return (json.loads(text) if text else None), seconds, peak_kib


@pytest.mark.parametrize("name", ROWS)
def test_hostile_document_is_bounded(name, tmp_path):
    document, status, items = ROWS[name]
    if isinstance(document, str):
        document = document.encode()
    path = str(tmp_path / "feed")
    with open(path, "wb") as f:
        f.write(document)
    doc, seconds, peak_kib = run(path)
    got = doc and doc["status"]
    n = doc and len(doc["entries"])
    print(f"{name}: {got}, {n} items, {seconds:.2f} s, "
          f"{peak_kib / 1024:.0f} MiB ({len(document) / MIB:.1f} MiB in)"
          f" {doc and doc.get('why', '')}")
    if status is not None:
        assert got == status
    if items is not None:
        assert n == items
        if items > 0 and doc["entries"][0].get("link"):
            assert doc["entries"][0]["link"].endswith("/0")
    assert "root:" not in json.dumps(doc)
    if RELEASE:
        assert seconds < 1.0
        assert peak_kib < 50 * 1024
