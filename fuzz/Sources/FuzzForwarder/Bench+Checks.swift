// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding
internal import Property

extension Bench {
    /// What a client gets decodes, is its own and fits.
    func check(_ octets: [UInt8], _ query: ForwardedQuery) {
        guard let message = try? Message(decoding: octets) else {
            Property.holds(false, "does not decode: \(Property.hexadecimal(octets))")
            return
        }
        Property.holds(octets.prefix(2) == query.octets.prefix(2), "another's ID")
        Property.holds(message.header.isResponse, "no reply")
        Property.holds(message.questions.map(\.name) == [query.name], "another's question")
        Property.holds(octets.count <= query.limit, "\(octets.count) octets for \(query.limit)")
    }

    /// A reply that ends a search is one, to its question.
    func checkTaken(_ reply: [UInt8], _ query: ForwardedQuery) {
        Property.holds(reply.count >= 12 && reply[2] & 0x80 != 0, "took what is no reply")
        let question = reply[12...].prefix(query.name.wire.count)
        let isSame = question.map { $0 | 0x20 } == query.name.wire.map { $0 | 0x20 }
        Property.holds(isSame, "took the reply to another question")
        for record in state.rules.resolution(in: reply).records {
            Property.holds(!ruleSet.isOurs(record.name.folded), "chases our own name")
        }
    }

    /// What upstreams say about names of ours goes to nobody who did not ask for one.
    func checkOwn(_ octets: [UInt8], _ query: ForwardedQuery) {
        guard !ruleSet.isOurs(query.name.folded),
            let message = try? Message(decoding: octets)
        else { return }
        for record in message.answers + message.authorities + message.additionals {
            Property.holds(
                !ruleSet.isOurs(record.name.folded),
                "\(record.name) is ours: \(Property.hexadecimal(octets))"
            )
        }
    }

    /// The reply to what cannot be read as a query.
    func checkFailure(_ octets: [UInt8]?) {
        guard let octets else { return }
        Property.holds((try? Message(decoding: octets)) != nil, "a failure that does not decode")
    }

    /// Nothing is kept under a name that was not asked for, or that is ours, or beyond the bound.
    func reviewCache() {
        Property.holds(state.cache.octets <= state.cache.limit, "over the bound")
        for name in state.cache.names {
            let folded = name.folded
            Property.holds(
                asked.contains { $0.name.folded == folded },
                "\(name) was never asked for"
            )
            Property.holds(!ruleSet.isOurs(folded), "\(name) is ours")
        }
    }

    /// A reply from the cache holds the chain of its question and the proof of its end only.
    func checkChain(_ octets: [UInt8], _ query: ForwardedQuery) {
        guard let message = try? Message(decoding: octets) else { return }
        var names = [query.name.folded]
        var grown = true
        while grown {
            grown = false
            for record in message.answers where names.contains(record.name.folded) {
                guard case .cname(let target) = record.data, !names.contains(target.folded) else {
                    continue
                }
                names.append(target.folded)
                grown = true
            }
        }
        Property.holds(names.count <= NameChain.maximumLinks + 1, "a chain of \(names.count)")
        for record in message.answers {
            Property.holds(names.contains(record.name.folded), "\(record.name) is beside the chain")
            // An alias that was asked for itself, or as any, may lead to a name of ours.
            Property.holds(
                !ruleSet.isOurs(record.name.folded),
                "\(record.name) is ours: \(Property.hexadecimal(octets))"
            )
        }
        for record in message.authorities where record.type == .soa {
            Property.holds(
                names.contains { $0.name.isSubdomain(of: record.name) },
                "SOA of \(record.name)"
            )
        }
        Property.holds(message.additionals.isEmpty, "glue was kept")
    }

    /// At the end: what was not asked for is not known, and nothing of ours came from a cache.
    mutating func review() {
        endAll()
        // With nothing kept nothing can be known.
        guard state.cache.count > 0 else { return }
        // Two strangers each time: that nothing is kept under their names was seen before.
        let first = Int(choice >> 6) * 2
        for stranger in Questions.strangers[first..<first + 2] {
            let name = stranger.name.folded
            guard !asked.contains(where: { name.isSubdomain(of: $0.name.folded) }) else { continue }
            if case .reply(let octets, _) = ask(stranger) {
                Property.holds(octets[3] & 15 == 2 || octets[3] & 15 == 5, "\(name) is known")
            }
        }
        for (index, query) in asked.enumerated() {
            // Each question once.
            guard !asked[..<index].contains(where: { $0.octets == query.octets }),
                case .reply(let octets, _) = arrive(query)
            else { continue }
            check(octets, query)
            checkChain(octets, query)
            checkPrivate(octets, ruleSet.forbidsPrivate(query.name))
            let isOurs = ruleSet.isOurs(query.name.folded)
            Property.holds(
                !isOurs || octets[3] & 15 == 2 || octets[3] & 15 == 5,
                "ours came from the cache"
            )
        }
    }

    private mutating func ask(_ query: ForwardedQuery) -> ForwardingState<Int>.Arrival {
        note(query)
        defer {
            asked.removeLast()
            forbids.removeLast()
        }
        return arrive(query)
    }
}
