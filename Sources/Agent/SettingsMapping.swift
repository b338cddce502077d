// SPDX-License-Identifier: Apache-2.0
import Configuration
import DNSAnswers
import DNSWire

extension DNSSettings {
    /// What the configuration says about answers.
    ///
    /// - Throws: ``FileProblem`` when `domain` or `alt_domain` is no domain name.
    init(_ configuration: RuntimeConfiguration, hasRecursors: Bool) throws(FileProblem) {
        let dns = configuration.dns
        self.init(
            domain: try Self.domain(dns.domain, key: "domain"),
            datacenter: configuration.identity.datacenter,
            nodeName: configuration.identity.nodeName)
        if let alternate = dns.alternateDomain, !alternate.isEmpty {
            alternateDomain = try Self.domain(alternate, key: "alt_domain")
        }
        nodeTTL = Self.seconds(dns.nodeTTL)
        serviceTTLs = dns.serviceTTLs.mapValues(Self.seconds)
        soaRefresh = dns.soaRefresh
        soaRetry = dns.soaRetry
        soaExpire = dns.soaExpire
        soaMinimumTTL = dns.soaMinimumTTL
        onlyPassing = dns.onlyPassing
        enableTruncate = dns.enableTruncate
        udpAnswerLimit = dns.udpAnswerLimit
        aRecordLimit = dns.aRecordLimit
        disableCompression = dns.disableCompression
        additionalNodeMetaTXT = dns.additionalNodeMetaTXT
        translateWANAddresses = configuration.identity.translateWANAddresses
        udpMaximumSize = dns.udpMaximumSize
        self.hasRecursors = hasRecursors
    }

    private static func domain(_ text: String, key: String) throws(FileProblem) -> DomainName {
        do {
            return try DomainName(text: text.lowercased())
        } catch {
            throw FileProblem("\(key): '\(text)' is no domain name: \(error)")
        }
    }

    /// Consul cuts fractions of a second off a TTL (spec dns.md 2.10).
    private static func seconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.seconds)
    }
}
