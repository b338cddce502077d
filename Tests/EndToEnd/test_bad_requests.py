# SPDX-License-Identifier: Apache-2.0
"""Bad requests for every operation of docs/api/openapi.json: each a clear refusal that is declared there, and the agent stays."""
import http.client
import json
import socket

import pytest
from conftest import ROOT, Agent

FILE = json.loads((ROOT / "docs/api/openapi.json").read_text())
METHODS = ("get", "put", "post", "delete")
# One ends the agent, three never end their answers.
EXCLUDED = {"agentLeave", "agentMonitor", "agentMetricsStream", "watch"}


def resolved(value):
    while "$ref" in value:
        found = FILE
        for name in value["$ref"].split("/")[1:]:
            found = found[name]
        value = found
    return value


class Operation:
    """A method on a path, with its parameters and the example of its body."""

    def __init__(self, method, template, item):
        self.method, self.template, self.definition = method.upper(), template, item[method]
        self.id = self.definition["operationId"]
        parameters = [resolved(p) for p in item.get("parameters", []) + self.definition.get("parameters", [])]
        self.query = [p for p in parameters if p["in"] == "query"]
        self.arguments = [p for p in parameters if p["in"] == "path"]
        self.codes = {int(code) for code in self.definition["responses"]}
        media = self.definition.get("requestBody", {}).get("content", {}).get("application/json")
        self.schema, self.example = (resolved(media["schema"]), media["example"]) if media else (None, None)

    def path(self, argument=None):
        path = self.template
        for parameter in self.arguments:
            path = path.replace("{" + parameter["name"] + "}", argument or parameter["example"])
        return path

    def target(self):
        """The path with the parameters without which the body is not looked at."""
        needed = [f"{p['name']}={p['example']}" for p in self.query if p.get("required")]
        return self.path() + ("?" + "&".join(needed) if needed else "")


OPERATIONS = [Operation(method, path, item) for path, item in FILE["paths"].items() for method in METHODS if method in item]
OPERATIONS = [operation for operation in OPERATIONS if operation.id not in EXCLUDED]
BODIES = [operation for operation in OPERATIONS if operation.schema]


def name(operation):
    return operation.id


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    (folder / "agent.hcl").write_text('default_query_time = "1ms"\nmax_query_time = "5ms"\n')
    agent = Agent(folder, "-config-file", folder / "agent.hcl").wait_ready()
    yield agent
    assert agent.process.poll() is None, agent.text()
    agent.stop()


class Client:
    """A connection that is used again while the server keeps it."""

    def __init__(self, agent):
        self.connection = http.client.HTTPConnection("127.0.0.1", agent.http_port, timeout=10)

    def __call__(self, method, path, body=None):
        self.connection.putrequest(method, path, skip_accept_encoding=True)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            self.connection.putheader("Content-Length", str(len(data)))
        self.connection.endheaders(data)
        reply = self.connection.getresponse()
        assert reply.getheader("X-Evil") is None, "a line of the request became a header of the reply"
        return reply.status, reply.read()


@pytest.fixture(scope="module")
def send(agent):
    client = Client(agent)
    yield client
    assert client("GET", "/v1/status/leader")[0] == 200
    client.connection.close()


WRONG = {
    "string": [5, True, [1], {"a": 1}],
    "integer": ["x", True, [], {}, 1.5, 1e400, 10**30],
    "number": ["x", True, [], {}],
    "boolean": ["true", 1, [], {}],
    "array": ["x", 5, True, {"a": 1}],
    "object": ["x", 5, True, [1]],
}


