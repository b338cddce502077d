// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import Publication
import Synchronization

/// What a worker works with; made before its thread, given to it.
struct UDPWorkerParts: Sendable {
    var socket: DatagramSocket
    var reader: ViewReader
    /// Of the forwarder's answers.
    var kept: ViewReader
    var ring: HandoverRing
    var alarm: Alarm
    var tally: WorkerTally
    var rates: RateLimitBoard
    var tap: QueryTap
    var seed: UInt64
}

/// The loop of one UDP thread: receive a batch, answer it against the published view, send it.
///
/// Nothing in it waits for another thread, allocates, locks or counts references.
///
/// Invariant: the view is only looked at between `enter` and `leave`, and no call between them
/// blocks.
@safe
struct UDPWorker: ~Copyable {
    /// Datagrams a batch; more brings nothing (a wider batch was measured alike up to 64).
    static let width = 32
    /// Octets received of one datagram and room for its reply; larger replies go slow.
    static let slotOctets = 4096
    /// Slots lie apart by a line more, so that words read past the end stay inside.
    private static let stride = slotOctets + Responder.slack
    /// One batch in 64 is timed.
    private static let usualTimedMask = 63

    private let parts: UDPWorkerParts
    private let descriptor: Int32
    private let wake: Int32
    private let reader: ViewReader
    private let counts: UnsafePointer<WorkerCounts>
    private let batch: OpaquePointer
    private let view: csockets_view
    private var responder: Responder
    private let kept: KeptAnswerResponder
    private var limiter: RateLimiter
    private var tap: TapProducer
    /// ``WorkerCounts/changes`` when ``limiter`` and ``tap`` were taken.
    private var changes: UInt64
    /// The same while nothing is limited, else a number that it never is.
    private var unlimitedAt: UInt64
    /// How many replies may pass before the tap looks at them, less those since.
    private var tapLeft: Int
    /// The replies that could pass when the tap looked last.
    private var tapBudget: Int
    /// The batches to time: those whose number has none of these bits.
    private var timedMask: Int
    /// When the present batch came, if it is timed.
    private var began: UInt64 = 0
    /// Slots of the present batch that the responder answered, and those that repeat a recursor.
    private var fastSlots: UInt64 = 0
    private var keptSlots: UInt64 = 0
    /// Whether all clients are IPv6 ones; nil where both come.
    private let isV6: Bool?
    private var queued = 0
    private var handedOver = 0
    private var overflows = 0
    private var truncated = 0
    /// Batches so far.
    private var batches = 0

    /// Takes all the memory it will ever need; nil when there is none.
    init?(_ parts: UDPWorkerParts) {
        guard
            let batch = unsafe csockets_batch_create(
                Int32(Self.width),
                Self.slotOctets,
                Self.stride,
                parts.socket.endpoint.isWildcard ? 1 : 0
            )
        else { return nil }
        self.parts = parts
        descriptor = parts.socket.descriptor
        wake = parts.socket.wake
        reader = parts.reader
        unsafe counts = parts.tally.counts
        unsafe self.batch = batch
        unsafe view = csockets_batch_view(batch)
        parts.reader.enter()
        responder = unsafe Responder(
            root: parts.reader.root,
            seed: parts.seed,
            batch: Self.width
        )
        parts.reader.leave()
        kept = KeptAnswerResponder(reader: parts.kept)
        // First the number: a change in between is taken up twice.
        changes = unsafe counts.pointee.changes.load(ordering: .acquiring)
        limiter = parts.rates.makeLimiter()
        unlimitedAt = limiter.isOn ? .max : changes
        tap = TapProducer(parts.tap)
        tapBudget = tap.left
        tapLeft = tapBudget
        timedMask = tap.wantsDurations ? 0 : Self.usualTimedMask
        let endpoint = parts.socket.endpoint
        isV6 = endpoint.isIPv6 ? (endpoint.isWildcard ? nil : true) : false
    }

    deinit { unsafe csockets_batch_destroy(batch) }

    /// The thread's body; returns after ``WorkerTally/stop()`` and
    /// ``DatagramSocket/interrupt()``.
    mutating func run() {
        while true {
            let received =
                wake < 0
                ? unsafe csockets_batch_receive(descriptor, batch)
                : unsafe csockets_batch_receive_or_wake(descriptor, wake, batch)
            if unsafe counts.pointee.isStopping.load(ordering: .acquiring) { return }
            if received > 0 {
                batches &+= 1
                if batches & timedMask == 0 {
                    serveTimed(Int(received))
                } else {
                    serve(Int(received))
                }
                tapLeft &-= queued
                if tapLeft < 0 { tell() }
            } else if received < 0 {
                // ENOMEM and the like: nothing we could answer, and no reason to spin.
                csockets_pause(1)
            }
        }
    }

