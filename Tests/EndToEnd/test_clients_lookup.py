# SPDX-License-Identifier: Apache-2.0
"""E12, E13, E14: people's lookup tools and libraries agree about one catalog."""
import json
import re
import sys

import pytest
from clients import ADDRESSES, GUIDE, HERE, TARGETS, debian_python, laboratory, snippet, tool


world, lab = laboratory("lookup")


def script(lab, heading):
    """The section's program, run as it stands; what it printed, and what the guide says."""
    path = lab.space.directory / "program.py"
    path.write_text(snippet(heading, "python"))
    done = lab.space.run(sys.executable, path)
    return done.stdout, snippet(heading, "output"), done


def test_the_guides_questions_print_what_it_says(lab):
    lab.space.check_console("Asking by hand")


def test_every_block_of_the_guide_is_run_by_a_test():
    tests = "".join(path.read_text() for path in [HERE / "clients.py", *HERE.glob("test_clients_*.py")])
    blocks = [(section.splitlines()[0], language) for section in GUIDE.read_text().split("\n## ")[1:]
              for language in re.findall(r"^```(\w+)$", section, flags=re.M)]
    assert len(blocks) > 15
    unused = [(heading, language) for heading, language in blocks
              if f'("{heading}"' not in tests and f', "{heading}")' not in tests]
    assert not unused


TOOLS = {
    "dig": "dig @127.0.0.1 -p 8600 +noall +answer +norecurse {name} {type}",
    "dig over TCP": "dig @127.0.0.1 -p 8600 +noall +answer +tcp {name} {type}",
    "dig without EDNS": "dig @127.0.0.1 -p 8600 +noall +answer +noedns {name} {type}",
    "dig without a cookie": "dig @127.0.0.1 -p 8600 +noall +answer +nocookie {name} {type}",
    "dig with DO": "dig @127.0.0.1 -p 8600 +noall +answer +dnssec {name} {type}",
    "drill": "drill -p 8600 @127.0.0.1 {name} {type}",
    "drill with DO": "drill -D -p 8600 @127.0.0.1 {name} {type}",
    "drill over TCP": "drill -t -p 8600 @127.0.0.1 {name} {type}",
    "kdig": "kdig @127.0.0.1 -p 8600 +noall +answer {name} {type}",
    "kdig with DO": "kdig @127.0.0.1 -p 8600 +noall +answer +dnssec {name} {type}",
    "kdig over TCP": "kdig @127.0.0.1 -p 8600 +noall +answer +tcp +keepopen {name} {type}",
    "kdig with its cookie": "kdig @127.0.0.1 -p 8600 +noall +answer +cookie +bufsize=4096 {name} {type}",
    "delv": "delv -i @127.0.0.1 -p 8600 {name} {type}",
    "host": "host -v -p 8600 -t {type} {name} 127.0.0.1",
}


def answer(text, kind) -> list:
    """The records of the answer section without their owners' case and spacing; glue and comments left out."""
    lines, section = [], "ANSWER"
    for line in text.splitlines():
        if "SECTION" in line:
            section = line.split()[1]
        fields = line.split()
        if line[:1] != ";" and len(fields) > 4 and fields[3] == kind and section == "ANSWER":
            # The serial of SOA is the time, as Consul's is.
            lines.append(" ".join(fields[:6] + fields[7:] if kind == "SOA" else fields))
    return sorted(lines)


