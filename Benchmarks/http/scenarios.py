# SPDX-License-Identifier: Apache-2.0
"""What is measured over HTTP, and the gates."""
import dataclasses
import json
import pathlib
import subprocess
import threading
import time

from measure import Comparison, GRPCRun, Run
from servers import HERE, LOAD_CORE, Etcd, Nginx, Route, Waypost, pinned


@dataclasses.dataclass
class Gate:
    name: str
    bound: float
    value: float
    at_least: bool = False

    @property
    def holds(self):
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Flapping:
    """One change a second to a service while the block runs."""

    def __init__(self, server, path, body):
        self.server, self.path, self.body = server, path, body
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        turn = 0
        while not self.stopping.wait(1):
            turn += 1
            self.server.ask("PUT", self.path, self.body(turn))

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def instance(number, port):
    return {"Node": f"n{number}", "Address": f"10.0.0.{number}",
            "Service": {"Service": "x", "ID": f"x{number}", "Port": port, "Tags": ["v1"]},
            "Check": {"Name": "c", "CheckID": f"c{number}", "ServiceID": f"x{number}", "Status": "passing"}}


def reads(options):
    """`health/service` and `kv` beside a bare route with a body of the same size, and nginx with a file of that size."""
    texts, gates = [], []
    with Waypost(options.folder, options.binary) as waypost:
        for number in range(10):
            waypost.ask("PUT", "/v1/catalog/register", instance(number, 8000))
        waypost.ask("PUT", "/v1/kv/k", b"v" * 100)
        for path in ("/v1/health/service/x?passing", "/v1/kv/k"):
            size = len(waypost.ask("GET", path)[0])
            with Route(options.folder, options.route, size) as route, Nginx(options.folder, size) as nginx, \
                    Flapping(waypost, "/v1/catalog/register", lambda turn: instance(3, 8000 + turn % 2)):
                drivers = {
                    server.name: lambda seconds, server=server, path=path: Run(server, path, seconds or options.seconds)
                    for server, path in ((waypost, path), (route, "/x"), (nginx, "/file.json"))}
                found = Comparison(f"`GET {path}`, {size} octets, 64 connections", options.rounds, drivers)
            texts.append(found.table(route.name))
            gates.append(Gate(f"`{path}`: requests/s × a bare route", 0.6, found.ratio("Waypost", route.name), at_least=True))
    return "\n\n".join(texts), gates


def writes(options):
    """Durable puts beside etcd."""
    body = options.folder / "put.grpc"
    key, value = b"bench/key-0001", b"v" * 100
    message = b"\x0a" + bytes([len(key)]) + key + b"\x12" + bytes([len(value)]) + value
    body.write_bytes(b"\x00" + len(message).to_bytes(4, "big") + message)
    script = HERE / "put.lua"
    with Waypost(options.folder, options.binary) as waypost, Etcd(options.folder) as etcd:
        drivers = {
            "Waypost": lambda seconds: Run(waypost, "", seconds or options.seconds, script=script, words=["waypost"]),
            "etcd, JSON gateway": lambda seconds: Run(etcd, "", seconds or options.seconds, script=script, words=["etcd"]),
            "etcd, gRPC": lambda seconds: GRPCRun(etcd, "/etcdserverpb.KV/Put", body, seconds or options.seconds)}
        found = Comparison("Durable puts of 100 octets, 64 connections", options.rounds, drivers)
    return found.table("etcd, gRPC"), [
        Gate("durable puts/s × etcd's JSON gateway", 1, found.ratio("Waypost", "etcd, JSON gateway"), at_least=True),
        Gate("durable puts/s × etcd over gRPC", 1, found.ratio("Waypost", "etcd, gRPC"), at_least=True)]