    /// The same, by the clock.
    @inline(never)
    private mutating func serveTimed(_ received: Int) {
        let start = csockets_monotonic_nanoseconds()
        began = start
        serve(received)
        let took = csockets_monotonic_nanoseconds() &- start
        // Each query of a batch waits for all of it.
        var rest = fastSlots
        var zones = 0
        while rest != 0 {
            if responder.isZone(rest.trailingZeroBitCount) { zones &+= 1 }
            rest &= rest &- 1
        }
        noteDurations(.catalog, fastSlots.nonzeroBitCount &- zones, took)
        noteDurations(.zone, zones, took)
        noteDurations(.cache, keptSlots.nonzeroBitCount, took)
    }

    /// Counts replies of a timed batch, which stands for all that were not timed.
    private func noteDurations(_ source: QuerySource, _ replies: Int, _ took: UInt64) {
        guard replies > 0 else { return }
        let times = replies &* (timedMask &+ 1)
        unsafe counts.pointee.durations.noteAlone(
            source,
            nanoseconds: took,
            times: UInt64(truncatingIfNeeded: times)
        )
    }

    /// Three passes, so that the memory a datagram needs is on its way while others are read.
    @inline(__always)
    private mutating func serve(_ received: Int) {
        queued = 0
        handedOver = 0
        overflows = 0
        truncated = 0
        var fast: UInt64 = 0
        var kept: UInt64 = 0
        // What is withheld looks silent to the passes, and is not counted as that.
        var silent = limitReplies(received)
        let now = csockets_realtime_seconds()
        reader.enter()
        responder.beginBatch(now: now)
        for slot in 0..<received {
            switch unsafe responder.route(
                datagram(slot),
                length: Int(view.lengths[slot]),
                slot: slot
            )
            {
            case .fast:
                fast |= 1 &<< UInt64(truncatingIfNeeded: slot)
                noteQuestion(slot, responder.wireType(slot))
            case .slow:
                noteOddQuestion(slot)
                if repeatKept(slot) {
                    kept |= 1 &<< UInt64(truncatingIfNeeded: slot)
                } else {
                    handOver(slot)
                }
            case .silent:
                silent &+= 1
                noteSilent(slot)
            }
        }
        var rest = fast
        while rest != 0 {
            responder.locate(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
        rest = fast
        var answered = 0
        while rest != 0 {
            let slot = rest.trailingZeroBitCount
            rest &= rest &- 1
            let length = unsafe responder.answer(
                datagram(slot),
                slot: slot,
                capacity: Self.slotOctets,
                transport: .udp
            )
            if length > 0 {
                queue(slot, length)
                noteReply(slot, from: responder.isZone(slot) ? .zone : .catalog)
                answered &+= 1
            } else {
                fast &= ~(1 &<< UInt64(truncatingIfNeeded: slot))
                handOver(slot)
            }
        }
        reader.leave()
        fastSlots = fast
        keptSlots = kept
        let repeated = kept.nonzeroBitCount
        // Before sending: whoever has its reply finds it counted.
        unsafe WorkerCounts.add(received, to: counts.pointee.datagrams)
        unsafe WorkerCounts.add(answered &+ repeated, to: counts.pointee.fast)
        if repeated > 0 { unsafe WorkerCounts.add(repeated, to: counts.pointee.repeated) }
        if truncated > 0 { unsafe WorkerCounts.add(truncated, to: counts.pointee.truncated) }
        if silent > 0 { unsafe WorkerCounts.add(silent, to: counts.pointee.silent) }
        if handedOver &+ overflows > 0 {
            unsafe WorkerCounts.add(handedOver, to: counts.pointee.handedOver)
            unsafe WorkerCounts.add(overflows, to: counts.pointee.overflows)
        }
        if queued > 0 {
            let refused = unsafe csockets_batch_send(descriptor, batch, Int32(queued))
            if refused > 0 {
                unsafe WorkerCounts.add(Int(refused), to: counts.pointee.sendFailures)
            }
        }
        if handedOver > 0 { parts.alarm.wake() }
    }

    @inline(__always)
    private func datagram(_ slot: Int) -> UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(view.base) + view.stride &* slot
    }

    @inline(__always)
    private mutating func queue(_ slot: Int, _ length: Int) {
        unsafe view.out_slots[queued] = UInt32(truncatingIfNeeded: slot)
        unsafe view.out_lengths[queued] = UInt32(truncatingIfNeeded: length)
        queued &+= 1
        // TC, without a branch.
        let flags = unsafe datagram(slot).load(fromByteOffset: 2, as: UInt8.self)
        truncated &+= Int(flags &>> 1 & 1)
    }

    /// Counts a reply that was queued.
    @inline(__always)
    private func noteReply(_ slot: Int, from source: QuerySource) {
        unsafe counts.pointee.replies.noteAlone(
            source,
            datagram(slot).load(fromByteOffset: 3, as: UInt8.self)
        )
    }

    /// Withholds replies over the rate limit; how many, as a negative number.
    ///
    /// One branch a batch while nothing is limited.
    @inline(__always)
    private mutating func limitReplies(_ received: Int) -> Int {
        let changes = unsafe counts.pointee.changes.load(ordering: .acquiring)
        return changes == unlimitedAt ? 0 : -withhold(received, changes)
    }

    /// Decides on receipt, whichever line would answer.
    ///
    /// A query that is not answered gets the length 0, so that no pass looks at it.
    @inline(never)
    private mutating func withhold(_ received: Int, _ changes: UInt64) -> Int {
        if changes != self.changes {
            self.changes = changes
            limiter = parts.rates.makeLimiter()
            unlimitedAt = limiter.isOn ? .max : changes
            tap.skip(tapBudget &- tapLeft)
            tap.refresh()
            tapBudget = tap.left
            tapLeft = tapBudget
            timedMask = tap.wantsDurations ? 0 : Self.usualTimedMask
        }
        guard limiter.isOn else { return 0 }
        var dropped = 0
        var slipped = 0
        limiter.beginBatch(now: csockets_monotonic_milliseconds())
        for slot in 0..<received {
            let octets = unsafe UnsafeMutableRawBufferPointer(
                start: datagram(slot),
                count: Int(view.lengths[slot])
            )
            guard unsafe TruncatedReply.isQuery(octets) else { continue }
            switch unsafe limiter.decide(ClientAddress(view.peers + slot)) {
            case .answer: continue
            case .truncate:
                noteOddQuestion(slot)
                unsafe queue(slot, TruncatedReply.write(over: octets))
                noteReply(slot, from: .none)
                slipped &+= 1
            case .drop:
                noteOddQuestion(slot)
                dropped &+= 1
            }
            unsafe view.lengths[slot] = 0
        }
        if dropped > 0 { unsafe WorkerCounts.add(dropped, to: counts.pointee.rateDropped) }
        if slipped > 0 { unsafe WorkerCounts.add(slipped, to: counts.pointee.rateSlipped) }
        return dropped &+ slipped
    }

    /// Answers with what a recursor said before, if that may be repeated.
    @inline(never)
    private mutating func repeatKept(_ slot: Int) -> Bool {
        let length = unsafe kept.answer(
            datagram(slot),
            length: Int(view.lengths[slot]),
            capacity: Self.slotOctets,
            transport: .udp,
            now: csockets_monotonic_milliseconds()
        )
        guard length > 0 else { return false }
        queue(slot, length)
        noteReply(slot, from: .cache)
        return true
    }

    /// Leaves the query to the slow line; if that has too many, the client hears SERVFAIL at
    /// once instead of waiting for nothing.
    @inline(never)
    private mutating func handOver(_ slot: Int) {
        let length = unsafe Int(view.lengths[slot])
        let isTaken = unsafe parts.ring.push(
            datagram(slot),
            length: length,
            peer: view.peers[slot],
            since: csockets_monotonic_milliseconds()
        )
        if isTaken {
            handedOver &+= 1
            return
        }
        overflows &+= 1
        let octets = unsafe UnsafeMutableRawBufferPointer(
            start: datagram(slot),
            count: length
        )
        let reply = unsafe OverflowReply.write(over: octets)
        guard reply > 0 else { return }
        queue(slot, reply)
        noteReply(slot, from: .none)
    }
}

// What is counted and told of each query.
extension UDPWorker {
    /// Counts a question by its type as it lies in the message.
    @inline(__always)
    private mutating func noteQuestion(_ slot: Int, _ wireType: UInt16) {
        let isV6 = unsafe isV6 ?? !ClientAddress(view.peers + slot).isV4
        unsafe counts.pointee.questions.noteAlone(wireType: wireType, isV6: isV6)
    }

