# SPDX-License-Identifier: Apache-2.0
"""E6, E10, E20, E24, E26, E27, E28: clients that ask only the name server of /etc/resolv.conf: Waypost on port 53."""
import json
import sys

import pytest
from clients import ADDRESSES, NOBODY, RESOLV, TARGETS, eventually, laboratory, snippet, tool

world, lab = laboratory("host", dns_port=53, setup=RESOLV)


def test_glibc_and_curl_find_services_and_the_world(lab):
    lab.space.check_console("/etc/resolv.conf")
    found = lab.space.run("getent", "ahostsv4", "web.service.consul").stdout.split()
    assert set(ADDRESSES) <= set(found)
    unknown = lab.space.curl("http://nope.service.consul:8080/")
    assert unknown.returncode == 6, unknown  # curl: could not resolve host


def test_apt_updates_from_a_service(lab):
    """apt asks SRV first, then the addresses."""
    here = lab.space.directory
    (here / "sources.list").write_text("deb [trusted=yes] http://web.service.consul:8080/ ./\n")
    (here / "apt/lists/partial").mkdir(parents=True)
    options = [f"Dir::Etc::SourceList={here}/sources.list", "Dir::Etc::SourceParts=/dev/null", f"Dir::State={here}/apt",
               f"Dir::State::Lists={here}/apt/lists", f"Dir::Cache={here}/apt", "APT::Sandbox::User=root",
               "Acquire::http::Proxy=DIRECT", "Acquire::Retries=0", "APT::Update::Error-Mode=any"]
    tool("apt-get")
    done = lab.space.run("apt-get", "update", *(word for option in options for word in ("-o", option)))
    assert done.returncode == 0 and "http://web.service.consul:8080" in done.stdout, done


def test_prometheus_finds_targets_by_srv(lab):
    settings = lab.space.directory / "prometheus.yml"
    settings.write_text(snippet("Prometheus", "yaml"))
    prometheus = lab.space.start(
        tool("prometheus"), f"--config.file={settings}", f"--storage.tsdb.path={lab.space.directory}/tsdb",
        "--web.listen-address=127.0.0.1:9090", "--log.level=warn")

    def healthy():
        done = lab.space.curl("http://127.0.0.1:9090/api/v1/targets?state=active", "-f")
        targets = json.loads(done.stdout)["data"]["activeTargets"] if done.returncode == 0 else []
        return sorted(target["labels"]["instance"] for target in targets if target["health"] == "up")

    expected = [f"{target}:8080".replace("consul.:", "consul:") for target in TARGETS]
    assert eventually(lambda: healthy() == expected, 15, 0.2), (healthy(), prometheus.text())
    with lab.without("10.0.0.12"):
        assert eventually(lambda: healthy() == [expected[0], expected[2]], 10, 0.2), (healthy(), prometheus.text())
    assert eventually(lambda: healthy() == expected, 10, 0.2), (healthy(), prometheus.text())


def test_caddy_takes_its_upstreams_by_srv(lab):
    settings = lab.space.directory / "Caddyfile"
    settings.write_text(snippet("Caddy", "caddyfile"))
    caddy = lab.space.start("env", f"HOME={lab.space.directory}", tool("caddy"), "run", "--config", settings,
                            "--adapter", "caddyfile")

    def answered():
        done = lab.space.curl("http://127.0.0.1:80/?[1-20]", "-f")
        return sorted({line.rsplit(":", 1)[0] for line in done.stdout.split()}) if done.returncode == 0 else []

    assert eventually(lambda: answered() == ADDRESSES, 10), caddy.text()
    with lab.without("10.0.0.12") as others:
        assert eventually(lambda: answered() == others, 5), caddy.text()


def test_etcdctl_discovers_its_endpoint(lab):
    backend = lab.space.backend("etcd", "10.0.0.12:2379")
    lab.register("etcd-client", 2379, "10.0.0.12")
    lab.space.check_console("etcdctl")


def test_ldapsearch_discovers_its_directory(lab):
    backend = lab.space.backend("ldap", "10.0.0.13:1389")
    lab.register("ldap", 1389, "10.0.0.13")
    lab.space.check_console("ldapsearch")
    assert "from 10.0.0.13:1389" in backend.text()


def test_pymongo_reads_its_seed_list(lab):
    for n in (0, 1):
        lab.register("mongodb", 27017, ADDRESSES[n], ID=f"mongodb-{n}")
    program = lab.space.directory / "program.py"
    program.write_text(snippet("pymongo", "python"))
    done = lab.space.run(sys.executable, program)
    assert done.stdout == snippet("pymongo", "output"), done


def test_pgbouncer_follows_the_leader(lab):
    leaders = lab.space.backend("postgres", "10.0.0.11:5432", "10.0.0.12:5432")
    settings = lab.space.directory / "pgbouncer.ini"
    settings.write_text(snippet("PgBouncer", "pgbouncer") + "unix_socket_dir =\n")
    lab.register("demo", 5432, "10.0.0.11", Tags=["primary"])
    bouncer = lab.space.start(*NOBODY, tool("pgbouncer"), settings)

    def leader():
        where = "host=127.0.0.1 port=6432 user=demo dbname=demo"
        done = lab.space.run(tool("psql"), "-X", "-At", "-c", "where", where)
        return done.stdout.strip()

    assert eventually(lambda: leader() == "10.0.0.11", 5), (bouncer.text(), leaders.text())
    lab.register("demo", 5432, "10.0.0.12", Tags=["primary"])
    assert eventually(lambda: leader() == "10.0.0.12", 10), (bouncer.text(), leaders.text())
