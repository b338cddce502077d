// SPDX-License-Identifier: Apache-2.0

/// Whether static zones lie inside a domain of ours, and where.
enum InnerZones: Int, Comparable {
    /// Nowhere.
    case none
    /// At the domain itself, or at a name that is no form: what the catalog does not know is for
    /// the reference line.
    case beside
    /// Where forms are: everything is for the reference line.
    case among

    /// Where a zone lies whose apex has these labels before the domain.
    init(_ labels: [String], _ settings: DNSSettings) {
        let isAmong =
            labels.contains(where: NameGrammar.isKeyword)
            || labels.last == settings.datacenter || labels.contains { $0.hasPrefix("_") }
        self = isAmong ? .among : .beside
    }

    static func < (left: InnerZones, right: InnerZones) -> Bool { left.rawValue < right.rawValue }
}
