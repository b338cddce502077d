// SPDX-License-Identifier: Apache-2.0

/// Reads a log from its first octet to its last and finds out where it ends.
///
/// Batch n + 1 is written only after batch n is durable. So damage with no valid head after it is
/// what a stop in the middle of a write leaves, of which nobody was told: it is cut off. (Rot of the
/// last batch looks alike until a seal follows it.) Damage with a valid head after it, or with a later
/// segment, has hit what was acknowledged: it is refused. A segment gets its name when it is durable
/// in its whole size, so that one with fewer octets has lost some: it is refused, too.
public struct LogRecovery {
    private let directory: any LogDirectory
    private let identity: LogIdentity
    private let segmentSize: Int
    private var end = LogEnd()
    /// Whether a batch was read: the first of the log says where it begins.
    private var hasBegun = false

    /// Octets that are read at once.
    private static let window = 1 << 20

    /// Recovers a log: gives each entry in order to `visit`, cuts off a torn tail, and returns the
    /// end.
    ///
    /// Files that were being made are removed. `segmentSize` is the least size that a segment was ever made with
    /// (``LogLayout/segmentSize``).
    public static func recover(
        _ directory: any LogDirectory,
        _ identity: LogIdentity,
        segmentSize: Int,
        visit: (LogRecord) throws(LogProblem) -> Void
    ) throws(LogProblem) -> LogEnd {
        var recovery = LogRecovery(directory, identity, segmentSize: segmentSize)
        return try recovery.run(visit)
    }

    private init(_ directory: any LogDirectory, _ identity: LogIdentity, segmentSize: Int) {
        self.directory = directory
        self.identity = identity
        self.segmentSize = segmentSize
    }

    private mutating func run(
        _ visit: (LogRecord) throws(LogProblem) -> Void
    ) throws(LogProblem) -> LogEnd {
        let names = try storage { () throws(StorageError) in try directory.names() }
        if names.contains(SegmentName.next) {
            try storage { () throws(StorageError) in try directory.remove(SegmentName.next) }
        }
        let segments = names.compactMap { SegmentName($0) }.sorted()
        guard let first = segments.first else {
            throw LogProblem(.gap, directory.path, "there is no log beside the identity")
        }
        end.firstIndex = first.first
        end.lastIndex = first.first - min(first.first, 1)
        for (at, segment) in segments.enumerated() {
            if at > 0, segment.sequence != segments[at - 1].sequence + 1 {
                let missing = SegmentName(sequence: segments[at - 1].sequence + 1, first: 0)
                throw LogProblem(
                    .gap,
                    path(segment),
                    "segment \(missing.sequence) before it is missing"
                )
            }
            if segment.first != end.lastIndex + 1, at > 0 {
                throw LogProblem(
                    .gap,
                    path(segment),
                    "it begins at index \(segment.first), but the log before it ends at \(end.lastIndex)"
                )
            }
            try read(segment, isLast: at == segments.count - 1, visit)
        }
        return end
    }

    private func path(_ segment: SegmentName) -> String { "\(directory.path)/\(segment.text)" }

    /// Reads a segment's batches up to its end.
    private mutating func read(
        _ segment: SegmentName,
        isLast: Bool,
        _ visit: (LogRecord) throws(LogProblem) -> Void
    ) throws(LogProblem) {
        let file = try storage { () throws(StorageError) in
            try directory.open(segment.text, isNew: false)
        }
        let size = try storage { () throws(StorageError) in try file.size() }
        guard size >= segmentSize else {
            throw LogProblem(
                .damaged,
                path(segment),
                "the file has \(size) octets, but was made with \(segmentSize): its end is missing"
            )
        }
        end.segment = segment
        var window = Window(file, size: size)
        var offset = 0
        while offset < size {
            switch try batch(at: offset, &window, segment) {
            case .whole(let header, let checksum, let records):
                for record in records { try take(record, at: offset, in: segment, visit) }
                end.nextBatch = header.number + 1
                end.lastHead = checksum
                hasBegun = true
                offset += BatchHeader.room(forBody: Int(header.bodyLength))
                end.offset = offset
                continue
            case .damaged(let reason):
                let found = try survey(&window, from: offset, size: size)
                end.offset = offset
                if let head = found.laterHead {
                    throw LogProblem(
                        .damaged,
                        path(segment),
                        at: offset,
                        "batch \(end.nextBatch) is damaged (\(reason)), and a later one stands at octet \(head)"
                    )
                }
                if !isLast {
                    if found.filled.isEmpty { return }
                    throw LogProblem(
                        .damaged,
                        path(segment),
                        at: offset,
                        "batch \(end.nextBatch) is damaged (\(reason)), and a later segment exists"
                    )
                }
                try cut(file, found.filled)
                return
            }
        }
    }

    /// What stands where a batch may begin.
    private enum Batch {
        case whole(BatchHeader, checksum: UInt32, [LogRecord])
        case damaged(String)
    }

