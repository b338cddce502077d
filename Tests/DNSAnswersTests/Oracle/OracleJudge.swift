// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire

/// Compares a reply with what the oracle says: the records are those that there are, all of them
/// unless a limit or the size forbids, and what is beside them belongs to them.
struct OracleJudge {
    let settings: DNSSettings
    let query: Message
    let transport: ClientContext.Transport

    /// What is wrong with a reply; empty when nothing is.
    func faults(of reply: Message, _ answer: SpecOracle.Answer) -> [String] {
        var faults: [String] = []
        func check(_ isRight: Bool, _ fault: @autoclosure () -> String) {
            if !isRight { faults.append(fault()) }
        }
        check(reply.header.responseCode == answer.code, "code \(reply.header.responseCode)")
        check(reply.header.isAuthoritative, "not authoritative")
        check(reply.header.recursionAvailable == settings.hasRecursors, "RA")
        check(reply.questions == query.questions, "question")
        check((reply.edns == nil) == (query.edns == nil), "OPT")
        if !answer.aliases.isEmpty { return faults + aliasFaults(reply, answer) }
        let whole = answer.answers.count
        let all = min(
            whole,
            answer.most,
            answer.isLimited && settings.aRecordLimit > 0 ? settings.aRecordLimit : .max
        )
        let count = reply.answers.count
        check(isSubset(reply.answers, answer.answers), "answers \(reply.answers)")
        let isUncut = count == all
        check(isUncut || mayBeCut(to: count, of: answer, all), "\(count) of \(all)")
        let isCut = count < all
        check(reply.header.isTruncated == (isCut && settings.enableTruncate), "TC")
        // 8.1 (D4): NOERROR without answers has the SOA, but for NS.
        let isNegative = count == 0 && !isCut
        let authorities = isNegative ? answer.negative : answer.authorities
        let authorityCount = isNegative ? answer.negative.count : answer.authorityCount
        check(
            reply.authorities.count == authorityCount && isSubset(reply.authorities, authorities),
            "authority \(reply.authorities)"
        )
        faults += ownerFaults(reply)
        faults += additionalFaults(reply, answer, isCut: isCut, all)
        return faults
    }

    /// The form in which records compare: what is compressed has the case of its first occurrence
    /// (8.1, RFC 4343); only targets of SRV and the names of PTR are as they were written.
    private static func canonical(_ record: ResourceRecord) -> ResourceRecord {
        var record = record
        record.name = record.name.folded.name
        switch record.data {
        case .ns(let name): record.data = .ns(name.folded.name)
        case .cname(let name): record.data = .cname(name.folded.name)
        case .soa(var authority):
            authority.primary = authority.primary.folded.name
            authority.mailbox = authority.mailbox.folded.name
            record.data = .soa(authority)
        default: break
        }
        return record
    }

    /// 1.6, 8.1: where the owner of an answer is the name asked for, it is so octet by octet.
    ///
    /// It is compressed; else the forms `addr` and `virtual`, and SOA, have names in lower case.
    private func ownerFaults(_ reply: Message) -> [String] {
        let asked = query.questions[0].name
        var owners = reply.answers
        if settings.disableCompression {
            let text = asked.folded.name.description
            guard !text.contains(".addr."), !text.contains(".virtual.") else { return [] }
            owners.removeAll { $0.type == .soa }
        }
        return owners.map(\.name)
            .filter { $0.folded == asked.folded && $0 != asked }.map { "owner \($0)" }
    }

    private func isSubset(_ some: [ResourceRecord], _ all: [ResourceRecord]) -> Bool {
        var left = all.map(Self.canonical)
        for record in some.map(Self.canonical) {
            guard let index = left.firstIndex(of: record) else { return false }
            left.remove(at: index)
        }
        return true
    }

    /// 3.3, 3.6: the limit of plain UDP, or a size that the whole could exceed.
    private func mayBeCut(to count: Int, of answer: SpecOracle.Answer, _ all: Int) -> Bool {
        guard transport == .udp else { return false }
        let offered = max(512, Int(query.edns?.udpPayloadSize ?? 0))
        let size = min(offered, max(512, settings.udpMaximumSize))
        let limit = settings.udpAnswerLimit == 0 ? 8 : min(8, settings.udpAnswerLimit)
        if size == 512, all > limit, count == limit { return true }
        return mayBeLarge(answer, all, limit: size - 8)
    }

    /// Whether the whole, without any compression, exceeds a size.
    private func mayBeLarge(_ answer: SpecOracle.Answer, _ all: Int, limit: Int) -> Bool {
        var whole = query
        whole.answers = Array(answer.answers.prefix(all))
        whole.authorities = answer.authorities
        whole.additionals = answer.additionals
        guard let length = try? whole.encodedLength(compress: false) else { return true }
        return length > limit
    }

    private func additionalFaults(
        _ reply: Message,
        _ answer: SpecOracle.Answer,
        isCut: Bool,
        _ all: Int
    ) -> [String] {
        var faults: [String] = []
        let expected = answer.additionals.map(Self.canonical)
        let got = reply.additionals.map(Self.canonical)
        for record in got where !expected.contains(record) {
            faults.append("additional \(record)")
        }
        // Every location and every name server keeps its glue, cut or not.
        for record in reply.answers + reply.authorities {
            let target: DomainName
            switch record.data {
            case .srv(let location): target = location.target.folded.name
            case .ns(let name): target = name.folded.name
            default: continue
            }
            let glue = expected.filter { $0.name == target && $0.type != .txt }
            if !glue.isEmpty, !glue.contains(where: got.contains) {
                faults.append("no glue for \(target)")
            }
        }
        // What fits however it is written is all there; name servers are three of more.
        let type = query.questions[0].type
        let isWhole =
            !isCut && type != .ns && type != .soa
            && (transport == .tcp || !mayBeLarge(answer, all, limit: 504))
        if isWhole, Set(got) != Set(expected) { faults.append("additionals \(got)") }
        return faults
    }

    /// 2.4, 2.11: without an address the first answer is an alias; of locations the hosts'
    /// addresses are not looked into.
    private func aliasFaults(_ reply: Message, _ answer: SpecOracle.Answer) -> [String] {
        let type = query.questions[0].type
        if type == .srv || type == .ns {
            let own = reply.answers.filter { $0.type == type }
            return isSubset(own, answer.answers) && !own.isEmpty ? [] : ["answers \(own)"]
        }
        guard let first = reply.answers.first, case .cname(let alias) = first.data,
            first.name == query.questions[0].name
        else { return ["no alias: \(reply.answers)"] }
        let aliases = answer.aliases.map(\.folded)
        return aliases.contains(alias.folded) ? [] : ["alias \(alias)"]
    }
}