def wrong_types(schema, seen, depth=0):
    """Values of which one part has a type that the schema does not have, with the way to it; each named schema once."""
    if schema.get("$ref") in seen and depth > 0:
        return
    seen.add(schema.get("$ref", ""))
    schema = resolved(schema)
    if "oneOf" in schema:
        for part in schema["oneOf"]:
            yield from wrong_types(part, seen, depth)
        return
    kind = schema.get("type")
    if "enum" in schema:
        kind = "string"
    if isinstance(kind, list) and "null" in kind:
        kind, = [name for name in kind if name != "null"]
    if isinstance(kind, list):  # a text or a number
        for value in ([], {}, True):
            yield value, ""
        return
    if kind is None:
        return
    # Deep inside, one wrong value of each kind is enough.
    for value in WRONG[kind][:None if depth < 2 else 2]:
        yield value, ""
    if depth > 3:
        return
    if kind == "array":
        for value, way in wrong_types(schema["items"], seen, depth + 1):
            yield [value], "[]" + way
    required = {key: sample(schema["properties"][key]) for key in schema.get("required", []) if key in schema.get("properties", {})}
    for key, part in schema.get("properties", {}).items():
        for value, way in wrong_types(part, seen, depth + 1):
            yield {**required, key: value}, "." + key + way
    if isinstance(schema.get("additionalProperties"), dict):
        for value, way in wrong_types(schema["additionalProperties"], seen, depth + 1):
            yield {"k": value}, ".k" + way


def sample(schema):
    """The least value that the schema takes."""
    schema = resolved(schema)
    if "enum" in schema:
        return next(value for value in schema["enum"] if value)
    kind = schema.get("type")
    if kind == "object":
        return {key: sample(schema["properties"][key]) for key in schema.get("required", []) if key in schema.get("properties", {})}
    return {"array": [], "integer": 1, "number": 1, "boolean": True}.get(kind, "x")


@pytest.mark.parametrize("operation", BODIES, ids=name)
def test_wrong_types_anywhere_in_a_body_are_refused_as_such(operation, send):
    count = 0
    for value, way in wrong_types(operation.schema, set()):
        status, text = send(operation.method, operation.target(), value)
        assert status == 400, (operation.id, way, value, status, text)
        assert text.strip(), (operation.id, way)
        count += 1
    assert count > 3


@pytest.mark.parametrize("operation", BODIES, ids=name)
def test_bodies_that_are_no_json_are_refused(operation, send):
    whole = json.dumps(operation.example).encode()
    for body in [whole[:-1], whole[:1], b"\x00", b"\xff\xfe", b"nul", b"[" * 5000, b'{"a":' * 5000, b"[" * 90 + b"]" * 90,
                 b'{"a":"\\ud8"}', b'{"a":"\x01"}', b"'x'", b"\xef\xbb\xbf{}", b"1" * 5000, b"-", b"1e", b'{"a" 1}', b'{"a":1,}']:
        status, text = send(operation.method, operation.target(), body)
        assert status == 400 and text.strip(), (operation.id, body[:40], status, text)


@pytest.mark.parametrize("operation", BODIES, ids=name)
def test_odd_bodies_get_declared_answers(operation, send):
    """Bad UTF-8 in texts, members twice, huge numbers and texts: whatever the answer, it stands in the file."""
    example = operation.example if isinstance(operation.example, dict) else {"KV": operation.example[0]["KV"]}
    wrap = (lambda value: value) if isinstance(operation.example, dict) else (lambda value: [value])
    texts = [key for key, value in example.items() if isinstance(value, str)]
    for key in texts:
        body = json.dumps(wrap({**example, key: "@@"})).encode()
        for text in (b"\xff\xfe", b"\xc0\xae\xc0\xae", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"../../etc/passwd", b"x" * 100_000,
                     "\u202e\u0301\u200b".encode(), b"${jndi:x}", b"%n%s"):
            status, answer = send(operation.method, operation.target(), body.replace(b"@@", text))
            assert status in operation.codes, (operation.id, key, text[:40], status, answer[:200])
    body = json.dumps(wrap(example)).encode()
    status, answer = send(operation.method, operation.target(), body[:-1] + b"," + body[1:] if body[:1] == b"{" else body)
    assert status in operation.codes, (operation.id, status, answer[:200])


@pytest.mark.parametrize("operation", BODIES, ids=name)
def test_unknown_members_are_refused_or_known_to_be_ignored(operation, send):
    if operation.id in ("transaction",):
        return  # an operation that is none of the four
    status, text = send(operation.method, operation.target(), {**operation.example, "Nope": 1})
    if operation.schema.get("additionalProperties", True) is False:
        assert status == 400 and b"Nope" in text, (operation.id, status, text)
    else:
        assert status in operation.codes


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if "413" in o.definition["responses"]], ids=name)
def test_huge_bodies_are_refused_by_their_size(operation, send):
    if operation.id == "snapshotRestore":
        return  # takes gigabytes
    try:
        status, text = send(operation.method, operation.target(), b'"' + b"x" * (2 << 20))
    except (BrokenPipeError, ConnectionResetError):
        return  # refused before it was sent to its end
    assert status == 413 and b"too large" in text, (operation.id, status, text)


