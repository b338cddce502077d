// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("Service definitions are refused with the API's texts")
struct ServiceValidationTests {
    private func failure(_ change: (inout ServiceDefinition) -> Void) -> String? {
        var service = ServiceDefinition(name: "web")
        change(&service)
        do {
            try service.validateRegistration()
            return nil
        } catch { return error.message }
    }

    @Test("a plain service is accepted")
    func plain() { #expect(failure { _ in } == nil) }

    @Test("a name is needed")
    func name() { #expect(failure { $0.name = "" } == "Missing service name") }

    @Test("the ID that a check gets of its service may not be too long either")
    func generatedCheckID() {
        var check = CheckDefinition()
        check.ttl = .seconds(10)
        let definition = check
        func failure(ofName count: Int, checks: Int) -> String? {
            self.failure {
                $0.name = String(repeating: "x", count: count)
                $0.checks = Array(repeating: definition, count: checks)
            }
        }
        #expect(failure(ofName: 1016, checks: 1) == nil)
        #expect(
            failure(ofName: 1017, checks: 1)
                == "Check ID is 1025 octets long; at most 1024 are allowed"
        )
        #expect(failure(ofName: 1016, checks: 2) != nil)
        #expect(failure(ofName: 1024, checks: 0) == nil)
    }

    @Test("the unspecified address is refused", arguments: ["0.0.0.0", "::", "[::]"])
    func address(text: String) {
        #expect(failure { $0.address = text } == "Invalid service address")
    }

    @Test(
        "weights",
        arguments: [
            (0, 1, "Passing must be greater than 0"),
            (1, -1, "Warning must be greater or equal than 0"),
            (65536, 1, "DNS Weight must be between 0 and 65535"),
            (1, 65536, "DNS Weight must be between 0 and 65535"),
        ]
    )
    func weights(passing: Int, warning: Int, text: String) {
        #expect(
            failure { $0.weights = ServiceWeights(passing: passing, warning: warning) }
                == "Invalid Weights: \(text)"
        )
    }

    @Test("the largest weights are accepted")
    func largestWeights() {
        #expect(failure { $0.weights = ServiceWeights(passing: 65535, warning: 0) } == nil)
    }

    @Test("metadata")
    func meta() {
        let pair = "Invalid Service Meta: Couldn't load metadata pair"
        #expect(failure { $0.meta = ["": "v"] } == "\(pair) ('', 'v'): Key cannot be blank")
        #expect(
            failure { $0.meta = ["a b": "v"] }
                == "\(pair) ('a b', 'v'): Key contains invalid characters"
        )
        #expect(
            failure { $0.meta = ["consul-x": "v"] }
                == "\(pair) ('consul-x', 'v'): Key prefix 'consul-' is reserved for internal use"
        )
        let long = String(repeating: "k", count: 129)
        #expect(
            failure { $0.meta = [long: "v"] }
                == "\(pair) ('\(long)', 'v'): Key is too long (limit: 128 characters)"
        )
        let value = String(repeating: "v", count: 513)
        #expect(
            failure { $0.meta = ["k": value] }
                == "\(pair) ('k', '\(value)'): Value is too long (limit: 512 characters)"
        )
        let many = Dictionary(uniqueKeysWithValues: (0..<65).map { ("k\($0)", "v") })
        #expect(
            failure { $0.meta = many }
                == "Invalid Service Meta: Node metadata cannot contain more than 64 key/value pairs"
        )
    }

    @Test("gateways may use reserved keys")
    func gateway() {
        #expect(
            failure {
                $0.kind = "mesh-gateway"
                $0.meta = ["consul-wan-federation": "1"]
            } == nil
        )
    }

    @Test("tagged addresses of a family hold that family")
    func tagged() {
        #expect(
            failure { $0.taggedAddresses["lan_ipv4"] = ServiceAddress(address: "::1", port: 1) }
                == "Validation failed: "
                + "Service tagged address \"lan_ipv4\" must be a valid ipv4 address"
        )
        #expect(
            failure { $0.taggedAddresses["wan_ipv6"] = ServiceAddress(address: "::1", port: 1) }
                == nil
        )
    }

    @Test("checks inside a service")
    func checks() {
        var check = CheckDefinition()
        check.http = "http://x"
        #expect(
            failure { $0.checks = [check] }
                == "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or "
                + "OSService checks"
        )
        check.interval = .seconds(1)
        check.status = CheckStatus(rawValue: "fine")
        #expect(
            failure { $0.checks = [check] }
                == "Status for checks must 'passing', 'warning', 'critical'"
        )
    }

    @Test("names and tags that DNS cannot say are warned about")
    func warnings() {
        var service = ServiceDefinition(name: "my_web")
        service.tags = ["ok", "a.b", String(repeating: "x", count: 64)]
        #expect(service.warnings.count == 3)
        #expect(
            service.warnings[0]
                == "Service name \"my_web\" will not be discoverable via DNS due to invalid "
                + "characters. Valid characters include all alpha-numerics and dashes."
        )
    }
}

@Suite("A sidecar's definition keeps Consul's rules")
struct SidecarValidationTests {
    private func message(_ sidecar: ServiceDefinition) -> String? {
        let service = ServiceDefinition(name: "web", port: 80, sidecar: .proxy(sidecar))
        do {
            try service.validateRegistration()
            return nil
        } catch { return error.message }
    }

    @Test("an empty one is enough")
    func empty() { #expect(message(ServiceDefinition(name: "")) == nil) }

    @Test("an ID, a sidecar of its own or a check that cannot be are refused")
    func refused() {
        #expect(
            message(ServiceDefinition(id: "x", name: ""))
                == "Invalid SidecarService: sidecar_service can't specify an ID"
        )
        let nested = ServiceDefinition(name: "", sidecar: .proxy(ServiceDefinition(name: "")))
        #expect(
            message(nested)
                == "Invalid SidecarService: sidecar_service can't have a nested sidecar_service"
        )
        var check = CheckDefinition()
        check.tcp = "x:1"
        #expect(
            message(ServiceDefinition(name: "", checks: [check]))?
                .hasPrefix("Invalid check in sidecar_service: Interval must be > 0") == true
        )
    }
}
