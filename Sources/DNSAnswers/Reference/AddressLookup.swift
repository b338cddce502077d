// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The addr form: the address that its name spells, or with `dual_stack` the two, without a look
/// into the catalog.
struct AddressLookup: Sendable {
    /// The four or sixteen octets that the name spells; twenty for an address of each family.
    let octets: [UInt8]

    /// What the form answers.
    ///
    /// A record that the type does not ask for moves to the additional section (pinned by DNS-090).
    func outcome(in context: LookupContext) -> Outcome {
        guard !data.isEmpty, let owner = context.foldedName else { return .noSuchName }
        let records = data.map { LookupContext.record(owner, ttl: context.settings.nodeTTL, $0) }
        let answers = records.filter { context.type == $0.type || context.type == .any }
        return .records(
            answers.isEmpty ? Sections(additionals: records) : Sections(answers: answers)
        )
    }

    // Sixteen octets make AAAA, an IPv4-mapped address too.
    private var data: [RecordData] {
        let v4 = octets.count == 16 ? nil : IPv4Address(octets: Array(octets.prefix(4)))
        let v6 = octets.count == 4 ? nil : IPv6Address(octets: Array(octets.suffix(16)))
        return [v6.map(RecordData.aaaa), v4.map(RecordData.a)].compactMap { $0 }
    }
}
