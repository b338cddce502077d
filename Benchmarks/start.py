#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From the start of an agent's process to its first DNS answer, on a data directory with many instances.

    bench-start DIRECTORY          (once: makes the data directory)
    start.py DIRECTORY [--binary ../.build/release/waypost] [--rounds 5] [--name web-7]

The question is asked every 2 ms from the moment of the start on; what counts is the first answer with records.
"""
import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import time

LOOP = "127.0.0.1"
ROOT = pathlib.Path(__file__).resolve().parent.parent


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind((LOOP, 0))
        return one.getsockname()[1]


def query(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 7, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)


def first_answer(port, question, process, patience=60):
    begin = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect((LOOP, port))
        udp.settimeout(0.002)
        while time.monotonic() < begin + patience:
            if process.poll() is not None:
                raise SystemExit(f"the agent ended with status {process.returncode}")
            try:
                udp.send(question)
                reply = udp.recv(65536)
                if reply[3] & 15 == 0 and struct.unpack(">H", reply[6:8])[0] > 0:
                    return
            except OSError:
                time.sleep(0.002)
    raise SystemExit("the agent does not answer")


def run(binary, directory, question):
    """The time by the clock until the first answer, and the CPU time of all threads until then, in seconds."""
    dns = free_port(socket.SOCK_DGRAM)
    words = [binary, "agent", "-server", "-bootstrap", "-node", "bench", "-bind", LOOP, "-client", LOOP, "-data-dir", directory,
             "-dns-port", str(dns), "-http-port", str(free_port(socket.SOCK_STREAM)), "-log-level", "warn"]
    begin = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            first_answer(dns, question, process)
            elapsed = time.monotonic() - begin
            fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            return elapsed, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/waypost")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--name", default="web-7")
    options = parser.parse_args()
    times = []
    # The agent writes to its log: each run begins with the same copy.
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "data"
            shutil.copytree(options.directory, copy)
            elapsed, used = run(options.binary, copy, query(f"{options.name}.service.consul"))
        times.append(elapsed)
        print(f"run {number + 1}: {elapsed * 1000:.0f} ms, CPU {used * 1000:.0f} ms", flush=True)
    print(f"least {min(times) * 1000:.0f} ms, median {statistics.median(times) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
