// SPDX-License-Identifier: Apache-2.0
public import DNSWire

extension ForwardedQuery {
    /// The client's reply, made from a recursor's that was judged final or truncated.
    public func reply(from upstream: [UInt8]) -> [UInt8] {
        guard upstream.count >= 12 + question.count else { return failure() }
        var reply = upstream
        reply[0] = octets[0]
        reply[1] = octets[1]
        if octets[2] & 0x78 == 0 {
            reply[2] = reply[2] & 0xfe | octets[2] & 0x01
            // RFC 6840 §5.8: AD only for those who understand it.
            let authentic = asksForAuthenticity ? reply[3] & 0x20 : 0
            reply[3] = 0x80 | authentic | octets[3] & 0x10 | reply[3] & 0x0f
        }
        // The client's own spelling: later names point at it.
        reply.replaceSubrange(12..<12 + question.count, with: question)
        guard let layout = MessageLayout(reply) else { return failure() }
        if reply.count > limit || opt != nil || layout.opt != nil { reply = cut(reply, layout) }
        // A name that an upstream hid in the header is another one under our header, or none; and
        // a truncated reply was not decoded yet.
        if (try? Message(decoding: reply)) != nil { return reply }
        return upstream[2] & 0x02 == 0 ? failure() : truncated()
    }

    /// Nothing but TC: ask again over TCP.
    func truncated() -> [UInt8] {
        var reply = refusal(0, [])
        reply[2] |= 0x02
        return reply
    }

    /// The client's reply, made from what was kept `age` seconds ago.
    ///
    /// `fixedTTL` stands in for every TTL of data past their time.
    public func reply(
        from kept: KeptReply,
        age: UInt32,
        fixedTTL: UInt32? = nil,
        error: ExtendedDNSError? = nil
    ) -> [UInt8] {
        let authentic: UInt8 = kept.isAuthentic && asksForAuthenticity ? 0x20 : 0
        var message: [UInt8] = [
            octets[0], octets[1], 0x80 | octets[2] & 0x01,
            0x80 | authentic | octets[3] & 0x10 | kept.code, 0, 1,
            UInt8(kept.answers >> 8), UInt8(kept.answers & 0xff),
            UInt8(kept.authorities >> 8), UInt8(kept.authorities & 0xff), 0, 0,
        ]
        message.reserveCapacity(12 + question.count + kept.octets.count + 32)
        message += question
        let start = message.count
        message += kept.octets
        for offset in kept.ttlOffsets {
            let at = start + Int(offset)
            let ttl =
                fixedTTL
                ?? (MessageLayout.double(message, at)
                    &- min(
                        MessageLayout.double(message, at),
                        age
                    ))
            for index in 0..<4 {
                message[at + index] = UInt8(truncatingIfNeeded: ttl >> UInt32(24 - 8 * index))
            }
        }
        if opt != nil {
            message[11] = 1
            message += Self.opt(
                size: Self.upstreamPayloadSize,
                doFlag: dnssecOK ? 0x80 : 0,
                options: error.map { Self.octets(of: $0.option) } ?? []
            )
        }
        guard message.count > limit, let layout = MessageLayout(message) else { return message }
        return cut(message, layout)
    }

    /// The longest prefix of whole records that fits, with OPT behind it if the client sent one.
    private func cut(_ reply: [UInt8], _ layout: MessageLayout) -> [UInt8] {
        var trailer: [UInt8] = []
        if opt != nil {
            trailer = ownOPT(layout.opt.map { relayedOptions(of: reply, $0) } ?? [])
            if layout.questionEnd + trailer.count > limit { trailer = ownOPT([]) }
        }
        var counts = [0, 0, 0]
        var end = layout.questionEnd
        var isTruncated = reply[2] & 0x02 != 0
        for record in layout.records {
            // What stands behind OPT is TSIG or SIG(0), which end at us, or glue.
            if record.type == MessageLayout.opt, record.section == .additional { break }
            guard record.octets.upperBound + trailer.count <= limit else {
                // RFC 2181 §9: TC only if something needed is missing; glue is not.
                if record.section != .additional { isTruncated = true }
                break
            }
            counts[record.section.rawValue] += 1
            end = record.octets.upperBound
        }
        var message = Array(reply[..<end])
        if !trailer.isEmpty {
            message += trailer
            counts[2] += 1
        }
        for (index, count) in counts.enumerated() {
            message[6 + 2 * index] = UInt8(truncatingIfNeeded: count >> 8)
            message[7 + 2 * index] = UInt8(truncatingIfNeeded: count)
        }
        if isTruncated { message[2] |= 0x02 }
        return message
    }

