// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Testing

@testable import Commands

@Suite("Where the agent is")
struct AgentEndpointTests {
    @Test(
        "addresses",
        arguments: [
            ("127.0.0.1:8500", "http://127.0.0.1:8500/v1"), ("http://h:1", "http://h:1/v1"),
            ("h", "http://h:80/v1"), ("https://h", "https://h:443/v1"),
            ("https://h:2/a/b/", "https://h:2/a/b/v1"), ("[::1]:8500", "http://[::1]:8500/v1"),
            ("unix:///run/w.sock", "http://unix/v1"), (":8500", "http://127.0.0.1:8500/v1"),
        ]
    )
    func addresses(text: String, expected: String) {
        #expect(AgentEndpoint(address: text, isTLS: false)?.displayedURL("/v1") == expected)
    }

    @Test(
        "texts that are no address",
        arguments: [
            "", "unix://", "http://", ":", "a b:1", "tcp://h:1", "127.0.0.1:65536", "h:-1", "h:abc",
            "https://[::1]:99999/x",
        ]
    )
    func wrong(text: String) { #expect(AgentEndpoint(address: text, isTLS: false) == nil) }

    @Test("a unix socket is reached by its path")
    func unix() {
        let endpoint = AgentEndpoint(address: "unix:///run/w.sock", isTLS: false)
        #expect(endpoint?.requestURL("/v1/x") == "http+unix://%2Frun%2Fw.sock/v1/x")
        #expect(endpoint?.dialed == "unix /run/w.sock")
    }

    private func endpoint(
        _ flags: String...,
        environment: [String: String] = [:],
        files: [String: String] = [:]
    ) throws -> AgentEndpoint {
        let (given, _) = try FlagPrePass(InfoCommand.self).split(flags)
        let context = CommandContext(
            program: "waypost",
            environment: environment,
            console: Console(output: { _ in }, errors: { _ in }),
            files: FilesInMemory(files: files),
            connect: { _ in AgentInMemory([:]) }
        )
        return try InfoCommand.parse(given).client.endpoint(in: context)
    }

    @Test("what is wrong with a port or a token is said, but not the token")
    func mistakes() throws {
        let port = #expect(throws: CommandFailure.self) { try endpoint("-http-addr=h:65536") }
        #expect(port?.message.hasSuffix(#""h:65536": invalid port "65536" after host"#) == true)
        let token = #expect(throws: CommandFailure.self) {
            try endpoint("-token-file=t", files: ["t": "quite\nhidden"])
        }
        let text = #"net/http: invalid header field value for "X-Consul-Token""#
        #expect(token?.message == "Error connecting to Consul agent: " + text)
        #expect(token?.hint.contains("hidden") == false)
    }

    @Test("flags go before the environment")
    func environment() throws {
        let environment = ["CONSUL_HTTP_ADDR": "e:1", "CONSUL_HTTP_SSL": "true"]
        #expect(try endpoint(environment: environment).displayedURL("") == "https://e:1")
        #expect(
            try endpoint("-http-addr=f:2", environment: environment).displayedURL("")
                == "https://f:2"
        )
        #expect(try endpoint().displayedURL("") == "http://127.0.0.1:8500")
    }

    @Test("tokens: -token-file, -token, CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_TOKEN")
    func tokens() throws {
        let files = ["a": " one \n", "b": "two"]
        let environment = ["CONSUL_HTTP_TOKEN_FILE": "b", "CONSUL_HTTP_TOKEN": "three"]
        func token(_ flags: [String], _ environment: [String: String]) throws -> String {
            switch flags.count {
            case 0: try endpoint(environment: environment, files: files).token
            case 1: try endpoint(flags[0], environment: environment, files: files).token
            default: try endpoint(flags[0], flags[1], environment: environment, files: files).token
            }
        }
        #expect(try token(["-token-file=a", "-token=four"], environment) == "one")
        #expect(try token(["-token=four"], environment) == "four")
        #expect(try token([], environment) == "two")
        #expect(try token([], ["CONSUL_HTTP_TOKEN": "three"]) == "three")
        #expect(throws: CommandFailure.self) { try token(["-token-file=c"], [:]) }
    }

    @Test("the certificate may have another name than the address")
    func serverName() throws {
        let environment = ["CONSUL_TLS_SERVER_NAME": "server.dc1.consul"]
        let found = try endpoint("-http-addr=https://10.0.0.1:8501/p", environment: environment)
        #expect(found.requestURL("/v1/x") == "https://server.dc1.consul:8501/p/v1/x")
        #expect(found.displayedURL("/v1/x") == "https://10.0.0.1:8501/p/v1/x")
        #expect(found.host == "10.0.0.1")
        #expect(try endpoint("-http-addr=https://[::1]:8501").host == "::1")
        // Over plain HTTP there is no certificate.
        let plain = try endpoint("-http-addr=10.0.0.1:8500", environment: environment)
        #expect(plain.requestURL("/v1/x") == "http://10.0.0.1:8500/v1/x")
    }

    @Test("CONSUL_HTTP_SSL_VERIFY=false trusts anybody")
    func verification() throws {
        let address = "-http-addr=https://h:1"
        #expect(try endpoint(address).tls.verifies)
        let off = ["CONSUL_HTTP_SSL_VERIFY": "false"]
        #expect(try !endpoint(address, environment: off).tls.verifies)
    }

    @Test(
        "files that cannot be used are named with their flag",
        arguments: [
            ("-ca-file=none.pem", "-ca-file: open none.pem: no such file or directory"),
            ("-ca-file=text.pem", "-ca-file: text.pem holds no certificate in PEM form"),
            ("-ca-path=text.pem", "-ca-path: open text.pem: is no directory"),
            ("-client-key=text.pem", "both client cert and client key must be provided"),
        ]
    )
    func wrongFiles(flag: String, expected: String) throws {
        let failure = #expect(throws: CommandFailure.self) {
            try endpoint("-http-addr=https://h:1", flag, files: ["text.pem": "hello"])
        }
        let text = failure?.message ?? ""
        #expect(text == "Error connecting to Consul agent: " + expected)
        // Over plain HTTP nobody reads them.
        #expect(throws: Never.self) { try endpoint("-http-addr=h:1", flag) }
    }
}
