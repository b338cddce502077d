# SPDX-License-Identifier: Apache-2.0
"""`lock` of the command line against a real agent: processes that contend, end, are told to, and are killed."""
import os
import signal
import subprocess
import time

import pytest
from conftest import BINARY, ROOT, eventually


@pytest.fixture
def lock(agent):
    """Starts `lock` commands and ends what is left of them."""
    begun = []

    def begin(*arguments) -> subprocess.Popen:
        env = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.http_port}", "SHELL": "/bin/sh"}
        process = subprocess.Popen(
            [str(BINARY), "lock", *map(str, arguments)], env=env, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def keys(agent, prefix):
    status, _, found = agent.http("GET", f"/v1/kv/{prefix}?keys")
    return found if status == 200 else []


def holder(agent, key):
    status, _, found = agent.http("GET", f"/v1/kv/{key}")
    return found[0].get("Session") if status == 200 else None


def test_one_after_the_other(agent, lock, tmp_path):
    trace = tmp_path / "trace"
    commands = [lock("p", f"echo {n} begins >> {trace}; sleep 0.7; echo {n} ends >> {trace}") for n in range(3)]
    assert [command.wait(30) for command in commands] == [0, 0, 0]
    lines = trace.read_text().split("\n")[:-1]
    assert len(lines) == 6
    for begin, end in zip(lines[::2], lines[1::2]):
        assert begin.endswith("begins") and end == begin.replace("begins", "ends"), lines
    assert keys(agent, "p") == [] and agent.http("GET", "/v1/session/list")[2] == []


def test_codes_and_environment(agent, lock):
    """CLI-033, CLI-034."""
    assert lock("p", "exit 7").wait(20) == 0
    assert lock("-child-exit-code", "p", "exit 7").wait(20) == 2
    held = lock("p", "echo $CONSUL_LOCK_HELD")
    assert held.communicate(timeout=20)[0] == "true\n" and held.returncode == 0


def test_the_command_hears_all_signals(agent, lock):
    """The shell of the other tests takes its blocked signals back by itself; most programs do not."""
    mask = lock("-shell=false", "p", "grep", "SigBlk", "/proc/self/status")
    assert mask.communicate(timeout=20)[0].split() == ["SigBlk:", "0" * 16]


def test_no_time_left(agent, lock):
    first = lock("p", "sleep 30")
    assert eventually(lambda: holder(agent, "p/.lock"))
    late = lock("-timeout=500ms", "p", "echo never")
    out, errors = late.communicate(timeout=20)
    assert late.returncode == 1 and out == ""
    assert errors == "Shutdown triggered or timeout during lock acquisition\n"
    assert first.poll() is None


def test_signal_reaches_the_command(agent, lock):
    process = lock("p", "trap 'echo told; exit 0' TERM; echo runs; while :; do sleep 0.1; done")
    assert process.stdout.readline() == "runs\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0 and "told\n" in out
    assert keys(agent, "p") == []


def test_lost(agent, lock):
    process = lock("p", "trap 'echo told; exit 0' TERM; echo runs; while :; do sleep 0.1; done")
    assert process.stdout.readline() == "runs\n"
    agent.http("PUT", f"/v1/session/destroy/{holder(agent, 'p/.lock')}", b"")
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 1 and "told\n" in out and errors.startswith("Lock lost, killing child\n")


def test_semaphore(agent, lock, tmp_path):
    trace = tmp_path / "trace"
    commands = [
        lock("-n=2", "s", f"echo begins >> {trace}; sleep 1; echo ends >> {trace}") for _ in range(5)
    ]
    assert eventually(lambda: "s/.lock" in keys(agent, "s"))
    other = lock("-n=3", "s", "true")
    assert "semaphore limit conflict (lock: 2, local: 3)" in other.communicate(timeout=20)[1]
    assert other.returncode == 1
    assert [command.wait(40) for command in commands] == [0] * 5
    running = most = 0
    for line in trace.read_text().split():
        running += 1 if line == "begins" else -1
        most = max(most, running)
    assert running == 0 and most == 2
    assert keys(agent, "s") == []


@pytest.mark.slow
def test_holder_is_killed(agent, lock):
    """Its session ends, here as if its TTL were over already, and the lock-delay passes; then the next one runs."""
    first = lock("p", "sleep 1")
    assert eventually(lambda: holder(agent, "p/.lock"))
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    session = holder(agent, "p/.lock")
    assert agent.http("PUT", f"/v1/session/destroy/{session}")[0] == 200
    begin = time.monotonic()
    second = lock("p", "echo runs")
    out, _ = second.communicate(timeout=70)
    assert second.returncode == 0 and out == "runs\n"
    assert 10 < time.monotonic() - begin < 40
