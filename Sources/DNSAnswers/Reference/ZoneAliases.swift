// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Where the aliases of static zones lead: into the catalog, abroad, and home again
/// (RFC 1034 §4.3.2 step 3a).
extension LookupContext {
    /// Follows the first alias of a zone's answer that leads into the catalog.
    ///
    /// The search goes on with the target of an alias in whatever is served here: an alias in a
    /// zone may name a service of the catalog, whose domain may lie below the zone's apex.
    mutating func follow(_ answer: inout ZoneAnswer) {
        let router = QueryRouter(settings: settings, zones: snapshot.zones)
        for (index, record) in answer.answers.enumerated() {
            guard case .cname(let alias) = record.data, router.isInCatalog(alias) else { continue }
            path = [name.folded] + answer.answers[...index].compactMap(\.aliasTarget)
            let outcome = outcome(ofAlias: alias, type: type)
            let isLast = index + 1 == answer.answers.count
            let isUnknown = answer.outcome == .nameError || answer.continuation != nil
            // What the catalog does not know may stand in the zone of the domain.
            if outcome == .noSuchName, !isLast || !isUnknown { continue }
            answer.answers.removeSubrange((index + 1)...)
            (answer.outcome, answer.authorities, answer.additionals) = (.records, [], [])
            answer.continuation = nil
            append(outcome, alias, to: &answer)
            return
        }
    }

    /// Goes on with the target of an answer's last alias, a name of ours.
    mutating func proceed(_ answer: inout ZoneAnswer, at target: DomainName) {
        // The catalog first; what it does not know may stand in a zone beside it.
        let isInCatalog = QueryRouter(settings: settings, zones: snapshot.zones)
            .isInCatalog(target)
        if let found = snapshot.zones.search(target, type),
            !isInCatalog || found.outcome != .nameError
        {
            answer.answers += found.answers
            (answer.outcome, answer.continuation) = (found.outcome, found.continuation)
            (answer.authorities, answer.additionals) = (found.authorities, found.additionals)
        } else {
            answer.outcome = .nameError
        }
        follow(&answer)
    }

    /// Follows an alias that leads out of everything served here, by way of the recursors
    /// (RFC 1034 §4.3.1), and what comes back to us from there.
    ///
    /// - Returns: false where no recursor could tell: half an answer would be taken for a whole one.
    mutating func followAbroad(_ answer: inout ZoneAnswer) -> Bool {
        guard settings.hasRecursors else { return true }
        while let target = targetAbroad(of: answer) {
            let question = ChaseQuestion(target, type)
            guard let found = chased[question] else {
                if !pending.contains(question) { pending.append(question) }
                return true
            }
            answer.continuation = nil
            // No rule forwards the name: it is for the client to ask elsewhere.
            guard found.code != .refused else { return true }
            guard found.code != .serverFailure else {
                let text = "no recursor resolves the alias's target \(target)"
                note(ExtendedDNSError(.noReachableAuthority, text: text))
                return false
            }
            answer.answers += found.records
            (answer.authorities, answer.additionals) = (found.authorities, [])
            answer.outcome = .records
            if found.code == .nameError {
                answer.outcome = .nameError
            } else if !found.authorities.isEmpty {
                answer.outcome = .noData
            }
            guard let home = found.lastTarget, !isAbroad(home),
                answer.answers.count <= Self.maximumPath,
                !answer.answers.contains(where: { $0.name.folded == home.folded })
            else { return true }
            proceed(&answer, at: home)
        }
        return true
    }

    /// How an answer ends of which there is nothing but aliases: with the code and the SOA of the
    /// last one's target (RFC 2308 §2, RFC 6604 §3).
    ///
    /// Consul answers NOERROR and the aliases alone.
    mutating func ended(_ outcome: Outcome) -> Outcome {
        guard case .records(var sections) = outcome, type != .any, type != .cname,
            let target = sections.answers.last?.data.aliasTarget,
            sections.answers.allSatisfy({ $0.type == .cname }),
            let end = end(at: target)
        else { return outcome }
        sections.authorities = end.soa.map { [$0] } ?? []
        return .aliases(sections, end.code)
    }

    /// What is known of the absence of the asked type at a name; `nil` where nothing is.
    ///
    /// A name error counts without SOA, too: some recursors leave it out.
    private mutating func end(at name: DomainName) -> (code: ResponseCode, soa: ResourceRecord?)? {
        let soa = StartOfAuthorityRecord(settings).record(for: name, now: now)
        let router = QueryRouter(settings: settings, zones: snapshot.zones)
        if router.isInCatalog(name), let outcome = outcome(ofAlias: name, type: type) {
            switch existing(outcome.strict(for: type), at: name) {
            case .noData: return (.noError, soa)
            case .noSuchName: return (.nameError, soa)
            default: return nil
            }
        }
        if isServed(name), let answer = snapshot.zones.search(name, type) {
            guard answer.outcome == .noData || answer.outcome == .nameError else { return nil }
            return (answer.responseCode, answer.authorities.first)
        }
        let found = chased.first { question, resolution in
            question.type == type
                && (resolution.lastTarget ?? question.name).folded == name.folded
        }
        guard let found = found?.value, found.code == .nameError || !found.authorities.isEmpty
        else { return nil }
        return (found.code, found.authorities.first)
    }

    /// The target of an answer's last alias, if others answer for it: it left all that is served
    /// here, or it lies below a zone cut.
    private func targetAbroad(of answer: ZoneAnswer) -> DomainName? {
        if let target = answer.continuation { return isAbroad(target) ? target : nil }
        guard answer.outcome == .delegation, let target = answer.answers.last?.data.aliasTarget,
            isForOthers(target)
        else { return nil }
        return target
    }

    private func isAbroad(_ name: DomainName) -> Bool {
        !isServed(name) && !QueryRouter(settings: settings, zones: snapshot.zones).isInCatalog(name)
    }

    private func append(_ outcome: Outcome?, _ alias: DomainName, to answer: inout ZoneAnswer) {
        let soa = StartOfAuthorityRecord(settings).record(for: alias, now: now)
        switch outcome.map({ existing($0, at: alias) }) {
        case .records(let sections):
            answer.answers += sections.answers
            answer.additionals += sections.additionals
        case .noData:
            (answer.outcome, answer.authorities) = (.noData, [soa])
        case .noSuchName:
            (answer.outcome, answer.authorities) = (.nameError, [soa])
        case .aliases, .notImplemented, .serverFailure, nil:
            break
        }
    }
}

extension RecordData {
    /// The target of an alias; `nil` for other data.
    var aliasTarget: DomainName? {
        if case .cname(let target) = self { target } else { nil }
    }
}

extension ResourceRecord {
    /// The folded target of an alias; `nil` for other records.
    fileprivate var aliasTarget: CanonicalName? { data.aliasTarget?.folded }
}
