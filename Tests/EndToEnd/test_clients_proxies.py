# SPDX-License-Identifier: Apache-2.0
"""E8, E9, E11: proxies with their own resolvers, set up as the guide says, over three live instances of which one dies."""
import collections

import pytest
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
    """HAProxy's own view: name, address, state of each slot."""
    ask = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect('haproxy.sock'); " \
        "s.sendall(b'show servers state web\\n'); print(s.makefile().read())"
    lines = [line.split() for line in lab.space.run("python3", "-c", ask).stdout.splitlines()]
    return [(line[3], line[4], line[5]) for line in lines if len(line) > 10 and line[0] != "#"]


def test_haproxys_server_template_follows_the_catalog(lab):
    settings = lab.space.directory / "haproxy.cfg"
    settings.write_text(snippet("HAProxy", "haproxy"))
    extra = lab.space.directory / "extra.cfg"
    extra.write_text("global\n    stats socket unix@haproxy.sock level admin\n    log stdout format raw local0\n")
    proxy = lab.space.start(tool("haproxy"), "-db", "-f", settings, "-f", extra)
    assert eventually(lambda: answered(lab) == ADDRESSES, 10), proxy.text()
    assert len(slots(lab)) == 6 and sum(address in ADDRESSES for _, address, _ in slots(lab)) == 3, slots(lab)
    assert spread(lab) == dict.fromkeys(ADDRESSES, 4)
    with lab.without("10.0.0.12") as others:
        def left():
            return all(address != "10.0.0.12" or state != "2" for _, address, state in slots(lab))

        assert eventually(lambda: left() and answered(lab) == others, 10), (slots(lab), proxy.text())
        assert spread(lab) == dict.fromkeys(others, 6)
    assert eventually(lambda: answered(lab) == ADDRESSES, 10), (slots(lab), proxy.text())
    assert spread(lab) == dict.fromkeys(ADDRESSES, 4)
    # A fourth instance takes a free slot without a reload.
    lab.space.backend("http", "10.0.0.11:8081")
    lab.register("web", 8081, ID="web-4")
    assert eventually(lambda: sum(address in ADDRESSES for _, address, _ in slots(lab)) == 4, 15), slots(lab)
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
    settings.write_text(snippet("Envoy", "yaml"))
    proxy = lab.space.start(tool("envoy"), "-c", settings, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warn")
    assert eventually(lambda: answered(lab) == ADDRESSES, 10), proxy.text()
    assert spread(lab) == dict.fromkeys(ADDRESSES, 4)
    with lab.without("10.0.0.12") as others:
        assert eventually(lambda: answered(lab) == others, 5), proxy.text()
        assert spread(lab) == dict.fromkeys(others, 6)
    assert eventually(lambda: answered(lab) == ADDRESSES, 5), proxy.text()
