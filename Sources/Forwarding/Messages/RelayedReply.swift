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
    init(_ octets: [UInt8], to query: ForwardedQuery, _ rules: ForwardRules) {
        self.octets = octets
        // Asked for a name of ours (DS at the apex, which is the parent's) it may speak of it.
        guard rules.hasOwnDomains, !rules.isOwn(query.name.folded) else { return }
        guard var message = try? Message(decoding: octets), let question = message.questions.first
        else {
            self.octets = nil
            return
        }
        var walk = ChainWalk(message, question, query.dnssecOK)
        if walk.follow(isOwn: rules.isOwn) == .home {
            aliases = walk.kept.filter { $0.type == .cname }
            message.header.responseCode = .noError
            message.header.isTruncated = false
            message.header.isAuthoritative = false
            (message.answers, message.authorities, message.additionals) = (walk.kept, [], [])
        } else {
            let before = message.recordCount
            message.answers.removeAll { rules.isOwn($0.name.folded) }
            message.authorities.removeAll { rules.isOwn($0.name.folded) }
            message.additionals.removeAll { rules.isOwn($0.name.folded) }
            guard message.recordCount < before else { return }
        }
        // What was decoded can be encoded; if not, nothing of it is good.
        self.octets = (try? message.encoded()) ?? []
    }
}

extension ForwardRules {
    /// The chain of the asked name in a reply: its aliases and the records at their end, or before
    /// a name of ours or one that comes a second time; empty for codes other than NOERROR and
    /// NXDOMAIN.
    public func chain(in reply: [UInt8]) -> [ResourceRecord] {
        guard let message = try? Message(decoding: reply), let question = message.questions.first,
            message.responseCode == .noError || message.responseCode == .nameError,
            message.answers.count <= NameChain.limits.records
        else { return [] }
        var walk = ChainWalk(message, question, false)
        _ = walk.follow(isOwn: isOwn)
        return walk.kept
    }
}

extension Message {
    fileprivate var recordCount: Int { answers.count + authorities.count + additionals.count }
}
