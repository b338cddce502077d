# SPDX-License-Identifier: Apache-2.0
"""Foreign clients in a namespace of their own: their programs, their settings from
docs/operations/clients.md, and the processes that a test starts, each ended by its own handle."""
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import BINARY, ROOT, eventually  # noqa: F401

UNPACKED = ROOT / ".clients/root"
GUIDE = ROOT / "docs/operations/clients.md"
HERE = pathlib.Path(__file__).parent
LIBRARIES = [path for pattern in ("usr/lib/*-linux-gnu", "lib/*-linux-gnu") for path in UNPACKED.glob(pattern)]
ENVIRONMENT = {
    **os.environ,
    "LC_ALL": "C.UTF-8",
    "PATH": os.pathsep.join([str(path) for pattern in ("usr/lib/postgresql/*/bin", "usr/sbin", "usr/bin")
                             for path in UNPACKED.glob(pattern)]
                            + [str(pathlib.Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin", "/sbin"]),
    "LD_LIBRARY_PATH": os.pathsep.join(str(path) for base in LIBRARIES for path in (base, base / "systemd")),
}


def unavailable(why):
    """A client that cannot be had is a failure, unless the person who runs the tests said otherwise."""
    if os.environ.get("WAYPOST_SKIP_CLIENTS"):
        pytest.skip(why)
    pytest.fail(f"{why}: scripts/setup test gets it; WAYPOST_SKIP_CLIENTS=1 leaves it out")


def tool(name) -> str:
    return shutil.which(name, path=ENVIRONMENT["PATH"]) or unavailable(f"no {name}")


def debian_python(module) -> list:
    """The command of Debian's own Python, with the modules among the unpacked packages."""
    modules, program = UNPACKED / "usr/lib/python3/dist-packages", pathlib.Path("/usr/bin/python3")
    if not (modules / module).is_dir() or not program.exists():
        unavailable(f"no {module} of Debian's")
    return ["env", f"PYTHONPATH={modules}", str(program)]


def snippet(heading, language) -> str:
    """The first fenced block of that language in the section of the guide."""
    sections = re.split(r"^## ", GUIDE.read_text(), flags=re.M)
    section = next((text for text in sections if text.splitlines()[0].strip() == heading), None)
    assert section, f"{GUIDE.name} has no section {heading}"
    block = re.search(rf"^```{language}\n(.*?)^```$", section, flags=re.M | re.S)
    assert block, f"{GUIDE.name}, {heading}: no block of {language}"
    return block[1]


def console(heading) -> list:
    """The section's commands and what the guide says that each prints."""
    found = []
    for line in snippet(heading, "console").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


class Namespace:
    """A network with nothing but a loopback, and mounts of its own."""

    def __init__(self, directory, setup="true"):
        self.directory = pathlib.Path(directory)
        self.daemons = []
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        enter = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        script = f"set -e\nip link set lo up\n{setup}\necho ready\nexec cat"
        self.holder = subprocess.Popen(
            ["unshare", *user, "--net", "--mount", "sh", "-c", script, "sh", str(directory)], env=ENVIRONMENT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            unavailable(f"no namespaces here ({self.holder.communicate()[1].strip()})")
        self.enter = ["nsenter", *enter, "--net", "--mount", "-t", str(self.holder.pid), f"--wdns={directory}", "--"]

    def run(self, *command, timeout=20, **options):
        return subprocess.run([*self.enter, *map(str, command)], capture_output=True, text=True, timeout=timeout,
                              env=ENVIRONMENT, **options)

    def start(self, *command, ready=None, seconds=10):
        """A process that goes on; `ready` asks whether it is, by its output if it is a text."""
        daemon = Daemon(self, [str(part) for part in command])
        self.daemons.append(daemon)
        if ready:
            check = (lambda: ready in daemon.text()) if isinstance(ready, str) else ready
            up = eventually(lambda: daemon.process.poll() is not None or check(), seconds)
            if not up or daemon.process.poll() is not None:
                daemon.stop()
                pytest.fail(f"{' '.join(map(str, command))} is not ready:\n{daemon.text()}")
        return daemon

    def backend(self, kind, *endpoints):
        return self.start(sys.executable, HERE / "backends.py", kind, *endpoints, ready="listening")

    def dig(self, *question) -> str:
        return self.run("dig", "+tries=1", "+time=3", *question).stdout

    def short(self, *question) -> list:
        return sorted(line for line in self.dig("+short", *question).splitlines() if line and line[0] != ";")

    def curl(self, url, *options):
        return self.run("curl", "-sS", "--max-time", "5", *options, url)

    def check_console(self, heading):
        """The guide's commands, as pasted: the same lines, in any order where the answer has none."""
        for command, expected in console(heading):
            tool(next(word for word in shlex.split(command) if "=" not in word))
            done = self.run("sh", "-c", command)
            lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
            assert sorted(lines) == sorted(line.rstrip() for line in expected if line.strip()), (command, done)

    def close(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
        self.holder.stdin.close()
        self.holder.wait(10)
        self.holder.stdout.close()
        self.holder.stderr.close()


class Daemon:
    def __init__(self, space, command):
        self.output = space.directory / f"{len(space.daemons)}-{pathlib.Path(command[0]).name}.log"
        with open(self.output, "wb") as log:
            self.process = subprocess.Popen([*space.enter, *command], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, env=ENVIRONMENT)

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


ADDRESSES = ["10.0.0.11", "10.0.0.12", "10.0.0.13"]
TARGETS = ["0a00000b.addr.dc1.consul.", "0a00000c.addr.dc1.consul.", "0a00000d.addr.dc1.consul."]
SETTLED = f"mount -t tmpfs tmpfs /run; for a in {' '.join(ADDRESSES)}; do ip address add $a/32 dev lo; done"
# A piece of `setup`: the namespace's /etc/resolv.conf names 127.0.0.1, as for an agent on port 53.
RESOLV = r"""
printf 'nameserver 127.0.0.1\noptions timeout:2 attempts:1\n' > "$1/resolv.conf"
real=$(readlink -m /etc/resolv.conf); mkdir -p "${real%/*}"; [ -e "$real" ] || : > "$real"
mount --bind "$1/resolv.conf" "$real"
"""
# Programs that refuse to run as root see themselves as somebody else.
NOBODY = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
UPSTREAM = """server:
  interface: 127.0.0.99
  interface: 192.0.2.99
  access-control: 192.0.2.0/24 allow
  ip-freebind: yes
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  local-zone: "upstream.test." static
  local-data: "www.upstream.test. 300 IN A 192.0.2.10"
  local-data: "deb.upstream.test. 300 IN A 192.0.2.10"
remote-control:
  control-enable: no
"""


class Web:
    """The guide's example: one agent, three instances of `web`, each a process with a check every second."""

    def __init__(self, space, dns_port, flags=()):
        self.space = space
        self.registered = set()
        self.server = f"@127.0.0.1 -p {dns_port}".split()
        upstream = self.space.directory / "upstream.conf"
        upstream.write_text(UPSTREAM)
        self.space.start(tool("unbound"), "-d", "-c", upstream,
                         ready=lambda: self.space.short("@127.0.0.99", "www.upstream.test"))
        self.instances = {address: self.space.backend("http", f"{address}:8080") for address in ADDRESSES}
        definition = self.space.directory / "web.hcl"
        definition.write_text(snippet("The example", "hcl"))
        self.agent = self.space.start(BINARY, "agent", "-dev", "-config-file", definition, "-dns-port", dns_port,
                                      "-recursor", "127.0.0.99", *flags, ready="Ready in")
        assert eventually(lambda: self.addresses() == ADDRESSES), self.agent.text()

    def addresses(self):
        return self.space.short(*self.server, "web.service.consul")

    @contextlib.contextmanager
    def without(self, address):
        """One instance is dead, and its check has found it out."""
        self.instances[address].stop(signal.SIGKILL)
        try:
            assert eventually(lambda: address not in self.addresses()), self.agent.text()
            yield [other for other in ADDRESSES if other != address]
        finally:
            self.instances[address] = self.space.backend("http", f"{address}:8080")
            assert eventually(lambda: self.addresses() == ADDRESSES), self.agent.text()

    def register(self, name, port, address="10.0.0.11", **more):
        service = {"ID": name, "Name": name, "Port": port, "Address": address, **more}
        body = self.space.directory / "register.json"
        body.write_text(json.dumps(service))
        done = self.space.curl("http://127.0.0.1:8500/v1/agent/service/register", "-f", "-X", "PUT", "-d", f"@{body}")
        assert done.returncode == 0, done
        self.registered.add(service["ID"])

    def deregister(self, name):
        done = self.space.curl(f"http://127.0.0.1:8500/v1/agent/service/deregister/{name}", "-f", "-X", "PUT")
        assert done.returncode == 0, done
        self.registered.discard(name)


def laboratory(name, dns_port=8600, setup="", flags=()):
    """Two fixtures, `world` and `lab`: the example for a module; what one test starts or registers ends with it."""

    @pytest.fixture(scope="module")
    def world(tmp_path_factory):
        space = Namespace(tmp_path_factory.mktemp(name), f"{SETTLED}\n{setup}")
        try:
            yield Web(space, dns_port, flags)
        finally:
            space.close()

    @pytest.fixture
    def lab(world):
        before = set(world.space.daemons)
        yield world
        for daemon in set(world.space.daemons) - before - set(world.instances.values()):
            daemon.stop()
        for name in sorted(world.registered):
            world.deregister(name)

    return world, lab
