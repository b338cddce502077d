// SPDX-License-Identifier: Apache-2.0

/// What `sort` goes by: the first criterion that tells two addresses apart.
///
/// Where an address or a size is compared with one of the other family, IPv4 comes first;
/// go-sockaddr leaves their order open.
struct AddressOrder {
    /// A criterion.
    enum Criterion: String {
        /// The number that the address is.
        case address
        /// That of the default route first.
        case interface = "default"
        /// The interface's name, by its octets.
        case name
        /// All are alike: addresses of interfaces have none.
        case port
        /// Private ones first.
        case isPrivate = "private"
        /// Larger networks first.
        case size
        /// IPv4 first.
        case family = "type"
    }

    private var clauses: [(criterion: Criterion, isReversed: Bool)]

    /// Makes an order of ascending criteria.
    init(_ criteria: [Criterion]) { clauses = criteria.map { ($0, false) } }

    /// Reads `default,-type,size`.
    init(_ argument: AddressTemplate.Argument) throws(AddressTemplateError) {
        clauses = []
        for clause in argument.text.split(separator: ",", omittingEmptySubsequences: false) {
            var name = clause.lowercased().filter { !$0.isWhitespace }
            let isReversed = name.hasPrefix("-")
            if isReversed || name.hasPrefix("+") { name.removeFirst() }
            guard let criterion = Criterion(rawValue: name) else {
                throw AddressTemplate.invalid(
                    argument,
                    "has an unknown sort type: \"\(clause)\"",
                    hint: "address, default, name, private, size or type, with - for reverse"
                )
            }
            clauses.append((criterion, isReversed))
        }
    }

    /// The addresses in this order; those that it does not tell apart keep theirs.
    func sorted(_ addresses: [InterfaceAddress], _ host: HostInterfaces) -> [InterfaceAddress] {
        addresses.enumerated().sorted { first, second in
            for (criterion, isReversed) in clauses {
                let (a, b) = (first.element, second.element)
                let result = Self.compare(a, b, by: criterion, host)
                if result != 0 { return isReversed ? result > 0 : result < 0 }
            }
            return first.offset < second.offset
        }.map(\.element)
    }

    private static func compare(
        _ a: InterfaceAddress,
        _ b: InterfaceAddress,
        by criterion: Criterion,
        _ host: HostInterfaces
    ) -> Int {
        switch criterion {
        case .address: order((family(a), a.block.address), (family(b), b.block.address))
        case .interface:
            order(a.name != host.defaultName ? 1 : 0, b.name != host.defaultName ? 1 : 0)
        case .name: order(a.name, b.name)
        case .port: 0
        case .isPrivate:
            order(
                SpecialBlocks.isPrivate(a.block) ? 0 : 1,
                SpecialBlocks.isPrivate(b.block) ? 0 : 1
            )
        case .size: order((family(a), a.block.prefixLength), (family(b), b.block.prefixLength))
        case .family: order(family(a), family(b))
        }
    }

    private static func family(_ address: InterfaceAddress) -> Int { address.block.isV6 ? 1 : 0 }

    private static func order<Value: Comparable>(_ a: Value, _ b: Value) -> Int {
        a < b ? -1 : a == b ? 0 : 1
    }

    private static func order<Value: Comparable>(_ a: (Int, Value), _ b: (Int, Value)) -> Int {
        a.0 == b.0 ? order(a.1, b.1) : order(a.0, b.0)
    }
}
