# SPDX-License-Identifier: Apache-2.0
"""The HTTP servers that are compared, each on a port of its own, pinned to one core; the load comes from the other."""
import getpass
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = ROOT / ".peers" / "root"
LOOP = "127.0.0.1"
SERVER_CORE, LOAD_CORE = "0", "1"


def program(name):
    """A program of scripts/setup bench, or one that is installed."""
    for folder in ("usr/bin", "usr/sbin"):
        if (PEERS / folder / name).exists():
            return PEERS / folder / name
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise SystemExit(f"{name} is missing: scripts/setup bench")
    return found


def environment():
    folders = [str(path) for path in PEERS.glob("usr/lib/*/") if path.is_dir()]
    return dict(os.environ, LD_LIBRARY_PATH=":".join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
        stream.bind((LOOP, 0))
        return stream.getsockname()[1]


def pinned(core, command):
    return ["taskset", "-c", core, *map(str, command)]


class Server:
    name = "?"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / self.name.replace(" ", "-")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()

    def start(self, command, patience=60, core=SERVER_CORE):
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            pinned(core, command), stdout=self.log, stderr=self.log, cwd=self.folder, env=environment())
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection((LOOP, self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer: {(self.folder / 'log').read_text()[-2000:]}")

    def url(self, path):
        return f"http://{LOOP}:{self.port}{path}"

    def ask(self, method, path, body=None, expected=200):
        client = http.client.HTTPConnection(LOOP, self.port, timeout=30)
        client.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body))
        reply = client.getresponse()
        data = reply.read()
        client.close()
        if reply.status != expected:
            raise SystemExit(f"{self.name}: {method} {path} gives {reply.status} {data[:200]}")
        return data, reply

    @property
    def pids(self):
        """The process and its children."""
        found = [self.process.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                found += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        return found

    def cpu(self):
        """CPU of all threads, in seconds."""
        total = 0
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                try:
                    total += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
                except FileNotFoundError:
                    continue
        return total / 1e9

    def resident(self):
        """Resident memory in MiB."""
        total = 0
        for pid in self.pids:
            for line in open(f"/proc/{pid}/status"):
                if line.startswith("VmRSS"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Waypost(Server):
    """An agent that keeps its state on disk: each write is durable before it is acknowledged."""

    name = "Waypost"

    def __init__(self, folder, binary, definitions=None, development=False, core=SERVER_CORE):
        super().__init__(folder)
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        kept = {"data_dir": str(self.folder / "data"), "server": True, "bootstrap": True}
        configuration = {
            **({} if development else kept), "node_name": "bench", "log_level": "warn", "bind_addr": LOOP,
            "ports": {"dns": -1, "http": self.port}, "limits": {"http_max_conns_per_client": 20000}}
        (self.folder / "agent.json").write_text(json.dumps(configuration))
        command = [binary, "agent", *(["-dev"] if development else []), "-config-file", self.folder / "agent.json"]
        if definitions:
            (self.folder / "definitions.json").write_text(json.dumps(definitions))
            command += ["-config-file", self.folder / "definitions.json"]
        self.start(command, core=core)


class Route(Server):
    """A bare route of the HTTP library that the API is built on, with a constant body."""

    name = "bare Hummingbird route"

    def __init__(self, folder, binary, size):
        super().__init__(folder)
        self.start([binary, self.port, size])


class Nginx(Server):
    """One worker and a static file, from memory."""

    name = "nginx"

    def __init__(self, folder, size=1, core=SERVER_CORE):
        super().__init__(folder)
        (self.folder / "file.json").write_bytes(b"x" * size)
        # Started by root, a worker would be another user, who may not read a temporary folder.
        user = f"user {getpass.getuser()} root; " if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(f"""
{user}worker_processes 1; daemon off; pid {self.folder}/pid; error_log {self.folder}/errors;
events {{ worker_connections 10000; }}
http {{
    access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; open_file_cache max=10;
    default_type application/json; client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p;
    fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
    server {{ listen {LOOP}:{self.port} backlog=4096; root {self.folder}; location = /health {{ return 200 "ok"; }} }}
}}
""")
        self.start([program("nginx"), "-c", self.folder / "nginx.conf", "-p", self.folder, "-e", self.folder / "errors"], core=core)


class Etcd(Server):
    """One member; each put is durable before it is acknowledged (its default)."""

    name = "etcd"

    def __init__(self, folder):
        super().__init__(folder)
        peer = free_port()
        self.start([
            program("etcd"), "--data-dir", self.folder / "data", "--name", "bench", "--log-level", "error", "--logger", "zap",
            "--listen-client-urls", self.url(""), "--advertise-client-urls", self.url(""),
            "--listen-peer-urls", f"http://{LOOP}:{peer}", "--initial-advertise-peer-urls", f"http://{LOOP}:{peer}",
            "--initial-cluster", f"bench=http://{LOOP}:{peer}", "--quota-backend-bytes", str(8 << 30)])
        end = time.monotonic() + 30
        while True:
            client = http.client.HTTPConnection(LOOP, self.port, timeout=5)
            client.request("GET", "/health")
            if b'"health":"true"' in client.getresponse().read():
                break
            if time.monotonic() > end:
                raise SystemExit("etcd has no leader")
            time.sleep(0.1)
