# SPDX-License-Identifier: Apache-2.0
"""What is measured: each scenario starts its servers, drives them and returns its part of the report and its gates."""
import contextlib
import dataclasses
import itertools
import random
import socket
import statistics
import threading
import time

import data
import measure
from servers import LOAD_CORE, NSD, Dnsmasq, Floor, InProcess, Knot, Unbound, Waypost, data_query
from upstream import Upstream

LOOP = data.LOOP


@dataclasses.dataclass
class Gate:
    name: str
    value: float
    bound: float

    @property
    def holds(self):
        return self.value <= self.bound


@contextlib.contextmanager
def running(*makers):
    """Servers that are stopped whatever happens."""
    with contextlib.ExitStack() as stack:
        servers = []
        for make in makers:
            server = make()
            stack.callback(server.stop)
            servers.append(server)
        yield servers


def write(path, lines):
    path.write_text("".join(lines))
    return path


def same_answers(options, questions, servers):
    """Asks each server a few hundred questions and refuses to compare different work: the same number of records and the
    same size within 5 %."""
    seen = {server.name: measure.latency(options.folder / "probe.bin", server, questions, 2000, 0.2) for server in servers}
    counts = {name: round(item["answers"], 2) for name, item in seen.items()}
    sizes = [item["octets"] for item in seen.values()]
    if len(set(counts.values())) != 1 or max(sizes) > 1.05 * min(sizes):
        raise SystemExit(f"the servers do not answer alike: {seen}")


def services(options):
    """A and SRV with ten instances, from few services to many; latency at half load."""
    parts, gates, ours = [], [], {}
    for size in options.sizes:
        catalog = data.Catalog(size)
        zone = write(options.folder / f"{size}.zone", catalog.zone())
        questions = {kind: write(options.folder / f"{size}.{kind}", catalog.questions(kind)) for kind in ("A", "SRV")}
        with running(
            lambda: Floor(options.folder), lambda: Knot(options.folder, zone), lambda: NSD(options.folder, zone),
            lambda: Waypost(options.folder, options.binary, catalog),
        ) as servers:
            floor, knot, nsd, waypost = servers
            for kind in ("A", "SRV"):
                same_answers(options, questions[kind], [knot, waypost])
                result = measure.Comparison(
                    f"{size:,} services × 10, {kind}", servers, questions[kind], options.rounds, options.seconds)
                parts.append(result.table())
                ours[size, kind] = statistics.median(result.costs("Waypost")) / statistics.median(result.costs("floor"))
                if size == 10000:
                    gates.append(Gate(f"{size:,} services, {kind}: CPU × Knot", result.ratio("Waypost", "Knot"), 0.85))
                bound = 1.2 if size == 100000 and kind == "SRV" else 1.15
                gates.append(Gate(f"{size:,} services, {kind}: CPU × floor", result.ratio("Waypost", "floor"), bound))
                slowest = min(
                    statistics.median(item.rate for item in result.rounds[server.name]) for server in servers)
                table, _ = measure.latency_table(
                    f"{size:,} services, {kind}: single answers at half of the slowest's load", options.folder / "probe.bin", servers,
                    questions[kind], round(slowest / 2), 3, options.seconds)
                parts.append(table)
            parts.append(
                f"Memory with {size:,} services × 10: Waypost {waypost.resident():.0f} MiB, Knot {knot.resident():.0f}, "
                f"NSD {nsd.resident():.0f}. Registered over HTTP: {waypost.registered / waypost.loading:,.0f} a second.")
    for kind in ("A", "SRV"):
        if (100, kind) in ours and (100000, kind) in ours:
            gates.append(Gate(f"100,000 services against 100, {kind}", ours[100000, kind] / ours[100, kind], 1.15))
    return "\n\n".join(parts), gates


def width(options):
    """One service of 1 to 1,000 instances: UDP cut to the client's size, TCP whole."""
    parts = []
    for instances in (1, 10, 100, 1000):
        catalog = data.Catalog(1, instances)
        zone = write(options.folder / f"wide{instances}.zone", catalog.zone())
        with running(
            lambda: Knot(options.folder, zone), lambda: Waypost(options.folder, options.binary, catalog),
        ) as servers:
            # dnsperf takes no replies over 16 KiB from a stream: 1,000 addresses fit.
            for kind, transport in (("SRV", "UDP"), ("A", "TCP")):
                questions = write(options.folder / f"wide{instances}.{kind}", [f"web-0.service.consul {kind}\n"] * 100)
                result = measure.Comparison(
                    f"One service of {instances:,}, {kind} over {transport}", servers, questions,
                    options.rounds, options.seconds, base="Knot", stream=transport == "TCP", outstanding=32)
                parts.append(result.table())
    return "\n\n".join(parts), []


