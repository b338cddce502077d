// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// What an instance would give to the answer to a question, were it the only one: for
/// explanations.
enum InstanceRecords: Hashable, Sendable {
    /// Addresses of the type that was asked for.
    case addresses([IPAddress])
    /// A host name.
    case alias(DomainName)
    /// A location, with what makes it the same as another one's.
    case location(ServiceLocations.Identity, address: String)
    /// Addresses that are no answer, though they drop the host names of others.
    case unasked
    /// Nothing, for a reason.
    case nothing(String)

    /// The records of an instance that a form of services answers with.
    init(of instance: InstanceView, in context: LookupContext) {
        let type = context.type
        let places = ServiceAddresses.places(of: [instance], in: context)
        if type == .srv {
            let text =
                DualAddress(of: instance, context.settings)
                .map { Self.text(of: $0.addresses) } ?? places.first?.text ?? ""
            self =
                ServiceLocations.target(of: instance, in: context) == nil
                ? .nothing(Self.obstacle(places, type))
                : .location(ServiceLocations.Identity(of: instance), address: text)
            return
        }
        let fitting = places.compactMap(\.address).filter { LookupContext.fits($0, type) }
        let aliases = places.compactMap { place -> DomainName? in
            guard case .alias(let text) = place else { return nil }
            return try? DomainName(text: text)
        }
        if !fitting.isEmpty {
            // Consul answers TXT with addresses.
            let isAsked = !context.settings.isStrict || type != .txt
            self = isAsked ? .addresses(fitting) : .unasked
        } else if let alias = aliases.first {
            self = .alias(alias)
        } else {
            self = .nothing(Self.obstacle(places, type))
        }
    }

    /// The address as a table shows it; `nil` where there is no record.
    var address: String? {
        switch self {
        case .addresses(let addresses): Self.text(of: addresses)
        case .alias(let name): name.description
        case .location(_, let address): address
        case .unasked, .nothing: nil
        }
    }

    /// Why the type has no record of an address.
    static func obstacle(_ type: RecordType) -> String {
        switch type {
        case .a: "has no IPv4 address"
        case .aaaa: "has no IPv6 address"
        default: "has no record of this type"
        }
    }

    private static func obstacle(_ places: [InstanceAddress], _ type: RecordType) -> String {
        for case .alias(let text) in places {
            return "its address \(text) cannot be written as a name"
        }
        if places.allSatisfy({ $0 == .none }) { return "has no address" }
        return type == .srv ? "its node's name cannot be written" : obstacle(type)
    }

    private static func text(of addresses: [IPAddress]) -> String {
        addresses.map(\.description).joined(separator: ", ")
    }
}

extension InstanceAddress {
    /// The address or the host name; empty without one.
    fileprivate var text: String {
        switch self {
        case .none: ""
        case .node(let address), .address(let address): address.description
        case .alias(let name): name
        }
    }
}
