# SPDX-License-Identifier: Apache-2.0
"""E7, E24, E25: a PostgreSQL pair under Patroni, whose leader dies; names, libpq and PgBouncer follow."""
import os
import re
import signal
import time

import pytest
from clients import NOBODY, RESOLV, UNPACKED, eventually, laboratory, snippet, tool

world, lab = laboratory("postgres", dns_port=53, setup=f"{RESOLV}\nmount -t tmpfs tmpfs /dev/shm")


class Node:
    """Patroni on one address, and the PostgreSQL that it started."""

    def __init__(self, lab, name, address):
        self.space, self.name, self.address = lab.space, name, address
        self.data = f"/run/demo-{name}"
        self.settings = lab.space.directory / f"{name}.yml"
        guide = snippet("Patroni", "yaml")
        assert "ttl: 20, loop_wait: 3," in guide and "/var/lib/postgresql/15/demo" in guide
        self.settings.write_text(guide.replace("name: a\n", f"name: {name}\n").replace("10.0.0.11", address)
                                 .replace("/var/lib/postgresql/15/demo", self.data)
                                 # Both live on one host here, and have but one place for sockets.
                                 .replace("  pg_hba:", "  parameters: { unix_socket_directories: '' }\n  pg_hba:"))
        self.patroni = None

    def start(self):
        modules = UNPACKED / "usr/lib/python3/dist-packages"
        # A kill leaves no shared memory behind in a world of its own.
        command = [*NOBODY, "--ipc", "env", f"PYTHONPATH={modules}", tool("patroni"), self.settings]
        self.patroni = self.space.start(*command)

    def postmaster(self) -> int:
        first = self.space.run("head", "-n", "1", f"{self.data}/postmaster.pid").stdout.strip()
        return int(first) if first.isdigit() else 0

    def kill(self, how=signal.SIGKILL):
        """Patroni first, or it would start PostgreSQL again."""
        self.patroni.stop(signal.SIGKILL)
        if process := self.postmaster():
            try:
                os.kill(process, how)
            except ProcessLookupError:
                return
            assert eventually(lambda: not os.path.exists(f"/proc/{process}"), 10), "PostgreSQL goes on"

    def sql(self, text) -> str:
        return psql(self.space, f"host={self.address} user=postgres dbname=postgres", text)


def psql(space, where, text) -> str:
    done = space.run("env", "PGCONNECT_TIMEOUT=3", tool("psql"), "-XAt", "-c", text, where)
    return done.stdout.strip() or done.stderr


@pytest.fixture
def pair(lab):
    """Two nodes, of which the first leads."""
    one, two = Node(lab, "a", "10.0.0.11"), Node(lab, "b", "10.0.0.12")
    try:
        one.start()
        assert eventually(lambda: "trying to bootstrap a new cluster" in one.patroni.text(), 15), one.patroni.text()
        two.start()
        yield one, two
    finally:
        for node in (one, two):
            if node.patroni:
                node.kill(signal.SIGQUIT)


@pytest.mark.slow
def test_e7_e24_e25_names_and_connections_follow_a_failover(lab, pair):
    one, two = pair

    def name(role):
        return lab.space.short(f"{role}.demo.service.consul")

    def logs():
        return one.patroni.text()[-3000:], two.patroni.text()[-3000:]

    assert eventually(lambda: name("primary") == name("master") == [one.address], 20), logs()
    assert eventually(lambda: name("replica") == [two.address], 20), logs()
    assert lab.space.short("demo.service.consul") == [one.address, two.address]
    # The replica is named as soon as it runs; it asks for the stream a little later.
    streams = "SELECT state FROM pg_stat_replication"
    assert eventually(lambda: one.sql(streams) == "streaming", 30), (one.sql(streams), logs())
    one.sql("CREATE ROLE demo LOGIN")
    one.sql("CREATE DATABASE demo OWNER demo")
    assert one.sql("CREATE TABLE written AS SELECT 1 AS n") == "SELECT 1"

    lab.space.check_console("libpq")
    command = next(iter(re.findall(r"'(host=[^']*)'", snippet("libpq", "console"))))
    settings = lab.space.directory / "pgbouncer.ini"
    settings.write_text(snippet("PgBouncer", "pgbouncer") + "unix_socket_dir =\n")
    bouncer = lab.space.start(*NOBODY, tool("pgbouncer"), settings)
    here, pooled = "SELECT host(inet_server_addr())", "host=127.0.0.1 port=6432 user=demo dbname=demo"
    assert eventually(lambda: psql(lab.space, pooled, here) == one.address), bouncer.text()

    begin = time.monotonic()
    one.kill()
    assert eventually(lambda: one.address not in lab.space.short("demo.service.consul"), 5), "its check fails"
    seen = []

    def moved():
        seen.append((name("primary"), name("master")))
        return seen[-1] == ([two.address], [two.address])

    assert eventually(moved, 40), logs()
    took = time.monotonic() - begin
    print(f"the names led to the new leader {took:.1f} s after the old one's death")
    # The lock goes with the session, of half of Patroni's ttl, which ends after twice its own: about 20 s, as with Consul.
    assert 15 < took < 35, took
    # Until then the names are nobody's.
    assert all(one.address not in primary + master for primary, master in seen), seen
    assert name("replica") == []
    assert psql(lab.space, command, here) == two.address
    assert eventually(lambda: psql(lab.space, pooled, here) == two.address), bouncer.text()
    assert two.sql("INSERT INTO written VALUES (2)") == "INSERT 0 1"

    one.start()
    assert eventually(lambda: name("replica") == [one.address], 30), logs()
    assert name("primary") == [two.address]
    assert eventually(lambda: one.sql("SELECT count(*), pg_is_in_recovery() FROM written") == "2|t", 10), logs()