    /// Our OPT, not the upstream's, which speaks about its hop to us (RFC 6891 §6.1.1).
    private func ownOPT(_ options: [UInt8]) -> [UInt8] {
        Self.opt(
            size: Self.upstreamPayloadSize,
            doFlag: dnssecOK ? 0x80 : 0,
            options: options
        )
    }

    /// What an upstream's options say to the client: reasons (RFC 8914 §3), and answers to options of
    /// the client's own that went upstream.
    private func relayedOptions(of reply: [UInt8], _ theirs: MessageLayout.Record) -> [UInt8] {
        var asked: Set<UInt16> = [EDNSOption.extendedErrorCode]
        if let opt {
            Self.eachOption(octets[opt.data..<opt.octets.upperBound]) { code, _ in
                if !Self.hopOptions.contains(code) { asked.insert(code) }
            }
        }
        var kept: [UInt8] = []
        Self.eachOption(reply[theirs.data..<theirs.octets.upperBound]) { code, option in
            if asked.contains(code) { kept += option }
        }
        return kept
    }

    /// The reasons that an upstream gives; the first two (RFC 8914 §3: they may be forwarded).
    static func reasons(in reply: [UInt8]) -> [ExtendedDNSError] {
        guard let opt = MessageLayout(reply)?.opt else { return [] }
        var found: [ExtendedDNSError] = []
        eachOption(reply[opt.data..<opt.octets.upperBound]) { code, option in
            guard found.count < 2 else { return }
            let option = EDNSOption(code: code, data: Array(option.dropFirst(4)))
            if let error = ExtendedDNSError(option) { found.append(error) }
        }
        return found
    }

    /// SERVFAIL with RA and without AA, for when no recursor answered; OPT with our size
    /// and the client's ECS under scope 0 if it sent one (DNS-292), and the reason (RFC 8914).
    public func failure(_ error: ExtendedDNSError? = nil) -> [UInt8] {
        refusal(2, error.map { [$0] } ?? [])
    }

    /// The same, with the reasons of an upstream.
    func failure(_ errors: [ExtendedDNSError]) -> [UInt8] { refusal(2, errors) }

    /// REFUSED, for a name that no rule forwards.
    func refusal(_ error: ExtendedDNSError? = nil) -> [UInt8] {
        refusal(5, error.map { [$0] } ?? [])
    }

    private func refusal(_ code: UInt8, _ errors: [ExtendedDNSError]) -> [UInt8] {
        var message = Self.failureHeader(octets, code)
        message += question
        message[5] = 1
        guard let opt else { return message }
        message[11] = 1
        var options: [UInt8] = []
        let data = octets[opt.data..<opt.octets.upperBound]
        Self.eachOption(data) { code, option in
            guard code == EDNSOption.clientSubnetCode, option.count >= 8 else { return }
            options = Self.echoedSubnet(Array(option))
        }
        for error in errors { options += Self.octets(of: error.option) }
        message += Self.opt(
            size: Self.upstreamPayloadSize,
            doFlag: 0,
            options: options
        )
        return message
    }

    /// A client subnet under scope 0, with its host bits zero (RFC 7871 §6, §7.1.2).
    ///
    /// - Returns: nothing for one whose address is not as long as its prefix says.
    private static func echoedSubnet(_ option: [UInt8]) -> [UInt8] {
        let prefix = Int(option[6])
        guard option.count == 8 + (prefix + 7) / 8 else { return [] }
        var echo = option
        echo[7] = 0
        if prefix % 8 != 0 { echo[echo.count - 1] &= ~(0xff >> UInt8(prefix % 8)) }
        return echo
    }

    /// SERVFAIL without a question, for a query that cannot be read as one; nil for octets that
    /// get no reply at all.
    public static func bareFailure(_ octets: [UInt8]) -> [UInt8]? {
        guard octets.count >= 12, octets[2] & 0x80 == 0 else { return nil }
        return failureHeader(octets, 2)
    }

    private static func failureHeader(_ octets: [UInt8], _ code: UInt8) -> [UInt8] {
        let opcode = octets[2] & 0x78
        // Consul: RD and CD come back for QUERY only (spec/dns.md 1.1, NOTIFY).
        let desired = opcode == 0 ? octets[2] & 0x01 : 0
        let checking = opcode == 0 ? octets[3] & 0x10 : 0
        return [
            octets[0], octets[1], 0x80 | opcode | desired, 0x80 | checking | code,
            0, 0, 0, 0, 0, 0, 0, 0,
        ]
    }

    private static func octets(of option: EDNSOption) -> [UInt8] {
        let length = UInt16(truncatingIfNeeded: option.data.count)
        return [option.code, length].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } + option.data
    }
}
