#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the corpora: small inputs that reach each branch of a format once.

usage: fuzz/seeds.py                (from anywhere; overwrites corpus/*/seed-*)
       fuzz/seeds.py broad FOLDER   (many inputs of FuzzResponder and FuzzForwarder below FOLDER, of which -merge=1 keeps what adds coverage)
"""
import gzip
import hashlib
import io
import json
import os
import random
import struct
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Names of the forms that a server of ours is asked for (service, node, address, reverse, query).
NAMES = """
web.service.consul. v1.web.service.dc1.consul. _web._tcp.service.consul. _web._v1.service.consul. web.connect.consul.
web.ingress.consul. web.virtual.consul. agent1.node.dc1.consul. c6120001.addr.dc1.consul.
20010db8000000000000000000000001.addr.consul. q-one.query.consul. consul. 1.0.18.198.in-addr.arpa.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. www.example.internal. ns.lab.example.internal.
x.apps.example.internal. WwW.ExAmPlE.com. .
""".split()


def save(corpus, name, data):
    folder = os.path.join(HERE, "corpus", corpus)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "seed-" + name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def wire(name):
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def record(owner, kind, data, klass=1, ttl=60):
    return owner + struct.pack(">HHIH", kind, klass, ttl, len(data)) + data


def message(questions=b"", answers=(), authorities=(), additionals=(), flags=0x8580, count=None):
    questions_count = count if count is not None else (1 if questions else 0)
    head = struct.pack(">6H", 0x1234, flags, questions_count, len(answers), len(authorities), len(additionals))
    return head + questions + b"".join([*answers, *authorities, *additionals])


def question(name, kind=1, klass=1):
    return wire(name) + struct.pack(">HH", kind, klass)


def opt(options=b"", size=1232, flags=0x8000):
    return record(b"\0", 41, options, size, flags)


def messages():
    here = b"\xc0\x0c"
    host = b"\x04host" + here
    soa = wire("ns.consul.") + wire("hostmaster.consul.") + struct.pack(">5I", 1, 3600, 600, 86400, 0)
    for index, name in enumerate(NAMES):
        kind = [1, 28, 33, 16, 255, 12, 6, 2][index % 8]
        save("message", f"query-{index:02}", message(question(name, kind), additionals=[opt()], flags=0x0100))
    ask = question("web.service.consul.")
    for number in range(16):
        save("message", f"codes-{number:02}", message(ask, flags=0x8000 | number << 11 | number))
    for number, klass in enumerate([1, 3, 4, 254, 255, 9]):
        save("message", f"class-{number}", message(ask, [record(here, 16, b"\1x", klass)]))
    for number in [1, 2, 5, 6, 12, 13, 15, 16, 28, 29, 33, 35, 39, 41, 43, 44, 46, 47, 48, 50, 51, 52, 59, 60, 61, 64, 65, 99, 251, 252, 255, 257]:
        save("message", f"type-{number}", message(question("a.", number), [record(here, number, b"")]))
    options = {
        "ecs4": b"\0\x08\0\x07\0\1\x18\0\x0a\1\2", "ecs6": b"\0\x08\0\x06\0\2\x0f\0\x20\1", "ecs0": b"\0\x08\0\4\0\0\0\0",
        "ecs-bad": b"\0\x08\0\5\0\1\x18\0\x0a", "ecs-family": b"\0\x08\0\4\0\7\0\0", "ecs-odd": b"\0\x08\0\6\0\1\x0b\0\x0a\xff",
        "ede": b"\0\x0f\0\4\0\3ab", "ede-nul": b"\0\x0f\0\5\0\3ab\0", "ede-short": b"\0\x0f\0\1\0", "ede-long": b"\0\x0f\0\xc8\0\1" + "\u00e4".encode() * 99,
        "two": b"\0\x0a\0\x08abcdefgh\0\x0f\0\2\0\x16",
    }
    for name, data in options.items():
        save("message", f"option-{name}", message(ask, additionals=[opt(data)]))
    for number, text in enumerate(["00" * 16, "20010db8" + "00" * 11 + "01", "00" * 10 + "ffff0a000001", "0001" * 8, "000100000001" + "00" * 4 + "000100000001", "fe80" + "00" * 6 + "0102030405060708"]):
        save("message", f"aaaa-{number}", message(ask, [record(here, 28, bytes.fromhex(text))]))
    answers = {
        "a": [record(here, 1, bytes([198, 18, 0, 1]))],
        "aaaa": [record(here, 28, bytes(15) + b"\1")],
        "ns": [record(here, 2, host)], "cname": [record(here, 5, host)], "ptr": [record(here, 12, host)],
        "mx": [record(here, 15, b"\0\x0a" + host)], "srv": [record(here, 33, struct.pack(">3H", 1, 1, 80) + wire("a.b."))],
        "srv-compressed": [record(here, 33, struct.pack(">3H", 1, 1, 80) + host)],
        "txt": [record(here, 16, b"\5hello\0\3a=b")], "soa": [record(here, 6, soa)],
        "unknown": [record(here, 65280, b"\xab\xcd")], "unknown-pointer": [record(here, 65280, b"\xc0\x0c")],
        "https": [record(here, 65, b"\0\1\0\0\1\0\3\2h2")], "caa": [record(here, 257, b"\0\5issueca.example")],
        "hinfo": [record(here, 13, b"\7RFC8482\0")], "chaos": [record(here, 16, b"\1x", klass=3)],
        "empty": [record(here, 1, b"")], "many": [record(here, 1, bytes([10, 0, 0, i])) for i in range(8)],
        "rdlength-short": [record(here, 1, b"\1\2\3")], "rdlength-long": [record(here, 1, b"\1\2\3\4\5")],
    }
    for name, rows in answers.items():
        save("message", "answer-" + name, message(ask, rows))
    save("message", "negative", message(ask, authorities=[record(b"\xc0\x18", 6, soa)], flags=0x8583))
    save("message", "edns-ecs4", message(ask, additionals=[opt(struct.pack(">HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2")]))
    save("message", "edns-ecs6", message(ask, additionals=[opt(struct.pack(">HHHBB", 8, 11, 2, 56, 0) + bytes(7))]))
    save("message", "edns-cookie", message(ask, additionals=[opt(struct.pack(">HH", 10, 8) + bytes(8))]))
    save("message", "edns-twice", message(ask, additionals=[opt(), opt()]))
    save("message", "edns-misplaced", message(ask, answers=[opt()]))
    save("message", "pointer-loop", message(b"\xc0\x0c\0\1\0\1", count=1))
    save("message", "pointer-forward", message(b"\xc0\x10\0\1\0\1\0", count=1))
    save("message", "label-type", message(b"\x41a\0\0\1\0\1", count=1))
    save("message", "trailing", message(ask) + b"\0")
    save("message", "cut", message(ask)[:-3])
    save("message", "header", message())
    save("message", "update", message(question("consul.", 6), flags=0x2800))


def queries():
    kinds = [1, 28, 33, 16, 255, 12, 6, 2, 5, 65, 43]
    extra = ["db.service.consul.", "primary.web.service.consul.", "billing.example.internal.", "many.example.internal.", "x.lab.example.internal.",
             "out.example.internal.", "none.service.consul.", "1.0.0.10.in-addr.arpa.", "0.0.18.198.in-addr.arpa.", "n3.node.consul.", "elsewhere.test."]
    for index, name in enumerate(NAMES + extra):
        for edns in (0, 1):
            kind = kinds[(index + 3 * edns) % len(kinds)]
            body = message(question(name, kind), additionals=[opt(size=[512, 1232, 4096][index % 3])] if edns else [], flags=0x0100)
            save("responder", f"{'edns' if edns else 'plain'}-{index:02}", bytes([index % 8, 0]) + body)
    # What the fast line answers: each form with each type, in both families, over both transports.
    forms = ["web", "six", "db", "mixed", "named", "v1.web", "Primary.six", "_web._tcp", "_six._v1"]
    hosts = ["n0", "N3.node.DC1", "agent1", "nope", "n5"]
    fast = [f"{form}.service.consul." for form in forms] + [f"{host}{'' if 'node' in host else '.node'}.consul." for host in hosts]
    fast += ["web.service.alt.zone.", "consul.", "nope.service.consul.", "_web._tcp.consul.", "WEB.Service.dc1.CONSUL."]
    for index, name in enumerate(fast):
        for step, kind in enumerate([1, 33, 28, 255, 16, 15][: 6 if index < 4 else 3]):
            choice = [0, 1, 2, 3][(index + step) % 4] if "alt" not in name else 2
            rows = [record(b"\0", 41, b"", 1232, 0)] if (index + step) % 2 else []
            save("responder", f"fast-{index:02}-{kind}", bytes([choice, 0]) + message(question(name, kind), additionals=rows, flags=0x0100))
    ask = question("web.service.consul.", 33)
    save("responder", "reply", b"\0\0" + message(ask, flags=0x8100))
    save("responder", "notify", b"\0\0" + message(ask, flags=0x2100))
    save("responder", "update", b"\0\0" + message(ask, flags=0x2800))
    save("responder", "axfr", b"\1\0" + message(question("consul.", 252), flags=0))
    save("responder", "two-questions", b"\0\0" + message(ask + ask, count=2, flags=0))
    save("responder", "cut", b"\0\0" + message(ask, flags=0)[:-3])
    save("responder", "ecs", b"\0\0" + message(ask, additionals=[opt(struct.pack(">HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2")], flags=0x0100))
    save("responder", "two-opts", b"\0\0" + message(ask, additionals=[opt(), opt(size=600)], flags=0x0100))
    # What does not fit: many instances, both families, metadata, over each transport and size.
    long = "a-tag-that-is-there-to-make-the-name-of-the-question-a-long-one"
    for index, name in enumerate(["wide", "flat", "flat6", "heavy", "v1.wide", f"{long}.flat", "_wide._tcp", "named", "mixed"]):
        for step, (kind, size) in enumerate([(1, 0), (33, 0), (33, 900), (33, 1232), (255, 600), (28, 900), (1, 700), (33, 4096), (16, 513), (33, 65535)]):
            rows = [record(b"\0", 41, b"", size, 0)] if size else []
            body = message(question(f"{name}.service.consul.", kind), additionals=rows, flags=0x0100)
            for transport in (0, 1):
                save("responder", f"wide-{index}-{step}-{transport}", bytes([2 * ((index + step) % 4) + transport, 0]) + body)
    # The catalog changed before the question: each kind of change on a few nodes.
    for kind in range(8):
        for index, value in enumerate([0, 8, 0x85, 23, 0x9a, 50]):
            change = bytes([kind, [1, 7, 0, 5, 3, 9][index], value])
            name = ["web.service.consul.", "wide.service.consul.", "agent1.node.consul.", "named.service.consul.", "n2.node.consul.", "mixed.service.consul."][index]
            body = message(question(name, [1, 33, 255, 28, 16, 33][index]), additionals=[record(b"\0", 41, b"", 1232, 0)] if kind % 2 else [], flags=0x0100)
            save("responder", f"change-{kind}-{index}", bytes([2 * (index % 4), 1 + kind % 2]) + change + (change[:1] + b"\2" + change[2:] if kind % 2 else b"") + body)


def upstream_replies():
    """What an upstream may send: settings, then (question, how, length, reply behind header and question) up to four times."""

    def step(choice, rows=((), (), ()), flags=0x8180, how=0, rcode=0):
        head = struct.pack(">6H", 0, flags | rcode, 1, *map(len, rows))
        body = head + b"".join(b"".join(part) for part in rows)
        return bytes([choice, how]) + struct.pack(">H", len(body)) + body

    here, address = b"\xc0\x0c", bytes([192, 0, 2, 1])
    soa = wire("ns.example.net.") + wire("h.example.net.") + struct.pack(">5I", 1, 2, 3, 4, 60)
    zone, parent = wire("example.net."), wire("net.")
    alias, target = record(here, 5, wire("real.example.net.")), wire("real.example.net.")
    rows = {
        "address": [record(here, 1, address)], "alias": [alias, record(target, 1, address)], "alias-alone": [alias],
        "zero": [record(here, 1, address, ttl=0)], "loop": [record(here, 5, here)],
        "beside": [record(here, 1, address), record(wire("bank.example."), 1, address), record(wire("x.consul."), 1, address)],
        "own": [record(here, 5, wire("x.consul.")), record(wire("x.consul."), 1, address)],
        "signed": [record(here, 1, address), record(here, 46, struct.pack(">H", 1) + bytes(18))],
        "chain": [record(wire(f"n{i}.") if i else here, 5, wire(f"n{i + 1}.")) for i in range(9)],
        "many": [record(here, 1, bytes([10, 0, 0, i])) for i in range(40)],
    }
    for name, answers in rows.items():
        for choice in (0, 1, 6):
            glue = [record(wire("ns.example.net."), 1, address)]
            body = step(choice, (answers, [record(zone, 2, wire("ns.example.net."))], glue))
            save("forwarder", f"answer-{name}-{choice}", b"\0" + body + step(choice) + step(choice, how=0x40))
    for name, owner in (("zone", zone), ("parent", parent), ("root", b"\0"), ("other", wire("other."))):
        for rcode in (0, 3):
            proofs = [record(owner, 6, soa), record(zone, 47, b"\0\0\1\x40"), record(owner, 46, struct.pack(">H", 6) + bytes(18))]
            body = step(0, ((), proofs, ()), rcode=rcode)
            save("forwarder", f"negative-{name}-{rcode}", b"\1" + body + step(4) + step(0, how=0xf0, rcode=2))
            save("forwarder", f"proved-{name}-{rcode}", b"\0" + step(1, ((), proofs, ()), rcode=rcode) + step(5))
    save("forwarder", "own-ds", b"\0" + step(8, ((), [record(b"\0", 6, soa)], ())) + step(8))
    save("forwarder", "truncated", b"\0" + step(0, (rows["many"], (), ()), flags=0x8380))
    save("forwarder", "opt", b"\0" + step(1, (rows["address"], (), [opt()])))
    save("forwarder", "as-it-is", b"\0" + step(0, (rows["address"], (), ()), how=1))
    forwarder_steps(step, rows)
    save("forwarder", "failure", b"\1" + step(0, rcode=2) + step(0) + step(0, (rows["address"], (), ()), how=0x10))


def forwarder_steps(step, rows):
    """Histories: time, data past their time, prefetching, failures, joined questions, limits, probes, reloads, clients' own queries."""

    def act(action, body=b"", how=0):
        return bytes([0x60 + action, how]) + struct.pack(">H", len(body)) + body

    good, again = step(0, (rows["address"], (), ())), step(0)
    # Hot data are fetched anew near their end; data past their time are given out when upstreams fail.
    hot = step(0, (rows["address"], (), ()), how=0) + step(0) * 3
    save("forwarder", "prefetch", b"\2" + hot + step(0, (rows["address"], (), ()), how=0xb0))
    # Lent to the fast line: repeated with time, over TCP, by other questions of the name; withdrawn by a reload and by a new reply.
    for settings in (0x00, 0x02, 0x04, 0x24):
        lent = bytes([settings]) + hot + step(0) * 2
        save("forwarder", f"lent-{settings:02x}", lent + step(0, how=0x10) + step(0, how=2) + step(1) + step(0, how=0x30))
        save("forwarder", f"lent-reload-{settings:02x}", lent + act(1, b"\x40") + step(0))
        save("forwarder", f"lent-anew-{settings:02x}", lent + step(0, (rows["signed"], (), ()), how=0xd0) + step(0) * 4)
    for choice in range(1, 24):
        asked = step(choice, (rows["address"], (), ())) + step(choice) * 5
        save("forwarder", f"lent-question-{choice}", b"\0" + asked + step(choice, how=0x10))
    cookie = record(b"\0", 41, struct.pack(">2H", 10, 16) + bytes(range(16)))
    save("forwarder", "cookie", b"\4" + step(0, (rows["address"], (), [cookie])) + step(0, rcode=7))
    save("forwarder", "prefetch-open", b"\2" + hot + step(0, how=0xb8) + step(0))
    for number, action in enumerate((2, 3, 4, 5)):
        save("forwarder", f"end-{action}", b"\3" + good + step(0, how=0xf8) + act(action) + step(0, how=0x10 * number))
        save("forwarder", f"joined-{action}", b"\1" + step(0, how=8) + step(0) * 2 + act(action) + again)
    save("forwarder", "stale", b"\3" + good + step(0, how=0xc1) + step(0, how=1) + step(0, how=0xd1))
    denied = step(1, ((), [record(wire("example.net."), 6, wire("a.") + wire("b.") + struct.pack(">5I", 1, 2, 3, 4, 60))], ()), rcode=3)
    save("forwarder", "stale-denial", b"\3" + denied + step(1, how=0xb1) + step(1, how=1))
    save("forwarder", "late", b"\0" + step(0, how=8) + step(0, how=0xb8) + act(3, how=0xb0))
    # Limits and small caches.
    for settings in (0x08, 0x0c, 0x10, 0x1c, 0x30, 0x05, 0x40, 0x80, 0xc0):
        body = step(0, how=8) + step(2, how=8) + step(4, how=8) + step(6, how=8) + step(0) + step(11)
        save("forwarder", f"limits-{settings:02x}", bytes([settings]) + body)
        kept = b"".join(step(choice, (rows[name], (), ())) for choice, name in ((0, "address"), (1, "many"), (2, "alias"), (4, "address"), (6, "address")))
        save("forwarder", f"kept-{settings:02x}", bytes([settings]) + kept + step(0))
    for settings in (0x10, 0x11):
        first = step(0, (rows["address"], (), ()))
        others = b"".join(step(choice, rcode=2) for choice in (1, 2, 3, 4, 5, 6, 7, 10, 11))
        save("forwarder", f"evict-{settings:02x}", bytes([settings]) + first + step(0) + others + step(0))
    proof = [record(wire("*.example.net."), 47, b"\0\0\1\x40"), record(b"\0", 47, b"\0\0\1\x40")]
    save("forwarder", "wildcard-proof", b"\0" + step(1, (rows["address"], proof, ())) + step(1))
    twice = step(0, rcode=2) + step(0, rcode=2, how=0x10)
    save("forwarder", "failures", b"\0" + twice + step(0, rcode=2, how=0x10))
    # Other clients, one of them an upstream of the question's.
    for choice in (0x70, 0x84, 0xa8, 0xcc, 0xe0):
        save("forwarder", f"client-{choice:02x}", b"\0" + step(choice, how=8) + step(choice + 12, (rows["address"], (), ())) + step(choice) * 2)
    save("forwarder", "asked-back", b"\0" + step(6, how=8) + step(0x66, how=0) + step(0x72) + step(0xea))
    # Upstreams that fail, are probed, answer slowly, send the probe back.
    fail = step(0, how=1)
    save("forwarder", "probe", b"\0" + fail + act(0, how=0x10) + step(0, (rows["address"], (), ()), how=0x10))
    save("forwarder", "probe-loop", b"\0" + fail + act(0, how=0x12) + again)
    save("forwarder", "probe-answered", b"\0" + fail + act(0, struct.pack(">6H", 0, 0x8180, 1, 0, 0, 0), how=0x10) + again)
    save("forwarder", "probe-often", b"\0" + fail + fail + act(0, how=0xa0) * 3)
    for body in (b"\1", b"\xff", b"\0"):
        save("forwarder", f"report-{body.hex()}", b"\0" + step(0, how=8) + act(15, body) * 4)
    # Reloads: the same and other rules and upstreams, another cache.
    for first in (0x00, 0x10, 0x40, 0x80, 0xc0):
        for how in (0, 2):
            save("forwarder", f"reload-{first:02x}-{how}", b"\0" + good + step(2, how=8) + act(1, bytes([first]), how) + act(3) + step(0) + step(4))
    # Over TCP, to chase an alias, with letters of random case; refusals of every kind.
    for how in (2, 4, 6, 3, 5, 7):
        save("forwarder", f"how-{how}", b"\0" + step(0, (rows["address"], (), ()), how=how) + step(4, rcode=5, how=how) + step(6, how=how))
    for rcode in (1, 4, 5, 9):
        save("forwarder", f"code-{rcode}", b"\0" + step(0, rcode=rcode) + step(1, ((), (), [opt(flags=0x01000000 | 0x8000)]), rcode=rcode))
    save("forwarder", "extended-code", b"\0" + step(0, ((), (), [record(b"\0", 41, b"", 1232, 0x01000000)])))
    save("forwarder", "undecodable", b"\0" + step(0, ([record(b"\xc0\xff", 1, b"\1\2\3\4")], (), ())) + step(0, ([record(b"\xc0\x0c", 1, b"\1")], (), ())))
    save("forwarder", "cut", b"\0" + bytes([0, 0]) + struct.pack(">H", 20) + struct.pack(">6H", 0, 0x8180, 1, 2, 0, 0) + b"\xc0\x0c\0\1\0\1\0\0")
    big = [record(b"\xc0\x0c", 16, b"\xc8" + b"x" * 200) for _ in range(4)]
    save("forwarder", "cut-opt", b"\0" + step(1, (big, (), [opt(b"\0\x0a\0\x08abcdefgh")])) + step(0, (big, (), [opt()])))
    save("forwarder", "cut-glue", b"\0" + step(0, (rows["address"], (), big)) + step(0, (rows["address"], big, ())))
    save("forwarder", "two-soa", b"\0" + step(0, ((), [record(wire("net."), 6, wire("a.") + wire("b.") + bytes(20))] * 2, ())))
    save("forwarder", "class", b"\0" + step(0, ([record(b"\xc0\x0c", 1, b"\1\2\3\4", klass=3)], (), ())))
    save("forwarder", "header-name", b"\0" + step(0, ([record(b"\xc0\0", 1, b"\1\2\3\4")], (), ()), flags=0x8380) + step(0, ([record(b"\xc0\2", 1, b"\1\2\3\4")], (), ())))
    save("forwarder", "cut-opt-small", b"\0" + step(1, (big * 2, (), [opt(struct.pack(">HH", 65001, 1200) + b"y" * 1200)])))
    protections(step, act, rows)
    # Clients' own queries: flags, options, odd types, cut short, over both transports.
    ask = question("www.example.net.")
    ecs4, cookie = struct.pack(">HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2", struct.pack(">HH", 10, 8) + bytes(8)
    queries = {
        "plain": message(ask, flags=0x0100), "no-rd": message(ask, flags=0), "cd": message(ask, flags=0x0130), "notify": message(ask, flags=0x2100),
        "chaos": message(question("version.bind.", 16, 3), flags=0x0100), "any": message(question("www.example.net.", 255), flags=0x0100),
        "axfr": message(question("example.net.", 252), flags=0x0100), "zero": message(question("www.example.net.", 0), flags=0x0100),
        "ecs": message(ask, additionals=[opt(ecs4)], flags=0x0100), "cookie": message(ask, additionals=[opt(cookie)], flags=0x0100),
        "options": message(ask, additionals=[opt(struct.pack(">HH", 65001, 4) + b"abcd" + ecs4)], flags=0x0100),
        "many-options": message(ask, additionals=[opt(struct.pack(">HH", 65001, 0) * 20)], flags=0x0100),
        "version": message(ask, additionals=[opt(flags=0x00018000)], flags=0x0100), "size": message(ask, additionals=[opt(size=4096)], flags=0x0120),
        "two-opts": message(ask, additionals=[opt(), opt(size=600)], flags=0x0100), "extra": message(ask, additionals=[record(b"\0", 1, b"\1\2\3\4")], flags=0x0100),
        "short": message(ask, flags=0x0100)[:-3], "no-question": message(flags=0x0100), "bad": b"\x12\x34\1\0", "reply": message(ask, flags=0x8100),
        "half-option": message(ask, additionals=[opt(b"\0\x08\0\x07\0\1")], flags=0x0100), "upper": message(question("WWW.eXample.NET."), flags=0x0100),
        "probe": message(question("0123456789abcdef0123456789abcdef.waypost-probe."), flags=0x0100), "two-questions": message(ask + ask, count=2, flags=0x0100),
        "long-name": message(question(".".join(["a" * 63] * 3 + ["b" * 61])), flags=0x0100), "own": message(question("web.service.consul."), flags=0x0100),
    }
    for index, (name, body) in enumerate(queries.items()):
        for kind in (6, 7, 8, 9) if "opt" in name or name in ("ecs", "cookie", "plain", "size") else (6 + index % 4,):
            start = step(1, (rows["address"], (), [opt()])) if index % 2 else step(0, (big, (), ()))
            save("forwarder", f"asks-{name}-{kind}", b"\1" + start + act(kind, body) + act(kind, body, how=1))


def protections(step, act, rows):
    """Rebinding protection, zones in our own domain, cookies, forgeries, questions that come back."""
    here = b"\xc0\x0c"
    v4 = ["00000001", "0a000001", "7f000001", "a9fe0001", "ac100001", "ac200001", "c0a80001", "64400001", "64800001", "ffffffff", "c0000201"]
    v6 = ["00" * 15 + "01", "00" * 10 + "ffff0a000001", "0064ff9b" + "00" * 8 + "0a000001", "0064ff9b" + "00" * 8 + "c0000201", "fd" + "00" * 15, "fe80" + "00" * 14, "fec0" + "00" * 14, "20010db8" + "00" * 12]
    private = [record(here, 1, bytes.fromhex(text)) for text in v4] + [record(here, 28, bytes.fromhex(text)) for text in v6]
    alias = [record(here, 5, wire("real.example.net.")), record(wire("real.example.net."), 1, b"\x0a\0\0\1")]
    unread = [record(here, 1, b"\1")]
    for family in range(4):
        for first in range(4):
            rules = act(1, bytes([first << 6]), 4 * family + 2)
            save("forwarder", f"rules-{family}{first}", b"\0" + rules + step(0, (private, (), private)) + step(0) + step(6, (private, (), ())) + step(6) + act(10, b"\3" + step(0, (private, (), ()))[4:]) + act(10, b"\3"))
            save("forwarder", f"rules-zone-{family}{first}", b"\0" + rules + act(10, b"\1" + step(0, (private, (), ()))[4:]) + act(10, b"\1") + act(10, b"\2") + step(8) + step(0, ([record(here, 5, wire("x.deleg.consul.")), record(wire("x.deleg.consul."), 1, b"\1\2\3\4"), record(wire("x.consul."), 1, b"\1\2\3\4")], (), ())) + step(0))
    # A name that no rule gives away is ours, and so may what upstreams say of its parent be passed on; given away, it is not.
    parent = [record(wire("consul."), 1, b"\1\2\3\4"), record(here, 1, b"\1\2\3\4")]
    for family in (1, 2):
        save("forwarder", f"rules-parent-{family}", b"\0" + act(1, b"\0", 4 * family + 2) + act(10, b"\1" + step(0, (parent, (), ()))[4:]))
    for flags in (0x8180, 0x8380, 0x81a0, 0x83a0):
        for how in (0, 2):
            body = step(0, (private[:2], (), ()), flags, how) + step(1, (alias, (), [opt()]), flags, how) + step(0, (unread, (), ()), flags, how) + step(0, (rows["address"], (), ()), flags, how)
            save("forwarder", f"rebind-{flags:x}-{how}", b"\0" + act(1, b"\0", 6) + body + step(0))
    save("forwarder", "rebind-only", b"\0" + act(1, b"\0", 6) + step(0, (private[1:2], (), ())) * 5)
    for index in range(13):
        for client in (0, 2, 4, 5):
            save("forwarder", f"more-{index}-{client}", b"\0" + act(10, bytes([client << 4 | index]) + step(0, (rows["address"], (), ()))[4:], how=8 if client else 0) + act(10, bytes([client << 4 | index])))

    def cookie(length, mark=0xCC, extended=0, more=b""):
        return [record(b"\0", 41, more + struct.pack(">2H", 10, length) + bytes([mark] * 8)[:length] + bytes(range(max(0, length - 8))), 1232, extended << 24)]

    for length in (4, 8, 12, 16, 40, 41):
        good = step(0, (rows["address"], (), cookie(length)))
        bad = step(2, ((), (), cookie(length, extended=1)), rcode=7)
        wrong = step(6, (rows["address"], (), cookie(length, mark=0xCD)))
        save("forwarder", f"cookies-{length}", b"\4" + good + bad + step(0, (rows["address"], (), cookie(16)), how=0xf0) + wrong)
        save("forwarder", f"cookies-bad-{length}", b"\4" + bad + bad + step(2, ((), (), cookie(length, extended=1)), how=2, rcode=7) + step(6, ((), (), cookie(16, extended=1)), rcode=7))
    save("forwarder", "cookies-two", b"\4" + step(0, (rows["address"], (), cookie(16, more=struct.pack(">2H", 65001, 2) + b"xx") + cookie(24))) + step(0, ((), (), cookie(24, extended=1)), rcode=7))
    save("forwarder", "cookies-open", b"\4" + step(0, how=8) + act(2, step(0, ((), (), cookie(16, extended=1)), rcode=7)[4:]) + act(2, step(0, ((), (), cookie(20, extended=1)), rcode=7)[4:]) + act(3))
    for settings in (0, 4, 8, 12):
        begun = bytes([settings]) + step(0, how=8) + step(2, how=14)
        save("forwarder", f"flood-{settings}", begun + act(11, b"x") + act(11) + act(3) + act(4) + act(11) + act(2, rows["address"][0]))
        save("forwarder", f"comes-back-{settings}", begun + act(12) + step(0) + act(12) + act(3) + act(12, how=8) + step(6))
        save("forwarder", f"first-probes-{settings}", bytes([settings]) + act(13, how=2) + step(0, (rows["address"], (), ())) + act(13, struct.pack(">6H", 0, 0x8180, 1, 0, 0, 0)) + act(1, b"\0") + act(13) + act(0, how=0xa0) * 2 + act(0, how=0xf0))
    hot = step(0, (rows["address"], (), ())) + step(0) * 5
    save("forwarder", "withdrawn", b"\0" + hot + act(14) + step(0) * 3 + act(14, how=0xd0) + step(0))
    save("forwarder", "withdrawn-tight", b"\x10" + hot + step(1, (rows["many"], (), ())) + step(1) * 5 + act(14) + step(0) * 2)
    long = [record(wire(f"n{i}.") if i else here, 5, wire(f"n{i + 1}.")) for i in range(40)]
    save("forwarder", "alias-many", b"\0" + step(0, (long, (), ())) + step(0, ([record(here, 5, wire("b."))] * 20, (), ())) + step(1, (rows["address"], [record(b"\0", 47, b"\0\0\1\x40")] * 40, ())))
    save("forwarder", "late-answers", b"\1" + hot + step(0, how=0xc8) + act(3) * 4 + act(2, step(0, (rows["address"], (), ()))[4:]) + step(0))


# Octets that choose each server of FuzzResponder over UDP (Server.at).
SERVERS = [2 * number for number in range(10)] + [2 * (63 + number) for number in range(7)]
# Names that lead to every branch of the grammar, of the zones and of the reverse trees.
BROAD = """
consul. ns.consul. hostmaster.consul. service.consul. node.consul. query.consul. _tcp.service.consul. _tcp.query.consul. _x.query.dc1.consul.
dc1.consul. dc.consul. dc1.dc.consul. node.dc1.consul. service.dc1.dc.consul. connect.consul. virtual.consul. addr.consul. ingress.consul. nothing.consul.
web.service.consul. web.service.dc1.consul. web.service.dc2.consul. web.service.dc1.dc.consul. web.service.p1.peer.consul. web.service.dc1.dc.dc2.dc.consul.
web.service.dc1.dc.p.peer.consul. web.service.a.b.consul. web.service.a.b.c.consul. web.service.x.ns.consul. v1.web.service.consul. Primary.v1.web.service.consul.
a.b.web.service.consul. _web._tcp.consul. _web._tcp.service.consul. _web._v1.service.consul. _web._tcp.v1.service.consul. _web._v1.Primary.service.consul. _web._.service.consul.
db.service.consul. six.service.consul. mixed.service.consul. named.service.consul. twin.service.consul. pair.service.consul. shared.service.consul. v1.twin.service.consul.
weighted.service.consul. first.service.consul. down.service.consul. native.service.consul. web-proxy.service.consul. heavy.service.consul. wide.service.consul.
flat.service.consul. flat6.service.consul. brim.service.consul. edge.service.consul. Primary.brim.service.consul. v1.edge.service.consul. _brim._tcp.service.consul.
new.service.consul. none.service.consul. fresh.service.consul. consul.service.consul. a.service.consul. x.y.z.none.service.consul.
web.connect.consul. native.connect.consul. none.connect.consul. web.virtual.consul. native.virtual.consul. web.virtual.p1.consul. db.ingress.consul. six.virtual.consul.
none.ingress.consul. agent1.node.consul. n0.node.consul. n5.node.consul. N3.node.dc1.consul. t2.node.consul. t3.node.consul. m0.node.consul. h0.node.consul. w0.node.consul.
nope.node.consul. n0.node.dc2.consul. n0.node.p.peer.consul. a.b.node.consul. 00000000.node.consul. 00000000-0000-0000-0000-0000000000a0.node.consul. 00000000-0000.node.consul.
00000000-0000-0000-0000-00000000000.node.consul. under_score.node.consul. dot.ted.node.consul. upper.node.consul. x.node.consul. y.x.node.consul. www.x.node.consul.
c6120001.addr.consul. C6120001.addr.dc1.consul. c612000.addr.consul. c61200zz.addr.consul. x.c6120001.addr.consul. 20010db8000000000000000000000001.addr.consul.
c6120001-20010db8000000000000000000000001.addr.consul. c6120001-c6120001.addr.dc1.consul. q-one.query.consul. q-one.query.dc1.consul. q-one.query.dc2.consul. q-one.query.a.b.consul.
_q-one._tcp.query.consul. ttlq.query.consul. dot.name.query.consul. gone.query.consul. fit.query.consul. near.query.consul. nearip.query.consul. agent.query.consul. named.query.consul.
mesh.query.consul. fo.query.consul. geo-web-v1.query.consul. geo-x.query.consul. peer.query.consul. lax.query.consul. meta.query.consul. nometa.query.consul. nobody.query.consul.
0a1b2c3d-0000-4000-8000-000000000111.query.consul. 0a1b2c3d-0000-4000-8000-000000000100.query.consul. x.example.internal. example.internal. EXAMPLE.Internal.
www.example.internal. host.example.internal. HOST.example.INTERNAL. billing.example.internal. out.example.internal. gone.example.internal. bare.example.internal.
lab.example.internal. x.lab.example.internal. ns.lab.example.internal. deep.example.internal. y.deep.example.internal. loop1.example.internal. many.example.internal.
query.example.internal. node.example.internal. ns.example.internal. db.example.internal. addr.example.internal. apex.example.internal. reverse.example.internal. cut.example.internal.
cross.example.internal. c1.example.internal. c3.example.internal. to.example.internal. odd.example.internal. wide.example.internal. x.wc.example.internal. wc.example.internal.
x.abroad.example.internal. x.cat.example.internal. y.round.example.internal. x.gone.example.internal. virtual.example.internal. www.off.example.internal. off.example.internal.
fresh.example.internal. wild.example.internal. lone.example.internal. h1.example.internal. p1.example.internal. d1.example.internal. f1.example.internal.
j1.example.internal. n1.example.internal. hx.elsewhere.test. lx.elsewhere.test. mx.example.internal. nullmx.example.internal. _sip._tcp.example.internal. _none._tcp.example.internal.
_tcp.example.internal. rootns.example.internal. x.rootns.example.internal. caa.example.internal. ent.example.internal. b.ent.example.internal. a.b.ent.example.internal. z.ent.example.internal.
ptr.example.internal. rr.example.internal. mxs.example.internal. second.test. www.second.test. back.second.test. x.y.second.test. lab.consul. www.lab.consul. www.consul. away.consul.
home.consul. near.consul. x.wild.consul. wild.consul. child.consul. x.child.consul. ns.child.consul. ent.consul. a.ent.consul. b.a.ent.consul. away.lab.consul. x.wild.lab.consul.
child.lab.consul. www.child.lab.consul. away.child.lab.consul. x.lab.consul. service.lab.consul. fresh.service.lab.consul. www.service.consul. x.wild.service.consul. home.service.consul.
x.dns.corp.consul. web.service.dns.corp.consul. ns.dns.corp.consul. corp.consul. dc.consul. web.service.dc.consul. web.service.alt.zone. alt.zone. web.service.Alt.Zone. n0.node.alt.zone.
elsewhere.test. www.elsewhere.test. x. . www. away. web.service. n0.node. fresh.service. ns. web.service.ns.consul. n0.node.ns.consul.
1.0.18.198.in-addr.arpa. 0.0.18.198.in-addr.arpa. 1.0.0.10.in-addr.arpa. 9.9.9.10.in-addr.arpa. 1.5.0.10.in-addr.arpa. 5.0.10.in-addr.arpa. 10.in-addr.arpa. 9.10.in-addr.arpa. 1.9.10.in-addr.arpa.
18.198.in-addr.arpa. 198.in-addr.arpa. in-addr.arpa. arpa. 1.0.0.127.in-addr.arpa. 127.in-addr.arpa. 16.172.in-addr.arpa. 1.1.16.172.in-addr.arpa. 8.8.8.8.in-addr.arpa. 1.1.5.0.10.in-addr.arpa.
256.0.0.10.in-addr.arpa. x.0.0.10.in-addr.arpa. 8.b.d.0.1.0.0.2.ip6.arpa. 0.8.b.d.0.1.0.0.2.ip6.arpa. d.f.ip6.arpa. ip6.arpa. g.ip6.arpa.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 9.9.9.9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.
""".split()
TYPES = [1, 28, 33, 255, 16, 6, 2, 12, 15, 5, 43, 65, 252, 251, 257]
CHANGES = [bytes([kind, place, value]) for kind in range(16) for place in (0, 1, 3) for value in (0, 9, 0x12, 0x85, 0x2b, 0xf0)]
WIDE = [bytes([0xe0 + kind, place, value]) for kind in range(16) for place in (0, 1, 2, 3, 4, 60, 61, 62, 63, 64, 127) for value in (0, 1, 2, 3, 5, 7, 40, 63, 0x82, 0xbf)]


def broad(folder):
    """Names with types on every server, after changes, with and without EDNS, explained."""
    chance = random.Random(5)

    def ask(server, changes, name, kind, edns, flags):
        rows = [record(b"\0", 41, b"", edns, chance.choice((0, 0x8000)))] if edns else []
        head = bytes([server, flags | len(changes)]) + b"".join(changes)
        return head + message(question(name, kind), additionals=rows, flags=chance.choice((0x0100, 0x0100, 0)))

    def write(target, number, data):
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        with open(os.path.join(folder, target, f"broad-{number:05}"), "wb") as file:
            file.write(data)

    inputs = []
    for name in BROAD:
        for server in SERVERS:
            kinds = TYPES[:4] + chance.sample(TYPES[4:], 3)
            for kind in kinds:
                edns = chance.choice((0, 512, 1232, 4096))
                inputs.append(ask(server + chance.choice((0, 0, 1)), [], name, kind, edns, chance.choice((0x80, 0xc0, 0))))
    wide = [name for name in BROAD if any(part in name for part in ("wide", "flat", "brim", "edge", "w0.node"))]
    for change in WIDE:
        for server in (0, 2, 4, 18, 126, 132, 134):
            changes = [change] + chance.sample(WIDE, chance.choice((0, 0, 1, 2)))
            inputs.append(ask(server, changes, chance.choice(wide), chance.choice(TYPES[:5]), chance.choice((0, 4096)), chance.choice((0, 0, 0x80))))
    for change in CHANGES:
        for server in SERVERS:
            changes = [change] + chance.sample(CHANGES, chance.choice((0, 0, 1, 2)))
            inputs.append(ask(server, changes, chance.choice(BROAD[:130]), chance.choice(TYPES[:5]), chance.choice((0, 1232)), chance.choice((0, 0x80))))
    for number in range(60):
        events = b"".join(bytes([chance.randrange(10), chance.choice((0, 1, 40)), chance.choice((0, 2, 30))]) for _ in range(20))
        inputs.append(b"\0\x38" + bytes([chance.choice((0, 1, 5, 50)), number]) + events)
    for number, data in enumerate(inputs):
        write("responder", number, data)
    print(len(inputs))


def names():
    for index, name in enumerate(NAMES):
        save("name", f"text-{index:02}", name)
        save("name", f"wire-{index:02}", wire(name))
    for index, text in enumerate([r"a\.b.c", r"\000\255.x.", r"\@.\$.\;.", "a..b", ".", "", r"a\25", "\\",
                                  "a" * 63 + ".b", "a" * 64, ".".join(["a" * 63] * 3 + ["b" * 61])]):
        save("name", f"escape-{index:02}", text)
    save("name", "two", wire("www.example.internal.") + wire("example.internal."))
    save("name", "pointer", b"\1a\0\1b\xc0\0\1c\xc0\3")


HEAD = "$TTL 60\n@ SOA ns1 host 1 2h 15m 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n"
ZONES = {
    "minimal": "", "address": "www 30 IN A 192.0.2.10\n\tIN 30 AAAA 2001:db8::10\n", "alias": "a CNAME b\nb CNAME ns1\nout CNAME x.other.\n",
    "loop": "one CNAME two\ntwo CNAME one\n", "mail": "@ MX 10 mail\nmail A 192.0.2.25\n",
    "service": "_x._tcp SRV 0 60 389 ns1\n SRV 0 40 389 ns1\n", "text": '@ TXT "a b" c "\\"\\\\\\010" ""\n',
    "wildcard": "* A 192.0.2.80\n*.apps TXT x\nx.*.w A 192.0.2.1\na.b.c TXT deep\n",
    "delegation": "lab NS ns.lab\nns.lab A 192.0.2.2\nlab DS 1 8 2 aabb\n", "origin": "$ORIGIN sub\na A 192.0.2.3\n$ORIGIN example.test.\n@ TXT y\n",
    "parentheses": "a ( A ; comment ( \n 192.0.2.1 )\n", "generic": "a TYPE65280 \\# 2 ab cd\nb TYPE1 \\# 4 c0000201\n",
    "security": 'a CAA 0 issue "ca"\na TLSA 3 1 1 aabb\na SSHFP 4 2 aabb\n', "binding": 'a HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1\nb SVCB 0 a\n',
    "naptr": 'a NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .\na URI 10 1 "https://a/"\n', "place": "a LOC 52 22 23.000 N 4 53 32.000 E -2.00m\n",
    "keys": "a DNSKEY 257 3 8 AQID BAU=\na CDS 0 0 0 00\na CDNSKEY 0 3 0 AA==\n", "escapes": "a\\.b A 192.0.2.1\n\\@ A 192.0.2.2\n\\$x A 192.0.2.3\n",
    "others": "a HINFO x y\na RP b c\na AFSDB 1 b\na KX 1 b\na OPENPGPKEY AQID\na SPF x\na SMIMEA 3 1 1 aa\n",
    "include": "$INCLUDE x\n", "generate": "$GENERATE 1-2 a$ A 192.0.2.$\n", "open-parenthesis": "a A ( 192.0.2.1\n", "open-string": 'a TXT "x\n',
    "bad-ttl": "a 4294967296 A 192.0.2.1\n", "bad-length": "a TYPE65280 \\# 40000 00\n", "bad-number": "a MX 70000 b\n", "outside": "a.other. A 192.0.2.1\n",
    "alias-and-data": "a CNAME b\na A 192.0.2.1\n", "below-cut": "s NS ns1\nx.s TXT y\n", "crlf": "a A 192.0.2.1\r\nb A 192.0.2.2\r\n",
    "parameter": 'a HTTPS 1 . alpn="h2,(3" key65333="a b"\n', "nul": "a TXT \0\n", "at": "a NS \\@.b\n",
}


def zones():
    for name, text in ZONES.items():
        save("zonefile", name, HEAD + text)
    save("zonefile", "no-owner", " A 192.0.2.1\n")
    save("zonefile", "no-ttl", "@ SOA a. b. 1 2 3 4 5\n")
    root = os.path.join(HERE, "..", "zones")
    for file in sorted(os.listdir(root)):
        if file.endswith(".zone"):
            with open(os.path.join(root, file), "rb") as text:
                save("zonefile", file.removesuffix(".zone"), text.read())


HCL = {
    "ports": "ports { dns = 8600 http = -1 }\n", "agent": 'datacenter = "dc1"\nnode_name = "a"\nserver = true\nbootstrap_expect = 1\n',
    "service": 'service { name = "web" port = 80 tags = ["v1", "v2"] check { tcp = "127.0.0.1:80" interval = "10s" timeout = "1s" } }\n',
    "services": 'services = [{ id = "a" name = "a" }, { id = "b" name = "b" }]\n', "dns": 'dns_config { service_ttl { "*" = "5s" web = "10s" } udp_answer_limit = 3 }\nrecursors = ["192.0.2.53"]\n',
    "comments": "# one\n// two\n/* three */ domain = \"consul.\"\n", "heredoc": "a = <<EOF\nx\n  y\nEOF\nb = <<-END\n   x\n  END\n",
    "numbers": "a = 1\nb = -1.5e3\nc = 0x1F\nd = 017\ne = 1e400\n", "strings": 'a = "\\n\\t\\"\\u00e9\\x41${x} ${y("}")}"\n',
    "blocks": 'a "b" "c" { d = 1 }\na "b" "e" { d = 2 }\n', "lists": "a = [1, 2, 3,]\nb = []\nc = [[1], [[2]]]\n", "repeat": "a = [1]\na = [2]\nb = 1\nb = 2\n",
    "deep": "a = " + "[" * 40 + "]" * 40 + "\n", "unknown": "datacentre = \"dc1\"\n", "bad": "a = \n", "bad-string": 'a = "x\n', "bad-block": "a {\n",
    "json": '{"datacenter":"dc1","ports":{"dns":8600},"service":{"name":"web","port":80}}', "json-kinds": '{"a":[1,-2.5e3,true,false,null,"\\u00e9\\ud83d\\ude00"],"b":{}}',
    "json-deep": "[" * 40 + "]" * 40, "json-bad": '{"a":1,}', "json-twice": '{"a":1,"a":2}', "empty": "", "mark": "\ufeffa = 1\n", "control": "a = \"\x01\"\n",
    "zones": 'zone_dirs = ["/etc/waypost/zones"]\ndns_config { udp_max_size = 1232 }\n', "checks": 'check { id = "c" name = "c" ttl = "30s" }\nchecks = [{ name = "d" args = ["/bin/true"] interval = "5s" }]\n',
}


