# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared, each started on a port of its own, one worker each, pinned to one core."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import data

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = ROOT / ".peers" / "root"
LOOP = "127.0.0.1"
SERVER_CORE, LOAD_CORE = "0", "1"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
        stream.bind((LOOP, 0))
        return stream.getsockname()[1]


def environment():
    folders = [str(path) for path in PEERS.glob("usr/lib/*/") if path.is_dir()]
    return dict(os.environ, LD_LIBRARY_PATH=":".join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]))


def pinned(core, command):
    return ["taskset", "-c", core, *map(str, command)]


class Server:
    """A process that answers DNS on `port`."""

    name = "?"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / self.name.replace(" ", "-")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None

    def start(self, command, question="ns.consul", patience=180):
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            pinned(SERVER_CORE, command), stdout=self.log, stderr=self.log, cwd=self.folder, env=environment())
        self.wait(question, patience)

    def wait(self, question, patience):
        query = data_query(question)
        end = time.monotonic() + patience
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect((LOOP, self.port))
            udp.settimeout(0.2)
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended: {(self.folder / 'log').read_text()[-2000:]}")
                try:
                    udp.send(query)
                    if udp.recv(65536)[3] & 15 != 2:
                        return
                except OSError:
                    pass
                time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer: {(self.folder / 'log').read_text()[-2000:]}")

    @property
    def pids(self):
        """The process and its children: some servers fork."""
        found = [self.process.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                children = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text()
                found += map(int, children.split())
        return found

    def cpu(self, names=None):
        """CPU of all threads (or of those whose names begin so) in nanoseconds, and the user share's ticks and all ticks."""
        total = user = kernel = 0
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                folder = f"/proc/{pid}/task/{task}"
                try:
                    if names and not open(f"{folder}/comm").read().startswith(names):
                        continue
                    total += int(open(f"{folder}/schedstat").read().split()[0])
                    fields = open(f"{folder}/stat").read().rsplit(")", 1)[1].split()
                except FileNotFoundError:
                    continue
                user += int(fields[11])
                kernel += int(fields[12])
        return total, user, user + kernel

    def resident(self):
        """Resident memory in MiB."""
        total = 0
        for pid in self.pids:
            for line in open(f"/proc/{pid}/status"):
                if line.startswith("VmRSS"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def data_query(name, kind=1):
    octets = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    for label in name.split("."):
        octets += bytes([len(label)]) + label.encode()
    return octets + b"\x00" + bytes([0, kind, 0, 1])


class Floor(Server):
    """The echo: no DNS at all."""

    name = "floor"

    def __init__(self, folder):
        super().__init__(folder)
        self.start([pathlib.Path(folder) / "floor.bin", LOOP, self.port])


class Knot(Server):
    name = "Knot"

    def __init__(self, folder, zone, apex="consul."):
        super().__init__(folder)
        (self.folder / "knot.conf").write_text(f"""server:
    listen: {LOOP}@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 1000
    rundir: {self.folder}
database:
    storage: {self.folder}
zone:
  - domain: {apex}
    file: {zone}
    zonefile-sync: -1
    journal-content: none
log:
  - target: stderr
    any: warning
""")
        self.start([PEERS / "usr/sbin/knotd", "-c", self.folder / "knot.conf"], question=f"ns.{apex[:-1]}")


class NSD(Server):
    name = "NSD"

    def __init__(self, folder, zone, apex="consul."):
        super().__init__(folder)
        (self.folder / "nsd.conf").write_text(f"""server:
    server-count: 1
    ip-address: {LOOP}@{self.port}
    username: ""
    chroot: ""
    zonesdir: "{self.folder}"
    database: ""
    pidfile: "{self.folder}/pid"
    xfrdfile: "{self.folder}/xfrd.state"
    xfrdir: "{self.folder}"
    zonelistfile: "{self.folder}/zone.list"
    rrl-ratelimit: 0
    minimal-responses: yes
    round-robin: yes
    tcp-count: 1000
    logfile: "{self.folder}/log"
remote-control:
    control-enable: no
zone:
    name: "{apex}"
    zonefile: "{zone}"
""")
        self.start([PEERS / "usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"], question=f"ns.{apex[:-1]}")


class Waypost(Server):
    name = "Waypost"

    def __init__(self, folder, binary, catalog=None, settings=None, name="Waypost", core=SERVER_CORE):
        self.name = name
        super().__init__(folder)
        self.http = free_port()
        configuration = {"log_level": "warn", "ports": {"dns": self.port, "http": self.http}, **(settings or {})}
        (self.folder / "agent.json").write_text(json.dumps(configuration))
        self.started = time.monotonic()
        self.start([binary, "agent", "-dev", "-node", "bench", "-config-file", self.folder / "agent.json"],
                   question="consul.service.consul")
        self.load(catalog)

    def load(self, catalog):
        """Registers all; both cores help, then only one is left."""
        if catalog:
            subprocess.run(["taskset", "-a", "-p", "-c", "0,1", str(self.process.pid)], check=True, capture_output=True)
            begin = time.monotonic()
            self.registered = data.put(self.http, catalog.registrations())
            self.loading = time.monotonic() - begin
            subprocess.run(
                ["taskset", "-a", "-p", "-c", SERVER_CORE, str(self.process.pid)], check=True, capture_output=True)


class InProcess(Server):
    """The DNS server and the apply thread of the product without HTTP: changes come through the submit port at a rate of
    ours. It takes lines and answers each with one."""

    def __init__(self, folder, program, name="bench-server", core=SERVER_CORE, **arguments):
        self.name = name
        super().__init__(folder)
        words = [program, self.port, *(f"{key}={value}" for key, value in arguments.items())]
        self.process = subprocess.Popen(
            pinned(core, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.expect("ready")

    def expect(self, word):
        line = self.process.stdout.readline()
        if not line.startswith(word):
            raise SystemExit(f"{self.name} says {line!r} instead of {word}")
        return line.split()

    def tell(self, line, answer):
        self.process.stdin.write(line + "\n")
        return self.expect(answer)

    def changes(self):
        """Ends the changes; how many there were a second."""
        words = self.tell("stop", "changes")
        return int(words[1]) / float(words[3])


class Unbound(Server):
    name = "unbound"

    def __init__(self, folder, upstream):
        super().__init__(folder)
        (self.folder / "unbound.conf").write_text(f"""server:
    interface: {LOOP}
    port: {self.port}
    num-threads: 1
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "{self.folder}"
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    module-config: "iterator"
    msg-cache-size: 256m
    rrset-cache-size: 512m
    so-rcvbuf: 0
    access-control: 127.0.0.0/8 allow
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {LOOP}@{upstream}
""")
        self.start([PEERS / "usr/sbin/unbound", "-d", "-c", self.folder / "unbound.conf"], question="h0.cached.test")


class Dnsmasq(Server):
    name = "dnsmasq"

    def __init__(self, folder, upstream):
        super().__init__(folder)
        self.start([PEERS / "usr/sbin/dnsmasq", "-k", "-C", "/dev/null", "-p", self.port, "-a", LOOP, "--bind-interfaces",
                    "-R", "-S", f"{LOOP}#{upstream}", "-c", 10000, "--user=root", "--pid-file=", "--dns-forward-max=1000"],
                   question="h0.cached.test")
