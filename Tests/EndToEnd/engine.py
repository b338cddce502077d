# SPDX-License-Identifier: Apache-2.0
"""A Docker engine of the test's own: programs from .engine, data in a directory that goes with it, no network."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

import pytest
from clients import Namespace, unavailable
from conftest import ROOT, eventually

UNPACKED = ROOT / ".engine/root"
PROGRAMS = [UNPACKED / part for part in ("usr/sbin", "usr/bin", "sbin", "bin")]
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([*map(str, PROGRAMS), os.environ["PATH"], "/usr/sbin", "/sbin"]),
    "LD_LIBRARY_PATH": os.pathsep.join(map(str, UNPACKED.glob("usr/lib/*-linux-gnu"))),
}


class Engine:
    """The engine and how to tell it what to do; `host` is its DOCKER_HOST."""

    def __init__(self, directory):
        if not shutil.which("dockerd", path=ENVIRONMENT["PATH"]):
            unavailable("no dockerd")
        if os.geteuid() != 0:
            pytest.skip("no Docker engine starts here: it needs root")
        self.directory = pathlib.Path(directory)
        self.host = f"unix://{self.directory}/s"
        try:
            self.space = Namespace(directory)
        except pytest.fail.Exception as error:
            pytest.skip(f"no Docker engine starts here: {error}")
        self.log = self.directory / "log"
        self.process = subprocess.Popen(
            [*self.space.enter, "dockerd", "--data-root", self.directory / "d", "--exec-root", self.directory / "e",
             "--pidfile", self.directory / "pid", "--host", self.host, "--storage-driver=vfs", "--bridge=none",
             "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)

        def up():
            return self.process.poll() is not None or self.docker("version", check=False).returncode == 0

        if not eventually(up, 15, 0.1) or self.process.poll() is not None:
            self.stop()
            pytest.skip(f"no Docker engine starts here: {self.last_words()}")

    def docker(self, *command, check=True):
        done = subprocess.run(["docker", "--host", self.host, *map(str, command)], env=ENVIRONMENT,
                              capture_output=True, text=True, timeout=30)
        assert not check or done.returncode == 0, (command, done.stderr, self.last_words())
        return done

    def image(self, name):
        """An image with a shell and nothing else."""
        tar = self.directory / "image.tar"
        with tarfile.open(tar, "w") as archive:
            archive.add(next(path / "busybox" for path in PROGRAMS if (path / "busybox").exists()), "bin/sh")
            for link in ("echo", "sleep"):
                entry = tarfile.TarInfo(f"bin/{link}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "sh"
                archive.addfile(entry)
        self.docker("import", tar, name)

    def run(self, image, name, *command, network="none", mounts=()):
        """A container that sleeps, or runs the command; an engine that cannot run any is as good as none."""
        options = ["--network", network]
        for source, target in mounts:
            options += ["--mount", f"type=bind,source={source},target={target}"]
        done = self.docker("run", "-d", "--name", name, *options, image, *(command or ("/bin/sleep", "1000")), check=False)
        if done.returncode != 0:
            pytest.skip(f"the Docker engine runs no containers here: {done.stderr.strip()}")

    def last_words(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-3:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.space.close()


def program(path, target) -> list:
    """Mounts that bring a program of the host into a container, with the libraries that it loads."""
    loaded = subprocess.run(["ldd", path], capture_output=True, text=True, timeout=10).stdout
    return [(path, target)] + [(os.path.realpath(library), library) for library in sorted(set(re.findall(r"(/\S+) \(0x", loaded)))]


@contextlib.contextmanager
def engine():
    """An engine for one test, with all that it leaves behind."""
    # A short path: the names of sockets have at most 107 octets.
    directory = tempfile.mkdtemp(prefix="waypost-docker-", dir="/tmp")
    running = None
    try:
        running = Engine(directory)
        yield running
        running.docker("rm", "-f", *running.docker("ps", "-aq").stdout.split(), check=False)
    finally:
        if running:
            running.stop()
        shutil.rmtree(directory, ignore_errors=True)
