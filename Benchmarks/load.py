#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fixed number of DNS queries for an agent, for callgrind.py: `load.py MODE QUERIES`.

Waits until the agent answers, registers SERVICES services with ten instances each over HTTP, then
sends the queries in bursts of 32 and waits for every reply of a burst. WAYPOST_DNS_ADDRESS and
WAYPOST_HTTP_ADDRESS say where the agent listens (127.0.0.1:8600 and 127.0.0.1:8500).
"""
import json
import os
import socket
import struct
import sys
import time
import urllib.error
import urllib.request

SERVICES, INSTANCES, BURST = 10, 10, 32
A, SRV = 1, 33
MODES = {
    "a3": (A, None, "web-{}.service.consul"),
    "a10": (A, 1232, "web-{}.service.consul"),
    "srv3": (SRV, None, "web-{}.service.consul"),
    "srv10": (SRV, 1232, "web-{}.service.consul"),
    "nx": (A, 1232, "nope-{}.service.consul"),
}


def address(variable, port):
    host, _, number = os.environ.get(variable, f"127.0.0.1:{port}").rpartition(":")
    return host, int(number)


def query(name, number, kind, size):
    octets = struct.pack(">HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 1 if size else 0)
    for label in name.split("."):
        octets += bytes([len(label)]) + label.encode()
    octets += struct.pack(">BHH", 0, kind, 1)
    if size:
        octets += struct.pack(">BHHIH", 0, 41, size, 0, 0)
    return octets


def put(body):
    host, port = address("WAYPOST_HTTP_ADDRESS", 8500)
    request = urllib.request.Request(
        f"http://{host}:{port}/v1/catalog/register", json.dumps(body).encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=60) as reply:
        reply.read()


def register(patience=180):
    end = time.monotonic() + patience
    for service in range(SERVICES):
        for instance in range(INSTANCES):
            body = {"Node": f"node-{instance}", "Address": f"10.0.0.{instance}",
                    "Service": {"Service": f"web-{service}", "Port": 8000 + instance,
                                "Tags": [f"v{instance & 1}", "primary"]}}
            while True:
                try:
                    put(body)
                    break
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.2)


def main():
    kind, size, name = MODES[sys.argv[1]]
    total = int(sys.argv[2])
    register()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(address("WAYPOST_DNS_ADDRESS", 8600))
        udp.settimeout(30)
        sent = 0
        while sent < total:
            burst = min(BURST, total - sent)
            for number in range(sent, sent + burst):
                udp.send(query(name.format(number % SERVICES), number, kind, size))
            for _ in range(burst):
                reply = udp.recv(4096)
                code = reply[3] & 15
                if code != (3 if sys.argv[1] == "nx" else 0):
                    sys.exit(f"unexpected response code {code}")
            sent += burst


if __name__ == "__main__":
    main()
