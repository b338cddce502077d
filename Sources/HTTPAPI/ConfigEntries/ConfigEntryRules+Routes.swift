// SPDX-License-Identifier: Apache-2.0

/// Service routers and splitters (HTTP API 5.15; Consul: the rules and texts of
/// `ServiceRouterConfigEntry.Validate` and `ServiceSplitterConfigEntry.Validate`).
extension ConfigEntryRules {
    private static let methods: Set = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
    ]

    private static let retryConditions: Set = [
        "5xx", "gateway-error", "reset", "connect-failure", "envoy-ratelimited", "retriable-4xx",
        "refused-stream", "cancelled", "deadline-exceeded", "internal", "resource-exhausted",
        "unavailable",
    ]

    /// Writes the methods of a router in capitals, and refuses it when a rule is broken.
    static func completeRouter(_ content: inout ConfigContent) throws(BodyError) {
        var routes = content.objects("Routes")
        for index in routes.indices {
            try completeRoute(&routes[index], place: "Route[\(index)]")
        }
        if !routes.isEmpty { content["Routes"] = .array(routes.map(\.value)) }
    }

    private static func completeRoute(
        _ route: inout ConfigContent,
        place: String
    ) throws(BodyError) {
        var canRewrite = false
        if var match = route.object("Match"), var http = match.object("HTTP") {
            try checkPaths(http, place)
            canRewrite = ["PathExact", "PathPrefix"].contains { !http.text($0).isEmpty }
            try checkParts(
                of: http,
                "Header",
                ["Present", "Exact", "Prefix", "Suffix", "Regex"],
                place
            )
            try checkParts(of: http, "QueryParam", ["Present", "Exact", "Regex"], place)
            let methods = http.texts("Methods").map { $0.uppercased() }
            try checkMethods(methods, place)
            if !methods.isEmpty {
                http["Methods"] = .array(methods.map { .string($0) })
                match["HTTP"] = http.value
                route["Match"] = match.value
            }
        }
        guard let destination = route.object("Destination") else { return }
        if !destination.text("PrefixRewrite").isEmpty, !canRewrite {
            throw BodyError(
                "\(place) cannot make use of PrefixRewrite without configuring either PathExact "
                    + "or PathPrefix"
            )
        }
        for condition in destination.texts("RetryOn") where !retryConditions.contains(condition) {
            throw BodyError("\(place) contains an invalid retry condition: \"\(condition)\"")
        }
    }

    private static func checkPaths(_ http: ConfigContent, _ place: String) throws(BodyError) {
        for name in ["PathExact", "PathPrefix"] {
            let path = http.text(name)
            if path.isEmpty || path.utf8.first == UInt8(ascii: "/") { continue }
            throw BodyError("\(place) \(name) doesn't start with '/': \"\(path)\"")
        }
        let given = ["PathExact", "PathPrefix", "PathRegex"].filter { !http.text($0).isEmpty }
        if given.count > 1 {
            throw BodyError(
                "\(place) should only contain at most one of PathExact, PathPrefix, or PathRegex"
            )
        }
    }

    /// What a header or a parameter is to be: exactly one of the ways there are.
    private static func checkParts(
        of http: ConfigContent,
        _ list: String,
        _ ways: [String],
        _ place: String
    ) throws(BodyError) {
        for (number, part) in http.objects(list).enumerated() {
            let place = "\(place) \(list)[\(number)]"
            if part.text("Name").isEmpty {
                throw BodyError("\(place) missing required Name field")
            }
            let given = ways.filter { part.flag($0) || !part.text($0).isEmpty }
            if given.count == 1 { continue }
            let all = ways.dropLast().joined(separator: ", ") + ", or " + (ways.last ?? "")
            throw BodyError("\(place) should only contain one of \(all)")
        }
    }

    private static func checkMethods(_ names: [String], _ place: String) throws(BodyError) {
        var seen: Set<String> = []
        for name in names {
            if !methods.contains(name) {
                throw BodyError("\(place) Methods contains an invalid method \"\(name)\"")
            }
            guard seen.insert(name).inserted else {
                throw BodyError("\(place) Methods contains \"\(name)\" more than once")
            }
        }
    }

    /// Refuses a splitter with a rule that is broken.
    static func checkSplitter(
        _ content: ConfigContent,
        of service: String
    ) throws(BodyError) {
        let splits = content.objects("Splits")
        if splits.isEmpty { throw BodyError("no splits configured") }
        var seen: Set<[String]> = []
        for split in splits
        where split["RequestHeaders"] == nil && split["ResponseHeaders"] == nil {
            let given = split.text("Service")
            let target = given.isEmpty ? service : given
            let subset = split.text("ServiceSubset")
            guard seen.insert([target, subset]).inserted else {
                throw BodyError(
                    "split destination occurs more than once: service=\"\(target)\", "
                        + "subset=\"\(subset)\", namespace=\"default\", partition=\"\""
                )
            }
        }
        // Consul: weights count in hundredths, each rounded for itself.
        var hundredths = 0.0
        for split in splits {
            guard case .number(let text)? = split["Weight"] else { continue }
            hundredths += Double((Float(text) ?? 0) * 100).rounded()
        }
        if hundredths != 10_000 {
            throw BodyError(
                "the sum of all split weights must be 100, not "
                    + sixDecimals(Double(Float(hundredths) / 100))
            )
        }
    }

    /// A number as Go's `%f` has it.
    private static func sixDecimals(_ number: Double) -> String {
        guard let millionths = Int(exactly: (number * 1_000_000).rounded()) else {
            return "\(number)"
        }
        let rest = String(millionths.magnitude % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - rest.utf8.count)
        return "\(millionths < 0 ? "-" : "")\(millionths.magnitude / 1_000_000).\(zeros)\(rest)"
    }
}
