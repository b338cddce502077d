# SPDX-License-Identifier: Apache-2.0
"""E8, E9, E11: proxies with their own resolvers, set up as the guide says, over three live instances of which one dies."""
import collections
import json
import re

from clients import ADDRESSES, eventually, laboratory, snippet, tool


world, lab = laboratory("proxies")


def spread(lab, count=12, url="http://127.0.0.1:80/") -> dict:
    """Which instance answered how often; every request must be answered."""
    done = lab.space.curl(f"{url}?[1-{count}]", "-f", "--fail-early", "--no-keepalive")
    assert done.returncode == 0, done
    return dict(collections.Counter(line.rsplit(":", 1)[0] for line in done.stdout.split()))


def answered(lab, url="http://127.0.0.1:80/") -> list:
    """The instances behind 12 requests; empty while one of them fails."""
    done = lab.space.curl(f"{url}?[1-12]", "-f", "--fail-early")
    return sorted({line.rsplit(":", 1)[0] for line in done.stdout.split()}) if done.returncode == 0 else []


def slots(lab) -> list:
    """HAProxy's own view, from its stats socket: name, address, srv_op_state and srv_admin_state of each slot."""
    ask = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect('haproxy.sock'); " \
        "s.sendall(b'show servers state web\\n'); print(s.makefile().read())"
    lines = [line.split() for line in lab.space.run("python3", "-c", ask).stdout.splitlines()]
    heads = next((line[1:] for line in lines if line[:1] == ["#"]), None)
    if not heads:
        return []
    columns = [heads.index(name) for name in ("srv_name", "srv_addr", "srv_op_state", "srv_admin_state")]
    rows = [[line[column] for column in columns] for line in lines if len(line) == len(heads)]
    return [(name, address, int(running), int(admin)) for name, address, running, admin in rows]


# HAProxy's include/haproxy/server-t.h. A host name that SRV gave a slot (0x40) says nothing about its state.
STOPPED, RUNNING = 0, 2
BY_THE_RESOLVER, HOST_NAME_SET = 0x20, 0x40


def up(lab) -> list:
    """The addresses of the slots that are in use: running, and in no kind of maintenance."""
    return sorted(address for _, address, running, admin in slots(lab) if running == RUNNING and not admin & ~HOST_NAME_SET)


def in_maintenance(lab) -> list:
    """The names of those that are stopped since no SRV record stands behind them, and for no other reason."""
    return [name for name, _, running, admin in slots(lab) if running == STOPPED and admin & ~HOST_NAME_SET == BY_THE_RESOLVER]


def test_haproxys_server_template_follows_the_catalog(lab):
    settings = lab.space.directory / "haproxy.cfg"
    settings.write_text(snippet("HAProxy", "haproxy"))
    extra = lab.space.directory / "extra.cfg"
    extra.write_text("global\n    stats socket unix@haproxy.sock level admin\n    log stdout format raw local0\n")
    proxy = lab.space.start(tool("haproxy"), "-db", "-f", settings, "-f", extra)
    assert eventually(lambda: up(lab) == ADDRESSES and answered(lab) == ADDRESSES, 10), (slots(lab), proxy.text())
    assert len(slots(lab)) == 6 and len(in_maintenance(lab)) == 3, slots(lab)
    assert spread(lab, 6) == dict.fromkeys(ADDRESSES, 2)
    slot = next(name for name, address, *_ in slots(lab) if address == "10.0.0.12")
    # "is going DOWN for", or "was DOWN and now enters" where its own check was faster.
    reason = rf"Server web/{slot} .*maintenance \(entry removed from SRV record\)"
    assert not re.search(reason, proxy.text())
    with lab.without("10.0.0.12") as others:
        assert eventually(lambda: slot in in_maintenance(lab), 10), (slots(lab), proxy.text())
        assert re.search(reason, proxy.text()), proxy.text()
        assert up(lab) == others and len(in_maintenance(lab)) == 4, slots(lab)
        assert spread(lab, 6) == dict.fromkeys(others, 3)
    # It comes back alone.
    assert eventually(lambda: up(lab) == ADDRESSES, 10), (slots(lab), proxy.text())
    assert len(slots(lab)) == 6 and len(in_maintenance(lab)) == 3, slots(lab)
    assert spread(lab, 6) == dict.fromkeys(ADDRESSES, 2)
    # A fourth instance takes a free slot without a reload.
    lab.space.backend("http", "10.0.0.11:8081")
    lab.register("web", 8081, ID="web-4")
    assert eventually(lambda: len(up(lab)) == 4 and len(in_maintenance(lab)) == 2, 15), slots(lab)
    assert eventually(lambda: spread(lab) == {"10.0.0.11": 6, "10.0.0.12": 3, "10.0.0.13": 3}, 15), slots(lab)


