// SPDX-License-Identifier: Apache-2.0
import Filtering

/// Service resolvers: subsets, redirects, failover and load balancing (HTTP API 5.15; Consul: the
/// rules and texts of `ServiceResolverConfigEntry.Validate`).
extension ConfigEntryRules {
    /// What a resolver's rules look into.
    private struct Resolver {
        let service: String
        let content: ConfigContent
        /// The subsets by name, in the order of the names.
        let subsets: [JSONMember]

        func hasSubset(_ name: String) -> Bool { subsets.contains { $0.name == name } }

        /// Whether an object of the resolver names a subset of this service that it has not.
        func missesSubset(_ target: ConfigContent) -> Bool {
            let subset = target.text("ServiceSubset")
            let isOwn = ["", service].contains(target.text("Service"))
            return isOwn && !subset.isEmpty && !hasSubset(subset)
        }
    }

    /// Refuses a resolver with a rule that is broken.
    static func checkResolver(
        _ content: ConfigContent,
        of service: String
    ) throws(BodyError) {
        let resolver = Resolver(
            service: service,
            content: content,
            subsets: content.object("Subsets")?.members ?? []
        )
        try checkSubsets(resolver)
        if let redirect = content.object("Redirect") { try check(redirect, of: resolver) }
        for member in content.object("Failover")?.members ?? [] {
            try check(ConfigContent(member.value), failoverOf: member.name, resolver)
        }
        for name in ["ConnectTimeout", "RequestTimeout"] where content.text(name).hasPrefix("-") {
            throw BodyError("Bad \(name) '\(content.text(name))', must be >= 0")
        }
        if let balancer = content.object("LoadBalancer") { try checkBalancer(balancer) }
    }

    private static func checkSubsets(_ resolver: Resolver) throws(BodyError) {
        for subset in resolver.subsets {
            if subset.name.isEmpty { throw BodyError("Subset defined with empty name") }
            if let problem = subsetNameProblem(subset.name) {
                throw BodyError("Subset \"\(subset.name)\" is invalid: \(problem)")
            }
            let filter = ConfigContent(subset.value).text("Filter")
            guard !filter.isEmpty else { continue }
            do throws(FilterError) { _ = try Filter.canonicalText(of: filter) } catch {
                throw BodyError(
                    "Filter for subset \"\(subset.name)\" is not a valid expression: \(error.reason)"
                )
            }
        }
        let standard = resolver.content.text("DefaultSubset")
        if !standard.isEmpty, !resolver.hasSubset(standard) {
            throw BodyError("DefaultSubset \"\(standard)\" is not a valid subset")
        }
    }

    // Subsets stand in server names (SNI): a DNS label, RFC 1123, of lower-case letters.
    private static func subsetNameProblem(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be non-empty and 63 characters or fewer" }
        func isPlain(_ octet: UInt8?) -> Bool {
            guard let octet else { return false }
            return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
        }
        let isLabel =
            isPlain(name.utf8.first) && isPlain(name.utf8.last)
            && name.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") }
        if isLabel { return nil }
        return "must be 63 characters or fewer, begin or end with lower case alphanumeric "
            + "characters, and contain lower case alphanumeric characters or '-' in between"
    }

    private static func check(
        _ redirect: ConfigContent,
        of resolver: Resolver
    ) throws(BodyError) {
        if resolver.content["Failover"] != nil {
            throw BodyError("Redirect and Failover cannot both be set")
        }
        let names = ["Service", "ServiceSubset", "Datacenter", "Peer"]
        let given = names.filter { !redirect.text($0).isEmpty }
        if given.isEmpty { throw BodyError("Redirect is empty") }
        if given.contains("Peer") {
            for other in ["ServiceSubset", "Datacenter"] where given.contains(other) {
                throw BodyError("Redirect.Peer cannot be set with Redirect.\(other)")
            }
        }
        if !given.contains("Service") {
            for other in ["ServiceSubset", "Peer"] where given.contains(other) {
                throw BodyError("Redirect.\(other) defined without Redirect.Service")
            }
        }
        if resolver.missesSubset(redirect) {
            throw BodyError(
                "Redirect.ServiceSubset \"\(redirect.text("ServiceSubset"))\" is not a valid "
                    + "subset of \"\(resolver.service)\""
            )
        }
    }

