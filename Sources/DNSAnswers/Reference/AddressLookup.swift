// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The addr form: the address that its name spells, without a look into the catalog.
struct AddressLookup: Sendable {
    /// The four or sixteen octets that the name spells.
    let octets: [UInt8]

    /// What the form answers.
    ///
    /// A record that the type does not ask for moves to the additional section (pinned by DNS-090).
    func outcome(in context: LookupContext) -> Outcome {
        guard let data = data, let owner = context.foldedName else { return .noSuchName }
        let record = LookupContext.record(owner, ttl: context.settings.nodeTTL, data)
        if context.type == data.type || context.type == .any {
            return .records(Sections(answers: [record]))
        }
        return .records(Sections(additionals: [record]))
    }

    // Sixteen octets make AAAA, an IPv4-mapped address too.
    private var data: RecordData? {
        if let address = IPv4Address(octets: octets) { return .a(address) }
        return IPv6Address(octets: octets).map(RecordData.aaaa)
    }
}