    private func batch(
        at offset: Int,
        _ window: inout Window,
        _ segment: SegmentName
    ) throws(LogProblem) -> Batch {
        let head = try window.read(at: offset, count: BatchHeader.length)
        let header: BatchHeader
        let checksum: UInt32
        switch BatchHeader.find(head, salt: identity.salt) {
        case .none: return .damaged("no head of a batch stands there")
        case .unknownFormat(let format):
            throw LogProblem(
                .newerFormat,
                path(segment),
                at: offset,
                "a batch has format \(format)"
            )
        case .header(let found, let its): (header, checksum) = (found, its)
        }
        guard header.segment == segment.sequence else {
            return .damaged("it belongs to segment \(header.segment)")
        }
        if hasBegun {
            guard header.number == end.nextBatch else {
                return .damaged("batch \(header.number) stands there")
            }
            guard header.previous == end.lastHead else {
                return .damaged("it follows another batch")
            }
        }
        let body = try window.read(
            at: offset + BatchHeader.length,
            count: Int(header.bodyLength)
        )
        guard body.count == Int(header.bodyLength), Checksum.of(body) == header.body else {
            return .damaged("its checksum is wrong")
        }
        guard let records = LogRecord.records(in: body, count: Int(header.recordCount)) else {
            throw LogProblem(
                .newerFormat,
                path(segment),
                at: offset,
                "a batch holds records that this version does not know"
            )
        }
        return .whole(header, checksum: checksum, records)
    }

    private mutating func take(
        _ record: LogRecord,
        at offset: Int,
        in segment: SegmentName,
        _ visit: (LogRecord) throws(LogProblem) -> Void
    ) throws(LogProblem) {
        switch record {
        case .hardState(let term, let vote, _):
            end.term = term
            end.vote = vote
        case .start(let index, let previousTerm):
            if !hasBegun || index > end.lastIndex + 1 {
                end.firstIndex = index
                end.lastIndex = index - min(index, 1)
                end.lastTerm = previousTerm
            }
        case .entry(_, let term, let index, _):
            guard index == end.lastIndex + 1 else {
                throw LogProblem(
                    .gap,
                    path(segment),
                    at: offset,
                    "entry \(index) follows entry \(end.lastIndex)"
                )
            }
            end.lastIndex = index
            end.lastTerm = term
            try visit(record)
        case .truncate:
            throw LogProblem(
                .newerFormat,
                path(segment),
                at: offset,
                "the log was cut back, as only servers of a cluster do"
            )
        }
    }

    /// What stands behind a place: the first head of a batch, and every block that is not zero.
    private func survey(
        _ window: inout Window,
        from offset: Int,
        size: Int
    ) throws(LogProblem) -> (laterHead: Int?, filled: [Range<Int>]) {
        var filled: [Range<Int>] = []
        var place = offset
        while place < size {
            let block = try window.read(at: place, count: BatchHeader.alignment)
            if block.isEmpty { break }
            if !block.allZero {
                if place > offset,
                    BatchHeader.find(block, salt: identity.salt) != .none
                {
                    return (place, filled)
                }
                if let last = filled.last, last.upperBound == place {
                    filled[filled.count - 1] = last.lowerBound..<(place + block.count)
                } else {
                    filled.append(place..<(place + block.count))
                }
            }
            place += BatchHeader.alignment
        }
        return (nil, filled)
    }

    /// Cuts off a torn tail, so that nothing of it can be taken for a later batch.
    private mutating func cut(_ file: any LogFile, _ filled: [Range<Int>]) throws(LogProblem) {
        guard !filled.isEmpty else { return }
        try storage { () throws(StorageError) in
            for range in filled.reversed() {
                // From the end, in parts: what is left is torn again if this is cut short.
                var upper = range.upperBound
                while upper > range.lowerBound {
                    let lower = max(range.lowerBound, upper - Self.window)
                    try file.write([UInt8](repeating: 0, count: upper - lower), at: lower)
                    upper = lower
                }
            }
            try file.synchronize()
        }
        end.tornOctets = filled.reduce(0) { $0 + $1.count }
    }

    /// Reads a file in large pieces.
    private struct Window {
        private let file: any LogFile
        private let size: Int
        private var begin = 0
        private var octets: [UInt8] = []

        init(_ file: any LogFile, size: Int) {
            self.file = file
            self.size = size
        }

        /// Octets from a place on; fewer at the end of the file.
        mutating func read(at place: Int, count: Int) throws(LogProblem) -> ArraySlice<UInt8> {
            let upper = min(size, place.addingReportingOverflow(count).partialValue)
            guard place < upper else { return [] }
            if place < begin || upper > begin + octets.count {
                let wanted = min(size - place, max(upper - place, LogRecovery.window))
                let file = file
                octets = try storage { () throws(StorageError) in
                    try file.read(at: place, count: wanted)
                }
                begin = place
            }
            let first = min(octets.count, place - begin)
            return octets[first..<min(octets.count, upper - begin)]
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether there is nothing but zeros.
    fileprivate var allZero: Bool {
        let octets = span
        var sum: UInt8 = 0
        for at in octets.indices { sum |= octets[at] }
        return sum == 0
    }
}
