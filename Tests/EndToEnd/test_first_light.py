# SPDX-License-Identifier: Apache-2.0
"""What a newcomer sees in the first minute: `make run`, then dig."""
import os
import re
import shlex
import signal
import socket
import subprocess

import pytest
from conftest import BINARY, ROOT, eventually, free_port, run


def example(tmp_path):
    """scripts/run-example as `make run` starts it, on ports of our own."""
    dns, http = free_port(), free_port()
    log = open(tmp_path / "run.log", "wb")
    process = subprocess.Popen(
        ["scripts/run-example", str(BINARY), "-dns-port", str(dns), "-http-port", str(http)],
        cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        # A shell cannot trap what was ignored when it began, as under nohup.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    text = lambda: (tmp_path / "run.log").read_text()
    assert eventually(lambda: "Ready in" in text() or process.poll() is not None, 20, 0.01)
    assert process.poll() is None, text()
    return process, dns, http, text


@pytest.fixture
def running(tmp_path):
    process, dns, http, text = example(tmp_path)
    yield dns, http, text
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def srv(dns):
    return run("dig", "@127.0.0.1", "-p", dns, "+tries=1", "redis.service.consul", "SRV").stdout


def test_three_instances_with_additional_records_and_one_leaves(running):
    dns, _, text = running
    answer = srv(dns)
    assert "ANSWER: 3" in answer, answer
    assert sorted(re.findall(r"SRV\s+1 1 (\d+) ", answer)) == ["16379", "16380", "16381"]
    additional = answer.split("ADDITIONAL SECTION:")[1]
    assert len(re.findall(r"IN\s+A\s+127\.0\.0\.1", additional)) == 3, answer

    kill = re.search(r"Stop one:\s+kill (\d+)", text())
    assert kill, text()
    os.kill(int(kill.group(1)), signal.SIGTERM)
    left = eventually(lambda: "16379" not in srv(dns), 5)
    assert left and eventually(lambda: "ANSWER: 2" in srv(dns), 5), srv(dns)
    assert "16379" not in srv(dns)


def test_closing_the_terminal_ends_the_example(tmp_path):
    process, dns, _, text = example(tmp_path)
    # What a terminal sends to its foreground group.
    os.killpg(process.pid, signal.SIGHUP)
    try:
        process.wait(20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(text())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", dns))


def test_static_zone_and_its_reverse(running):
    dns, _, _ = running
    forward = run("dig", "@127.0.0.1", "-p", dns, "+short", "www.example.internal").stdout.split()
    assert forward, "www.example.internal has no address"
    back = run("dig", "@127.0.0.1", "-p", dns, "+short", "-x", forward[-1]).stdout
    assert "example.internal." in back


def test_every_command_on_the_screen_works_as_pasted(running):
    dns, http, text = running
    screen = text()
    commands = re.findall(r"(?:^|\s{2})((?:dig|curl|\S*waypost) [^\n]+)$", screen, re.M)
    assert len(commands) >= 3, screen
    env = {**os.environ, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
    for command in commands:
        for part in command.split(" && "):
            done = run("bash", "-c", part, env=env)
            assert done.returncode == 0, (part, done.stdout, done.stderr)
            assert done.stdout.strip(), part
            assert "status: REFUSED" not in done.stdout and "timed out" not in done.stdout, part


def test_the_listeners_end_with_the_agent(tmp_path):
    process, _, _, text = example(tmp_path)
    pid = int(re.search(r"Stop one:\s+kill (\d+)", text()).group(1))
    process.send_signal(signal.SIGTERM)
    process.wait(20)

    def gone():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    assert eventually(gone, 5)


def test_readme_tour_is_what_the_program_prints(running):
    """The README's dig answer for the example, record for record."""
    dns, _, _ = running
    readme = (ROOT / "README.md").read_text()
    shown = sorted(re.findall(r"^redis\.service\.consul\.\s+0\s+IN\s+SRV\s+(.+)$", readme, re.M))
    assert len(shown) == 3, "the README shows no SRV answer"
    ports = sorted(line.split()[2] for line in shown)
    assert ports == sorted(re.findall(r"SRV\s+1 1 (\d+) ", srv(dns)))
