# SPDX-License-Identifier: Apache-2.0
"""What DNS serves beyond plain services, as a user meets it: explain, priorities, reasons, prepared queries, virtual names."""
import json


def register(agent, **body):
    status, _, text = agent.http("PUT", "/v1/agent/service/register", body)
    assert status == 200, text


def explain(agent, *arguments):
    return agent.cli("dns", "explain", *arguments)


def test_explain_tells_who_is_answered_and_why_others_are_not(agent):
    register(agent, ID="a", Name="web", Port=80, Check={"CheckID": "c1", "TTL": "1h", "Status": "critical"})
    register(agent, ID="b", Name="web", Port=81, Tags=["v1"])
    done = explain(agent, "web.service.consul", "SRV")
    assert done.returncode == 0, done.stderr
    assert "catalog: service" in done.stdout and "check c1 is critical" in done.stdout
    report = json.loads(explain(agent, "-format=json", "v1.web.service.consul").stdout)
    assert {i["ServiceID"]: i["Answered"] for i in report["Instances"]} == {"a": False, "b": True}
    assert report["Code"] == "NOERROR" and len(report["Answers"]) == 1
    missing = explain(agent, "nope.service.consul")
    assert missing.returncode == 1 and "no service is registered as nope" in missing.stdout
    wrong = explain(agent, "a..b")
    assert wrong.returncode == 1 and "is no domain name" in wrong.stderr
    assert explain(agent, "web.service.consul", "NOTYPE").returncode == 1


def test_explain_counts_what_one_reply_carries(agent):
    for number in range(5):
        register(agent, ID=f"w{number}", Name="web", Port=80, Address=f"198.18.0.{number}")
    report = json.loads(explain(agent, "-format=json", "web.service.consul").stdout)
    assert report["Candidates"] == 5 and [reply["Most"] for reply in report["Replies"]] == [3, 5, 5]
    assert report["Replies"][0]["Limit"] == "dns_config.udp_answer_limit"
    assert len(agent.short("+notcp", "+noedns", "web.service.consul")) == 3
    assert "at times" in explain(agent, "web.service.consul").stdout


def test_explain_names_zones_and_recursors(start):
    agent = start("-zone-dir", "zones", "-recursor", "192.0.2.1")
    assert "static zone" in explain(agent, "www.example.internal").stdout
    outside = explain(agent, "www.example.org")
    assert outside.returncode == 0 and "the recursors are asked" in outside.stdout


def test_priorities_of_instances_are_in_srv(agent):
    register(agent, ID="main", Name="db", Port=1, Priority=1)
    register(agent, ID="spare", Name="db", Port=2, Priority=20)
    assert [line.split()[:3] for line in agent.short("db.service.consul", "SRV")] == [["1", "1", "1"], ["20", "1", "2"]]
    assert agent.http("GET", "/v1/agent/service/spare")[2]["Priority"] == 20
    body = {"Name": "db", "Priority": 70000}
    assert agent.http("PUT", "/v1/agent/service/register", body)[0] == 400


def test_an_empty_answer_says_why_to_clients_with_edns(agent):
    register(agent, ID="a", Name="web", Check={"TTL": "1h", "Status": "critical"})
    assert "EDE: 0" in agent.dig("web.service.consul") and "no healthy instance of web" in agent.dig("web.service.consul")
    assert "EDE" not in agent.dig("+noedns", "web.service.consul")


def test_prepared_queries_and_virtual_names(agent):
    register(agent, ID="w1", Name="web", Port=80, Address="198.18.0.1", Tags=["v1"])
    register(agent, ID="p1", Name="web-proxy", Port=81, Kind="connect-proxy", Proxy={"DestinationServiceName": "web"})
    template = {
        "Name": "geo-", "Template": {"Type": "name_prefix_match", "Regexp": "^geo-(.*?)-([^\\-]+?)$"},
        "Service": {"Service": "${match(1)}", "Tags": ["${match(2)}"]}, "DNS": {"TTL": "7s"},
    }
    status, _, reply = agent.http("POST", "/v1/query", template)
    assert status == 200 and len(reply["ID"]) == 36
    assert agent.short("geo-web-v1.query.consul") == ["198.18.0.1"]
    assert " 7\tIN\tA\t" in agent.dig("geo-web-v1.query.consul").replace("\t\t", "\t").replace(".\t7", ". 7")
    assert agent.short("geo-web-v2.query.consul") == []
    assert agent.short("web.virtual.consul") == ["240.0.0.1"]
    nodes = agent.http("GET", "/v1/query/geo-web-v1/execute")[2]["Nodes"]
    assert [node["Service"]["ID"] for node in nodes] == ["w1"]
    bad = dict(template, Name="other-", Template={"Type": "name_prefix_match", "Regexp": "("})
    assert agent.http("POST", "/v1/query", bad)[0] in (400, 500)


def test_config_entries_are_kept_and_answered(agent):
    entry = {"Kind": "service-defaults", "Name": "web", "Protocol": "http"}
    assert agent.http("PUT", "/v1/config", entry)[2] is True
    assert agent.http("GET", "/v1/config/service-defaults/web")[2]["Protocol"] == "http"
    assert agent.short("web.virtual.consul") == ["240.0.0.1"]
    assert agent.http("DELETE", "/v1/config/service-defaults/web")[0] == 200
    assert agent.http("GET", "/v1/config/service-defaults/web")[0] == 404
    assert agent.http("PUT", "/v1/config", {"Kind": "nonsense", "Name": "x"})[0] == 400


def test_strict_answers_are_opt_in(start, tmp_path):
    (tmp_path / "strict.hcl").write_text("dns_config { strict = true }\n")
    plain, strict = start(), start("-config-dir", tmp_path)
    assert "NXDOMAIN" in plain.dig("service.consul") and "NOERROR" in strict.dig("service.consul")


def test_explain_a_prepared_query_names_its_filters_and_its_ttl(agent):
    register(agent, ID="w1", Name="web", Port=80, Address="198.18.0.1", Tags=["v1"])
    register(agent, ID="w2", Name="web", Port=81, Address="198.18.0.2")
    body = {"Name": "q", "Service": {"Service": "web", "Tags": ["v1"]}, "DNS": {"TTL": "7s"}}
    assert agent.http("POST", "/v1/query", body)[0] == 200
    report = json.loads(explain(agent, "-format=json", "q.query.consul").stdout)
    assert {i["ServiceID"]: (i["Answered"], i["Reason"]) for i in report["Instances"]} == {
        "w1": (True, "passing"), "w2": (False, "does not have the tag v1")}
    assert report["TTL"] == "7 s, DNS.TTL of the prepared query"
    soa = json.loads(explain(agent, "-format=json", "consul", "SOA").stdout)
    assert " 0 3600 " not in soa["Answers"][0] and soa["TTL"] == "0 s, dns_config.soa.min_ttl"
    assert json.loads(explain(agent, "-format=json", "web.virtual.consul").stdout)["TTL"]