    /// The same of what the fast line did not read.
    @inline(never)
    private mutating func noteOddQuestion(_ slot: Int) {
        let type = unsafe TapRecord.questionType(
            UnsafeRawBufferPointer(start: datagram(slot), count: Int(view.lengths[slot]))
        )
        noteQuestion(slot, type.byteSwapped)
    }

    /// The same of what gets no reply; what the rate limit withheld was counted already.
    @inline(never)
    private mutating func noteSilent(_ slot: Int) {
        if unsafe view.lengths[slot] > 0 { noteQuestion(slot, 0) }
    }

    /// Tells the tap of the replies of this batch whose turn it is; they still lie where they were
    /// sent from.
    @inline(never)
    private mutating func tell() {
        // Those of the batches before passed unseen.
        tap.skip(tapBudget &- (tapLeft &+ queued))
        let took = timedMask == 0 ? csockets_monotonic_nanoseconds() &- began : 0
        for index in 0..<queued {
            let slot = unsafe Int(view.out_slots[index])
            let reply = unsafe UnsafeRawBufferPointer(
                start: datagram(slot),
                count: Int(view.out_lengths[index])
            )
            let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: slot)
            let source: QuerySource =
                fastSlots & bit != 0
                ? (responder.isZone(slot) ? .zone : .catalog)
                : keptSlots & bit != 0 ? .cache : .none
            let (client, port) = unsafe (
                ClientAddress(view.peers + slot), csockets_peer_port(view.peers + slot)
            )
            let querySize = unsafe view.lengths[slot]
            unsafe tap.note(reply, nanoseconds: took) { record in
                record.note(client, port: port)
                record.source = source.rawValue
                record.querySize = UInt16(clamping: querySize)
            }
        }
        tapBudget = tap.left
        tapLeft = tapBudget
    }
}
