// SPDX-License-Identifier: Apache-2.0

/// Appends to a log: batches in a segment, and the next segment when it is full.
///
/// Used by one thread. After a failure other than ``LogWriteError/full`` nothing more may be
/// written: what stands on the disk is not known.
public struct LogWriter {
    private let directory: any LogDirectory
    private let identity: LogIdentity
    private let layout: LogLayout
    private var file: any LogFile
    private var isBroken = false
    /// The end of what is durable.
    public private(set) var end: LogEnd
    /// Whether the last batch was a seal, or there is nothing to seal.
    public private(set) var isSealed: Bool

    /// Goes on at the end of a log.
    ///
    /// - Precondition: `end` names a segment.
    public init(
        _ directory: any LogDirectory,
        _ identity: LogIdentity,
        _ layout: LogLayout = LogLayout(),
        end: LogEnd
    ) throws(StorageError) {
        guard let segment = end.segment else { preconditionFailure("a log without a segment") }
        self.directory = directory
        self.identity = identity
        self.layout = layout
        self.end = end
        isSealed = end.offset == 0
        file = try directory.open(segment.text, isNew: false)
    }

    /// Whether a body of so many octets makes it necessary to have another segment.
    public func needsSegment(forBody count: Int) -> Bool {
        end.offset + BatchHeader.room(forBody: count + prefixRoom)
            > layout.segmentSize - layout.reserve
    }

    /// Appends commands as entries that follow the last one and returns when they are durable.
    ///
    /// - Parameters:
    ///   - commands: the payloads; their octets are within ``LogLayout/batchLimit``.
    ///   - hasNext: whether ``SegmentMaker`` has made the next segment; else it is made here when
    ///     it is needed.
    /// - Returns: Whether the next segment was taken.
    /// - Throws: ``LogWriteError``; nothing was acknowledged then.
    public mutating func append(
        _ commands: [[UInt8]],
        hasNext: Bool = false
    ) throws(LogWriteError) -> Bool {
        try append(commands.count, hasNext: hasNext) { at, term, index in
            .entry(.command, term: term, index: index, payload: commands[at])
        }
    }

    /// Appends the entry that says: the state is that of the snapshot of its own index.
    ///
    /// The snapshot must be durable before. The log begins anew there when the index does not follow
    /// the last one.
    ///
    /// - Parameters:
    ///   - index: its place, after the last entry.
    ///   - hasNext: as for ``append(_:hasNext:)``.
    /// - Returns: Whether the next segment was taken.
    /// - Throws: ``LogWriteError``; the state is the old one then.
    public mutating func appendRestoration(
        at index: UInt64,
        hasNext: Bool = false
    ) throws(LogWriteError) -> Bool {
        precondition(index > end.lastIndex, "restored at \(index) after \(end.lastIndex)")
        let entry = LogRecord.entry(.restoration, term: end.term, index: index, payload: [])
        guard index > end.lastIndex + 1 else {
            return try append(1, hasNext: hasNext) { _, _, _ in entry }
        }
        let start = LogRecord.start(index: index, previousTerm: end.lastTerm)
        let takes = try append(2, hasNext: hasNext) { at, _, _ in at == 0 ? start : entry }
        end.firstIndex = index
        end.lastIndex = index
        return takes
    }

    /// Begins a log that has no term yet: its first batch says in which term it is, whom this
    /// server votes for, and where the log begins.
    public mutating func beginIfNew(term: UInt64) throws(StorageError) {
        guard end.term == 0 else { return }
        end.term = term
        end.vote = Array(identity.server.utf8)
        do throws(LogWriteError) {
            _ = try append(0, hasNext: false) { _, _, _ in .truncate(from: 0) }
        } catch {
            // The first segment has room, and nothing has failed before.
            guard case .failed(let failure) = error else { return }
            throw failure
        }
    }

    /// Appends an empty batch, from which it can be seen that the one before it was whole.
    public mutating func seal() throws(LogWriteError) {
        guard !isSealed, end.offset + BatchHeader.alignment <= layout.segmentSize else { return }
        try write([], count: 0)
        isSealed = true
    }

