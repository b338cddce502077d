# SPDX-License-Identifier: Apache-2.0
"""The same records for every server: a catalog for Waypost, a zone for Knot and NSD, and questions about both."""
import json
import random
import re
import select
import socket
import time

INSTANCES = 10
LOOP = "127.0.0.1"


class Catalog:
    """`services` services of `instances` instances, on nodes without metadata."""

    def __init__(self, services, instances=INSTANCES, tags=(), checks=False):
        self.services, self.instances, self.tags, self.checks = services, instances, list(tags), checks
        self.nodes = max(instances, min(services, 20000))

    def node(self, service, instance):
        return (service * 7919 + instance) % self.nodes

    @staticmethod
    def address(node):
        return f"10.0.{node >> 8 & 255}.{node & 255}"

    def zone(self):
        yield "$ORIGIN consul.\n$TTL 0\n@ SOA ns hostmaster 1 3600 600 86400 0\n@ NS ns\nns A 127.0.0.1\n"
        for node in range(self.nodes):
            yield f"node-{node}.node.dc1 A {self.address(node)}\n"
        for service in range(self.services):
            for instance in range(self.instances):
                node = self.node(service, instance)
                yield f"web-{service}.service A {self.address(node)}\n"
                yield f"web-{service}.service SRV 1 1 {8000 + instance} node-{node}.node.dc1\n"

    def registrations(self):
        for node in range(self.nodes):
            yield {"Node": f"node-{node}", "Address": self.address(node)}
        for service in range(self.services):
            for instance in range(self.instances):
                yield self.registration(service, instance)

    def registration(self, service, instance, port=None):
        body = {
            "Node": f"node-{self.node(service, instance)}", "SkipNodeUpdate": True,
            "Service": {"ID": f"web-{service}", "Service": f"web-{service}", "Tags": self.tags,
                        "Port": port or 8000 + instance}}
        if self.checks:
            body["Check"] = {"CheckID": f"service:web-{service}", "Name": f"Service 'web-{service}' check", "Status": "passing",
                             "ServiceID": f"web-{service}"}
        return body

    def questions(self, kind, count=100000, name="web-{}.service.consul"):
        chosen = random.Random(1)
        return [f"{name.format(chosen.randrange(self.services))} {kind}\n" for _ in range(count)]


def host_zone(hosts):
    """A zone file of hosts with an address each, as many mail exchanges, and a wildcard."""
    yield "$ORIGIN corp.example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 10.255.0.1\n*.apps A 10.255.0.2\n"
    for number in range(hosts):
        yield f"host-{number} A 10.{number >> 16}.{number >> 8 & 255}.{number & 255}\nmail-{number} MX 10 host-{number}\n"


def connected(port, within=5):
    """A connection; the agent answers DNS some milliseconds before it listens for HTTP."""
    until = time.monotonic() + within
    while True:
        try:
            return socket.create_connection((LOOP, port))
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def put(port, bodies, path="/v1/catalog/register", connections=4, ahead=256):
    """Registers over pipelined HTTP; returns how many; raises at the first refusal."""
    requests = iter(bodies)
    sockets = {connected(port): 0 for _ in range(connections)}
    done, exhausted = 0, False
    rest = {connection: b"" for connection in sockets}
    while True:
        for connection, waiting in sockets.items():
            if exhausted or waiting > ahead // 2:
                continue
            batch = []
            for body in requests:
                text = json.dumps(body).encode()
                batch.append(b"PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                             % (path.encode(), len(text), text))
                if len(batch) + waiting >= ahead:
                    break
            exhausted = len(batch) + waiting < ahead
            connection.sendall(b"".join(batch))
            sockets[connection] += len(batch)
        if exhausted and not any(sockets.values()):
            break
        for connection in select.select([c for c, waiting in sockets.items() if waiting], [], [], 60)[0]:
            rest[connection] += connection.recv(1 << 18)
            codes = re.findall(rb"HTTP/1\.1 (\d+)", rest[connection])
            if bad := [code for code in codes if code != b"200"]:
                raise SystemExit(f"a registration was refused with {bad[0].decode()}: {rest[connection][:500]!r}")
            # What may be cut through stays.
            end = rest[connection].rfind(b"HTTP/1.1 200") + len(b"HTTP/1.1 200")
            rest[connection] = rest[connection][end if codes else 0:]
            sockets[connection] -= len(codes)
            done += len(codes)
    for connection in sockets:
        connection.close()
    return done
