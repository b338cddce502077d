#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Waypost beside Knot, NSD, unbound, dnsmasq and an echo, end to end over loopback.

usage: benchmark.py [--binary PATH] [--rounds 5] [--seconds 2] [--only services,width,names,zone,tcp,cache,changes,flap,port,fresh,workers,memory,start]
                    [--sizes 100,10000,100000] [--report FILE]

Servers have one worker each, pinned to core 0; the load comes from core 1. In each round every server is driven once;
what is compared are ratios within a round (the machine's speed changes by tens of per cent from minute to minute).
CPU is the time of all of a server's threads, not wall time. --report replaces the part of FILE between the marks
`<!-- benchmark-dns -->` and `<!-- end -->`. Ends 1 when a gate is missed.
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import scenarios
from servers import ROOT


def machine():
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    memory = int(re.search(r"MemTotal:\s*(\d+)", open("/proc/meminfo").read()).group(1)) >> 20
    return (f"{datetime.date.today()}; {os.cpu_count()} × {model.group(1) if model else platform.machine()}, "
            f"{memory} GiB, Linux {platform.release()}; load average before: {os.getloadavg()[0]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/waypost")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", default=",".join(scenarios.ALL))
    parser.add_argument("--sizes", default="100,10000,100000")
    parser.add_argument("--report", type=pathlib.Path)
    options = parser.parse_args()
    options.sizes = [int(size) for size in options.sizes.split(",")]
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one for the server and one for the load")
    if not options.binary.exists():
        sys.exit(f"{options.binary} is missing: make release")
    options.binary = options.binary.resolve()
    options.bench = ROOT / "Benchmarks/.build/release/bench-server"
    if any(name in options.only for name in ("port", "fresh", "workers")):
        subprocess.run(["swift", "build", "-c", "release", "--package-path", ROOT / "Benchmarks", "--product", "bench-server"],
                       check=True, stdout=sys.stderr)
    report, gates = [machine()], []
    with tempfile.TemporaryDirectory(prefix="waypost-bench-") as folder:
        options.folder = pathlib.Path(folder)
        for tool in ("floor", "probe"):
            source = pathlib.Path(__file__).with_name(f"{tool}.c")
            subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", options.folder / f"{tool}.bin", source], check=True)
        for name in options.only.split(","):
            text, more = scenarios.ALL[name](options)
            print(text, flush=True)
            report.append(text)
            gates += more
    lines = ["### Gates", "", "| Gate | Bound | Measured | |", "|---|---|---|---|"]
    lines += [f"| {gate.name} | ≤ {gate.bound:g} | {gate.value:.2f} | {'holds' if gate.holds else '**missed**'} |" for gate in gates]
    print("\n".join(lines))
    if options.report:
        text = options.report.read_text()
        begin, end = "<!-- benchmark-dns -->", "<!-- end -->"
        body = "\n\n".join([report[0], "\n".join(lines), *report[1:]])
        head, rest = text.split(begin, 1)
        options.report.write_text(f"{head}{begin}\n{body}\n{end}{rest.split(end, 1)[1]}")
    sys.exit(0 if all(gate.holds for gate in gates) else 1)


if __name__ == "__main__":
    main()