CHECK = """id = "c" name = "c" notes = "n" service_id = "web" status = "passing" args = ["/bin/true"] shell = "sh" http = "http://a/" method = "GET"
 header { X = ["a", "b"] } body = "b" disable_redirects = true tcp = "127.0.0.1:1" interval = "10s" timeout = "1s" ttl = "30s"
 deregister_critical_service_after = "1m" success_before_passing = 1 failures_before_warning = 1 failures_before_critical = 2 output_max_size = 10
 tls_server_name = "x" tls_skip_verify = true alias_service = "a" alias_node = "b" token = "t" """
SERVICE = f"""id = "web1" name = "web" kind = "" tags = ["a"] address = "10.0.0.1" port = 80 meta {{ a = "b" }} token = "t" priority = 2
 enable_tag_override = true tagged_addresses {{ lan {{ address = "10.0.0.2" port = 81 }} wan_ipv6 {{ address = "2001:db8::1" port = 82 }} }}
 weights {{ passing = 3 warning = 1 }} check {{ {CHECK} }} checks = [{{ id = "d" ttl = "5s" }}, {{ tcp = "a:1" interval = "x" }}]"""
PROXY = """proxy { destination_service_name = "web" destination_service_id = "web1" local_service_address = "127.0.0.1" local_service_port = 80 mode = "direct"
 config { a = 1 } upstreams = [{ destination_name = "db" local_bind_port = 1 config { b_c = 2 } }] mesh_gateway { mode = "local" }
 expose { checks = true paths = [{ path = "/a" listener_port = 1 local_path_port = 2 }] } }"""
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BUILDING = {
    "service": f"service {{ {SERVICE} {PROXY} connect {{ native = true }} }}\n",
    "sidecar": f'service {{ name = "web" connect {{ sidecar_service {{ id = "x" port = 1 {PROXY} connect {{ native = true sidecar_service {{}} }} }} }} }}\n',
    "sidecar-plain": 'service { name = "web" port = 80 connect { sidecar_service {} } }\n',
    "check": f"check {{ {CHECK} }}\nchecks = [{{ {CHECK} }}]\n".replace("{ id", "{\n id"),
    "unsupported": 'check { name = "c" udp = "a:1" grpc = "a:1" h2ping = "a:1" os_service = "s" docker_container_id = "d" tcp = "a:1" tcp_use_tls = true interval = "1s" }\n',
    "forward": 'forwarding { cache_size = 1000000 max_ttl = "1h" max_negative_ttl = "1m" serve_stale = "10m" prefetch = false case_randomization = true client_subnet = true query_timeout = "1s" }\n'
    'forward_zones = [{ zone = "corp.example" recursors = ["192.0.2.1", "192.0.2.2:5353"] }, { zone = "." recursors = ["2001:db8::1"] }]\n',
    "forward-wrong": 'forwarding { cache_size = 5 max_ttl = "0s" max_negative_ttl = "-1s" serve_stale = "2h" query_timeout = "1ms" }\n'
    'forward_zones = [{ zone = "a" recursors = [] }, { zone = "A." recursors = ["unix:///x"] }, {}, { zone = "a..b" }, { zone = "" recursors = ["0.0.0.0"] }]\n',
    "forward-negative": "forwarding { cache_size = -1 }\n", "wishes": 'dns_config { strict = true weighted_addresses = true dual_stack = true keep_alias_ttl = true extended_errors = false reverse_ttl = "30s"\n'
    'reverse_zones = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"] local_reverse_zones = false protect_threshold { web = "0.3" "db*" = "0.5" "*" = "0" } }\n',
    "wishes-wrong": 'dns_config { reverse_ttl = "-1s" reverse_zones = ["10.1.0.0/8", "10.0.0.0/9", "x", "::ffff:10.0.0.0/104", "2001:db8:1::/32", "2001:db8::/33", "10.0.0.0/8/8"]\n'
    'protect_threshold { "" = "1" "a*b" = "1" web = "30%" Web = "1" db = "x" c = "7" d = "500" } }\n',
    "dns-wrong": 'alt_domain = "service.x"\nrecursors = ["unix:///a", "0.0.0.0", "::", "[2001:db8::1]:53", "a", "1.2.3.4:99999", "1.2.3.4:x"]\ncheck_output_max_size = 0\n'
    'dns_config { recursor_strategy = "odd" udp_answer_limit = -1 a_record_limit = -1 node_ttl = "-1s" service_ttl { a = "-1s" } udp_max_size = 1 }\n',
    "identity-wrong": 'node_meta { "consul-x" = "1" "a b" = "2" }\nnode_id = "x"\nnode_name = ""\ndatacenter = "a b"\ndomain = "a..b"\ndata_dir = ""\ntagged_addresses { lan = "x" wan = "10.0.0.1" }\n',
    "identity": 'node_meta { a = "1" }\nnode_id = "00000000-0000-0000-0000-000000000001"\ntagged_addresses { lan = "10.0.0.1" lan_ipv6 = "2001:db8::1" }\nadvertise_addr = "10.0.0.1"\ntranslate_wan_addrs = true\n',
    "http": 'http_config { block_endpoints = ["/v1"] response_headers { A = "b" } allow_write_http_from = ["10.0.0.0/8", "::/0"] max_header_bytes = 9 }\nlimits { http_max_conns_per_client = 2 kv_max_value_size = 1 }\nadvertise_addr = "10.0.0.1"\n',
    "http-wrong": 'http_config { allow_write_http_from = ["10.0.0.1", "x/8", "::/129", "10.0.0.0/x", "2001:db8::1"] }\nserf_lan_allowed_cidrs = ["1"]\nlog_level = "loud"\nmax_query_time = "x"\n',
    "log": 'log_level = "err"\nlog_json = true\nlog_file = "/x"\nlog_rotate_duration = "1h"\nenable_syslog = true\nretry_join = ["a"]\nretry_interval = "1s"\n',
    "network-wrong": 'bind_addr = "{{ GetPrivateIP }}"\nclient_addr = "unix:///x a 10.0.0.1"\naddresses { dns = "unix:///x" http = "unix:///h [::1]" }\nports { dns = 99999 sidecar_min_port = 9 sidecar_max_port = 3 proxy_min_port = 0 }\n',
    "network-same": 'ports { dns = 8500 http = 8500 }\nadvertise_addr = "0.0.0.0"\nserf_lan = "10.0.0.1 10.0.0.2"\nbind_addr = "10.0.0.1 10.0.0.2"\n',
    "bind-empty": 'bind_addr = " "\n', "bind-unix": 'bind_addr = "unix:///a"\n', "bind-six": 'bind_addr = "::"\nadvertise_addr_ipv6 = "2001:db8::1"\nadvertise_addr_wan_ipv6 = "2001:db8::2"\n', "bind-six-none": 'bind_addr = "::"\n',
    "bootstrap": "server = true\nbootstrap = true\nbootstrap_expect = 3\nperformance { raft_multiplier = 50 }\n", "bootstrap-client": "bootstrap = true\nbootstrap_expect = 1\n", "bootstrap-two": "server = true\nbootstrap_expect = 2\n", "bootstrap-negative": "bootstrap_expect = -1\n",
    "pending": 'acl { enabled = true tokens { default = "x" } }\ntls { defaults { verify_incoming = true } }\nui_config { enabled = true }\nautopilot { redundancy_zone_tag = "z" }\ntelemetry { prefix_filter = ["+a"] circonus_api_token = "x" }\nwatches = [{ type = "key" tag = ["a"] }]\n',
    "deprecated": 'acl_token = "x"\nui = true\nstart_join = ["a"]\nraft_boltdb { NoFreelistSync = true }\nverify_incoming = true\nacl_enforce_version_8 = true\n',
    "kinds-wrong": 'server = "maybe"\nbootstrap_expect = "x"\nrecursors = "a"\nnode_meta = 1\nports = [1]\ndns_config { soa { refresh = -1 } service_ttl = "1s" }\nservice = 1\nchecks = {}\nlimits { rpc_rate = "x" }\ncheck { header = 1 }\nretry_join = { a = 1 }\n',
    "words": 'server = "true"\nbootstrap_expect = "3"\nports { dns = "8601" }\nlimits { rpc_rate = "1.5" }\nrecursors = ["192.0.2.1"]\nadvertise_addr = "10.0.0.1"\ndns_config { soa { refresh = "1" min_ttl = 2 } max_stale = "1h" service_ttl { "*" = "5s" } }\n',
    "unsupported-key": "datacenterr = 1\nports { dnss = 1 }\nservice { nam = 1 }\ndns_config { soa { x = 1 } }\n",
}
KEYS = ["", KEY, KEY[:-4], "AAEC", "A", "AA=A", "AA==AA==", "A===", "AA-_", "/+/+" * 8, KEY[:24], "AAECAwQFBgcICQoLDA0ODw=="]


