// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("services register and deregister")
struct ServicesCommandTests {
    private let register = "PUT /v1/agent/service/register"

    @Test("CLI-053 by flags")
    func flags() async {
        let outcome = await run(
            "services",
            "register",
            "-name=s",
            "-port=0x50",
            "-tag=a",
            "-tag",
            "b",
            "-meta",
            "k=v=w",
            "-tagged-address",
            "lan=[::1]:81",
            "-address=192.0.2.1",
            replies: [register: ""]
        )
        #expect(outcome.code == 0)
        #expect(outcome.output == "Registered service: s\n")
        #expect(
            outcome.requests == [
                register
                    + #" {"Name":"s","Tags":["a","b"],"Address":"192.0.2.1","Port":80,"Meta":{"k":"v=w"},"TaggedAddresses":{"lan":{"Address":"::1","Port":81}}}"#
            ]
        )
        let gone = await run(
            "services",
            "deregister",
            "-id=s",
            replies: ["PUT /v1/agent/service/deregister/s": ""]
        )
        #expect(gone.output == "Deregistered service: s\n")
    }

    @Test("by files, with checks")
    func files() async {
        let text = """
            services { name = "web" port = 80 weights { passing = 3 }
              check { id = "c" http = "http://x/" interval = "10s" header { A = ["b"] } } }
            services { id = "db-1" name = "db" check { ttl = "90s" } }
            """
        let outcome = await run(
            "services",
            "register",
            "s.hcl",
            files: ["s.hcl": text],
            replies: [register: ""]
        )
        #expect(outcome.output == "Registered service: web\nRegistered service: db\n")
        #expect(
            outcome.requests == [
                register
                    + #" {"Name":"web","Port":80,"Weights":{"Passing":3,"Warning":1},"Checks":[{"CheckID":"c","HTTP":"http://x/","Header":{"A":["b"]},"Interval":"10s"}]}"#,
                register + #" {"ID":"db-1","Name":"db","Checks":[{"TTL":"1m30s"}]}"#,
            ]
        )
        let gone = await run(
            "services",
            "deregister",
            "s.hcl",
            files: ["s.hcl": text],
            replies: [
                "PUT /v1/agent/service/deregister/web": "",
                "PUT /v1/agent/service/deregister/db-1": "",
            ]
        )
        #expect(gone.output == "Deregistered service: web\nDeregistered service: db-1\n")
    }

    @Test("by files, a proxy with what only proxies read")
    func proxy() async {
        let text = """
            service { name = "p" kind = "connect-proxy" port = 1 proxy {
              destination_service_name = "web" transparent_proxy { outbound_listener_port = 2 }
              access_logs { enabled = true } } }
            """
        let outcome = await run(
            "services",
            "register",
            "s.hcl",
            files: ["s.hcl": text],
            replies: [register: ""]
        )
        let sent = outcome.requests.first ?? ""
        #expect(
            sent.contains(
                #""Proxy":{"DestinationServiceName":"web","TransparentProxy":{"#
                    + #""OutboundListenerPort":2},"AccessLogs":{"Enabled":true}}"#
            ),
            "\(sent)"
        )
    }

    @Test("flags beside a file give what its services lack; a name is for a service without one")
    func filesAndFlags() async {
        let text = """
            datacenter = "dc9"
            services { id = "a" name = "a" port = 80 tags = ["x"] meta { k = "1" l = "2" } }
            service { name = "b" }
            """
        let outcome = await run(
            "services",
            "register",
            "-id=z",
            "-port=90",
            "-tag=more",
            "-meta=k=3",
            "-address=192.0.2.1",
            "s.hcl",
            files: ["s.hcl": text],
            replies: [register: ""]
        )
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            outcome.requests == [
                register
                    + #" {"ID":"a","Name":"a","Tags":["x","more"],"Address":"192.0.2.1","Port":80,"Meta":{"k":"3","l":"2"}}"#,
                register
                    + #" {"ID":"z","Name":"b","Tags":["more"],"Address":"192.0.2.1","Port":90,"Meta":{"k":"3"}}"#,
            ]
        )
        let both = await run("services", "register", "-name=x", "s.hcl", files: ["s.hcl": text])
        #expect(both.code == 1 && both.requests.isEmpty)
        #expect(
            both.errors.hasPrefix("Service registration requires arguments or -id, not both.\n")
        )
        let gone = await run("services", "deregister", "-id=x", "s.hcl", files: ["s.hcl": text])
        #expect(gone.code == 1 && gone.requests.isEmpty)
        #expect(
            gone.errors.hasPrefix("Service deregistration requires arguments or -id, not both.\n")
        )
        let bare = ["s.hcl": "log_level = \"warn\""]
        let none = await run("services", "register", "s.hcl", files: bare)
        #expect(none.code == 1 && none.errors.hasPrefix("Error: no service in s.hcl\n"))
    }

    @Test("nothing to register")
    func nothing() async {
        let outcome = await run("services", "register")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.hasPrefix(
                "Service registration requires at least one argument or flags.\n"
            )
        )
        #expect(outcome.errors.contains("Usage: waypost services register"))
    }

    @Test("mistakes name what is wrong")
    func mistakes() async {
        #expect(
            await run("services", "register", "-name=s", "-meta=k").errors.hasPrefix(
                "invalid value \"k\" for flag -meta: Missing \"=\" value in argument: k\n"
            )
        )
        #expect(
            await run("services", "register", "nope.hcl").errors
                == "Error: config: Open failed on nope.hcl. open nope.hcl: no such file or directory\n"
        )
        let refused = await run(
            "services",
            "register",
            "-name=s",
            failures: [register: .failure(400, "Invalid service address")]
        )
        #expect(
            refused.errors
                == "Error registering service \"s\": Unexpected response code: 400 "
                + "(Invalid service address)\n"
        )
    }
}
