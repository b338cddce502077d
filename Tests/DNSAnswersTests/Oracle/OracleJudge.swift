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
        let isNegative = count == 0 && !isCut && query.questions[0].type != .ns
        check(reply.authorities.map(\.type) == (isNegative ? [.soa] : []), "authority")
        faults += additionalFaults(reply, answer, isCut: isCut)
        return faults
    }

    private func isSubset(_ some: [ResourceRecord], _ all: [ResourceRecord]) -> Bool {
        var left = all
        for record in some {
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
        // The whole without any compression is an upper bound.
        var whole = query
        whole.answers = Array(answer.answers.prefix(all))
        whole.additionals = answer.additionals
        guard let length = try? whole.encodedLength(compress: false) else { return true }
        return length > size - 8
    }

    private func additionalFaults(
        _ reply: Message,
        _ answer: SpecOracle.Answer,
        isCut: Bool
    ) -> [String] {
        var faults: [String] = []
        for record in reply.additionals where !answer.additionals.contains(record) {
            faults.append("additional \(record)")
        }
        // Every location keeps its glue, cut or not.
        for case .srv(let location) in reply.answers.map(\.data) {
            let glue = answer.additionals.filter { $0.name == location.target && $0.type != .txt }
            if !glue.isEmpty, !glue.contains(where: reply.additionals.contains) {
                faults.append("no glue for \(location.target)")
            }
        }
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
        return answer.aliases.contains(alias) ? [] : ["alias \(alias)"]
    }
}
