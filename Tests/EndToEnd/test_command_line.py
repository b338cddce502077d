# SPDX-License-Identifier: Apache-2.0
"""The command line as a user types it; case numbers are those of the command specification."""
import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import threading
import time

import pytest
from conftest import BINARY, ROOT, free_port, run


def way(*arguments, **options):
    return run(BINARY, *arguments, cwd=ROOT, **options)


def test_cli_016_group_without_subcommand_is_help_and_1():
    done = way("catalog")
    assert done.returncode == 1 and "datacenters" in done.stdout + done.stderr


def test_cli_017_unknown_command_is_usage_and_127():
    done = way("foo")
    assert done.returncode == 127 and "agent" in done.stderr
    assert way().returncode == 127


def test_help_is_on_stdout_and_0():
    for arguments in (["-h"], ["agent", "-help"], ["catalog", "--help"], ["catalog", "nodes", "-h"]):
        done = way(*arguments)
        assert done.returncode == 0 and done.stdout.strip(), arguments


def test_cli_018_members_shows_itself(agent):
    done = agent.cli("members")
    header, row = done.stdout.splitlines()[:2]
    assert header.split() == ["Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Partition", "Segment"]
    assert "alive" in row and "server" in row and "dc1" in row and done.returncode == 0


def test_cli_019_members_filter_without_match_is_2(agent):
    done = agent.cli("members", "-status=fail.*")
    assert (done.returncode, done.stdout) == (2, "")


def test_cli_020_members_detailed_sorts_tags(agent):
    lines = agent.cli("members", "-detailed").stdout.splitlines()
    assert lines[0].split() == ["Node", "Address", "Status", "Tags"]
    keys = [tag.split("=")[0] for tag in lines[1].split()[3].split(",")]
    assert keys == sorted(keys) and "role" in keys


def test_cli_021_022_catalog_nodes(agent):
    short = agent.cli("catalog", "nodes").stdout.splitlines()
    assert short[0].split() == ["Node", "ID", "Address", "DC"]
    assert len(short[1].split()[1]) == 8
    full = agent.cli("catalog", "nodes", "-detailed").stdout.splitlines()
    assert full[0].split() == ["Node", "ID", "Address", "DC", "TaggedAddresses", "Meta"]
    assert len(full[1].split()[1]) == 36 and "lan=127.0.0.1" in full[1]


def test_cli_023_too_many_arguments(agent):
    done = agent.cli("catalog", "nodes", "x")
    assert done.returncode == 1 and "Too many arguments (expected 0, got 1)" in done.stderr + done.stdout


def test_cli_024_catalog_services_with_tags(agent):
    agent.http("PUT", "/v1/agent/service/register", {"Name": "web", "Tags": ["b", "a"]})
    done = agent.cli("catalog", "services", "-tags")
    assert [line.split() for line in done.stdout.splitlines()] == [["consul"], ["web", "a,b"]]
    assert agent.cli("catalog", "services").stdout == "consul\nweb\n"
    assert agent.cli("catalog", "datacenters").stdout == "dc1\n"


def test_cli_028_maintenance(agent):
    assert agent.cli("maint", "-enable", "-reason", "why").stdout == "Node maintenance is now enabled\n"
    listed = agent.cli("maint").stdout
    assert "Node:" in listed and "  Reason: why" in listed
    assert agent.short("consul.service.consul") == []
    assert agent.cli("maint", "-disable").stdout == "Node maintenance is now disabled\n"
    assert agent.short("consul.service.consul") == ["127.0.0.1"]
    done = agent.cli("maint", "-enable", "-disable")
    assert done.returncode == 1 and "Only one of -enable or -disable may be provided" in done.stderr + done.stdout


def test_cli_039_extra_arguments():
    done = way("agent", "-dev", "extra")
    assert done.returncode == 1 and "==> Unexpected extra arguments: [extra]" in done.stderr


def test_cli_040_unknown_flag():
    done = way("agent", "-bogus")
    assert done.returncode == 1 and "flag provided but not defined: -bogus" in done.stderr


def test_cli_041_validate_missing_path():
    done = way("validate", "/nonexistent/x.hcl")
    assert done.returncode == 1 and "Config validation failed: config: Open failed on" in done.stderr + done.stdout


def test_cli_042_validate_unknown_key_says_where_and_what(tmp_path):
    file = tmp_path / "a.hcl"
    file.write_text('data_dir = "/tmp"\n\nnode_nam = "x"\n')
    done = way("validate", file)
    text = done.stderr + done.stdout
    assert done.returncode == 1 and "invalid config key node_nam" in text
    assert f"{file}:3:1" in text and "node_name" in text


