# SPDX-License-Identifier: Apache-2.0
"""E15 to E19: a resolver in front that sends `consul` to Waypost and everything else to its own upstream.

Each runs the guide's block as it stands; the test adds only where to listen and the upstream (127.0.0.99)."""
import os

import pytest
from clients import ADDRESSES, BINARY, TARGETS, UNPACKED, eventually, laboratory, snippet, tool, unavailable


world, lab = laboratory("forwarders")


def unbound(lab, block=None):
    path = lab.space.directory / "unbound.conf"
    # The root's key is there, so that without domain-insecure an unsigned answer of `consul` would not do.
    path.write_text((block or snippet("unbound", "unbound")) + """
server:
    interface: 127.0.0.1
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    module-config: "validator iterator"
    trust-anchor: ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
    domain-insecure: "test"
    local-zone: "test." nodefault
forward-zone:
    name: "."
    forward-addr: 127.0.0.99
remote-control:
    control-enable: no
""")
    return [tool("unbound"), "-d", "-c", path]


def unbound_stub(lab):
    """As resolver.md has it: Waypost as the zone's authority."""
    block = snippet("unbound", "unbound")
    stub = block.replace("forward-zone:", "stub-zone:").replace("forward-addr:", "stub-addr:")
    assert stub != block
    return unbound(lab, stub)


def dnsmasq(lab):
    path = lab.space.directory / "dnsmasq.conf"
    path.write_text(snippet("dnsmasq", "dnsmasq") + """
server=127.0.0.99
no-resolv
no-hosts
listen-address=127.0.0.1
bind-interfaces
""")
    return [tool("dnsmasq"), "--no-daemon", "-C", path]


def bind(lab):
    path = lab.space.directory / "named.conf"
    here = f"""options {{
    directory "{lab.space.directory}";
    pid-file none;
    session-keyfile none;
    listen-on {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    forwarders {{ 127.0.0.99; }};
    forward only;
"""
    block = snippet("BIND", "named").replace("options {\n", here).replace('{ "consul"; }', '{ "consul"; "test"; }')
    path.write_text(block + "controls {};\n")
    return [tool("named"), "-g", "-c", path]


def dnsdist(lab):
    path = lab.space.directory / "dnsdist.conf"
    path.write_text(snippet("dnsdist", "lua") + """
setLocal("127.0.0.1:53")
newServer({address="127.0.0.99", checkName="www.upstream.test."})
controlSocket("127.0.0.1:5199")
setKey("d2F5cG9zdCdzIHRlc3Qgb2YgZG5zZGlzdCwgbm8ga2U=")
""")
    return [tool("dnsdist"), "--supervised", "--disable-syslog", "-C", path]


def backends(lab) -> dict:
    """What dnsdist's console says of each backend: "up" and "down" are its probe's word, "UP" and "DOWN" would be an order."""
    done = lab.space.run(tool("dnsdist"), "-C", lab.space.directory / "dnsdist.conf", "-e", "showServers()")
    rows = [line.split() for line in done.stdout.splitlines()]
    # Number, name, address, state, and figures.
    return {row[2]: row[3] for row in rows if len(row) > 4 and row[0].isdigit()}


def resolved(lab):
    program = next((path for path in (UNPACKED / "lib/systemd/systemd-resolved", "/lib/systemd/systemd-resolved")
                    if os.path.exists(path)), None) or unavailable("no systemd-resolved")
    # The same drop-in below /run: nothing of the host's /etc is touched. The daemon wants a user of its name,
    # and another link whose name server takes the other names, as networkd would write it.
    settings = lab.space.directory / "consul.conf"
    settings.write_text(snippet("systemd-resolved", "ini"))
    users = lab.space.directory / "passwd"
    users.write_text("root:x:0:0:root:/root:/bin/sh\nsystemd-resolve:x:0:0::/:/usr/sbin/nologin\n")
    done = lab.space.run("sh", "-ec", f"""
mount --bind {users} /etc/passwd
ip link add uplink type veth peer name far
ip address add 192.0.2.99/24 dev uplink
ip link set uplink up
ip link set far up
mkdir -p /run/systemd/resolved.conf.d /run/systemd/resolve /run/systemd/netif/links
cp {settings} /run/systemd/resolved.conf.d/
printf 'ADMIN_STATE=configured\nOPER_STATE=routable\nDNS=192.0.2.99\nDNSSEC=no\n' \
    > /run/systemd/netif/links/$(ip -o link show uplink | cut -d: -f1)
""")
    assert done.returncode == 0, done
    return ["env", "SYSTEMD_LOG_TARGET=console", "SYSTEMD_LOG_LEVEL=info", program]


