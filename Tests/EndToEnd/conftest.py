# SPDX-License-Identifier: Apache-2.0
"""Real processes on ephemeral loopback ports. WAYPOST names the binary under test."""
import contextlib
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("WAYPOST", ROOT / ".build/debug/waypost")).resolve()


def candidates():
    """Ports below those that the kernel gives to clients (32768), other ones for each of the workers that run at the same time."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    first = 20000 + 1500 * worker
    ports = list(range(first, first + 1500))
    random.shuffle(ports)
    while True:
        yield from ports


CANDIDATES = candidates()


def free_port() -> int:
    """A port that is free for UDP and TCP on 127.0.0.1, and that no other worker takes."""
    for port in itertools.islice(CANDIDATES, 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def run(*command, timeout=20, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=timeout, **options
    )


def eventually(probe, seconds=5.0, every=0.05):
    """The first true value of `probe`; the last value when time is over."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value or time.monotonic() > end:
            return value
        time.sleep(every)


# With several workers, the tests of such a module go to one of them: they share a world that is made once, or ports of their own.
TOGETHER = ("test_clients_", "test_first_light")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: waits for more than ten seconds; WAYPOST_SKIP_SLOW=1 leaves it out")


def pytest_collection_modifyitems(items):
    """What takes longest begins first."""
    for item in items:
        if "slow" in item.keywords and os.environ.get("WAYPOST_SKIP_SLOW"):
            item.add_marker(pytest.mark.skip(reason="WAYPOST_SKIP_SLOW"))
    items.sort(key=lambda item: ("slow" not in item.keywords, not item.path.name.startswith(TOGETHER)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Every test by itself, except those that stay together."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            module = nodeid.split("::")[0]
            return module if pathlib.Path(module).name.startswith(TOGETHER) else nodeid

    config.option.loadscopereorder = False
    return Scheduler(config, log)


class Agent:
    """One agent process and how to ask it."""

    def __init__(self, directory, *flags, dev=True, env=None, prefix=(), binary=None):
        self.dns_port, self.http_port = free_port(), free_port()
        self.output = pathlib.Path(directory) / f"agent-{self.http_port}.log"
        command = [*prefix, str(binary or BINARY), "agent", *(["-dev"] if dev else []),
                   "-dns-port", str(self.dns_port), "-http-port", str(self.http_port), *map(str, flags)]
        self.log = open(self.output, "wb")
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=subprocess.STDOUT, cwd=ROOT, env={**os.environ, **(env or {})}
        )

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_ready(self, seconds=20):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"agent ended with {self.process.returncode}:\n{self.text()}")
            return "Ready in" in self.text()

        assert eventually(ready, seconds, 0.01), self.text()
        return self

    def stop(self, how=signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"agent did not stop:\n{self.text()}")
        self.log.close()
        return code

    def dig(self, *question) -> str:
        done = run("dig", "@127.0.0.1", "-p", self.dns_port, "+tries=1", "+time=3", *question)
        return done.stdout

    def short(self, *question) -> list:
        return sorted(line for line in self.dig("+short", *question).splitlines() if line and line[0] != ";")

    def cli(self, *arguments, **options):
        env = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{self.http_port}"}
        return run(BINARY, *arguments, env=env, cwd=ROOT, **options)

    def http(self, method, path, body=None, timeout=20):
        """Status, headers, decoded body."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http_port}{path}", data=data, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                status, headers, text = reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, error.headers, error.read().decode()
        with contextlib.suppress(ValueError):
            return status, headers, json.loads(text)
        return status, headers, text

    def resident(self) -> int:
        """Resident memory in KiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")


@pytest.fixture
def start(tmp_path):
    """Starts agents and ends each of them, whatever the test does."""
    agents = []

    def make(*flags, **options) -> Agent:
        agent = Agent(tmp_path, *flags, **options)
        agents.append(agent)
        return agent.wait_ready()

    yield make
    for agent in agents:
        if agent.process.poll() is None:
            agent.stop()


@pytest.fixture
def agent(start):
    return start()


@pytest.fixture
def binary():
    assert BINARY.exists(), f"no binary at {BINARY}: build it or set WAYPOST"
    return BINARY


@pytest.fixture
def unbound(tmp_path):
    """Debian's unbound as the upstream, with its own data and nothing else."""
    assert shutil.which("unbound"), "unbound is missing: scripts/setup test installs it"
    port = free_port()
    configuration = tmp_path / "unbound.conf"
    many = "\n".join(f'  local-data: "big.upstream.test. 300 IN A 192.0.2.{n}"' for n in range(1, 121))
    configuration.write_text(f"""server:
  interface: 127.0.0.1
  port: {port}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{tmp_path}"
  pidfile: ""
  logfile: ""
  use-syslog: no
  do-not-query-localhost: no
  module-config: "iterator"
  rrset-roundrobin: no
  local-zone: "upstream.test." static
  local-data: "www.upstream.test. 300 IN A 192.0.2.10"
  local-data: "www.upstream.test. 300 IN AAAA 2001:db8::10"
{many}
remote-control:
  control-enable: no
""")
    process = subprocess.Popen(
        ["unbound", "-d", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )

    def up():
        assert process.poll() is None, process.stderr.read().decode()
        return "192.0.2.10" in run(
            "dig", "@127.0.0.1", "-p", port, "+short", "+tries=1", "+time=1", "www.upstream.test"
        ).stdout

    assert eventually(up, 10)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def listener():
    """Opens TCP listeners on 127.0.0.1; `close` ends one."""
    held = {}

    class Listeners:
        def open(self, port=0) -> int:
            server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
            server.listen(64)
            held[server.getsockname()[1]] = server
            return server.getsockname()[1]

        def close(self, port):
            held.pop(port).close()

    yield Listeners()
    for server in held.values():
        server.close()