def nginx(lab):
    (lab.space.directory / "web.conf").write_text(snippet("nginx", "nginx"))
    settings = lab.space.directory / "nginx.conf"
    temporary = "\n".join(f"    {kind}_temp_path {lab.space.directory}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    settings.write_text(f"""daemon off;
master_process off;
user root root;
pid {lab.space.directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
{temporary}
    include {lab.space.directory}/web.conf;
    server {{
        listen 127.0.0.1:81;
        resolver 127.0.0.1:8600 valid=1s ipv6=off;
        location / {{
            set $upstream nope.service.consul;
            proxy_pass http://$upstream:8080;
        }}
    }}
}}
""")
    return lab.space.start(tool("nginx"), "-e", "stderr", "-c", settings, "-p", lab.space.directory)


def test_nginxs_resolver_follows_the_catalog(lab):
    proxy = nginx(lab)
    assert eventually(lambda: answered(lab) == ADDRESSES, 10), proxy.text()
    assert answered(lab, "http://127.0.0.1:80/v2/") == ["10.0.0.13"], proxy.text()
    with lab.without("10.0.0.12") as others:
        # nginx itself goes on to the next address when one refuses; that the dead one is gone shows in its log.
        assert eventually(lambda: answered(lab) == others, 5), proxy.text()

        def quiet():
            before = proxy.text().count("10.0.0.12")
            return answered(lab) == others and proxy.text().count("10.0.0.12") == before

        assert eventually(quiet, 5), proxy.text()
    assert eventually(lambda: answered(lab) == ADDRESSES, 5), proxy.text()
    unknown = lab.space.curl("http://127.0.0.1:81/", "-o", "/dev/null", "-w", "%{http_code}")
    assert unknown.stdout == "502", unknown
    assert "nope.service.consul could not be resolved (3: Host not found)" in proxy.text()


def test_e11_envoys_strict_dns_follows_the_catalog(lab):
    settings = lab.space.directory / "envoy.yaml"
    settings.write_text(snippet("Envoy", "yaml") + "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }\n")
    proxy = lab.space.start(tool("envoy"), "-c", settings, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warn")

    def cluster():
        """The addresses that Envoy has for it and calls healthy."""
        told = lab.space.curl("http://127.0.0.1:9901/clusters?format=json", "-f")
        statuses = json.loads(told.stdout)["cluster_statuses"] if told.returncode == 0 else []
        hosts = [host for status in statuses if status["name"] == "web" for host in status.get("host_statuses", [])]
        return sorted(host["address"]["socket_address"]["address"] for host in hosts
                      if host["health_status"]["eds_health_status"] == "HEALTHY")

    assert eventually(lambda: cluster() == ADDRESSES and answered(lab) == ADDRESSES, 10), proxy.text()
    assert spread(lab) == dict.fromkeys(ADDRESSES, 4)
    with lab.without("10.0.0.12") as others:
        assert eventually(lambda: cluster() == others and answered(lab) == others, 5), proxy.text()
        assert spread(lab) == dict.fromkeys(others, 6)
    assert eventually(lambda: cluster() == ADDRESSES and answered(lab) == ADDRESSES, 5), proxy.text()
