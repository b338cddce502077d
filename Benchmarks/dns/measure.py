# SPDX-License-Identifier: Apache-2.0
"""Drives servers in turn, round after round, and compares what a query costs each within the same round."""
import contextlib
import re
import statistics
import subprocess
import time

from servers import LOAD_CORE, LOOP, PEERS, environment, pinned

DNSPERF = PEERS / "usr/bin/dnsperf"


class Round:
    """What one server did in one round."""

    def __init__(self, server, questions, seconds, stream=False, connections=8, outstanding=200, threads=None, core=LOAD_CORE):
        command = [DNSPERF, "-s", LOOP, "-p", server.port, "-d", questions, "-l", seconds, "-c", connections,
                   "-q", outstanding, "-e", *(["-m", "tcp"] if stream else [])]
        before, workers = server.cpu(), server.cpu(threads)
        done = subprocess.run(pinned(core, command), capture_output=True, text=True, env=environment())
        after, later = server.cpu(), server.cpu(threads)
        said = done.stdout

        def figure(pattern):
            found = re.search(pattern, said)
            if not found:
                raise SystemExit(f"dnsperf: {said}{done.stderr}")
            return found.group(1)

        self.queries = int(figure(r"Queries completed:\s+(\d+)"))
        self.lost = int(figure(r"Queries lost:\s+(\d+)"))
        self.rate = float(figure(r"Queries per second:\s+([\d.]+)"))
        self.octets = int(figure(r"response (\d+)"))
        self.codes = figure(r"Response codes:\s+(.*)")
        if not self.queries:
            raise SystemExit(f"{server.name} answered nothing: {said}")
        self.cost = (after[0] - before[0]) / 1000 / self.queries
        self.worker_cost = (later[0] - workers[0]) / 1000 / self.queries
        self.user = (after[1] - before[1]) / max(1, after[2] - before[2])


@contextlib.contextmanager
def steady(server, questions, rate):
    """A steady load while the block runs; none at rate 0."""
    if not rate:
        yield
        return
    load = subprocess.Popen(
        pinned(LOAD_CORE, [DNSPERF, "-s", LOOP, "-p", server.port, "-d", questions, "-l", 600, "-Q", rate, "-e"]),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    try:
        time.sleep(0.3)
        yield
    finally:
        load.terminate()
        load.wait()


class Comparison:
    """Interleaved rounds over some servers with the same questions."""

    def __init__(self, title, servers, questions, rounds, seconds, base="floor", **load):
        self.title, self.base = title, base
        self.rounds = {server.name: [] for server in servers}
        for number in range(rounds):
            # Each starts a round in turn, so that none always follows the same other.
            turn = number % len(servers)
            for server in servers[turn:] + servers[:turn]:
                own = questions[server.name] if isinstance(questions, dict) else questions
                self.rounds[server.name].append(Round(server, own, seconds, **load))

    def costs(self, name):
        return [item.cost for item in self.rounds[name]]

    def ratio(self, name, to, of=lambda item: item.cost):
        """The median of the ratios within a round."""
        return statistics.median(
            of(mine) / of(theirs) for mine, theirs in zip(self.rounds[name], self.rounds[to]))

    def table(self):
        peers = [name for name in ("floor", "Knot", "NSD", "unbound", "dnsmasq") if name in self.rounds]
        heads = "".join(f" × {name} |" for name in peers)
        lines = [f"### {self.title}", "", f"| Server | µs CPU a query (median, least) | queries/s | user | reply octets | lost |{heads}",
                 "|---|---|---|---|---|---|" + "---|" * len(peers)]
        for name, items in self.rounds.items():
            costs = self.costs(name)
            ratios = "".join(f" {self.ratio(name, peer):.2f} |" for peer in peers)
            lines.append(
                f"| {name} | {statistics.median(costs):.2f}, {min(costs):.2f} "
                f"| {statistics.median(item.rate for item in items):,.0f} "
                f"| {100 * statistics.median(item.user for item in items):.0f} % "
                f"| {items[0].octets} | {sum(item.lost for item in items)} |{ratios}")
        return "\n".join(lines)


def latency(tool, server, questions, rate, seconds):
    """p50, p90, p99 and so on of single answers at a steady rate, in microseconds."""
    said = subprocess.run(
        pinned(LOAD_CORE, [tool, LOOP, server.port, questions, rate, seconds]), capture_output=True, text=True, check=True).stdout
    words = said.split()
    return {key: float(value) for key, value in zip(words[::2], words[1::2])}


def latency_table(title, tool, servers, questions, rate, rounds, seconds):
    """Latencies of some servers at the same rate, interleaved; medians of the rounds."""
    runs = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            runs[server.name].append(latency(tool, server, questions, rate, seconds))
            time.sleep(0.05)
    lines = [f"### {title}, {rate:,.0f} queries/s", "", "| Server | p50 µs | p90 | p99 | p99.9 | lost |", "|---|---|---|---|---|---|"]
    for name, items in runs.items():
        middle = {key: statistics.median(item[key] for item in items) for key in ("p50", "p90", "p99", "p999")}
        lost = sum(item["sent"] - item["answered"] for item in items)
        lines.append(f"| {name} | {middle['p50']:.0f} | {middle['p90']:.0f} | {middle['p99']:.0f} | {middle['p999']:.0f} | {lost:.0f} |")
    return "\n".join(lines), runs
