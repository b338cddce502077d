#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds blocking queries open, changes services, and times when their watchers hear of it.

usage: waiters.py PORT --pid PID --services 1000 --watchers 10 --changes 400 --path '/v1/health/service/%s?passing'
(one line of JSON at the end; %s is the name of a service)

What else runs on the machine takes the cores for milliseconds at a time, which is seen as a late answer. So the CPU time of all other
processes is read before and after each change (not that of the kernel's threads, which work for the server too); the figures are given
for all changes, and without those during which the others had more than --others milliseconds and a quarter of the time.
"""
import argparse
import gc
import http.client
import json
import os
import re
import select
import socket
import sys
import time

LOOP = "127.0.0.1"
INDEX = re.compile(rb"x-consul-index: (\d+)", re.I)
LENGTH = re.compile(rb"content-length: (\d+)", re.I)


class Watcher:
    def __init__(self, port, path, service):
        self.path = path % service
        self.service = service
        self.socket = socket.create_connection((LOOP, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""

    def ask(self, index):
        self.data = b""
        self.socket.send(f"GET {self.path}&index={index}&wait=10m HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def take(self):
        """The index of a whole reply; None while it is on its way."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise SystemExit("the server closed a connection")
        self.data += part
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found or len(body) < int(LENGTH.search(head).group(1)):
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        return int(INDEX.search(head).group(1))


def cpu(pid):
    return sum(int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0]) for task in os.listdir(f"/proc/{pid}/task")) / 1e9


class Others:
    """The CPU time of all other processes, in seconds."""

    def __init__(self, *pids):
        self.files = {}
        for pid in os.listdir("/proc"):
            if not pid.isdigit() or int(pid) in pids:
                continue
            try:
                # A thread of the kernel has no command line.
                if not open(f"/proc/{pid}/cmdline").read():
                    continue
                for task in os.listdir(f"/proc/{pid}/task"):
                    self.files[os.open(f"/proc/{pid}/task/{task}/schedstat", os.O_RDONLY)] = 0
            except (FileNotFoundError, ProcessLookupError):
                # It has ended.
                continue
        self.since()

    def since(self):
        """The CPU time since the last call."""
        spent = 0
        for file, before in list(self.files.items()):
            try:
                self.files[file] = int(os.pread(file, 100, 0).split()[0])
                spent += self.files[file] - before
            except ProcessLookupError:
                del self.files[file]
        return spent / 1e9


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=10)
    parser.add_argument("--changes", type=int, default=400)
    parser.add_argument("--path", default="/v1/health/service/%s?passing")
    parser.add_argument("--idle", type=float, default=10)
    parser.add_argument("--others", type=float, default=0.5)
    options = parser.parse_args()
    client = http.client.HTTPConnection(LOOP, options.port)
    client.connect()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def register(service, port):
        body = json.dumps({
            "Node": f"n{service % 100}", "Address": f"10.0.0.{service % 100}", "SkipNodeUpdate": port > 1,
            "Service": {"Service": f"s{service}", "ID": f"s{service}", "Port": port},
            "Check": {"CheckID": f"c{service}", "Name": "c", "ServiceID": f"s{service}", "Status": "passing"}})
        client.request("PUT", "/v1/catalog/register", body)
        reply = client.getresponse()
        if reply.read() != b"true":
            raise SystemExit("a registration was refused")

    for service in range(options.services):
        register(service, 1)
    before = resident(options.pid)
    poll = select.epoll()
    watchers = {}
    for turn in range(options.services * options.watchers):
        watcher = Watcher(options.port, options.path, f"s{turn % options.services}")
        watchers[watcher.socket.fileno()] = watcher
        poll.register(watcher.socket, select.EPOLLIN)
        watcher.ask(0)
        index = None
        while index is None:
            index = watcher.take()
        watcher.ask(index)
    time.sleep(2)
    full = resident(options.pid)
    begin, spent = time.monotonic(), cpu(options.pid)
    time.sleep(options.idle)
    idle = (cpu(options.pid) - spent) / (time.monotonic() - begin)
    # Each change wakes the watchers of one service; whoever else answers is counted as a stray. A collection of this program's own
    # garbage among 10,000 sockets would count as the server's time.
    gc.collect()
    gc.freeze()
    gc.disable()
    others = Others(os.getpid(), options.pid)
    times, undisturbed, disturbed, acknowledged, strays, spent = [], [], 0, [], 0, cpu(options.pid)
    for change in range(options.changes):
        service = change * 7 % options.services
        time.sleep(0.02)
        body = json.dumps({
            "Node": f"n{service % 100}", "Address": f"10.0.0.{service % 100}", "SkipNodeUpdate": True,
            "Service": {"Service": f"s{service}", "ID": f"s{service}", "Port": 2 + change}}).encode()
        request = (f"PUT /v1/catalog/register HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        first = len(times)
        others.since()
        start = time.perf_counter()
        client.sock.send(request)
        missing, told = options.watchers, False
        poll.register(client.sock, select.EPOLLIN)
        end = time.monotonic() + 5
        again = []
        while (missing or not told) and time.monotonic() < end:
            for number, _ in poll.poll(1):
                if number == client.sock.fileno():
                    client.sock.recv(4096)
                    acknowledged.append(time.perf_counter() - start)
                    told = True
                    continue
                watcher = watchers[number]
                index = watcher.take()
                if index is None:
                    continue
                if watcher.service == f"s{service}":
                    times.append(time.perf_counter() - start)
                    missing -= 1
                else:
                    strays += 1
                again.append((watcher, index))
        for watcher, index in again:
            watcher.ask(index)
        poll.unregister(client.sock)
        if missing:
            raise SystemExit(f"{missing} watchers were not told")
        taken = others.since()
        if taken * 1000 > options.others and taken > max(times[first:]) / 4:
            disturbed += 1
        else:
            undisturbed += times[first:]
    spent = (cpu(options.pid) - spent) / options.changes
    times.sort()
    undisturbed.sort()
    if len(undisturbed) < len(times) / 2:
        raise SystemExit(f"others had a core during {disturbed} of {options.changes} changes: this machine is too busy to measure")
    acknowledged.sort()

    def at(values, share):
        return values[min(len(values) - 1, int(len(values) * share))] * 1000

    print(json.dumps({
        "before": before, "resident": full, "after": resident(options.pid), "idle": idle, "strays": strays,
        "disturbed": disturbed, "undisturbed_p99": at(undisturbed, 0.99), "undisturbed_max": undisturbed[-1] * 1000,
        "p50": at(times, 0.5), "p99": at(times, 0.99), "max": times[-1] * 1000, "writes_p50": at(acknowledged, 0.5),
        "writes_p99": at(acknowledged, 0.99), "cpu_change": spent * 1e6, "watchers": len(watchers), "changes": options.changes}))


if __name__ == "__main__":
    main()
