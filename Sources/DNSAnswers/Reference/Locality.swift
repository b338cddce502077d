// SPDX-License-Identifier: Apache-2.0

/// The labels between a keyword and the domain: spec/dns.md 1.5, open-source edition.
struct Locality: Hashable, Sendable {
    /// A single label: a datacenter, or a peer in the virtual form.
    var either: String?
    /// `<x>.dc`.
    var datacenter: String?
    /// `<x>.peer`.
    var peer: String?

    /// Reads the suffix labels; `nil` where Consul does not recognise them.
    ///
    /// None or one label, or one or two pairs of `<x>.dc` and `<x>.peer`. Both kinds together are
    /// not recognised; of the same kind twice the last counts. `ns`, `ap` and `sg` belong to the
    /// enterprise edition.
    init?(_ labels: ArraySlice<String>) {
        let labels = Array(labels)
        switch labels.count {
        case 0:
            break
        case 1:
            either = labels[0]
        case 2, 4:
            for index in stride(from: 0, to: labels.count, by: 2) {
                switch labels[index + 1] {
                case "dc": datacenter = labels[index]
                case "peer": peer = labels[index]
                default: return nil
                }
            }
            if datacenter != nil, peer != nil { return nil }
        default:
            return nil
        }
    }

    /// Where to look.
    ///
    /// A form that does not know peers looks as if none was named.
    func place(own: String, honoursPeers: Bool) -> Place {
        if honoursPeers, let peer { return .peer(peer) }
        guard let name = datacenter ?? either, name != own else { return .here }
        return .datacenter(name)
    }
}