    private static func check(
        _ failover: ConfigContent,
        failoverOf subset: String,
        _ resolver: Resolver
    ) throws(BodyError) {
        let place = "Bad Failover[\"\(subset)\"]"
        if subset != "*", !resolver.hasSubset(subset) {
            // Consul's text says the word twice.
            throw BodyError("\(place): not a valid subset subset")
        }
        let texts = ["Service", "ServiceSubset"].filter { !failover.text($0).isEmpty }
        let datacenters = failover.texts("Datacenters")
        let targets = failover.objects("Targets")
        if texts.isEmpty, datacenters.isEmpty, targets.isEmpty {
            throw BodyError(
                "\(place): one of Service, ServiceSubset, Namespace, Targets, SamenessGroup, or "
                    + "Datacenters is required"
            )
        }
        let mode = failover.object("Policy")?.text("Mode") ?? ""
        if !["", "default", "order-by-locality"].contains(mode) {
            throw BodyError("\(place): Policy must be one of '', 'default', or 'order-by-locality'")
        }
        if resolver.missesSubset(failover) {
            throw BodyError(
                "\(place): ServiceSubset \"\(failover.text("ServiceSubset"))\" is not a valid "
                    + "subset of \"\(failover.text("Service"))\""
            )
        }
        if !targets.isEmpty {
            let others = (datacenters.isEmpty ? [] : ["Datacenters"]) + texts.reversed()
            if let other = others.first {
                throw BodyError("\(place): Targets cannot be set with \(other)")
            }
        }
        for (number, target) in targets.enumerated() {
            try check(target, at: "\(place).Targets[\(number)]", resolver)
        }
        if datacenters.contains("") {
            throw BodyError("\(place).Datacenters: found empty datacenter")
        }
    }

    private static func check(
        _ target: ConfigContent,
        at place: String,
        _ resolver: Resolver
    ) throws(BodyError) {
        if !target.text("Peer").isEmpty {
            for other in ["ServiceSubset", "Datacenter"] where !target.text(other).isEmpty {
                throw BodyError("\(place): Peer cannot be set with \(other)")
            }
        }
        if resolver.missesSubset(target) {
            throw BodyError(
                "\(place): ServiceSubset \"\(target.text("ServiceSubset"))\" is not a valid "
                    + "subset of \"\(resolver.service)\""
            )
        }
    }

    private static func checkBalancer(_ balancer: ConfigContent) throws(BodyError) {
        let policy = balancer.text("Policy")
        let known = ["", "random", "round_robin", "least_request", "ring_hash", "maglev"]
        guard known.contains(policy) else {
            throw BodyError("Bad LoadBalancer policy: \"\(policy)\" is not supported")
        }
        for (owner, part) in [
            ("ring_hash", "RingHashConfig"), ("least_request", "LeastRequestConfig"),
        ] where policy != owner && balancer[part] != nil {
            throw BodyError(
                "Bad LoadBalancer configuration. \(part) specified for incompatible load "
                    + "balancing policy \"\(policy)\""
            )
        }
        let hashes = balancer.objects("HashPolicies")
        if !hashes.isEmpty, !["ring_hash", "maglev"].contains(policy) {
            throw BodyError(
                "Bad LoadBalancer configuration: HashPolicies specified for non-hash-based "
                    + "Policy: \"\(policy)\""
            )
        }
        for (number, hash) in hashes.enumerated() {
            if let problem = hashProblem(hash) {
                throw BodyError("Bad LoadBalancer HashPolicy[\(number)]: \(problem)")
            }
        }
    }

    private static func hashProblem(_ hash: ConfigContent) -> String? {
        let field = hash.text("Field")
        let hasValue = !hash.text("FieldValue").isEmpty
        if !["", "header", "cookie", "query_parameter"].contains(field) {
            return "\"\(field)\" is not a supported field"
        }
        if hash.flag("SourceIP"), !field.isEmpty {
            return "A single hash policy cannot hash both a source address and a \"\(field)\""
        }
        if hash.flag("SourceIP"), hasValue {
            return "A FieldValue cannot be specified when hashing SourceIP"
        }
        if !field.isEmpty, !hasValue {
            return "Field \"\(field)\" was specified without a FieldValue"
        }
        if field.isEmpty, hasValue { return "FieldValue requires a Field to apply to" }
        guard let cookie = hash.object("CookieConfig") else { return nil }
        if field != "cookie" { return "cookie_config provided for \"\(field)\"" }
        let lasts = !["", "0s"].contains(cookie.text("TTL"))
        return cookie.flag("Session") && lasts
            ? "a session cookie cannot have an associated TTL" : nil
    }
}