@pytest.mark.parametrize("name, kind, expected", [
    ("web.service.consul.", "A", ADDRESSES),
    ("web.service.dc1.consul.", "A", ADDRESSES),
    ("v1.web.service.consul.", "A", ADDRESSES[:2]),
    ("web.service.consul.", "SRV", [f"1 1 8080 {target}" for target in TARGETS]),
    ("_web._v2.service.consul.", "SRV", [f"1 1 8080 {TARGETS[2]}"]),
    (TARGETS[0], "A", ADDRESSES[:1]),
    ("consul.", "SOA", None),
    ("consul.", "NS", None),
])
def test_dig_drill_kdig_delv_and_host_see_the_same(lab, name, kind, expected):
    answers = {}
    for title, line in TOOLS.items():
        words = line.format(name=name, type=kind).split()
        tool(words[0])
        done = lab.space.run(*words)
        answers[title] = answer(done.stdout, kind)
        assert answers[title], (title, done)
    assert len({tuple(found) for found in answers.values()}) == 1, answers
    if expected:
        assert [record.split(None, 4)[4] for record in answers["dig"]] == sorted(expected)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_e14_do_comes_back_and_brings_no_signature(lab, transport):
    """RFC 3225 §3. The catalog is not signed: a signature would have to come with DNSSEC, and then this test with it."""
    ask = {"dig": "dig @127.0.0.1 -p 8600 {}", "kdig": "kdig @127.0.0.1 -p 8600 {}", "drill": "drill -p 8600 @127.0.0.1 {}"}
    over = {"dig": "+tcp", "kdig": "+tcp", "drill": "-t"}
    wants = {"dig": "+dnssec", "kdig": "+dnssec", "drill": "-D"}
    # Drill sends an OPT only with a size or DO.
    plain = {"dig": "+edns=0", "kdig": "+edns=0", "drill": "-b 1232"}
    for program, line in ask.items():
        tool(program)
        words = line.format("_web._tcp.service.consul SRV").split() + ([over[program]] if transport == "tcp" else [])
        for option, flags in ((wants[program], "do"), (plain[program], "")):
            done = lab.space.run(*words, *option.split())
            found = re.search(r"EDNS: version:? ?0[;,] flags:([ a-z]*);|Version: 0; flags:([ a-z]*);", done.stdout)
            assert found and (found[1] or found[2] or "").strip() == flags, (option, done)
            assert "NOERROR" in done.stdout and done.stdout.count("0a00000b.addr.dc1.consul.") >= 1, done
            assert "RRSIG" not in done.stdout and not re.search(r"^;; flags:[ a-z]* ad\b", done.stdout, flags=re.M), done


def test_e14_a_cookie_is_no_reason_for_another_answer(lab):
    """RFC 7873 §5.2.1: a server without cookies leaves the option out; one that has them returns the client's, made longer."""
    for words in ("dig @127.0.0.1 -p 8600 +cookie", "dig @127.0.0.1 -p 8600 +tcp +cookie", "dig @127.0.0.1 -p 8600 +cookie=0123456789abcdef",
                  "dig @127.0.0.1 -p 8600 +cookie=0123456789abcdef0123456789abcdef0123456789abcdef", "kdig @127.0.0.1 -p 8600 +cookie",
                  "kdig @127.0.0.1 -p 8600 +cookie=0123456789abcdef +badcookie"):
        tool(words.split()[0])
        done = lab.space.run(*words.split(), "web.service.consul", "A")
        assert done.returncode == 0 and "NOERROR" in done.stdout, done
        assert sorted(re.findall(r"IN\s+A\s+(\S+)$", done.stdout, flags=re.M)) == ADDRESSES, done
        # What dig says of a cookie that only came back, or of another one.
        assert "(echoed)" not in done.stdout and "(bad)" not in done.stdout and "mismatch" not in (done.stdout + done.stderr).lower(), done


def test_all_tools_read_the_same_error(lab):
    words = {"dig": "status: NXDOMAIN", "drill": "rcode: NXDOMAIN", "kdig": "status: NXDOMAIN",
             "delv": "NXDOMAIN|ncache nxdomain", "host": "NXDOMAIN"}
    for program, word in words.items():
        line = {"dig": "dig @127.0.0.1 -p 8600 {name}", "kdig": "kdig @127.0.0.1 -p 8600 {name}"}.get(
            program, TOOLS[program]).format(name="nope.service.consul.", type="A").split()
        tool(line[0])
        done = lab.space.run(*line)
        assert any(part in (done.stdout + done.stderr) for part in word.split("|")), done


def test_the_guides_dnspython_program_prints_what_it_says(lab):
    printed, said, done = script(lab, "dnspython")
    assert printed == said, done