def configurations():
    for name, text in HCL.items():
        save("hcl", name, text)
    # Of a good host: with addresses that agents advertise.
    for name, text in BUILDING.items():
        save("hcl", "building-" + name, text)
    for index, key in enumerate(KEYS):
        save("hcl", f"encrypt-{index:02}", f'encrypt = "{key}"\nadvertise_addr = "10.0.0.1"\n')


def crc32c(data, value=0):
    value ^= 0xFFFFFFFF
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


SALT, CLUSTER = b"\x02" * 16, b"\x01" * 16


def log_record(kind, term, index, payload=b"", entry=0):
    return struct.pack("<IBBHQQ", len(payload), kind, entry, 0, term, index) + payload


def batch(number, previous, records, segment=1):
    body = b"".join(records)
    head = struct.pack("<4sHHQQIIIII", b"WAYL", 1, 48, segment, number, len(body), len(records), previous, crc32c(body), 0)
    checksum = crc32c(head, crc32c(SALT))
    octets = head + struct.pack("<I", checksum) + body
    return octets + b"\0" * (-len(octets) % 4096), checksum


def log():
    first, checksum = batch(1, 0, [log_record(1, 1, 0, b"server"), log_record(4, 0, 1)])
    second, checksum = batch(2, checksum, [log_record(2, 1, 1, b"one", 1), log_record(2, 1, 2, b"two", 1)])
    seal, _ = batch(3, checksum, [])
    whole = first + second + seal
    save("log", "segment", b"\0" + whole + b"\0" * 4096)
    save("log", "segment-torn", b"\0" + whole[:4096 + 70])
    save("log", "segment-rotten", b"\0" + whole[:4200] + b"x" + whole[4201:])
    save("log", "segment-cut-back", b"\0" + first + batch(2, crc32c(first[:44], crc32c(SALT)), [log_record(3, 1, 1)])[0])
    content = struct.pack("<QQI", 42, 1, 1) + CLUSTER + struct.pack("<II", 1, 6) + b"server"
    snapshot = b"WAYPSNAP" + struct.pack("<II", 1, len(content)) + content
    checksum = crc32c(snapshot)
    snapshot += struct.pack("<I", checksum)
    frames = [b"\x01\x81\x01\x2a", b"\x02\x82\x01\xa1n\x03\xa8" + b"10.0.0.1", b"\x03\x83\x01\xa1n\x02\xa1i\x03\xa1s"]
    for frame in frames:
        checksum = crc32c(frame, checksum)
        snapshot += struct.pack("<II", len(frame), checksum) + frame
    footer = struct.pack("<IIQQ", 0, checksum, len(frames), sum(map(len, frames)))
    save("log", "snapshot", b"\1" + snapshot + footer + struct.pack("<I", crc32c(footer)))
    for number, frame in enumerate(frames):
        save("log", f"frame-{number}", b"\2" + frame)
    identity = b"WAYPOSTI" + struct.pack("<I", 1) + CLUSTER + SALT + struct.pack("<I", 6) + b"server"
    save("log", "identity", b"\3" + identity + struct.pack("<I", crc32c(identity)))
    save("log", "program", bytes([9, 0, 2, 9, 9, 1, 1, 200, 3, 6, 2, 3, 1, 2, 3, 6]))
    save("log", "program-rotation", bytes([9] + [0, 3, 250, 250, 250] * 8 + [6]))
    save("log", "program-damage", bytes([9, 0, 1, 50, 0, 1, 60, 4, 0, 4096 >> 8, 20, 1, 6]))
    save("log", "program-torn", bytes([9, 0, 1, 50, 0, 1, 60, 4, 0, 8192 >> 8, 0, 0, 6, 0, 1, 1, 6]))
    save("log", "program-restoration", bytes([9, 0, 1, 50, 5, 3, 0, 1, 60, 5, 0, 6, 5, 1, 0, 1, 9, 6]))
    archives(frames)


