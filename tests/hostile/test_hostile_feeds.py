"""Documents made to exhaust the parser end soon, small, and by name.

Each row: a document, the status that names what was wrong with it, and a link
of the item that came before the poison (or None). Under 1 s and 50 MiB with
the release build; the sanitizers' build runs the same rows without limits
(WIRESIFT_BUILD names the folder of the build). A table of what each cost,
worst first, goes to HOSTILE_TABLE if that is set, and to stdout.
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
    "billion laughs in parameter entities":
        (rss("", '<!DOCTYPE rss [<!ENTITY % p0 "&#37;x;">'
             + "".join(
                 f'<!ENTITY % p{i} "{f"&#37;p{i - 1};" * 10}">'
                 for i in range(1, 12)) + "%p11;]>"), None, 2),
    "many items with dates, oldest first":
        (rss("", item=ITEM + numbered(
            "<item><guid>%d</guid><dc:date>2024-01-01T00:00:00Z</dc:date>"
            "</item>", 200000)), "ok", 2000),
    "many items with dates that rise":
        (rss("", item=ITEM + "".join(
            f"<item><guid>{i}</guid><dc:date>{1000 + i // 365}-01-"
            f"{1 + i % 28:02d}</dc:date></item>" for i in range(180000))),
         "ok", None),
    "a million attributes":
        (rss("<a " + 'b="" ' * 1000000 + "/>"), None, None),
    "a storm of namespaces":
        (rss('<a xmlns:a="u"><a:b/></a>' * 100000), "ok", 2),
    "a storm of default namespaces":
        (rss(numbered('<a xmlns="urn:%d"><title>x</title></a>', 60000)),
         None, 2),
    "a storm of CDATA": (rss("<description>" + fill("<![CDATA[]]>")
                             + "</description>"), "ok", 2),
    "a storm of CDATA that looks dirty":
        (rss("<description>" + fill("<![CDATA[]]]]><![CDATA[>]]>")
             + "</description>"), "ok", 2),
    "a chain of xml:base":
        (rss('<a xml:base="b/">' * 200 + "<link>x</link>" + "</a>" * 200),
         "ok", 2),
    "a storm of xml:base":
        (rss('<a xml:base="b/c/d/"/>' * 200000), "ok", 2),
    "a xml:base that grows":
        ('<feed xmlns="http://www.w3.org/2005/Atom">'
         + ('<entry xml:base="http://e.example/' + "a/" * 900
            + '"><link href="b"/><id>x</id></entry>') * 4000
         + "</feed>", "ok", None),
    "links that climb": (rss("<description>" + fill(
        "&lt;a href='" + "../" * 400 + "'&gt;") + "</description>"),
                         "ok", 2),
    "enormous dates":
        (rss("<pubDate>" + "9" * (2 * MIB) + "</pubDate><dc:date>"
             + "2024-" * (MIB // 2) + "</dc:date>"), "ok", 2),
    "many dates": (rss(fill("<pubDate>Tue, 05 Mar 2024 10:00:00 GMT"
                            "</pubDate>")), "ok", 2),
    "many items with odd dates":
        (rss("", item=ITEM + fill("<item><pubDate>5 de marzo de 2024 a las "
                                  "10 h del martes 5</pubDate></item>",
                                  14 * MIB)), "ok", 2000),
    "many odd dates": (rss(fill("<pubDate>5 de marzo de 2024 a las 10 h "
                                "del martes 5</pubDate>")), "ok", 2),
    "a giant instruction": (rss("<?x " + "y" * (12 * MIB) + "?>"),
                            "too_large", 1),
    "everything unclosed":
        (rss(fill("<title><![CDATA[<!--<?<a b='<item>")), None, None),
    "marks of byte order everywhere":
        (rss("<title>" + "\ufeff" * MIB + "</title>"), "ok", 2),
    "overlong UTF-8":
        (b"<rss><channel><title>" + b"\xc0\xbc\xe0\x80\xbc" * MIB
         + b"</title></channel></rss>", None, 0),
    "UTF-7": (b'<?xml version="1.0" encoding="utf-7"?><rss><channel><title>'
              + b"+ADw-" * MIB + b"</title></channel></rss>", None, 0),
    "UTF-32 with a mark":
        (b"\xff\xfe\0\0" + ("<rss><channel><title>" + "x" * MIB
                             + "</title></channel></rss>").encode(
                                 "utf-32-le"), None, 0),
    "UTF-16 halves":
        (b"\xff\xfe" + "<rss><channel><title>".encode("utf-16-le")
         + b"\x00\xd8" * (2 * MIB), None, None),
    "UTF-16 said, UTF-8 sent":
        (b'<?xml version="1.0" encoding="utf-16"?>'
         + rss(fill("<b>x</b>")).encode()[21:], None, 2),
    "shift states without end":
        (b'<?xml version="1.0" encoding="iso-2022-kr"?>'
         + b"\x1b$)C\x0e" * MIB, None, None),
    "GB18030 in fours":
        (b'<?xml version="1.0" encoding="gb18030"?><rss><channel><title>'
         + b"\x81\x30\x81\x30" * (3 * MIB) + b"</title></channel></rss>",
         None, 0),
    "JSON of depth":
        ('{"version":"x","items":[{"id":"1","a":' + "[" * 100000
         + "]" * 100000 + "}]}", None, None),
    "JSON of one number":
        ('{"version":"x","items":[{"id":' + "9" * (12 * MIB) + "}]}",
         "too_large", 0),
    "JSON of one fraction":
        ('{"version":"x","items":[{"id":0.' + "9" * (12 * MIB) + "}]}",
         "too_large", 0),
    "JSON of escapes":
        ('{"version":"x","items":[{"id":"1","title":"'
         + "\\u0000" * (2 * MIB) + '"}]}', "ok", 1),
    "JSON of half characters":
        ('{"version":"x","items":[{"id":"1","title":"'
         + "\\ud83d" * MIB + '"}]}', "damaged", 1),
    "JSON that is too long to be mended":
        ('{"version":"x","items":[{"id":"1"},{"id":"2","title":"'
         + "\\ud83d" * (2 * MIB) + '"}]}', "damaged", 1),
    "JSON of commas":
        ('{"version":"x","items":[{"id":"\t1"}' + " ," * 190000
         + " " * (6 * MIB) + "]}", "damaged", 1),
    "JSON of many keys":
        ('{"version":"x","items":[{"id":"1",' + ",".join(
            f'"k{i}":1' for i in range(190000)) + "}]}", "ok", 1),
    "JSON of one key many times":
        ('{"version":"x","items":[{"id":"1"' + ',"k":1' * 190000 + "}]}",
         "ok", 1),
    "JSON of many tags":
        ('{"version":"x","items":[{"id":"1","tags":['
         + ",".join(['"t"'] * 190000) + "]}]}", "ok", 1),
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


# What each document cost: printed as a table when all have run.
COSTS = []


@pytest.fixture(scope="module", autouse=True)
def costs():
    yield
    form = "{:45} {:>5} {:10} {:>6} {:>6} {:>5}"
    lines = [form.format("document", "MiB", "status", "items", "s", "MiB")]
    lines += [form.format(name, f"{size / MIB:.1f}", str(status), str(items),
                          f"{seconds:.2f}", f"{peak / 1024:.0f}")
              for seconds, peak, name, size, status, items
              in sorted(COSTS, reverse=True)]
    table = "\n".join(lines)
    print("\n" + table)
    if "HOSTILE_TABLE" in os.environ:
        with open(os.environ["HOSTILE_TABLE"], "w") as f:
            f.write(table + "\n")


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
    COSTS.append((seconds, peak_kib, name, len(document), got, n))
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