def waiters(options):
    """10,000 blocking queries on 1,000 services."""
    health, catalog = "/v1/health/service/%s?passing", "/v1/catalog/service/%s?stale"
    rows = ["### 10,000 blocking queries on 1,000 services of one instance", "",
            "| State, path | MiB before | MiB with them | CPU while idle | change to its 10 watchers, ms: p50 | p99 | most | "
            "of that until the write is acknowledged: p50 | p99 | changes during which other processes had a core | "
            "without these: p99 | most | µs CPU a change | others woken |", "|---|" + "---|" * 13]
    gates = []
    for name, path, development in (
            ("on disk, `health/service`", health, False), ("on disk, `catalog/service`", catalog, False),
            ("in memory (`-dev`), `health/service`", health, True)):
        with Waypost(options.folder, options.binary, development=development) as waypost:
            said = subprocess.run(
                pinned(LOAD_CORE, ["/usr/bin/python3", HERE / "waiters.py", waypost.port, "--pid", waypost.process.pid, "--path", path]),
                capture_output=True, text=True)
            if said.returncode:
                raise SystemExit(said.stdout + said.stderr)
            seen = json.loads(said.stdout)
        rows.append(
            f"| {name} | {seen['before']:.0f} | {seen['resident']:.0f} | {seen['idle']:.2%} of a core | {seen['p50']:.2f} | "
            f"{seen['p99']:.2f} | {seen['max']:.2f} | {seen['writes_p50']:.2f} | {seen['writes_p99']:.2f} | "
            f"{seen['disturbed']} of {seen['changes']} | {seen['undisturbed_p99']:.2f} | {seen['undisturbed_max']:.2f} | "
            f"{seen['cpu_change']:.0f} | {seen['strays']} |")
        gates += [
            Gate(f"10,000 waiters, {name}: resident MiB", 300, seen["resident"]),
            Gate(f"10,000 waiters, {name}: CPU while idle, % of a core", 1, seen["idle"] * 100),
            Gate(f"10,000 waiters, {name}: change to watchers, ms at p99, cores not taken", 5, seen["undisturbed_p99"]),
            Gate(f"10,000 waiters, {name}: of the changes others had a core, %", 5, seen["disturbed"] / seen["changes"] * 100),
            Gate(f"10,000 waiters, {name}: others woken", 0, seen["strays"])]
    return "\n".join(rows), gates


def checks(options):
    """5,000 HTTP checks every 10 s."""
    count = options.checks
    with Nginx(options.folder, core=LOAD_CORE) as nginx:
        definitions = {"checks": [
            {"id": f"c{number}", "name": f"c{number}", "http": nginx.url("/health"), "interval": "10s"} for number in range(count)]}
        with Waypost(options.folder, options.binary, definitions=definitions) as waypost:
            begin = time.monotonic()
            while True:
                states = [check["Status"] for check in json.loads(waypost.ask("GET", "/v1/agent/checks")[0]).values()]
                if states.count("passing") == count:
                    break
                if time.monotonic() - begin > 300:
                    raise SystemExit(f"only {states.count('passing')} of {count} checks pass after 5 min")
                time.sleep(2)
            settled = time.monotonic() - begin
            time.sleep(10)
            shares = []
            for _ in range(3):
                start, spent = time.monotonic(), waypost.cpu()
                time.sleep(10)
                shares.append((waypost.cpu() - spent) / (time.monotonic() - start) * 100)
            share = sorted(shares)[1]
            text = "\n".join([
                f"### {count:,} HTTP checks every 10 s on one agent", "",
                "| CPU, % of a core (median of 3 × 10 s) | least–most | µs a check | MiB | all passing after, s |", "|---|---|---|---|---|",
                f"| {share:.1f} | {min(shares):.1f}–{max(shares):.1f} | {share / 100 / (count / 10) * 1e6:.0f} | {waypost.resident():.0f} | "
                f"{settled:.0f} |"])
    return text, [Gate(f"{count:,} HTTP checks: % of a core", 15, share)]


ALL = {"reads": reads, "writes": writes, "waiters": waiters, "checks": checks}