def names(options):
    """A storm of names that do not exist, against names that do."""
    catalog = data.Catalog(10000)
    hits = write(options.folder / "hits", catalog.questions("A"))
    misses = write(options.folder / "misses", catalog.questions("A", name="nope-{}-x.service.consul"))
    with running(lambda: Waypost(options.folder, options.binary, catalog)) as (server,):
        hit, miss = [], []
        for _ in range(options.rounds):
            hit.append(measure.Round(server, hits, options.seconds))
            miss.append(measure.Round(server, misses, options.seconds))
        ratio = statistics.median(a.cost / b.cost for a, b in zip(miss, hit))
    text = (f"### Names that do not exist\n\nA storm of random names inside the domain costs {ratio:.2f} × what answers with ten records "
            f"cost ({statistics.median(item.cost for item in miss):.2f} µs), {miss[0].codes}.")
    return text, [Gate("name error against a hit", ratio, 1.0)]


def zone(options):
    """A zone file of ours beside Knot and NSD with the very same file: hosts, mail exchanges, a wildcard, names that do not
    exist."""
    hosts = 10000
    folder = options.folder / "zones"
    folder.mkdir()
    file = write(folder / "corp.example.zone", data.host_zone(hosts))
    parts, gates = [], []
    with running(
        lambda: Floor(options.folder), lambda: Knot(options.folder, file, "corp.example."),
        lambda: NSD(options.folder, file, "corp.example."),
        lambda: Waypost(options.folder, options.binary, settings={"zone_dirs": [str(folder)]}),
    ) as servers:
        knot, waypost = servers[1], servers[3]
        for title, kind, pattern in (
            ("addresses", "A", "host-{}"), ("mail exchanges", "MX", "mail-{}"), ("under a wildcard", "A", "h{}.apps"),
            ("that do not exist", "A", "nope-{}"),
        ):
            chosen = random.Random(1)
            lines = [f"{pattern.format(chosen.randrange(hosts))}.corp.example {kind}\n" for _ in range(100000)]
            questions = write(options.folder / f"zone.{kind}.{pattern[:4]}", lines)
            same_answers(options, questions, [knot, waypost])
            result = measure.Comparison(
                f"Static zone of {2 * hosts:,} names, {title}", servers, questions, options.rounds, options.seconds)
            parts.append(result.table())
            gates.append(Gate(f"static zone, names {title}: CPU × Knot", result.ratio("Waypost", "Knot"), 0.95))
    return "\n\n".join(parts), gates


def tcp(options):
    """Pipelined TCP beside Knot."""
    catalog = data.Catalog(10000)
    zone = write(options.folder / "tcp.zone", catalog.zone())
    parts, gates = [], []
    with running(
        lambda: Knot(options.folder, zone), lambda: NSD(options.folder, zone),
        lambda: Waypost(options.folder, options.binary, catalog),
    ) as servers:
        for kind in ("A", "SRV"):
            questions = write(options.folder / f"tcp.{kind}", catalog.questions(kind))
            for outstanding, title in ((8, "one question at a time on each of 8 connections"), (200, "25 in flight on each of 8 connections")):
                result = measure.Comparison(
                    f"TCP, {kind}, {title}", servers, questions, options.rounds, options.seconds, base="Knot", stream=True,
                    outstanding=outstanding)
                parts.append(result.table())
                if outstanding > 8:
                    gates.append(Gate(f"pipelined TCP, {kind}: CPU × Knot", result.ratio("Waypost", "Knot"), 0.9))
    return "\n\n".join(parts), gates


def cache(options):
    """Forwarded names out of a warm cache, beside unbound and dnsmasq."""
    names = [f"h{number}.cached.test A\n" for number in range(5000)]
    questions = write(options.folder / "cached", names)
    upstream = Upstream()
    try:
        settings = {"recursors": [f"{LOOP}:{upstream.port}"]}
        with running(
            lambda: Unbound(options.folder, upstream.port), lambda: Dnsmasq(options.folder, upstream.port),
            lambda: Waypost(options.folder, options.binary, settings=settings),
        ) as servers:
            for server in servers:
                warm(server, names)
            result = measure.Comparison(
                "Forwarded names, warm cache", servers, questions, options.rounds, options.seconds, base="unbound")
    finally:
        upstream.stop()
    return result.table(), [Gate("cached forwarded query × unbound", result.ratio("Waypost", "unbound"), 1.0)]