def archives(frames):
    state = b"WAYPSTAT" + struct.pack("<II", 1, 1)
    for frame in frames:
        state += struct.pack("<I", len(frame)) + frame
    state += struct.pack("<IQQ", 0, len(frames), sum(map(len, frames)))
    meta = json.dumps({"Version": 1, "ID": "1-42-0", "Index": 42, "Term": 1, "Peers": "kA==", "Size": len(state)}).encode()
    files = {"meta.json": meta, "state.bin": state}
    files["SHA256SUMS"] = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in files.items()).encode()
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    save("log", "archive", b"\4" + gzip.compress(output.getvalue(), mtime=0))
    save("log", "tar", b"\5" + output.getvalue().rstrip(b"\0") + b"\0" * 1100)
    save("log", "tar-short", b"\5" + output.getvalue()[:1536])
    save("log", "state", b"\6" + state)
    save("log", "frames", bytes([7, 40, 0, 0, 0, 3]) + b"one" + bytes([3]) + b"two")
    save("log", "frames-damage", bytes([7, 9, 0, 60, 1, 3]) + b"one" + bytes([3]) + b"two")


def filters():
    texts = """
Name == "web"|Name != web|Name==`a|Port == 8080|Port != "0x50"|Up == true|Up != "F"|"v1" in Tags|v1 not in Tags|Tags contains "v1"
Tags not contains primary|Tags is empty|Meta is not empty|Meta.version == 1.2|Meta["a.b"] == "c"|"version" in Meta|Node.Name matches "^n[0-9]+$"
Node.Meta.rack == 7|Node.Weight == -3|Addresses.lan.Port == 80|Addresses["lan"].Address contains "10."|Checks.Status == "critical"
Checks.Tags contains t|Checks is empty|Name matches "(?i)^W(e|x)b*?$"|Name not matches `[^a-z\\d]{2,5}|\\bx\\B`|Name matches "\\pL+\\z"
not Name is empty|not (Port == 1 and Up == true)|Name == web or Port == 1 and Up == true|(Name == web or Port == 1) and not Tags is empty
((Name == "a"))|Name == "\\x41\\u00e9\\U0001F4A9\\101\\n\\""|Name == "\\q"|Nope == 1|Port is empty|Port == x|Up matches a|Name matches "("
or == 1 or and != 2|not is not empty|Name  ==  "a"  and  Name  !=  "b"|Name contains ""|-0.5 in Tags|Checks.Nope == 1|"web" in Name|Name matches "a{1000}{1000}"
Name matches "(a*)*b"|Name matches "(a|a)*$"|Name matches "x{0}"|Name matches "[[:alpha:]]\\Q.*\\E"|Name matches "(?P<n>a)(?:b)?c+?"|Port == 9223372036854775808
""".strip()
    for number, text in enumerate(text for line in texts.split("\n") for text in line.split("|")):
        save("filter", f"{number:02}", text)
    save("filter", "deep", "(" * 60 + "Port == 1" + ")" * 60)
    save("filter", "nots", "not " * 40 + "Up == true")


