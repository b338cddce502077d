# SPDX-License-Identifier: Apache-2.0
"""E6, E10, E20, E24, E26, E27, E28: clients that ask only the name server of /etc/resolv.conf: Waypost on port 53."""
import json
import shutil
import sys

import pytest
from clients import ADDRESSES, NOBODY, RESOLV, TARGETS, console, eventually, laboratory, snippet, tool

# The upstream's names stand for the world: their server is here, too.
world, lab = laboratory("host", dns_port=53, setup=f"{RESOLV}\nip address add 192.0.2.10/32 dev lo")
PACKAGE = """Package: waypost-example
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.org>
Filename: ./waypost-example.deb
Size: 1000
SHA256: 0000000000000000000000000000000000000000000000000000000000000000
Description: stands in an index and nowhere else
"""


@pytest.fixture
def outside(lab):
    """An HTTP server in the world, with an index of packages and one page, and Waypost as the only way to its names."""
    site = lab.space.directory / "site"
    site.mkdir(exist_ok=True)
    (site / "Packages").write_text(PACKAGE.format(version="7.1"))
    (site / "page").write_text("from outside\n")
    lab.space.start(sys.executable, "-m", "http.server", "--bind", "192.0.2.10", "--directory", site, "8000",
                    ready=lambda: lab.space.curl("http://192.0.2.10:8000/page", "-f").stdout == "from outside\n")


def test_e20_glibc_and_curl_find_services_and_the_world(lab, outside):
    lab.space.check_console("/etc/resolv.conf")
    found = lab.space.run("getent", "ahostsv4", "web.service.consul").stdout.split()
    assert set(ADDRESSES) <= set(found)
    hosts = [line.split() for line in lab.space.run("getent", "hosts", "web.service.consul").stdout.splitlines()]
    assert sorted(hosts) == [[address, "web.service.consul"] for address in ADDRESSES]
    assert lab.space.run("getent", "hosts", "nope.service.consul").returncode == 2  # not found
    answer = lab.space.curl("http://web.service.consul:8080/", "-f").stdout.strip()
    assert answer in [f"{address}:8080" for address in ADDRESSES], answer
    assert lab.space.curl("http://deb.upstream.test:8000/page", "-f").stdout == "from outside\n"
    unknown = lab.space.curl("http://nope.service.consul:8080/")
    assert unknown.returncode == 6, unknown  # curl: could not resolve host
    assert lab.space.curl("http://nope.upstream.test:8000/").returncode == 6


def apt(lab, repository):
    """`apt-get update` with lists of its own, and what `apt-cache` then says of the example's versions."""
    tool("apt-get")
    here = lab.space.directory / "apt"
    (here / "lists/partial").mkdir(parents=True)
    (here / "status").touch()
    (here / "sources.list").write_text(f"deb [trusted=yes] {repository} ./\n")
    settings = [f"Dir::Etc::SourceList={here}/sources.list", "Dir::Etc::SourceParts=/dev/null", f"Dir::State={here}",
                f"Dir::State::Lists={here}/lists", f"Dir::State::Status={here}/status", f"Dir::Cache={here}",
                "APT::Sandbox::User=root", "Acquire::http::Proxy=DIRECT", "Acquire::Retries=0", "APT::Update::Error-Mode=any"]
    options = [word for setting in settings for word in ("-o", setting)]
    try:
        done = lab.space.run("apt-get", "update", *options)
        versions = lab.space.run("apt-cache", *options, "madison", "waypost-example").stdout
        return done, [line.split("|")[1].strip() for line in versions.splitlines()]
    finally:
        shutil.rmtree(here)


def test_e20_apt_updates_from_outside_through_the_recursors(lab, outside):
    done, versions = apt(lab, "http://deb.upstream.test:8000/")
    assert done.returncode == 0 and "http://deb.upstream.test:8000" in done.stdout, done
    assert versions == ["7.1"], done
    done, versions = apt(lab, "http://nope.upstream.test:8000/")
    assert done.returncode == 100 and "Could not resolve 'nope.upstream.test'" in done.stderr and not versions, done


def test_e20_apt_updates_from_a_service(lab):
    """apt asks SRV first, then the addresses."""
    done, versions = apt(lab, "http://web.service.consul:8080/")
    assert done.returncode == 0 and "http://web.service.consul:8080" in done.stdout, done
    # The instances' index is empty.
    assert versions == []


def test_e6_prometheus_finds_targets_by_srv(lab):
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


@pytest.mark.parametrize("name", ["_web._tcp.service.consul", "web.service.consul"])
def test_e10_caddy_takes_its_upstreams_by_srv(lab, name):
    settings = lab.space.directory / "Caddyfile"
    guide = snippet("Caddy", "caddyfile")
    assert "name _web._tcp.service.consul" in guide
    settings.write_text(guide.replace("name _web._tcp.service.consul", f"name {name}"))
    caddy = lab.space.start("env", f"HOME={lab.space.directory}", tool("caddy"), "run", "--config", settings,
                            "--adapter", "caddyfile")

    def answered():
        done = lab.space.curl("http://127.0.0.1:80/?[1-20]", "-f")
        return sorted({line.rsplit(":", 1)[0] for line in done.stdout.split()}) if done.returncode == 0 else []

    assert eventually(lambda: answered() == ADDRESSES, 10), caddy.text()
    with lab.without("10.0.0.12") as others:
        assert eventually(lambda: answered() == others, 5), caddy.text()


def test_e26_etcdctl_discovers_its_endpoint(lab):
    """At a port that is not etcd's: only SRV leads there."""
    backend = lab.space.backend("etcd", "10.0.0.12:12379")
    lab.register("etcd-client", 12379, "10.0.0.12")
    lab.space.check_console("etcdctl")
    assert "10.0.0.12:12379 put greeting=hello" in backend.text(), backend.text()
    lab.deregister("etcd-client")
    # Without it there is nothing to find, and etcdctl says so.
    command = next(iter(console("etcdctl")))[0]
    done = lab.space.run("sh", "-c", command)
    assert done.returncode != 0 and "OK" not in done.stdout and "no such host" in done.stderr, done


def test_e27_ldapsearch_discovers_its_directory(lab):
    backend = lab.space.backend("ldap", "10.0.0.13:1389")
    lab.register("ldap", 1389, "10.0.0.13")
    lab.space.check_console("ldapsearch")
    assert "from 10.0.0.13:1389" in backend.text()


PYMONGO = """
from pymongo import MongoClient
with MongoClient("mongodb+srv://service.dc1.consul/?tls=false", serverSelectionTimeoutMS=5000) as client:
    print(client.admin.command("ping")["where"])
    print(sorted(client.topology_description.server_descriptions()))
"""


def test_e28_pymongo_connects_to_what_srv_says(lab):
    """At a port that is not MongoDB's: only SRV leads there."""
    lab.space.backend("mongo", "10.0.0.12:12017")
    lab.register("mongodb", 12017, "10.0.0.12")
    program = lab.space.directory / "program.py"
    program.write_text(PYMONGO)
    done = lab.space.run(sys.executable, program)
    assert done.stdout.splitlines() == ["10.0.0.12:12017", "[('0a00000c.addr.dc1.consul', 12017)]"], done


def test_e28_pymongo_reads_its_seed_list(lab):
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
