// SPDX-License-Identifier: Apache-2.0
import StateStore

/// An instance on its way into the entry of its service.
///
/// Safe as long as who makes one holds the state until it is used: ``DNSViewWriter/rebuild(from:)``
/// alone makes them, and holds it to its end.
@safe
struct StandingInstance {
    let standing: InstanceStanding
    private let instance: UncountedInstance

    init(_ standing: InstanceStanding, _ instance: InstanceView) {
        self.standing = standing
        unsafe self.instance = UncountedInstance(instance)
    }

    var id: String { unsafe instance.id }
    var nodeName: String { unsafe instance.nodeName }
    var tags: [String] { unsafe instance.tags }
    /// Where ID and tags lie.
    var address: UnsafeRawPointer { unsafe instance.address }
}

/// What DNS says of one instance.
enum InstanceStanding {
    /// It is not answered.
    case hidden
    /// Only the reference line can answer with it; its node and its ID as one key.
    case odd([UInt8])
    /// It is answered so.
    case answered(InstanceImage, InstanceTraits)
}

/// How many instances of a service stand how.
struct ServedInstances {
    /// All that are registered.
    var count: Int
    var answered = 0
    var odd = 0
}

/// What the view says of a service.
enum ServiceVerdict {
    /// Nothing: the name does not exist.
    case absent
    /// Only the reference line can answer.
    case slow
    case fast(ServiceEntry.Flags)
}