BAD_ARGUMENTS = ["..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cetc", "%c0%ae%c0%ae/", "a%00b", "%00", "%ff", "%", "%2",
                 "%zz", "a%0d%0aX-Evil:%201", "a%0aHost:b", "%3cscript%3e", "..", ".", "a/../../b", "a//b", "~root", "x" * 60_000, "%e2%80%ae", "%F0%9F%92%A9",
                 "%ef%bf%bf", "a;b=c", "a?b", "-1", "18446744073709551616", "'%20or%201=1", "%25%32%66"]


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.arguments], ids=name)
def test_bad_path_arguments_get_declared_answers(operation, send):
    for argument in BAD_ARGUMENTS:
        status, text = send(operation.method, operation.path(argument), operation.example)
        assert status in operation.codes | {301, 400, 404, 405}, (operation.id, argument[:40], status, text[:200])
        assert b"root:x:" not in text


BAD_VALUES = ["", "-1", "1e9", "18446744073709551616", "9" * 400, "0x10", "NaN", "%00", "%ff%fe", "%c0%80", "%", "%zz", "%0d%0aX-Evil:%201", "x" * 20_000,
              "99999999999999h", "-5m", "1h1h1h", "(" * 300, "not%20" * 300, "a%20==%20", "%22%27%60", "a;b", "true", "..%2f", "%F0%9F%92%A9"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_bad_query_values_get_declared_answers(operation, send):
    place = OPERATIONS.index(operation)
    for number, parameter in enumerate(operation.query):
        # Every value where a parameter is seen first; in the other places, which read it the same way, some of them in turn.
        first = next(o for o in OPERATIONS if parameter in o.query) is operation
        for value in BAD_VALUES if first else BAD_VALUES[(place + number) % 8::8]:
            status, text = send(operation.method, f"{operation.path()}?{parameter['name']}={value}", operation.example)
            assert status in operation.codes, (operation.id, parameter["name"], value[:40], status, text[:200])


# Where one request ends and the next begins must not be a matter of opinion: the second must never be taken for one.
HIDDEN = b"PUT /v1/kv/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
SMUGGLERS = {
    "both lengths": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n" % (5 + len(HIDDEN)),
    "two lengths": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a list of lengths": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0, %d\r\n\r\n" % len(HIDDEN),
    "a signed length": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "a negative length": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length that overflows": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "a length in hexadecimal": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n",
    "chunked is not the last": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown encoding": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an encoding with a control character": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: a\r\n Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a chunk's size that overflows": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "a chunk's size that is none": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk without its end": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "a return inside of a header": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a NUL inside of a header": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    "a header without a colon": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
    "a header without a name": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
    "a version that there is not": b"PUT /v1/kv/a HTTP/9.9\r\nHost: a\r\n\r\n",
    "no version": b"PUT /v1/kv/a\r\n\r\n",
    "a method with a colon": b"PUT: /v1/kv/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "a huge header": b"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (3 << 20) + b"\r\n\r\n",
    "a huge path": b"PUT /v1/kv/" + b"x" * (3 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2 without leave": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


def replies(agent, octets):
    """The replies' status lines until the server closes or is done."""
    with socket.create_connection(("127.0.0.1", agent.http_port), 5) as client:
        try:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed already
        received = b""
        try:
            while part := client.recv(65536):
                received += part
        except OSError:
            pass
    return [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/")], received


@pytest.mark.parametrize("case", SMUGGLERS)
def test_smuggled_requests_are_not_taken(case, agent, send):
    send("DELETE", "/v1/kv/smuggled")
    lines, received = replies(agent, SMUGGLERS[case] + HIDDEN)
    assert send("GET", "/v1/kv/smuggled")[0] == 404, (case, received)
    assert len(lines) <= 1, (case, received)
    assert all(line.split()[1] == b"400" or line.split()[1] in (b"413", b"414", b"431", b"405", b"501", b"505") for line in lines), (case, received)