def answers(lab, *question, at="127.0.0.1"):
    return lab.space.short(f"@{at}", *question)


# Where each listens: systemd-resolved is asked at its stub.
RESOLVERS = {unbound: "127.0.0.1", unbound_stub: "127.0.0.1", dnsmasq: "127.0.0.1", bind: "127.0.0.1", dnsdist: "127.0.0.1",
             resolved: "127.0.0.53"}


@pytest.mark.parametrize("resolver", RESOLVERS, ids=lambda one: one.__name__)
def test_a_resolver_in_front_forwards_consul(lab, resolver):
    at = RESOLVERS[resolver]

    def found(*question):
        return answers(lab, *question, at=at)

    def status(*question):
        return lab.space.dig(f"@{at}", *question)

    front = lab.space.start(*resolver(lab), ready=lambda: found("www.upstream.test") == ["192.0.2.10"])
    assert eventually(lambda: found("web.service.consul") == ADDRESSES), front.text()
    expected = [f"1 1 8080 {target}" for target in TARGETS]
    for transport in ("+notcp", "+tcp"):
        assert found(transport, "_web._tcp.service.consul", "SRV") == expected, front.text()
        assert found(transport, "v2.web.service.consul") == ADDRESSES[2:]
        assert found(transport, TARGETS[0]) == ADDRESSES[:1]
        assert "status: NXDOMAIN" in status(transport, "nope.service.consul")
    nothing = status("web.service.consul", "AAAA")
    assert "status: NOERROR" in nothing and "ANSWER: 0" in nothing, nothing
    assert "status: NXDOMAIN" in status("nope.upstream.test")
    # TTL 0, also for "there is none". BIND keeps such an answer until the clock's second is over.
    assert found("fresh.service.consul") == []
    lab.register("fresh", 9000)
    assert eventually(lambda: found("fresh.service.consul") == ["10.0.0.11"], 1.5), front.text()
    lab.deregister("fresh")
    assert eventually(lambda: found("fresh.service.consul") == [], 1.5), front.text()


def test_a_dead_instance_leaves_what_a_resolver_in_front_answers(lab):
    front = lab.space.start(*dnsmasq(lab), ready=lambda: answers(lab, "web.service.consul") == ADDRESSES)
    with lab.without("10.0.0.12") as others:
        assert answers(lab, "web.service.consul") == others
    assert answers(lab, "web.service.consul") == ADDRESSES


def test_e18_dnsdists_own_probe_sees_waypost(lab):
    front = lab.space.start(*dnsdist(lab), ready=lambda: answers(lab, "www.upstream.test") == ["192.0.2.10"])
    assert eventually(lambda: backends(lab) == {"127.0.0.1:8600": "up", "127.0.0.99:53": "up"}), (backends(lab), front.text())
    assert "Marking downstream 127.0.0.1:8600 as 'up'" in front.text()


def test_e18_dnsdists_own_probe_sees_that_waypost_is_away_and_back(lab):
    """Without Waypost its names are an error at once, and other names go on."""
    command = dnsdist(lab)
    command[-1].write_text(command[-1].read_text().replace("127.0.0.1:8600", "127.0.0.1:8601"))
    front = lab.space.start(*command, ready=lambda: answers(lab, "www.upstream.test") == ["192.0.2.10"])
    assert eventually(lambda: backends(lab) == {"127.0.0.1:8601": "down", "127.0.0.99:53": "up"}), (backends(lab), front.text())
    assert "status: SERVFAIL" in lab.space.dig("@127.0.0.1", "web.service.consul")
    assert answers(lab, "www.upstream.test") == ["192.0.2.10"]
    # Somebody answers there, but not for `consul`: that is not enough for the probe.
    flags = ["-bind", "127.0.0.2", "-client", "127.0.0.1", "-dns-port", "8601", "-http-port", "8501"]
    other = lab.space.start(BINARY, "agent", "-dev", *flags, "-domain", "other", ready="Ready in")
    assert not eventually(lambda: backends(lab)["127.0.0.1:8601"] != "down", 2.5), front.text()
    other.stop()
    lab.space.start(BINARY, "agent", "-dev", *flags, ready="Ready in")
    assert eventually(lambda: backends(lab)["127.0.0.1:8601"] == "up"), (backends(lab), front.text())
    assert answers(lab, "consul.service.consul") == ["127.0.0.2"]
