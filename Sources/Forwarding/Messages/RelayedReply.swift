// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// The beginning of an upstream's answer whose aliases lead to a name of ours.
///
/// Nobody but us speaks for that name: its answer is to be continued here.
public struct HomeLead: Hashable, Sendable {
    /// What was asked, in the client's spelling.
    public var question: Question
    /// The aliases; the last one's target is ours.
    public var aliases: [ResourceRecord]

    /// Nil without aliases.
    init?(_ question: Question, _ aliases: [ResourceRecord]) {
        guard !aliases.isEmpty else { return nil }
        self.question = question
        self.aliases = aliases
        // The case in which we asked is nobody's.
        self.aliases[0].name = question.name
    }
}

/// What of an upstream's reply goes to a client: all but what it says about names of ours.
struct RelayedReply {
    /// The reply without records that others own a name of ours by; nil for a truncated one that
    /// cannot be read: nobody knows whose names it speaks of.
    var octets: [UInt8]?
    /// Where its aliases lead, if that is home; ``octets`` end there.
    var aliases: [ResourceRecord] = []

    /// `octets` belong to `query`: they were judged final or truncated.
    ///
    /// Without `compresses` no name in the reply is a pointer to another one, as long as it fits a
    /// message so.
    init(
        _ octets: [UInt8],
        to query: ForwardedQuery,
        _ rules: ForwardRules,
        compresses: Bool
    ) {
        self.octets = octets
        // Asked for a name of ours (DS at the apex, which is the parent's) it may speak of it.
        let hidesOwn = rules.hasOwnDomains && !rules.isOwn(query.name.folded)
        guard hidesOwn || !compresses else { return }
        guard var message = Self.message(octets, query), let question = message.questions.first
        else {
            if hidesOwn { self.octets = nil }
            return
        }
        var isChanged = false
        if hidesOwn {
            var walk = ChainWalk(message, question, query.dnssecOK)
            if walk.follow(isOwn: rules.isOwn) == .home {
                aliases = walk.kept.filter { $0.type == .cname }
                message.header.responseCode = .noError
                message.header.isTruncated = false
                message.header.isAuthoritative = false
                (message.answers, message.authorities, message.additionals) = (walk.kept, [], [])
                isChanged = true
            } else {
                let before = message.recordCount
                message.answers.removeAll { rules.isOwn($0.name.folded) }
                message.authorities.removeAll { rules.isOwn($0.name.folded) }
                message.additionals.removeAll { rules.isOwn($0.name.folded) }
                isChanged = message.recordCount < before
            }
        }
        if !compresses, let expanded = try? message.encoded(compress: false) {
            self.octets = expanded
        } else if isChanged {
            // What was decoded can be encoded; if not, nothing of it is good.
            self.octets = (try? message.encoded()) ?? []
        }
    }

    /// The message with the client's spelling in its question, which names that are written out
    /// take from there: not the one in which we asked.
    private static func message(_ octets: [UInt8], _ query: ForwardedQuery) -> Message? {
        var octets = octets
        let end = 12 + query.name.wire.count
        guard octets.count >= end else { return nil }
        octets.replaceSubrange(12..<end, with: query.name.wire)
        return try? Message(decoding: octets)
    }
}

extension ForwardRules {
    /// What a reply says about the asked name: its aliases and the records at their end, or before
    /// a name of ours or one that comes a second time; a failure for codes other than NOERROR and
    /// NXDOMAIN, and REFUSED where no rule forwards the name.
    ///
    /// `reply` is what a client gets: REFUSED is ours there, for what upstreams refuse ends in
    /// SERVFAIL.
    public func resolution(in reply: [UInt8]) -> Resolution {
        guard let message = try? Message(decoding: reply), let question = message.questions.first
        else { return .failure }
        if message.responseCode == .refused { return Resolution(records: [], code: .refused) }
        guard message.responseCode == .noError || message.responseCode == .nameError,
            message.answers.count <= NameChain.limits.records
        else { return .failure }
        var walk = ChainWalk(message, question, false)
        // A chain that ends before a name of ours, or nowhere, says nothing of its end.
        guard walk.follow(isOwn: isOwn) == .end, !walk.isAnswered else {
            return Resolution(records: walk.kept)
        }
        return Resolution(
            records: walk.kept,
            code: message.responseCode,
            authorities: walk.soa().map { [$0] } ?? []
        )
    }
}

extension Message {
    fileprivate var recordCount: Int { answers.count + authorities.count + additionals.count }
}