DNSPYTHON = """
import dns.exception, dns.message, dns.query, dns.rcode, dns.resolver, dns.reversename, dns.version
print("dnspython", dns.version.version)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], 8600, 3

def outcome(name, kind, **options):
    try:
        return sorted(record.to_text() for record in resolver.resolve(name, kind, **options))
    except dns.exception.DNSException as error:
        return type(error).__name__

for kind, name in [("SRV", "web.service.consul"), ("A", "nope.service.consul"), ("AAAA", "web.service.consul"),
                   ("PTR", dns.reversename.from_address("10.9.9.9")), ("TXT", "db.node.consul"),
                   ("DNSKEY", "consul")]:
    over = [outcome(name, kind, tcp=tcp) for tcp in (False, True)]
    assert over[0] == over[1], over
    print(kind, over[0])

found = resolver.resolve("web.service.consul", "SRV")
print("places", sorted((resolver.resolve(record.target, "A")[0].to_text(), record.port) for record in found))

query = dns.message.make_query("consul", "AXFR")
print("AXFR", dns.rcode.to_text(dns.query.tcp(query, "127.0.0.1", port=8600, timeout=3, one_rr_per_rrset=True).rcode()))
"""


# Of PyPI and of Debian.
@pytest.mark.parametrize("version", ["2.9.2", "2.3.0"])
def test_e13_dnspython_sees_sets_nothing_names_and_texts_over_udp_and_tcp(lab, version):
    python = debian_python("dns") if version == "2.3.0" else [sys.executable]
    body = ('{"Node": "db", "Address": "10.9.9.9", "NodeMeta": {"rack": "r 7"}}')
    done = lab.space.curl("http://127.0.0.1:8500/v1/catalog/register", "-f", "-X", "PUT", "-d", body)
    assert done.stdout.strip() == "true", done
    path = lab.space.directory / "dnspython.py"
    path.write_text(DNSPYTHON)
    done = lab.space.run(*python, path)
    told = json.loads(lab.space.curl("http://127.0.0.1:8500/v1/catalog/service/web", "-f").stdout)
    catalog = sorted((one["ServiceAddress"], one["ServicePort"]) for one in told)
    assert len(catalog) == 3
    assert done.stdout.splitlines() == [
        f"dnspython {version}",
        f"SRV {[f'1 1 8080 {target}' for target in TARGETS]}",
        "A NXDOMAIN",
        "AAAA NoAnswer",
        "PTR ['db.node.dc1.consul.']",
        "TXT ['\"rack=r 7\"']",
        # As Consul says of its apex, which is there all the same.
        "DNSKEY NXDOMAIN",
        f"places {catalog}",
        "AXFR NOTIMP",
    ], done


def test_e13_the_apex_has_no_keys_but_is_there_for_the_strict(start):
    """A validator must not take the domain for missing: with `strict` the apex has no data."""
    agent = start("-hcl", "dns_config { strict = true }")
    for transport in ("+notcp", "+tcp"):
        text = agent.dig(transport, "consul", "DNSKEY")
        assert "status: NOERROR" in text and "ANSWER: 0" in text and re.search(r"^consul\.\s+\d+\s+IN\s+SOA\s", text, flags=re.M), text
    assert "status: NXDOMAIN" in agent.dig("nope.service.consul", "DNSKEY")


def test_the_guides_grpc_program_reaches_every_instance(lab):
    backend = lab.space.backend("grpc", *(f"{address}:50051" for address in ADDRESSES))
    printed, said, done = script(lab, "gRPC (Python)")
    assert printed == said, done


GRPC = """
import grpc
with grpc.insecure_channel("dns://127.0.0.1:8600/nope.service.consul:50051") as channel:
    try:
        channel.unary_unary("/example.Example/Where")(b"", timeout=5)
    except grpc.RpcError as error:
        print(error.code().name, error.details())
"""


def test_grpc_says_at_once_that_a_name_is_unknown(lab):
    path = lab.space.directory / "unknown.py"
    path.write_text(GRPC)
    done = lab.space.run(sys.executable, path)
    assert done.stdout.startswith("UNAVAILABLE "), done
    assert "address lookup failed" in done.stdout, done
