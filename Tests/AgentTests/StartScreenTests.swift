// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Agent

@Suite("The start screen")
struct StartScreenTests {
    private var screen: StartScreen {
        StartScreen(
            version: "0.1.0",
            node: "laptop",
            datacenter: "dc1",
            isDevelopment: true,
            dns: ["127.0.0.1:8600"],
            http: ["127.0.0.1:8500"],
            recursors: ["192.0.2.53:53"],
            recursorsAreSystem: true,
            zones: ["example.internal", "30.20.10.in-addr.arpa"],
            exampleService: "redis",
            domain: "consul",
            milliseconds: 41
        )
    }

    @Test("says what it listens on and what to try")
    func whole() {
        let text = screen.text
        #expect(text.hasPrefix("Waypost 0.1.0  node laptop  datacenter dc1  (dev: in memory"))
        #expect(text.contains("dig @127.0.0.1 -p 8600 redis.service.consul SRV\n"))
        #expect(text.contains("dig @127.0.0.1 -p 8600 www.example.internal\n"))
        #expect(text.contains("Upstream  192.0.2.53:53 (from /etc/resolv.conf)"))
        #expect(text.contains("Ready in 41 ms."))
        #expect(text.split(separator: "\n").count <= 12, "one screen")
    }

    @Test("names an address that a client can use when it listens on all")
    func wildcard() {
        var screen = screen
        screen.dns = ["0.0.0.0:53"]
        screen.http = ["[::]:8501"]
        #expect(screen.text.contains("dig @127.0.0.1 redis.service.consul SRV"))
        #expect(screen.text.contains("-http-addr=[::1]:8501"))
    }

    @Test("asks over a unix socket where it listens on one")
    func unixSocket() {
        var screen = screen
        screen.http = ["unix:///run/w.sock"]
        #expect(
            screen.text.contains("curl --unix-socket /run/w.sock http://localhost/v1/status/leader")
        )
        #expect(screen.text.contains("-http-addr=unix:///run/w.sock"))
    }

    @Test("leaves out what is off")
    func off() {
        var screen = screen
        screen.http = []
        screen.recursors = []
        #expect(!screen.text.contains("curl"))
        #expect(!screen.text.contains("Upstream"))
        #expect(!screen.text.contains("waypost members"))
    }
}
