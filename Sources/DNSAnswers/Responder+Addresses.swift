// SPDX-License-Identifier: Apache-2.0
import Publication

// Address answers of service forms: every type but SRV (spec/dns.md 2.2, 3.2, 3.3).
extension Responder {
    /// A, and ANY where it is answered with IPv4 throughout.
    @inline(__always)
    mutating func answerV4(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom,
        isAny: Bool = false
    ) -> Int {
        let flags = service.flags
        let odd: ServiceEntry.Flags = isAny ? .repeatsAny : [.someWithoutV4, .repeatsV4]
        if !flags.contains(.someV4) { return answerNegative(message, route, .noError, room) }
        if !flags.isDisjoint(with: odd) {
            return answerChosen(message, route, service, instances, room, isAny ? .any : .v4)
        }
        let budget = ReplyBudget(route, configuration, room)
        let fit = AnswerFit(
            instances.count,
            of: AddressRecord.sizeV4,
            route,
            configuration,
            budget
        )
        guard fit.isPossible else { return 0 }
        var end = route.nameEnd &+ 4
        let words = AddressRecord.wordsV4(ttl: service.wireTTL)
        var generator = generator
        instances.pick(fit.count, with: permutation, using: &generator) { record in
            message.store(words.first, at: end)
            message.store(
                words.second | UInt64(record.wireV4) &<< 32,
                at: end &+ 8
            )
            end &+= AddressRecord.sizeV4
        }
        self.generator = generator
        var head = fit.head
        return finish(message, route, &head, end: end)
    }

    /// AAAA, and ANY where it is answered with IPv6 throughout.
    @inline(never)
    mutating func answerV6(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom,
        isAny: Bool = false
    ) -> Int {
        let flags = service.flags
        let odd: ServiceEntry.Flags = isAny ? .repeatsAny : [.someWithoutV6, .repeatsV6]
        if !flags.contains(.someV6) { return answerNegative(message, route, .noError, room) }
        if !flags.isDisjoint(with: odd) {
            return answerChosen(message, route, service, instances, room, isAny ? .any : .v6)
        }
        let budget = ReplyBudget(route, configuration, room)
        let fit = AnswerFit(
            instances.count,
            of: AddressRecord.sizeV6,
            route,
            configuration,
            budget
        )
        guard fit.isPossible else { return 0 }
        var end = route.nameEnd &+ 4
        let words = AddressRecord.wordsV6(ttl: service.wireTTL)
        var generator = generator
        instances.pick(fit.count, with: permutation, using: &generator) { record in
            message.store(words.first, at: end)
            message.store(words.second, at: end &+ 8)
            message.store(record.wireV6, at: end &+ 12)
            end &+= AddressRecord.sizeV6
        }
        self.generator = generator
        var head = fit.head
        return finish(message, route, &head, end: end)
    }

    /// ANY where some instances answer with IPv4 and some with IPv6.
    @inline(never)
    mutating func answerMixed(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom
    ) -> Int {
        answerChosen(message, route, service, instances, room, .any)
    }
}

/// Which address of an instance answers.
enum AddressFamily {
    case v4, v6, any
}

/// An address record whose owner is the question name, in words.
enum AddressRecord {
    static let sizeV4 = 16
    static let sizeV6 = 28

    /// `C00C 0001 0001 tttt`, `tttt 0004` and room for the address.
    @inline(__always)
    static func wordsV4(ttl: UInt32) -> (first: UInt64, second: UInt64) {
        (
            0x0000_0100_0100_0cc0 | UInt64(ttl & 0xffff) &<< 48,
            UInt64(ttl &>> 16) | 0x0400_0000
        )
    }

    /// `C00C 001C 0001 tttt`, `tttt 0010`; the address follows at 12.
    @inline(__always)
    static func wordsV6(ttl: UInt32) -> (first: UInt64, second: UInt64) {
        (
            0x0000_0100_1c00_0cc0 | UInt64(ttl & 0xffff) &<< 48,
            UInt64(ttl &>> 16) | 0x1000_0000
        )
    }
}

/// How many answers of one size a reply has (spec/dns.md 3.3, 3.6).
///
/// All are equal, so the rules of cutting are arithmetic.
struct AnswerFit {
    let count: Int
    /// Whether the fast line can answer at all.
    let isPossible: Bool
    let head: ReplyHead

    /// The fit of `found` records of `size` octets.
    @inline(__always)
    init(
        _ found: Int,
        of size: Int,
        _ route: Route,
        _ configuration: ViewConfiguration,
        _ budget: ReplyBudget
    ) {
        // `a_record_limit` ends the search; that is no cut.
        let total = min(found, configuration.addressLimit)
        let base = route.nameEnd &+ 4
        let hasEDNS = route.flags.contains(.hasEDNS)
        var count = total
        var head = ReplyHead(code: .noError)
        var counted = size
        if total > budget.plainLimit {
            count = budget.plainLimit
            // From here on sizes are counted without compression: each owner in full.
            counted = size &- 2 &+ route.nameEnd &- 12
        }
        // OPT stays, whatever is cut.
        let fixed = base &+ (hasEDNS ? ReplyHead.optSize : 0)
        let length = fixed &+ count &* counted
        if count > 1, length > budget.limit {
            // TCP replies of that size are for the reference line.
            if budget.isStream {
                self.count = 0
                isPossible = false
                self.head = head
                return
            }
            count = Self.shrink(
                count,
                base: fixed,
                counted: counted,
                length: length,
                budget
            )
        }
        head.answers = count
        head.isCut = count < total
        self.count = count
        self.head = head
        isPossible = base &+ count &* size &+ ReplyHead.optSize <= budget.capacity
    }

    /// Cuts answers while there is more than one and the reply is too large.
    // The bisection of spec/dns.md 3.6 finds the longest prefix that fits: it stops early with
    // less than ten octets to spare, and every record has more.
    @inline(never)
    private static func shrink(
        _ count: Int,
        base: Int,
        counted: Int,
        length: Int,
        _ budget: ReplyBudget
    ) -> Int {
        var count = count
        var length = length
        while count > 1, length > budget.limit {
            count =
                length &- budget.size > 100
                ? min(count, max(0, (budget.size &- base) / counted)) : count &- 1
            length = base &+ count &* counted
        }
        return count
    }
}
