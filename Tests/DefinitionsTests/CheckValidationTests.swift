// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("Check definitions are refused with the API's texts")
struct CheckValidationTests {
    private func failure(_ change: (inout CheckDefinition) -> Void) -> String? {
        var check = CheckDefinition()
        check.name = "c"
        change(&check)
        do {
            try check.validateRegistration()
            return nil
        } catch { return error.message }
    }

    @Test("kinds that are complete are accepted")
    func accepted() {
        #expect(failure { $0.ttl = .seconds(1) } == nil)
        #expect(
            failure {
                $0.tcp = "x:1"; $0.interval = .seconds(1)
            } == nil
        )
        #expect(failure { $0.aliasService = "web" } == nil)
    }

    @Test("a name is needed")
    func name() { #expect(failure { $0.name = "" } == "Missing check name") }

    @Test("an initial status is one of three")
    func status() {
        #expect(
            failure {
                $0.ttl = .seconds(1)
                $0.status = CheckStatus(rawValue: "x")
            } == "Bad check status"
        )
    }

    @Test("rules of the kinds, in Consul's order")
    func rules() {
        #expect(failure { _ in } == "Invalid check: TTL must be > 0 for TTL checks")
        #expect(
            failure {
                $0.ttl = .seconds(1); $0.interval = .seconds(1)
            }
                == "Invalid check: Interval and TTL cannot both be specified"
        )
        #expect(
            failure {
                $0.aliasService = "a"; $0.ttl = .seconds(1)
            }
                == "Invalid check: TTL must be not be set for Alias checks"
        )
        #expect(
            failure {
                $0.aliasService = "a"; $0.tcp = "x:1"; $0.interval = .seconds(1)
            }
                == "Invalid check: Interval cannot be set for Alias checks"
        )
        #expect(
            failure {
                $0.ttl = .seconds(1); $0.outputMaxSize = -1
            }
                == "Invalid check: MaxOutputMaxSize must be positive"
        )
        #expect(
            failure {
                $0.ttl = .seconds(1); $0.failuresBeforeWarning = 2
            }
                == "Invalid check: FailuresBeforeWarning can't be higher than FailuresBeforeCritical"
        )
    }

    @Test(
        "IP addresses as Go's net.ParseIP reads them",
        arguments: [
            ("127.0.0.1", .v4), ("255.255.255.255", .v4), ("256.0.0.1", nil), ("01.2.3.4", nil),
            ("1.2.3", nil), ("1.2.3.4.", nil), ("", nil), ("::", .v6), ("::1", .v6), ("1::", .v6),
            ("2001:db8::1", .v6), ("1:2:3:4:5:6:7:8", .v6), ("1:2:3:4:5:6:7", nil),
            ("1:2:3:4:5:6:7::", .v6), ("1:2:3:4:5:6:7:8::", nil), ("1::2::3", nil), (":::", nil),
            ("::ffff:1.2.3.4", .v6), ("1.2.3.4::", nil), ("12345::", nil), ("fe80::1%eth0", nil),
            (":1", nil), ("[::1]", nil),
        ] as [(String, IPAddressText.Family?)]
    )
    func addresses(text: String, expected: IPAddressText.Family?) {
        #expect(IPAddressText.family(of: text) == expected)
    }
}
