# SPDX-License-Identifier: Apache-2.0
"""`dns_config.use_cache`: the agent answers from a catalog that is always current, so it changes nothing."""


def test_dns_349_350_a_name_registered_after_its_first_question_is_answered(start, tmp_path):
    (tmp_path / "cache.hcl").write_text('dns_config { use_cache = true cache_max_age = "1h" }\n')
    agent = start("-config-dir", tmp_path)
    body = {"Node": "n3", "Address": "10.0.0.3", "Service": {"Service": "api", "Port": 1, "Address": "198.18.0.1"}}
    assert agent.http("PUT", "/v1/catalog/register", body)[0] == 200
    assert agent.short("api.service.consul") == ["198.18.0.1"]
    assert "NXDOMAIN" in agent.dig("latenode.node.consul")
    agent.http("PUT", "/v1/catalog/register", {"Node": "latenode", "Address": "10.0.0.99"})
    assert agent.short("latenode.node.consul") == ["10.0.0.99"]