def warm(server, names):
    """Asks every name once, a few at a time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect((LOOP, server.port))
        udp.settimeout(5)
        for line in names:
            udp.send(data_query(line.split()[0]))
            udp.recv(4096)


@contextlib.contextmanager
def beside(work):
    """Runs `work(stop)` on a thread of ours while the block runs; yields a list that `work` returns its count into."""
    stop, counted = threading.Event(), []
    thread = threading.Thread(target=lambda: counted.append(work(stop)))
    thread.start()
    try:
        yield counted
    finally:
        stop.set()
        thread.join()


def changing(options, title, catalog, bodies, bound, gate):
    """Questions about services that do not change, with and without changes beside them."""
    questions = write(options.folder / "steady", catalog.questions("A"))
    quiet, busy, rates = [], [], []
    with running(lambda: Waypost(options.folder, options.binary, catalog)) as (server,):
        data.put(server.http, itertools.islice(bodies, 1000))
        for _ in range(options.rounds):
            quiet.append(measure.Round(server, questions, options.seconds, threads="dns-udp"))

            def change(stop):
                done, begin = 0, time.monotonic()
                while not stop.is_set():
                    done += data.put(server.http, itertools.islice(bodies, 200), connections=1)
                return done / (time.monotonic() - begin)

            with beside(change) as counted:
                busy.append(measure.Round(server, questions, options.seconds, threads="dns-udp"))
            rates += counted
    ratio = statistics.median(a.worker_cost / b.worker_cost for a, b in zip(busy, quiet))
    text = (f"### {title}\n\nBeside {statistics.median(rates):,.0f} registrations a second over HTTP, on the same core, a query costs the "
            f"UDP worker {ratio:.2f} × as much as without ({statistics.median(item.worker_cost for item in busy):.2f} µs); "
            f"the whole process {statistics.median(item.cost for item in busy):.2f} µs a query.")
    return text, [Gate(gate, ratio, bound)]


def changes(options):
    """Registrations of many services, as fast as one core takes them over HTTP beside queries."""
    catalog = data.Catalog(10000)
    other = (catalog.registration(number % 10000, 3, port=9000 + number % 100) for number in itertools.count())
    return changing(options, "Changes beside queries", catalog, other, 1.15, "changes beside: UDP worker's CPU")


def flap(options):
    """One service of 1,000 instances that change all the time; questions go to others."""
    catalog = data.Catalog(1000)
    wide = ({"Node": f"node-{number % 1000}", "SkipNodeUpdate": True,
             "Service": {"ID": "wide", "Service": "wide", "Port": 1 + number % 60000}} for number in itertools.count())
    return changing(options, "A flapping service of 1,000 beside queries", catalog, wide, 1.05, "flapping wide service beside: UDP worker's CPU")


def port(options):
    """Changes through the submit port at a steady rate, without HTTP: of many services, of one wide service."""
    catalog = data.Catalog(10000)
    questions = write(options.folder / "steady", catalog.questions("A"))
    parts, gates = [], []
    for title, order, rates, bound in (
        ("Changes of 10,000 services", "changes", (10000, 30000), 1.15),
        ("A service of 1,000 instances flapping", "flap", (1000, 10000), 1.05),
    ):
        lines = [f"### {title} through the submit port, beside questions about other services", "",
                 "| Changes a second | µs CPU a query of the UDP worker | × without | whole process | × without |", "|---|---|---|---|---|"]
        with running(lambda: InProcess(options.folder, options.bench)) as (server,):
            runs = {rate: [] for rate in (0, *rates)}
            real = {}
            for _ in range(options.rounds):
                for rate in runs:
                    if rate:
                        server.tell(f"{order} {rate} {max(1, rate // 100)}", "ok")
                    runs[rate].append(measure.Round(server, questions, options.seconds, threads="dns-udp"))
                    if rate:
                        real.setdefault(rate, []).append(server.changes())
        for rate, items in runs.items():
            worker = statistics.median(one.worker_cost / other.worker_cost for one, other in zip(items, runs[0]))
            whole = statistics.median(one.cost / other.cost for one, other in zip(items, runs[0]))
            rate_text = f"{statistics.median(real[rate]):,.0f}" if rate else "none"
            lines.append(f"| {rate_text} | {statistics.median(item.worker_cost for item in items):.2f} | {worker:.2f} "
                         f"| {statistics.median(item.cost for item in items):.2f} | {whole:.2f} |")
            if rate == 10000:
                if statistics.median(real[rate]) < 9000:
                    raise SystemExit(f"only {statistics.median(real[rate]):.0f} of 10,000 changes a second were applied")
                gates.append(Gate(f"{title.lower()}, 10,000 a second: UDP worker's CPU", worker, bound))
        parts.append("\n".join(lines))
    return "\n\n".join(parts), gates


def fresh(options):
    """From an acknowledged change to its answer, in turn with the same question without a change; idle and at half load."""
    catalog = data.Catalog(10000)
    questions = write(options.folder / "steady", catalog.questions("A"))
    lines = ["### From an acknowledged change to its answer", "", "| Load | p50 µs | p99 µs | without a change: p50 | p99 | stale |",
             "|---|---|---|---|---|---|"]
    gates = []
    with running(lambda: InProcess(options.folder, options.bench)) as (server,):
        slowest = statistics.median(measure.Round(server, questions, 1).rate for _ in range(3))
        for title, rate in (("none", 0), ("half", round(slowest / 2))):
            runs = []
            for _ in range(options.rounds):
                with measure.steady(server, questions, rate):
                    words = server.tell(f"fresh 10000 {LOAD_CORE}", "changed")
                runs.append({"p50": int(words[2]), "p99": int(words[4]), "plain50": int(words[7]), "plain99": int(words[9]),
                             "stale": int(words[11])})
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            stale = sum(run["stale"] for run in runs)
            lines.append(f"| {title} ({rate:,} queries/s) | {middle['p50']:.0f} | {middle['p99']:.0f} | {middle['plain50']:.0f} "
                         f"| {middle['plain99']:.0f} | {stale} of {10000 * options.rounds:,} |")
            later = statistics.median(run["p99"] - run["plain99"] for run in runs)
            gates.append(Gate(f"change to answer, load {title}: µs later at p99 than without a change", later, 100))
            gates.append(Gate(f"change to answer, load {title}: stale answers", stale, 0))
    return "\n".join(lines), gates


def workers(options):
    """One worker on one core, two workers on both: each core has its load generator's share of the other's work."""
    catalog = data.Catalog(10000)
    questions = write(options.folder / "steady", catalog.questions("A"))
    one, two = [], []
    with running(
        lambda: InProcess(options.folder, options.bench, name="one", core="0,1"),
        lambda: InProcess(options.folder, options.bench, name="two", core="0,1", workers=2),
    ) as (single, double):
        for _ in range(options.rounds):
            one.append(measure.Round(single, questions, options.seconds, core="0,1", threads="dns-udp"))
            two.append(measure.Round(double, questions, options.seconds, core="0,1", threads="dns-udp"))
    ratio = statistics.median(a.worker_cost / b.worker_cost for a, b in zip(two, one))
    text = (f"### Two workers\n\nTwo workers on two cores, which the load generator shares with them: "
            f"{statistics.median(item.worker_cost for item in two):.2f} µs CPU a query, {ratio:.2f} × one worker's "
            f"({statistics.median(item.rate for item in two):,.0f} against {statistics.median(item.rate for item in one):,.0f} queries/s).")
    return text, [Gate("two workers: CPU a query against one", ratio, 1.1)]


def memory(options):
    """A million instances with two tags and a check each on 20,000 nodes, registered over HTTP."""
    count, instances = 100000, 10
    catalog = data.Catalog(count, instances, tags=["v1", "primary"], checks=True)
    with running(lambda: Waypost(options.folder, options.binary, name="Waypost full")) as (server,):
        before = server.resident()
        server.load(catalog)
        each = (server.resident() - before) * (1 << 20) / (count * instances)
    text = (f"### Memory\n\n{count * instances:,} instances with two tags and a check each on {catalog.nodes:,} nodes, registered over HTTP "
            f"({server.registered / server.loading:,.0f} a second): {each:.0f} octets of resident memory an instance, all included.")
    return text, [Gate("resident octets an instance", each, 1024)]


def start(options):
    """From the start of the process to the first answer."""
    times = []
    for _ in range(options.rounds):
        with running(lambda: Starting(options.folder, options.binary)) as (server,):
            times.append(server.elapsed)
    middle = statistics.median(times) * 1000
    return (f"### Start\n\nFirst DNS answer {middle:.0f} ms after the process was started, with an empty catalog (most: "
            f"{max(times) * 1000:.0f}).", [Gate("first answer after start, ms", middle, 100)])


class Starting(Waypost):
    """Asks without pause from the moment it starts."""

    def __init__(self, folder, binary):
        super().__init__(folder, binary, name="Waypost starting")

    def wait(self, question, patience):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect((LOOP, self.port))
            udp.settimeout(0.002)
            while time.monotonic() < self.started + patience:
                try:
                    udp.send(data_query(question))
                    if udp.recv(65536)[3] & 15 == 0:
                        self.elapsed = time.monotonic() - self.started
                        return
                except OSError:
                    time.sleep(0.0005)
        raise SystemExit("it does not answer")


ALL = {"services": services, "width": width, "names": names, "zone": zone, "tcp": tcp, "cache": cache, "changes": changes, "flap": flap, "port": port,
       "fresh": fresh, "workers": workers, "memory": memory, "start": start}
