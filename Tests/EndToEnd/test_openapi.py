# SPDX-License-Identifier: Apache-2.0
"""docs/api/openapi.json against a real agent: generated requests, whose answers must be declared and alive.

Good and bad values alike, from the schemas; seeded. WAYPOST_API_EXAMPLES says how many a mode and operation (a long run:
WAYPOST_API_EXAMPLES=400), WAYPOST_API_SEED where they begin.
"""
import os
import tempfile

# It would keep what it learns of Unicode in the working directory.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(tempfile.gettempdir(), "waypost-hypothesis"))
import hypothesis
import pytest
import schemathesis
from conftest import ROOT, Agent
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

load_all_checks()
EXAMPLES = int(os.environ.get("WAYPOST_API_EXAMPLES", "4"))
SEED = int(os.environ.get("WAYPOST_API_SEED", "20261130"))
# One ends the agent, three never end their answers.
EXCLUDED = {"agentLeave", "agentMonitor", "agentMetricsStream", "watch"}
SCHEMA = schemathesis.openapi.from_path(ROOT / "docs/api/openapi.json")
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
OPERATIONS = [operation for operation in OPERATIONS if operation.definition.raw["operationId"] not in EXCLUDED]
# What every operation may answer: a path that is cleaned, a path that leads to another route, and too many connections.
SHARED = {301, 404, 405, 429}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An agent whose blocking reads do not wait for long, and things that the file's examples name."""
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "agent.hcl").write_text('default_query_time = "1ms"\nmax_query_time = "5ms"\n')
    agent = Agent(folder, "-config-file", folder / "agent.hcl").wait_ready()
    known = {}
    agent.http("PUT", "/v1/agent/service/register",
               {"ID": "web1", "Name": "web", "Port": 80, "Check": {"CheckID": "web-ttl", "TTL": "30s"}})
    agent.http("PUT", "/v1/kv/a/key", b"value")
    agent.http("PUT", "/v1/config", {"Kind": "service-defaults", "Name": "web"})
    known["session"] = agent.http("PUT", "/v1/session/create", {"NodeChecks": []})[2]["ID"]
    known["query"] = agent.http("POST", "/v1/query", {"Name": "q", "Service": {"Service": "web"}})[2]["ID"]
    known |= {"serviceID": "web1", "service": "web", "check": "web-ttl", "key": "a/key", "kind": "service-defaults", "name": "web"}
    known["node"] = agent.http("GET", "/v1/agent/self")[2]["Config"]["NodeName"]
    yield agent, known
    assert agent.process.poll() is None, agent.text()
    agent.stop()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.definition.raw["operationId"])
def test_generated_requests_get_declared_answers(operation, server):
    agent, known = server
    base = f"http://127.0.0.1:{agent.http_port}"
    declared = set(operation.definition.raw["responses"])

    def send(case):
        response = case.call(base_url=base, timeout=10)
        # A body that is empty needs no type; one that is there is what the file says.
        hidden = [] if response.content else [checks.content_type_conformance]
        if response.status_code in SHARED and str(response.status_code) not in declared:
            return
        if response.status_code == 301 or not response.content:
            hidden.append(checks.response_schema_conformance)
        wanted = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
        case.validate_response(response, checks=[check for check in wanted if check not in hidden])

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except Exception as error:  # nothing of the operation can be wrong
            assert mode is GenerationMode.NEGATIVE, error
            continue

        @hypothesis.seed(SEED)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                  phases=[Phase.explicit, Phase.generate] + ([Phase.shrink] if EXAMPLES > 50 else []))
        @given(case=strategy, is_known=st.booleans())
        def run(case, is_known):
            # Half of the requests get past the door: names that there are, the agent's datacenter.
            if is_known:
                for name in case.path_parameters or {}:
                    case.path_parameters[name] = known.get(name, case.path_parameters[name])
                for name in {"dc", "datacenter"} & set(case.query or {}):
                    case.query[name] = "dc1"
            send(case)

        try:
            run()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE
    assert agent.process.poll() is None, agent.text()