    private mutating func append(
        _ count: Int,
        hasNext: Bool,
        _ entry: (Int, UInt64, UInt64) -> LogRecord
    ) throws(LogWriteError) -> Bool {
        if isBroken { throw .broken }
        var body: [UInt8] = []
        for at in 0..<count {
            entry(at, end.term, end.lastIndex + 1 + UInt64(at)).write(to: &body)
        }
        var takes = false
        if end.offset > 0, needsSegment(forBody: body.count) {
            try takeSegment(isMade: hasNext)
            takes = true
        }
        var records = count
        if end.offset == 0 {
            var prefix: [UInt8] = []
            LogRecord.hardState(term: end.term, vote: end.vote, commit: end.lastIndex)
                .write(to: &prefix)
            LogRecord.start(index: end.lastIndex + 1, previousTerm: end.lastTerm)
                .write(to: &prefix)
            body = prefix + body
            records += 2
        }
        try write(body, count: records)
        if count > 0 {
            end.lastIndex += UInt64(count)
            end.lastTerm = end.term
            isSealed = false
        }
        return takes
    }

    /// The most that the first batch of a segment holds beside entries.
    private var prefixRoom: Int { 2 * LogRecord.headLength + end.vote.count }

    private mutating func write(_ body: [UInt8], count: Int) throws(LogWriteError) {
        if isBroken { throw .broken }
        guard let segment = end.segment else { throw .broken }
        let header = BatchHeader(
            segment: segment.sequence,
            number: end.nextBatch,
            bodyLength: UInt32(body.count),
            recordCount: UInt32(count),
            previous: end.lastHead,
            body: Checksum.of(body[...])
        )
        let (head, checksum) = header.encoded(salt: identity.salt)
        do throws(StorageError) {
            try file.write(head + body, at: end.offset)
            try file.synchronize()
        } catch {
            isBroken = true
            throw .failed(error)
        }
        end.offset += BatchHeader.room(forBody: body.count)
        end.nextBatch += 1
        end.lastHead = checksum
    }

    private mutating func takeSegment(isMade: Bool) throws(LogWriteError) {
        do throws(StorageError) {
            if !isMade { try SegmentMaker.make(in: directory, size: layout.segmentSize) }
        } catch {
            if error.isFull { throw .full }
            isBroken = true
            throw .failed(error)
        }
        let name = SegmentName(
            sequence: (end.segment?.sequence ?? 0) + 1,
            first: end.lastIndex + 1
        )
        do throws(StorageError) {
            try directory.rename(SegmentName.next, to: name.text)
            try directory.synchronize()
            file = try directory.open(name.text, isNew: false)
        } catch {
            isBroken = true
            throw .failed(error)
        }
        end.segment = name
        end.offset = 0
    }
}

/// Why nothing was appended.
public enum LogWriteError: Error, Hashable, Sendable {
    /// No space is left for another segment; nothing was written, and it may be tried again.
    case full
    /// The file system failed: the process must end, since nobody knows what is on the disk.
    case failed(StorageError)
    /// It had failed before.
    case broken
}

/// Makes the next segment beforehand.
public enum SegmentMaker {
    /// Makes ``SegmentName/next`` of zeros, durable but for its name.
    ///
    /// A file that could not be made whole is removed.
    public static func make(in directory: any LogDirectory, size: Int) throws(StorageError) {
        let file = try directory.open(SegmentName.next, isNew: true)
        do throws(StorageError) {
            try file.reserve(size)
            let zeros = [UInt8](repeating: 0, count: min(size, 1 << 20))
            var place = 0
            while place < size {
                let count = min(size - place, zeros.count)
                try file.write(count == zeros.count ? zeros : Array(zeros[..<count]), at: place)
                place += count
            }
            try file.synchronize()
        } catch {
            try? directory.remove(SegmentName.next)
            throw error
        }
    }

    /// Makes the first segment of a log, durable with its name.
    public static func makeFirst(
        in directory: any LogDirectory,
        size: Int,
        first: UInt64 = 1
    ) throws(StorageError) -> LogEnd {
        try make(in: directory, size: size)
        var end = LogEnd()
        let name = SegmentName(sequence: 1, first: first)
        try directory.rename(SegmentName.next, to: name.text)
        try directory.synchronize()
        end.segment = name
        end.firstIndex = first
        end.lastIndex = first - 1
        return end
    }

    /// Removes the segments all of whose entries are below an index; the last one stays.
    ///
    /// From the first on, so that what is left has no gap.
    /// - Returns: How many were removed.
    @discardableResult
    public static func removeSegments(
        in directory: any LogDirectory,
        below index: UInt64
    ) throws(StorageError) -> Int {
        let segments = try directory.names().compactMap { SegmentName($0) }.sorted()
        var count = 0
        for (segment, next) in zip(segments, segments.dropFirst()) where next.first <= index {
            try directory.remove(segment.text)
            count += 1
        }
        if count > 0 { try directory.synchronize() }
        return count
    }
}
