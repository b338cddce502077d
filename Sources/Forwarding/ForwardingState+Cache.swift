// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ForwardingState {
    /// What the cache has for a question.
    enum Finding {
        case answered(Arrival)
        /// Data past their time, for when the upstreams fail.
        case stale
        case nothing
    }

    mutating func look(
        for query: ForwardedQuery,
        _ identity: OpenQuestions<Waiter>.Identity,
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> Finding {
        let key = identity.key
        if let entry = cache.find(key), case .reply(let kept) = entry.content, entry.until > now {
            counts.hits += 1
            let refresh = refreshPlan(entry, query, identity, now: now, using: &generator)
            lend(entry)
            return .answered(
                .reply(query.reply(from: kept, age: entry.age(now)), refresh: refresh)
            )
        }
        if let (entry, kept) = denial(of: query, key, now: now) {
            counts.hits += 1
            return .answered(
                .reply(query.reply(from: kept, age: entry.age(now)), refresh: nil)
            )
        }
        let hasStale = staleReply(to: query, key, now: now) != nil
        if let failed = cache.peek(identity.failureKey), failed.until > now,
            case .failure(let error) = failed.content
        {
            counts.hits += 1
            if let reply = staleReply(to: query, key, now: now) {
                counts.stale += 1
                return .answered(.reply(reply, refresh: nil))
            }
            counts.cachedFailures += 1
            // RFC 8914 §4.14.
            var cached = ExtendedDNSError(.cachedError)
            cached.text = error?.text ?? ""
            return .answered(.reply(query.failure(cached), refresh: nil))
        }
        counts.misses += 1
        return hasStale ? .stale : .nothing
    }

    /// How long before its end a reply of so long a time is fetched anew; nil when it is not.
    private func refreshLead(_ whole: UInt64) -> UInt64? {
        guard settings.prefetches, whole >= ForwardingSettings.hot.ttl else { return nil }
        return max(
            whole * ForwardingSettings.prefetchShare / 100,
            ForwardingSettings.prefetchLeast
        )
    }

    /// Lends the fast line what is asked for again and again, until it is time to fetch it anew.
    private mutating func lend(_ entry: ReplyCache.Entry) {
        // Reverse names may come into the catalog at any time, and are ours then.
        guard settings.lends, !entry.isLent, entry.hits >= ForwardingSettings.hot.hits,
            !entry.key.isReverse
        else { return }
        let lead = refreshLead(entry.until - entry.since) ?? 0
        cache.lend(entry.key, until: entry.until - lead)
    }

    /// Takes everything back from the fast line.
    public mutating func withdrawLent() { cache.withdrawAll() }

    /// What became of the fast line's copies since the last call, in order.
    public mutating func takeLendings() -> [Lending] {
        cache.takeLendings().map { lending in
            switch lending {
            case .lent(let key, let reply, let since, let until):
                .lent(LentReply(key: key, reply: reply, since: since, until: until))
            case .withdrawn(let key): .withdrawn(key)
            case .allWithdrawn: .allWithdrawn
            }
        }
    }

    /// A name error that was kept for the name, or for one above it (RFC 8020 §2), under the same
    /// rule.
    ///
    /// Below a name only without DO: the proofs that were kept are about that name.
    private mutating func denial(
        of query: ForwardedQuery,
        _ key: ReplyKey,
        now: UInt64
    ) -> (ReplyCache.Entry, KeptReply)? {
        let zone = rules.rules[Int(key.rule)].zone.wire.count
        for suffix in query.name.folded.suffixes {
            // The zone of the rule ends the walk, and nothing denies the root.
            guard suffix.count >= max(zone, 2) else { return nil }
            if let entry = cache.peek(key.with(.denial, name: suffix)), entry.until > now,
                case .reply(let kept) = entry.content
            {
                _ = cache.find(entry.key)
                return (entry, kept)
            }
            guard !key.dnssecOK else { return nil }
        }
        return nil
    }

    /// The reply from data past their time (RFC 8767), within the window.
    ///
    /// It never moves its own end: only a reply of an upstream does.
    func staleReply(to query: ForwardedQuery, _ key: ReplyKey, now: UInt64) -> [UInt8]? {
        guard settings.staleWindow > 0 else { return nil }
        for key in [key, key.with(.denial)] {
            guard let entry = cache.peek(key), case .reply(let kept) = entry.content,
                now < entry.until + settings.staleWindow
            else { continue }
            let left = (entry.until + settings.staleWindow - now) / 1000
            let ttl = UInt32(min(UInt64(ForwardingSettings.staleTTL), left))
            let error = ExtendedDNSError(
                kept.kind == .nameError ? .staleNameErrorAnswer : .staleAnswer
            )
            return query.reply(from: kept, age: 0, fixedTTL: ttl, error: error)
        }
        return nil
    }

    /// A search for data that are asked for often and end soon; nil when it is not worth it, or
    /// under way, or just failed.
    private mutating func refreshPlan(
        _ entry: ReplyCache.Entry,
        _ query: ForwardedQuery,
        _ identity: OpenQuestions<Waiter>.Identity,
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> SearchPlan? {
        let whole = entry.until - entry.since
        guard let lead = refreshLead(whole), entry.hits >= ForwardingSettings.hot.hits,
            pool.mayAsk(rules.rules[Int(identity.key.rule)].upstreams, now: now),
            entry.until - now <= lead,
            !open.isOpen(identity),
            cache.peek(identity.failureKey).map({ $0.until <= now }) ?? true,
            // The clients that wait go first: half of the room is theirs.
            open.questions.count < settings.maximumOpen / 2
        else { return nil }
        let parent = query.name.folded.parent?.wire ?? [0]
        guard open.mayOpen(parent, settings) else { return nil }
        counts.prefetches += 1
        let rule = Int(identity.key.rule)
        let number = open.open(
            OpenQuestions.Question(
                identity: identity,
                rule: rule,
                query: query,
                parent: parent,
                dropsPrivate: rules.dropsPrivate(query.name.folded, rule: rule),
                waiting: []
            )
        )
        return plan(
            number,
            query,
            identity.purpose,
            rule: rule,
            budget: settings.budget,
            now: now,
            using: &generator
        )
    }

    /// Takes the end of a search; what every client that waited gets.
    public mutating func finish(
        _ number: UInt64,
        with result: SearchResult,
        now: UInt64
    ) -> [Delivery] {
        guard let question = open.close(number) else { return [] }
        guard case .reply(var octets) = result else {
            return question.isExpired ? [] : fail(question, result, now: now)
        }
        // Other rules may hold since it was asked; then it is not shared.
        if question.dropsPrivate { octets = PrivateAddresses.removed(from: octets) }
        if let key = question.identity?.key, settings.cacheSize > 0 {
            keep(octets, of: question, key, now: now)
        }
        if question.isExpired { counts.late += 1 }
        let relayed = RelayedReply(
            octets,
            to: question.query,
            rules,
            compresses: settings.compresses
        )
        return question.waiting.map { deliver(relayed, to: $0, question, [], now: now) }
    }

    /// Lets the clients of a search go that has no reply yet; what they get.
    ///
    /// The search goes on until ``finish(_:with:now:)``.
    public mutating func expire(
        _ number: UInt64,
        with result: SearchResult,
        now: UInt64
    ) -> [Delivery] {
        guard let question = open.expire(number), !question.isExpired else { return [] }
        return fail(question, result, now: now)
    }

    private mutating func fail(
        _ question: OpenQuestions<Waiter>.Question,
        _ result: SearchResult,
        now: UInt64
    ) -> [Delivery] {
        var errors: [ExtendedDNSError] = []
        switch result {
        case .reply, .cancelled, .unresolved: break
        case .explained(let reasons): errors = reasons
        case .unreachable: errors = [ExtendedDNSError(.noReachableAuthority)]
        case .networkError: errors = [ExtendedDNSError(.networkError)]
        }
        if case .cancelled = result {} else { counts.failures += 1 }
        if let key = question.identity?.failureKey {
            rememberFailure(result, key, errors.first, now: now)
        }
        return question.waiting.map { deliver(nil, to: $0, question, errors, now: now) }
    }

    private mutating func deliver(
        _ relayed: RelayedReply?,
        to waiting: OpenQuestions<Waiter>.Waiting,
        _ question: OpenQuestions<Waiter>.Question,
        _ errors: [ExtendedDNSError],
        now: UInt64
    ) -> Delivery {
        var reply: [UInt8]?
        var home: HomeLead?
        if now > waiting.since + settings.budget + ForwardingSettings.lateness {
            counts.dropped += 1
        } else if let relayed {
            reply =
                relayed.octets.map { waiting.query.reply(from: $0) } ?? waiting.query.truncated()
            home = HomeLead(waiting.query.asked, relayed.aliases)
        } else if let key = question.identity?.key,
            let stale = staleReply(to: waiting.query, key, now: now)
        {
            counts.stale += 1
            reply = stale
        } else {
            reply = waiting.query.failure(errors)
        }
        return Delivery(waiter: waiting.waiter, reply: reply, home: home)
    }

    /// Keeps what may be kept of a reply, and forgets what it makes untrue.
    private mutating func keep(
        _ octets: [UInt8],
        of question: OpenQuestions<Waiter>.Question,
        _ key: ReplyKey,
        now: UInt64
    ) {
        // What was asked, not what came: the spelling of others is theirs.
        var octets = octets
        octets.replaceSubrange(
            12..<12 + question.query.name.wire.count,
            with: question.query.name.folded.wire
        )
        guard let message = try? Message(decoding: octets),
            message.responseCode == .noError || message.responseCode == .nameError
        else { return }
        // An upstream has spoken: what it said before holds no longer, whether this is kept or not.
        cache.remove(key)
        cache.remove(key.with(.denial))
        cache.remove(key.with(.failure))
        cache.remove(key.with(.failureOverTCP))
        guard !message.header.isTruncated, let asked = message.questions.first,
            let chain = NameChain(
                message,
                withSignatures: key.dnssecOK,
                isOwn: { rules.isOwn($0) }
            ),
            let kept = KeptReply(
                chain,
                question: asked,
                isAuthentic: message.header.authenticatedData,
                settings: settings
            )
        else { return }
        cache.store(
            .reply(kept),
            for: chain.isWholeName && !asked.name.isRoot ? key.with(.denial) : key,
            from: now,
            until: now + UInt64(kept.lifetime) * 1000
        )
    }

    /// RFC 9520 §3: a failure is kept too, longer each time in a row.
    ///
    /// Each transport's by itself: else a client over TCP could deny others a name by asking for it.
    private mutating func rememberFailure(
        _ result: SearchResult,
        _ key: ReplyKey,
        _ error: ExtendedDNSError?,
        now: UInt64
    ) {
        guard settings.cacheSize > 0 else { return }
        switch result {
        case .reply, .cancelled: return
        case .unresolved, .explained, .unreachable, .networkError: break
        }
        var span = ForwardingSettings.failure.first
        if let before = cache.peek(key) {
            let last = before.until - before.since
            if now < before.until + 2 * last {
                span = min(2 * last, ForwardingSettings.failure.last)
            }
        }
        cache.store(.failure(error), for: key, from: now, until: now + span)
    }
}

extension ReplyCache.Entry {
    /// Whole seconds since it was learnt.
    func age(_ now: UInt64) -> UInt32 { UInt32(clamping: (now - min(since, now)) / 1000) }
}