CHECKS = ["TTL:30s", "HTTP:http://127.0.0.1/", "TCP:127.0.0.1:80", "UDP:127.0.0.1:80", "GRPC:127.0.0.1:80/x", "H2PING:127.0.0.1:80", "AliasService:web1",
          "OSService:x", "Shell:/bin/sh"]


def bodies():
    """Bodies of the API: the letter says where each goes."""
    def put(name, *parts):
        save("register", name, b"\0".join(letter.encode() + (body if isinstance(body, bytes) else json.dumps(body).encode()) for letter, body in parts))

    checks = []
    for place, text in enumerate(CHECKS):
        kind, value = text.split(":", 1)
        check = {kind: value} | ({} if kind in ("TTL", "AliasService") else {"Interval": "10s", "Timeout": "1s"})
        if kind == "Shell":
            check |= {"DockerContainerID": "d", "Args": ["a", "b"]}
        checks.append(check)
        put(f"check-{place}", ("s", {"Name": "web", "ID": "web1"}), ("k", {"ID": "c", "Name": "c", "ServiceID": "web1", "Status": "passing", **check}), ("x", "c"))
        put(f"service-check-{place}", ("s", {"Name": "web", "Port": 80, "Check": {"CheckID": "c", **check}, "Checks": [check, {"TTL": "1m", "Notes": "n"}]}))
    full = {"ID": "web1", "Name": "web", "Tags": ["v1", "V1"], "Address": "10.0.0.1", "TaggedAddresses": {"wan": {"Address": "1.2.3.4", "Port": 9}}, "Meta": {"a": "b"},
            "Port": 80, "Weights": {"Passing": 2, "Warning": 1}, "Priority": 3, "EnableTagOverride": True}
    put("service", ("s", full), ("s", {**full, "Tags": []}), ("x", "web1"))
    put("sidecar", ("s", {**full, "Connect": {"SidecarService": {"Proxy": {"Upstreams": [{"DestinationName": "db", "LocalBindPort": 9}]}}}}), ("x", "web1"))
    proxy = {"DestinationServiceName": "web", "DestinationServiceID": "web1", "LocalServiceAddress": "127.0.0.1", "LocalServicePort": 80, "Mode": "direct",
             "Config": {"z": 1, "a": [None, True, 1.5e3]}, "Upstreams": [{"DestinationName": "db"}], "MeshGateway": {"Mode": "local"}, "Expose": {"Checks": True}}
    put("proxy", ("s", {"Name": "web-proxy", "Kind": "connect-proxy", "Port": 1, "Proxy": proxy}))
    put("native", ("s", {"Name": "web", "connect": {"native": True}}), ("s", {"Name": "gw", "Kind": "mesh-gateway", "Port": 8443}))
    node = {"Node": "ext1", "Address": "127.0.0.9", "ID": "0f1e0000-0000-4000-8000-000000000002", "NodeMeta": {"external-node": "true"}, "TaggedAddresses": {"lan": "127.0.0.9"}}
    service = {"ID": "db1", "Service": "db", "Port": 5432, "Tags": ["a"], "Proxy": proxy, "Weights": {"Passing": 5}}
    check = {"CheckID": "c", "Name": "c", "Status": "warning", "ServiceID": "db1", "Definition": {"HTTP": "http://127.0.0.1", "Interval": "10s"}}
    put("catalog", ("r", {**node, "Service": service, "Check": check, "Checks": [{"Name": "n"}]}), ("d", {"Node": "ext1", "ServiceID": "db1"}), ("d", {"Node": "ext1"}))
    put("catalog-node", ("r", node), ("r", {**node, "Node": "ext2"}), ("r", {"Node": "EXT2", "SkipNodeUpdate": True}), ("d", {"Node": "ext2", "CheckID": "c"}))
    put("catalog-refused", ("r", {**node, "ID": "x"}), ("r", {**node, "Service": {"ID": "x"}}), ("r", {**node, "Check": {"ServiceID": "no"}}), ("r", {"Node": "a"}))
    verbs = "set delete delete-tree delete-cas cas lock unlock get get-or-empty get-tree check-session check-index check-not-exists".split()
    put("txn-kv", ("t", [{"KV": {"Verb": verb, "Key": "a", "Value": "eA==", "Flags": 7, "Index": 3, "Session": "s"}} for verb in verbs]))
    put("txn-reads", ("t", [{"KV": {"Verb": "set", "Key": "a/b", "Value": "eA=="}}]), ("t", [{"KV": {"Verb": "get-tree", "Key": "a"}}, {"KV": {"Verb": "get-or-empty", "Key": "x"}}]))
    put("txn-catalog", ("t", [{"Node": {"Verb": "set", "Node": {"Node": "a", "Address": "1.2.3.4"}}}, {"Service": {"Verb": "set", "Node": "a", "Service": {"Service": "s", "ContentHash": "h"}}},
        {"Check": {"Verb": "cas", "Check": {"Node": "a", "CheckID": "c", "ModifyIndex": 1}}}, {"Service": {"Verb": "delete-cas", "Node": "a", "Service": {"ID": "s", "ModifyIndex": 9}}}]))
    put("txn-lock", ("r", {"Node": "n1", "Address": "127.0.0.1"}), ("e", {"LockDelay": 15, "Behavior": "delete", "TTL": "10s"}),
        ("t", [{"KV": {"Verb": "lock", "Key": "l", "Session": "0f1e0000-0000-4000-8000-000000000102"}}]), ("d", {"Node": "n1"}))
    put("session", ("r", {"Node": "n1", "Address": "127.0.0.1", "Check": {"CheckID": "c", "Status": "passing"}}),
        ("e", {"Name": "s", "NodeChecks": ["c"], "ServiceChecks": [{"ID": "x"}], "lockdelay": "0.001s"}), ("e", {"Checks": [], "Behavior": "zap"}))
    query = {"Name": "q", "Service": {"Service": "db", "Tags": ["!b"], "OnlyPassing": True, "Near": "_agent", "NodeMeta": {"a": "b"}, "Failover": {"NearestN": 1, "Targets": [{"Peer": "p"}]}}, "DNS": {"TTL": "10s"}}
    put("query", ("r", {**node, "Service": service}), ("q", query), ("q", {**query, "Name": "geo-", "Template": {"Type": "name_prefix_match", "Regexp": "^geo-(.*?)-(.*)$"},
        "Service": {"Service": "${match(1)}-${name.suffix}", "Tags": ["${match(2)}"]}}))
    put("coordinate", ("r", {"Node": "n1", "Address": "127.0.0.1"}), ("o", {"Node": "n1", "Coord": {"Vec": [1, 2.5, -3e-5, 0, 0, 0, 0, 0], "Error": 1.5, "Height": 1e-5}}))
    for place, (kind, members) in enumerate({
        "service-defaults": {"Protocol": "http", "MeshGateway": {"Mode": "local"}}, "proxy-defaults": {"Config": {"a": {"b": 1}}},
        "service-router": {"Routes": [{"Match": {"HTTP": {"PathPrefix": "/a"}}, "Destination": {"Service": "b"}}]},
        "service-splitter": {"Splits": [{"Weight": 50.5, "Service": "a"}, {"Weight": 49.5}]}, "service-resolver": {"Subsets": {"v1": {"Filter": "Service.Meta.v == 1"}}, "Failover": {"*": {"Datacenters": ["dc2"]}}},
        "ingress-gateway": {"Listeners": [{"Port": 80, "Protocol": "http", "Services": [{"Name": "*"}]}]}, "terminating-gateway": {"Services": [{"Name": "db"}]},
        "service-intentions": {"Sources": [{"Name": "web", "Action": "allow"}]}, "mesh": {"TransparentProxy": {"MeshDestinationsOnly": True}}, "exported-services": {"Services": [{"Name": "a"}]},
    }.items()):
        name = {"proxy-defaults": "global", "mesh": "mesh", "exported-services": "default"}.get(kind, "web")
        put(f"config-{place}", ("c", {"Kind": kind, "Name": name, "Meta": {"a": "b"}, **members}))
    put("odd", ("s", b'{"Name":"\\ud800\\u0000\xff","Port":1e3}'), ("k", b'{"Name":"c","TTL":9e18}'), ("k", b'{"Name":"c","TTL":"9999999h"}'), ("s", b'{"NAME":"x","name":null}'),
        ("r", b'{"Node":"a","Address":"b","Service":{"Service":"s","Port":-1,"Weights":{"Passing":99999}}}'), ("s", b"[" * 101), ("r", b"null"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["broad"]:
        broad(sys.argv[2])
        sys.exit()
    messages()
    queries()
    upstream_replies()
    names()
    zones()
    configurations()
    log()
    filters()
    bodies()
    save("canary", "start", "W")