def test_cli_043_version_json():
    done = way("version", "-format=json")
    assert {"Version", "Revision", "Prerelease", "RPC"} <= set(json.loads(done.stdout))
    assert way("version").stdout == way("-v").stdout == way("--version").stdout


def test_cli_051_closed_port_says_so_and_how_to_start_an_agent():
    port = free_port()
    done = run(BINARY, "members", env={**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{port}"})
    assert done.returncode == 1
    assert f'Get "http://127.0.0.1:{port}/v1/' in done.stderr and "connection refused" in done.stderr
    assert "waypost agent -dev" in done.stderr


def test_cli_052_reload(agent):
    assert agent.cli("reload").stdout == "Configuration reload triggered\n"


def test_cli_053_services_register_and_deregister(agent, tmp_path):
    assert agent.cli("services", "register", "-name=s", "-port=80").stdout == "Registered service: s\n"
    assert len(agent.short("s.service.consul")) == 1
    assert agent.cli("services", "deregister", "-id=s").stdout == "Deregistered service: s\n"
    assert agent.short("s.service.consul") == []
    file = tmp_path / "s.hcl"
    file.write_text('services { name = "f1" }\nservices { name = "f2" }\n')
    assert agent.cli("services", "register", file).stdout == "Registered service: f1\nRegistered service: f2\n"
    # A whole configuration of an agent, and flags for what its service lacks.
    file.write_text('datacenter = "dc9"\nservice { name = "f3" }\n')
    assert agent.cli("services", "register", "-id=i3", "-tag=t", file).returncode == 0
    assert agent.http("GET", "/v1/agent/service/i3")[2]["Tags"] == ["t"]
    assert agent.cli("services", "register", "-name=x", file).returncode == 1


def test_cli_055_signals_and_leave(start):
    assert start().stop(signal.SIGTERM) == 1
    assert start().stop(signal.SIGINT) == 1
    agent = start()
    assert agent.cli("leave").stdout == "Graceful leave complete\n"
    assert agent.process.wait(20) == 0
    assert "asked to leave, stopping" in agent.text()


def test_reload_says_what_is_wrong(start, tmp_path):
    file = tmp_path / "c.hcl"
    file.write_text("")
    agent = start("-config-file", file)
    file.write_text('check { name = "c" service_id = "nope" ttl = "9s" }')
    done = agent.cli("reload")
    assert done.returncode == 1
    assert 'ServiceID "nope" does not exist' in done.stderr and "missingService" not in done.stderr + agent.text()


def test_monitor_ends_by_signals_and_with_the_agent(start):
    agent = start()
    env = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.http_port}"}

    def monitor():
        # As a background job of a shell script: SIGINT is ignored from the start.
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" INT; exec "$0" monitor -log-level=debug', BINARY], env=env, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        # A reload writes a line, which tells that the monitor has begun.
        has_begun = threading.Event()

        def wake():
            while not has_begun.wait(0.05):
                agent.http("PUT", "/v1/agent/reload")

        waker = threading.Thread(target=wake)
        waker.start()
        assert process.stdout.readline()
        has_begun.set()
        waker.join()
        return process

    for number in (signal.SIGINT, signal.SIGTERM):
        process = monitor()
        process.send_signal(number)
        out, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "") and "Remote side" not in out
    for how in (signal.SIGTERM, signal.SIGKILL):
        process = monitor()
        agent.process.send_signal(how)
        out, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (1, "") and "Remote side ended the monitor!" in out
        agent.process.wait(20)
        if how == signal.SIGTERM:
            agent = start()
            env["CONSUL_HTTP_ADDR"] = f"127.0.0.1:{agent.http_port}"


def test_monitor_ends_by_a_signal_though_nobody_reads_it(agent):
    env = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.http_port}"}
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [BINARY, "monitor", "-log-level=trace"], env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        waiting = bytearray(4)
        deadline = time.monotonic() + 10
        while int.from_bytes(waiting, "little") == 0:
            assert time.monotonic() < deadline
            agent.http("PUT", "/v1/agent/reload")
            fcntl.ioctl(process.stdout, termios.FIONREAD, waiting)
        # More lines than the pipe holds.
        for _ in range(100):
            agent.http("PUT", "/v1/agent/reload")
        process.send_signal(number)
        try:
            assert process.wait(5) == 0
        finally:
            process.kill()
            process.communicate()


