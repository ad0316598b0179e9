#!/usr/bin/python3
"""nightly.py - run fuzz targets one after the other and print what they did.

    tests/fuzz/nightly.py SECONDS TARGET...

A target is a program of `make VARIANT=fuzz fuzz-programs`. Its dictionary and
seeds lie here; what it learns is kept beside the program as TARGET.corpus,
an input that breaks it as TARGET.crash-... (or timeout-, oom-, slow-unit-).
Exit 1 when one was broken.
"""
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STAT = re.compile(r"^stat::(\w+):\s+(\d+)", re.M)
FAULTS = ("crash-", "timeout-", "oom-", "leak-")
# Longer inputs only make these slower: what they do with a word is what
# counts. Bytes; the others take what libFuzzer chooses (4,096).
MAX_LEN = {"fuzz_date": 256, "fuzz_url": 1024, "fuzz_headers": 1024,
           "fuzz_feed": 2048, "fuzz_charset": 2048}


def faults(program):
    return {f for kind in FAULTS for f in glob.glob(f"{program}.{kind}*")}


def run(program, seconds):
    """Figures of one target, and the inputs that broke it."""
    name = os.path.basename(program)
    corpus = program + ".corpus"
    os.makedirs(corpus, exist_ok=True)
    before = faults(program)
    argv = [program, f"-max_total_time={seconds}", "-timeout=10",
            "-rss_limit_mb=2048", "-print_final_stats=1",
            f"-artifact_prefix={program}."]
    if name in MAX_LEN:
        argv.append(f"-max_len={MAX_LEN[name]}")
    dictionary = os.path.join(HERE, name + ".dict")
    if os.path.exists(dictionary):
        argv.append("-dict=" + dictionary)
    argv.append(corpus)
    seeds = os.path.join(HERE, name + ".seeds")
    if os.path.isdir(seeds):
        argv.append(seeds)
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       errors="replace", check=False)
    stats = {k: int(v) for k, v in STAT.findall(p.stdout)}
    broken = sorted(faults(program) - before)
    if broken or p.returncode != 0:
        print(p.stdout[-6000:])
        broken = broken or [f"exit {p.returncode}"]
    return stats, len(os.listdir(corpus)), broken


def main():
    seconds, bad = int(sys.argv[1]), []
    print(f"{'target':18} {'runs':>10} {'per s':>8} {'corpus':>7} "
          f"{'MiB':>5} crashes", flush=True)
    for program in sys.argv[2:]:
        stats, corpus, broken = run(program, seconds)
        bad += broken
        print(f"{os.path.basename(program):18} "
              f"{stats.get('number_of_executed_units', 0):10} "
              f"{stats.get('average_exec_per_sec', 0):8} {corpus:7} "
              f"{stats.get('peak_rss_mb', 0):5} {len(broken)}", flush=True)
    for path in bad:
        print("broken by", path)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
