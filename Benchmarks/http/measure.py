# SPDX-License-Identifier: Apache-2.0
"""Drives servers in turn, round after round, and compares medians."""
import re
import statistics
import subprocess

from servers import LOAD_CORE, environment, pinned, program

UNITS = {"us": 0.001, "ms": 1, "s": 1000}


class Run:
    """What a server did in one round of wrk."""

    def __init__(self, server, path, seconds, connections=64, script=None, words=()):
        command = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        if script:
            command += ["-s", script]
        before = server.cpu()
        said = subprocess.run(
            pinned(LOAD_CORE, [*command, server.url(path), *(["--", *words] if words else [])]),
            capture_output=True, text=True, env=environment()).stdout
        spent = server.cpu() - before
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (?!connect 0, read 0, write 0, timeout 0)(.*)", said)
        if failed:
            raise SystemExit(f"{server.name}: {said}")
        self.requests = int(re.search(r"(\d+) requests in", said).group(1))
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
        self.cost = spent / self.requests * 1e6
        self.p50, self.p99 = (self.latency(said, share) for share in ("50%", "99%"))

    @staticmethod
    def latency(said, share):
        number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said).groups()
        return float(number) * UNITS[unit]


class GRPCRun:
    """One round of h2load with one fixed gRPC request."""

    def __init__(self, server, path, body, seconds, connections=64):
        before = server.cpu()
        said = subprocess.run(
            pinned(LOAD_CORE, [
                program("h2load"), "-t1", f"-c{connections}", "-m1", f"-D{seconds}", "-p", "h2c", "-d", body,
                "-H", "content-type: application/grpc", "-H", "te: trailers", server.url(path)]),
            capture_output=True, text=True, env=environment()).stdout
        spent = server.cpu() - before
        done, good = (int(re.search(rf"(\d+) {word}", said).group(1)) for word in ("done", "succeeded"))
        if not done or good != done:
            raise SystemExit(f"{server.name}: {said}")
        self.requests = done
        self.rate = float(re.search(r", ([\d.]+) req/s", said).group(1))
        self.cost = spent / done * 1e6
        number, unit = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", said).groups()
        self.p50 = float(number) * UNITS[unit]
        self.p99 = float("nan")


class Comparison:
    """The rounds of several servers, each driven once a round."""

    def __init__(self, title, rounds, drivers):
        self.title = title
        self.runs = {name: [] for name in drivers}
        for drive in drivers.values():
            drive(1)
        for _ in range(rounds):
            for name, drive in drivers.items():
                self.runs[name].append(drive(None))

    def median(self, name, what="rate"):
        return statistics.median(getattr(run, what) for run in self.runs[name])

    def ratio(self, name, other, what="rate"):
        return self.median(name, what) / self.median(other, what)

    def table(self, base):
        lines = [f"### {self.title}", "",
                 f"| Server | requests/s (median) | least–most | × {base} | µs CPU a request | × {base} | p50 ms | p99 ms |",
                 "|---|---|---|---|---|---|---|---|"]
        for name, runs in self.runs.items():
            rates = [run.rate for run in runs]
            tail = self.median(name, "p99")
            lines.append(
                f"| {name} | {self.median(name):,.0f} | {min(rates):,.0f}–{max(rates):,.0f} | {self.ratio(name, base):.2f} | "
                f"{self.median(name, 'cost'):.1f} | {self.ratio(name, base, 'cost'):.2f} | {self.median(name, 'p50'):.2f} | "
                f"{'–' if tail != tail else f'{tail:.2f}'} |")
        return "\n".join(lines)