def test_info_and_dns_query(agent):
    info = agent.cli("info").stdout
    assert "agent:" in info and "\tservices = " in info
    query = ["dns", "query", "-dns-addr", f"127.0.0.1:{agent.dns_port}"]
    done = agent.cli(*query, "consul.service.consul")
    assert (done.returncode, done.stdout) == (0, "127.0.0.1\n")
    done = agent.cli(*query, "consul.service.consul", "SRV")
    assert done.returncode == 0 and done.stdout.startswith("1 1 8300 ")
    assert agent.cli(*query, "nope.service.consul").returncode == 1
    dead = agent.cli("dns", "query", "-dns-addr", f"127.0.0.1:{free_port()}", "x.consul")
    assert dead.returncode == 2 and dead.stderr


def test_a_link_named_consul_behaves_the_same(tmp_path, agent):
    link = tmp_path / "consul"
    link.symlink_to(BINARY)
    done = run(link, "catalog", "datacenters", env={**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.http_port}"})
    assert done.stdout == "dc1\n"


def test_bash_completes_commands_flags_and_files(tmp_path):
    """Bash on a terminal, without bash-completion: names of commands, flags, and files where nothing else fits."""
    link = tmp_path / "consul"
    link.symlink_to(BINARY)
    (tmp_path / "serviceweb.hcl").write_text("")
    env = {"HOME": str(tmp_path), "SHELL": "/bin/bash", "PATH": f"{tmp_path}:/usr/bin:/bin", "TERM": "dumb"}
    assert run(link, "-autocomplete-install", env=env).returncode == 0

    def typed(keys):
        """What stands on the line once bash has completed it."""
        ours, theirs = pty.openpty()
        shell = subprocess.Popen(
            ["bash", "--noprofile", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
            env={**env, "PROMPT_COMMAND": "PS1='$ '", "INPUTRC": "/dev/null"}, start_new_session=True,
        )
        os.close(theirs)
        # What stands behind the word that is completed has to be typed afterwards.
        os.write(ours, f"{keys}\x01echo \x05 END\nexit\n".encode())
        shown = b""
        with contextlib.suppress(OSError):
            # The end of the shell is an error of the terminal.
            while select.select([ours], [], [], 10)[0]:
                shown += os.read(ours, 4096)
        os.close(ours)
        shell.kill()
        shell.wait(10)
        lines = [line.strip() for line in shown.decode().splitlines()]
        return [line for line in lines if line.endswith(" END") and "echo" not in line] or lines

    assert typed("consul catal\t") == ["consul catalog END"]
    assert typed("consul catalog nodes -deta\t") == ["consul catalog nodes -detailed END"]
    assert typed("consul services register servicew\t") == ["consul services register serviceweb.hcl END"]
    assert typed("consul agent -config-fi\t") == ["consul agent -config-file END"]
    assert typed("consul members -ca-file s\t") == ["consul members -ca-file serviceweb.hcl END"]
    assert run(link, "-autocomplete-uninstall", env=env).returncode == 0
    assert (tmp_path / ".bashrc").read_text() == ""
    assert typed("consul catal\t") == ["consul catal END"]


def test_validate_does_not_wait_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "p.hcl")
    (tmp_path / "a.hcl").write_text('data_dir = "/d"\n')
    done = way("validate", tmp_path, timeout=5)
    assert done.returncode == 0 and "p.hcl: is a named pipe, not a file" in done.stderr
    named = way("validate", tmp_path / "p.hcl", timeout=5)
    assert named.returncode == 1 and "is a named pipe" in named.stderr


def test_operands_and_archives_come_through_pipes(agent, tmp_path):
    """As a shell passes them: `kv put k @<(command)`, `snapshot restore <(command)`."""
    def through(name, octets):
        os.mkfifo(tmp_path / name)
        threading.Thread(target=(tmp_path / name).write_bytes, args=(octets,), daemon=True).start()
        return tmp_path / name

    assert agent.cli("kv", "put", "k", f"@{through('value', b'from a pipe')}").returncode == 0
    assert agent.cli("snapshot", "save", tmp_path / "s").returncode == 0
    assert agent.cli("kv", "put", "k", "later").returncode == 0
    done = agent.cli("snapshot", "restore", through("archive", (tmp_path / "s").read_bytes()))
    assert done.returncode == 0, done.stderr
    assert agent.cli("kv", "get", "k").stdout == "from a pipe\n"


def test_addresses_may_be_templates(start, tmp_path):
    file = tmp_path / "a.hcl"
    file.write_text("""client_addr = "{{ GetAllInterfaces | include `name` `^lo$` | include `type` `IPv4` | limit 1 | attr `address` }}"
                       recursors = ["{{ GetInterfaceIPs `^lo$` }}"]""")
    done = way("validate", file)
    assert done.returncode == 1 and done.stderr.endswith("data_dir cannot be empty (set data_dir or -data-dir, or use -dev)\n"), done.stderr
    agent = start("-config-file", file, "-bind={{ GetAllInterfaces | include \"name\" \"^lo$\" | include \"type\" \"IPv4\" | attr \"address\" }}")
    config = agent.http("GET", "/v1/agent/self")[2]
    assert config["Member"]["Addr"] == "127.0.0.1" and config["DebugConfig"]["client_addr"] == '"127.0.0.1"', config["DebugConfig"]
    file.write_text('data_dir = "/d"\nclient_addr = "{{ GetInterfaceIP `nowhere` }}"')
    done = way("validate", file)
    assert done.returncode == 1
    assert f"client_addr: error parsing \"{{{{ GetInterfaceIP `nowhere` }}}}\": no address found ({file}:2:15; " in done.stderr, done.stderr


def test_validate_reads_the_zone_files(tmp_path):
    (tmp_path / "zones").mkdir()
    soa = "@ 60 IN SOA ns.example. a.example. 1 1 1 1 1\n@ 60 IN NS ns.example.\n"
    (tmp_path / "zones" / "corp.test.zone").write_text(soa + "www 60 IN A nonsense\n")
    (tmp_path / "a.hcl").write_text(f'data_dir = "/d"\nzone_dirs = ["{tmp_path}/zones", "/nonexistent"]\n')
    done = way("validate", tmp_path / "a.hcl")
    assert done.returncode == 1
    assert "corp.test.zone:3: " in done.stderr and "/nonexistent: Cannot open the folder" in done.stderr
    (tmp_path / "zones" / "corp.test.zone").write_text(soa)
    (tmp_path / "zones" / "consul.zone").write_text(soa)
    (tmp_path / "a.hcl").write_text(f'data_dir = "/d"\nzone_dirs = ["{tmp_path}/zones"]\n')
    done = way("validate", tmp_path / "a.hcl")
    assert done.returncode == 0 and "its SOA and NS are the catalog's" in done.stderr


def test_validate_accepts_the_examples():
    done = way("validate", "examples/services")
    assert (done.returncode, done.stdout.strip()) == (0, "Configuration is valid!") or "data_dir" in done.stderr + done.stdout


@pytest.mark.parametrize("text, expected", [
    ("cfg-001", ('ports { http = "8500" }', "'ports.http' expected type 'int', got unconvertible type 'string'")),
    ("cfg-013", ("foo = 1\nports { zz = 1 }", "2 errors occurred:")),
    ("cfg-025", ('data_dir = "/tmp"\nbootstrap = true', "'bootstrap = true' requires 'server = true'")),
    ("cfg-027", ("ports { http = 70000 }", "ports.http: invalid port: 70000")),
    ("cfg-029", ('node_name = "x"', "data_dir cannot be empty")),
])
def test_configuration_errors(tmp_path, text, expected):
    file = tmp_path / "bad.hcl"
    file.write_text(expected[0])
    done = way("validate", file)
    assert done.returncode == 1 and expected[1] in done.stderr + done.stdout, (text, done.stderr, done.stdout)


def test_a_client_agent_is_refused_plainly(tmp_path):
    done = way("agent", "-data-dir", tmp_path, "-bind", "127.0.0.1")
    assert done.returncode == 1 and "client agent" in done.stderr
    # -dev sets what other flags may change again (spec cli.md 5.3).
    done = way("agent", "-dev", "-server=false")
    assert done.returncode == 1 and "client agent" in done.stderr


def test_a_server_without_dev_keeps_its_identity(start, tmp_path):
    agent = start("-server", "-bootstrap", "-data-dir", tmp_path, "-bind", "127.0.0.1", dev=False)
    assert "(server)" in agent.text()
    assert agent.short("consul.service.consul") == ["127.0.0.1"]
    assert (tmp_path / "node-id").exists()


def test_a_taken_port_names_its_holder_and_the_flag(start):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        done = way("agent", "-dev", "-dns-port", free_port(), "-http-port", port)
    assert done.returncode == 1
    assert str(port) in done.stderr and "-http-port" in done.stderr and f"pid {os.getpid()}" in done.stderr


def test_json_logs_are_the_only_output(start):
    agent = start("-log-json")
    lines = [json.loads(line) for line in agent.text().splitlines()]
    assert any("Ready in" in line["@message"] and str(agent.dns_port) in json.dumps(line) for line in lines), lines
