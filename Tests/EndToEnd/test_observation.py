# SPDX-License-Identifier: Apache-2.0
"""Log files, the query log, who asks what, and readiness, of a running agent."""
import json

import dns.message
import dns.query
from conftest import eventually, run


def ask(agent, name, kind="A", tcp=False):
    query = dns.message.make_query(name, kind)
    over = dns.query.tcp if tcp else dns.query.udp
    return over(query, "127.0.0.1", port=agent.dns_port, timeout=5)


def test_query_log_and_lists_follow_a_reload(start, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    config = tmp_path / "query.hcl"
    config.write_text('log_file = "%s/agent.log" log_json = true' % logs)
    agent = start("-config-file", config)

    # The agent's own log: the same lines as on standard output.
    def own():
        return [json.loads(line) for path in logs.glob("agent-*.log") for line in path.read_text().splitlines()]

    assert eventually(lambda: any("Ready in" in line["@message"] for line in own()))
    assert agent.cli("operator", "ready").stdout == "Ready\n"
    status, _, body = agent.http("GET", "/v1/agent/ready")
    assert status == 200 and body["Ready"] is True and body["Warnings"] == []

    # Who asks what, from the start on, without a word of configuration.
    for _ in range(5):
        ask(agent, "consul.service.consul", "SRV")
    ask(agent, "nope.service.consul")
    ask(agent, "CONSUL.service.consul", tcp=True)

    def top():
        return agent.http("GET", "/v1/dns/top?window=10m&limit=3")[2]

    assert eventually(lambda: top()["Queries"] == 7)
    report = top()
    assert report["Names"][0] == {"Name": "consul.service.consul.", "Count": 6, "Error": 0}
    assert report["FailingNames"] == [{"Name": "nope.service.consul.", "Count": 1, "Error": 0}]
    assert report["Clients"] == [{"Address": "127.0.0.1", "Count": 7, "Error": 0}]
    assert {line["Type"]: line["Count"] for line in report["Types"]} == {"SRV": 5, "A": 2}
    shown = agent.cli("dns", "top").stdout
    assert "consul.service.consul.  6" in shown and "Queries: 7" in shown
    assert agent.http("DELETE", "/v1/dns/top")[0] == 200 and top()["Queries"] == 0

    # The query log is off until a reload says otherwise.
    assert not list(logs.glob("q-*"))
    config.write_text(
        'dns_config { query_log { enabled = true path = "%s/q.json" format = "json" } }' % logs
    )
    assert agent.http("PUT", "/v1/agent/reload")[0] == 200
    ask(agent, "consul.service.consul", "SRV")
    ask(agent, "nope.service.consul", tcp=True)
    ask(agent, "other.example")

    def lines():
        return [json.loads(line) for path in logs.glob("q-*.json") for line in path.read_text().splitlines()]

    assert eventually(lambda: len(lines()) == 3)
    by_name = {line["name"]: line for line in lines()}
    good, missing, foreign = (
        by_name[name] for name in ("consul.service.consul.", "nope.service.consul.", "other.example."))
    assert (good["type"], good["class"], good["transport"], good["code"]) == ("SRV", "IN", "udp", "NOERROR")
    assert good["client"] == "127.0.0.1" and good["answers"] == 1 and good["source"] == "catalog"
    assert "aa" in good["flags"] and good["us"] > 0 and good["size"] > good["query_size"] > 30
    assert (missing["transport"], missing["code"]) == ("tcp", "NXDOMAIN")
    assert (foreign["code"], foreign["source"]) == ("REFUSED", "none")

    # And off again.
    config.write_text("")
    assert agent.http("PUT", "/v1/agent/reload")[0] == 200
    ask(agent, "consul.service.consul")
    assert eventually(lambda: agent.http("GET", "/v1/dns/top")[2]["Queries"] == 4)
    assert len(lines()) == 3


def test_a_log_directory_that_is_gone_keeps_nobody_from_answering(start, tmp_path):
    """The log goes to a directory that is gone by the time a new file begins."""
    logs = tmp_path / "logs"
    logs.mkdir()
    agent = start("-log-file", f"{logs}/", "-log-rotate-bytes", "1", "-log-level", "debug")
    assert list(logs.glob("waypost-*.log"))
    for path in logs.iterdir():
        path.unlink()
    logs.rmdir()
    for _ in range(3):
        assert agent.http("PUT", "/v1/agent/reload")[0] == 200
    assert ask(agent, "consul.service.consul").rcode() == 0
    assert agent.stop() == 1


def test_a_log_that_cannot_be_opened_stops_the_start(binary, tmp_path):
    done = run(binary, "agent", "-dev", "-log-file", tmp_path / "none/agent.log")
    assert done.returncode == 1
    assert f"log_file: cannot open {tmp_path}/none/agent-" in done.stderr
    assert "Make its directory" in done.stderr
