#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The HTTP API of Waypost beside a bare Hummingbird route, nginx and etcd; blocking queries and checks in numbers.

usage: benchmark.py [--binary PATH] [--route PATH] [--rounds 5] [--seconds 3] [--checks 5000] [--only reads,writes,waiters,checks]
                    [--disk FOLDER] [--report FILE]

Servers are pinned to core 0 and driven from core 1, with wrk (h2load for gRPC). In each round every server is driven once; what is
compared are medians. --disk says where Waypost and etcd keep their data. --report replaces the part of FILE between the marks
`<!-- benchmark-http -->` and `<!-- end http -->`. Ends 1 when a gate is missed.
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
    return (f"{datetime.date.today()}; {os.cpu_count()} × {model.group(1) if model else platform.machine()}, "
            f"Linux {platform.release()}; load average before: {os.getloadavg()[0]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/waypost")
    parser.add_argument("--route", type=pathlib.Path, default=ROOT / "Benchmarks/.build/release/bench-route")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--checks", type=int, default=5000)
    parser.add_argument("--only", default=",".join(scenarios.ALL))
    parser.add_argument("--disk", type=pathlib.Path, default=ROOT / ".build")
    parser.add_argument("--report", type=pathlib.Path)
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one for the server and one for the load")
    if not options.binary.exists():
        sys.exit(f"{options.binary} is missing: make release")
    if "reads" in options.only and not options.route.exists():
        # With the flags of `make release`, so that both are built alike.
        subprocess.run(["swift", "build", "-c", "release", "--static-swift-stdlib", "--package-path", ROOT / "Benchmarks",
                        "--product", "bench-route"], check=True, stdout=sys.stderr)
    report, gates = [machine()], []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.disk) as folder:
        options.folder = pathlib.Path(folder)
        for name in options.only.split(","):
            text, more = scenarios.ALL[name](options)
            print(text, flush=True)
            report.append(text)
            gates += more
    lines = ["### Gates", "", "| Gate | Bound | Measured | |", "|---|---|---|---|"]
    lines += [f"| {gate.name} | {'≥' if gate.at_least else '≤'} {gate.bound:g} | {gate.value:.2f} | "
              f"{'holds' if gate.holds else '**missed**'} |" for gate in gates]
    print("\n".join(lines))
    if options.report:
        text = options.report.read_text()
        begin, end = "<!-- benchmark-http -->", "<!-- end http -->"
        head, rest = text.split(begin, 1)
        body = "\n\n".join([report[0], "\n".join(lines), *report[1:]])
        options.report.write_text(f"{head}{begin}\n{body}\n{end}{rest.split(end, 1)[1]}")
    sys.exit(0 if all(gate.holds for gate in gates) else 1)


if __name__ == "__main__":
    main()
