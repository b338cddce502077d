# SPDX-License-Identifier: Apache-2.0
"""Events and watches of a real agent: the command line, scripts and requests of the configuration, reload."""
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import threading

import consul
import pytest
from conftest import BINARY, ROOT, eventually, run


class Hook:
    """A web server that keeps what it is sent."""

    def __init__(self, context=None):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append((self.command, self.path, self.headers, json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_PUT

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hook():
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture
def secure_hook(tmp_path):
    """The same with a certificate that nobody knows."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-days", "2", "-subj", "/CN=nobody", "-keyout", key, "-out", certificate)
    assert done.returncode == 0, done.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    hook = Hook(context)
    yield hook
    hook.close()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def put(agent, key, value):
    assert agent.http("PUT", f"/v1/kv/{key}", value.encode())[2] is True


def test_events(agent):
    """API-200, API-205, CLI-036."""
    c = consul.Consul(host="127.0.0.1", port=agent.http_port)
    fired = agent.cli("event", "-name=deploy", "1.4.2")
    assert fired.returncode == 0 and fired.stdout.startswith("Event ID: ")
    name = fired.stdout.split()[-1]
    assert c.event.fire("other", "x", node="^nobody$")["Name"] == "other"
    index, events = c.event.list()
    assert [(e["ID"], e["Name"], e["LTime"]) for e in events] == [(name, "deploy", 1)]
    assert events[0]["Payload"] == b"1.4.2"
    digits = name.replace("-", "")
    assert int(index) == int(digits[:16], 16) ^ int(digits[16:], 16)
    woken = []
    path = f"/v1/event/list?index={index}&wait=30s"
    waiter = threading.Thread(target=lambda: woken.append(agent.http("GET", path, timeout=40)))
    waiter.start()
    assert c.event.fire("again")["LTime"] == 0
    waiter.join(10)
    assert [e["Name"] for e in woken[0][2]] == ["deploy", "again"]


def test_watch_command(agent, tmp_path):
    """CLI-031, CLI-032; a command that runs at each change, and a signal that ends it."""
    missing = agent.cli("watch", "-type=key", "-key=nope")
    assert missing.returncode == 0 and missing.stdout == "null\n"
    put(agent, "a", "1")
    failed = agent.cli("watch", "-type=key", "-key=a", "cat; exit 3")
    assert json.loads(failed.stdout)["Value"] == "MQ==" and failed.stdout.count("\n") == 1
    assert failed.returncode == 1 and failed.stderr == "Error executing handler: exit status 3\n"
    services = agent.cli("watch", "-type=services")
    assert services.stdout == '{\n    "consul": []\n}\n'
    told = tmp_path / "told"
    env = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.http_port}", "SHELL": "/bin/sh"}
    watch = subprocess.Popen(
        [str(BINARY), "watch", "-type=key", "-key=a", f"cat >> {told}"], env=env, cwd=ROOT
    )
    try:
        assert eventually(lambda: len(lines(told)) == 1)
        put(agent, "b", "1")
        put(agent, "a", "2")
        assert eventually(lambda: len(lines(told)) == 2)
        watch.send_signal(signal.SIGINT)
        assert watch.wait(10) == 0
    finally:
        watch.kill()
        watch.wait()
    assert [entry["Value"] for entry in lines(told)] == ["MQ==", "Mg=="]


def test_configured_watches(start, hook, secure_hook, tmp_path):
    told, index, events, later = (tmp_path / name for name in ["told", "index", "events", "later"])
    file = tmp_path / "watches.hcl"
    key = f"""{{ type = "key" key = "a"
        args = ["sh", "-c", "echo $CONSUL_INDEX >> {index}; cat >> {told}; echo seen"] }},"""
    file.write_text(f"""watches = [ {key}
      {{ type = "event" name = "deploy" handler = "cat >> {events}" }},
      {{ type = "services" handler_type = "http" http_handler_config {{
          path = "http://127.0.0.1:{hook.port}/hook?x=y" method = "PUT" header {{ X-Mine = ["1", "2"] }} }} }},
      {{ type = "nodes" handler_type = "http" http_handler_config {{
          path = "https://127.0.0.1:{secure_hook.port}/" tls_skip_verify = true }} }},
      {{ type = "nodes" handler_type = "http" http_handler_config {{
          path = "https://127.0.0.1:{secure_hook.port}/checked" }} }},
    ]""")
    agent = start(f"-config-file={file}", "-log-level=debug")
    assert eventually(lambda: lines(told) == [None])
    put(agent, "a", "1")
    put(agent, "b", "1")
    assert eventually(lambda: len(lines(told)) == 2) and lines(told)[1]["Value"] == "MQ=="
    assert index.read_text().split()[1] == str(lines(told)[1]["ModifyIndex"])
    assert eventually(lambda: re.search('watch handler output: .*output="?seen', agent.text()))

    assert agent.cli("event", "-name=deploy", "x").returncode == 0
    assert agent.cli("event", "-name=other").returncode == 0
    assert agent.cli("event", "-name=deploy", "y").returncode == 0
    # One call or two; each event once, and none at the start.
    assert eventually(lambda: sum(len(call) for call in lines(events)) == 2)
    assert lines(events)[0] == []

    assert eventually(lambda: len(hook.requests) == 1)
    agent.http("PUT", "/v1/agent/service/register", {"Name": "web", "Tags": ["v1"]})
    assert eventually(lambda: len(hook.requests) == 2)
    method, path, headers, body = hook.requests[1]
    assert (method, path, body) == ("PUT", "/hook?x=y", {"consul": [], "web": ["v1"]})
    assert headers.get_all("X-Mine") == ["1", "2"] and int(headers["X-Consul-Index"]) > 0
    assert headers["Content-Type"] == "application/json"
    assert eventually(lambda: len(secure_hook.requests) == 1)
    assert secure_hook.requests[0][:2] == ("POST", "/")
    assert eventually(lambda: "Failed to invoke http watch handler" in agent.text())

    # A reload: the first watch goes on, one is new, the others end.
    file.write_text(f"""watches = [ {key} {{ type = "checks" state = "critical" args = ["tee", "{later}"] }} ]""")
    agent.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: lines(later) == [[]])
    agent.cli("event", "-name=deploy", "z")
    agent.http("PUT", "/v1/agent/service/deregister/web")
    put(agent, "a", "2")
    assert eventually(lambda: len(lines(told)) == 3)
    assert sum(len(call) for call in lines(events)) == 2 and len(hook.requests) == 2

    # One that is wrong changes nothing.
    file.write_text('watches = [ { type = "zz" args = ["true"] } ]')
    refused = agent.cli("reload")
    assert refused.returncode == 1 and "watches[0]: Unsupported watch type: zz" in refused.stderr
    put(agent, "a", "3")
    assert eventually(lambda: len(lines(told)) == 4)
    checked = run(BINARY, "validate", file)
    assert checked.returncode == 1 and "watches[0]: Unsupported watch type: zz" in checked.stderr


def test_stops_while_a_handler_runs(start, tmp_path):
    """An agent that is told to stop does not wait for its handlers, and ends none."""
    told, file = tmp_path / "told", tmp_path / "watches.hcl"
    script = f"echo begins >> {told}; sleep 2; echo ends >> {told}"
    file.write_text(f"""watches = [ {{ type = "nodes" args = ["sh", "-c", "{script}"] }} ]""")
    agent = start(f"-config-file={file}")
    assert eventually(lambda: told.exists())
    agent.stop()
    assert told.read_text() == "begins\n"
    assert eventually(lambda: told.read_text() == "begins\nends\n")
