// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire

extension Server {
    /// Servers whose settings branch differently; made once, after one that comes and goes.
    ///
    /// `nonisolated(unsafe)`: libFuzzer calls its target on one thread.
    nonisolated(unsafe) static let all: [Server] = {
        _ = server { _ in }
        return [
            server(.heavy) { _ in },
            server(.wide) { settings in
                settings.onlyPassing = true
                settings.enableTruncate = true
                settings.serviceTTLs = ["*": 5, "web": 10, "w*": 7]
                settings.udpAnswerLimit = 8
                settings.alternateDomain = name("alt.zone.")
            },
            server(.wide) { settings in
                settings.disableCompression = true
                settings.aRecordLimit = 2
                settings.hasRecursors = true
                settings.udpMaximumSize = 1232
            },
            server { settings in
                settings.isStrict = true
                settings.weightsAddresses = true
                settings.isDualStack = true
                settings.protectThresholds = ["web": 0.9, "*": 0.2]
                settings.reverseTTL = 30
                settings.reverseZones = reverse("198.18.0.0/16", "10.0.0.0/8", "2001:db8::/32")
                settings.forwardedZones = reverse("10.9.0.0/16")
                settings.hasRecursors = true
            },
            server { settings in
                settings.udpAnswerLimit = 0
                settings.additionalNodeMetaTXT = false
                settings.keepsAliasTTL = true
                settings.hasRecursors = true
                settings.soaMinimumTTL = 60
            },
            // A domain of several labels, another one around it.
            server { settings in
                settings.domain = name("dns.corp.consul.")
                settings.alternateDomain = name("consul.")
                settings.hasLocalReverseZones = false
                settings.hasRecursors = true
            },
            server { settings in
                settings.alternateDomain = name("dc.consul.")
                settings.explainsErrors = false
                settings.nodeTTL = 9
                settings.isStrict = true
            },
            // Zones inside the domain: beside what the catalog knows, and among its forms.
            server(zonesInside: ["consul", "lab.consul"]) { $0.hasRecursors = true },
            server(zonesInside: ["x.node.consul", "10.in-addr.arpa"]) { settings in
                settings.isStrict = true
                settings.weightsAddresses = true
            },
            server(.wide) { settings in
                settings.weightsAddresses = true
                settings.isDualStack = true
                settings.enableTruncate = true
                settings.translateWANAddresses = true
                settings.udpAnswerLimit = 5
            },
            // Ten up to here are as old as the corpus: see `at`.
            server(.wide, zonesInside: ["consul", "child.lab.consul"]) { settings in
                settings.isStrict = true
                settings.isDualStack = true
                settings.disableCompression = true
                settings.explainsErrors = false
                settings.hasRecursors = true
                settings.nodeTTL = 3
                settings.soaMinimumTTL = 7
            },
            server(zonesInside: ["."]) { settings in
                settings.isDualStack = true
                settings.serviceTTLs = ["web": 1]
            },
            server { settings in
                settings.datacenter = "ns"
                settings.hasRecursors = true
                settings.forwardsAllNames = false
                settings.forwardedZones = [name("elsewhere.test.")] + reverse("198.18.0.0/16")
                settings.reverseZones = reverse("198.0.0.0/8", "10.0.0.0/8")
                settings.protectThresholds = ["*": 1, "DB": 0.4, "w*": 0]
            },
            server(.wide) { settings in
                settings.onlyPassing = true
                settings.isStrict = true
                settings.protectThresholds = ["wide": 1]
                settings.serviceTTLs = ["*": 9]
                settings.udpMaximumSize = 512
                settings.reverseZones = reverse("10.2.0.0/16", "2001:db8::/32")
                settings.hasLocalReverseZones = false
            },
            server(.wide, zonesInside: ["10.in-addr.arpa", "service.consul"]) { settings in
                settings.disableCompression = true
                settings.enableTruncate = true
                settings.isDualStack = true
                settings.udpAnswerLimit = 8
            },
            server { $0.domain = name(".") },
            server { $0.alternateDomain = name("Alt.Zone.") },
        ]
    }()

    /// The server of an input: where the octet was made for the first ten, one of those.
    static func at(_ octet: UInt8) -> Server {
        let (number, old) = (Int(octet >> 1), 10)
        let isOld = number < 60
        return unsafe isOld ? all[number % old] : all[old + number % (all.count - old)]
    }

    private static func server(
        _ breadth: Catalog.Breadth = .few,
        zonesInside: [String] = [],
        _ adjust: (inout DNSSettings) -> Void
    ) -> Server {
        var settings = DNSSettings(
            domain: name("consul."),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        adjust(&settings)
        return Server(breadth, zonesInside: zonesInside, settings: settings)
    }

    private static func name(_ text: String) -> DomainName {
        guard let name = try? DomainName(text: text) else {
            preconditionFailure("\(text) is a name")
        }
        return name
    }

    private static func reverse(_ prefixes: String...) -> [DomainName] {
        prefixes.compactMap(DNSSettings.reverseZone(ofPrefix:))
    }
}
