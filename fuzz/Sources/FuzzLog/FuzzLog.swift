// SPDX-License-Identifier: Apache-2.0

internal import Property
internal import RaftLog
internal import SnapshotArchive
internal import StateStore
internal import Synchronization

/// The log and the snapshots of a server.
///
/// The first octet says what the rest is. 0: octets of a segment, 1: of a snapshot's file, 2: of a
/// frame of a snapshot, 3: of an identity, 4: of an archive, 5: of the tar in one, 6: of its
/// `state.bin`; reading any of them ends with a value or with a problem that says what is wrong.
/// 7: frames for an archive, which come back however it is cut, and of a damaged one either the same
/// or none. Else: a program that appends, replaces the state, seals, damages and recovers; then what
/// is recovered is what was appended up to some entry, all of it where nothing was damaged, and the
/// log goes on from there.
@c(LLVMFuzzerTestOneInput)
public func fuzzLog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    guard let kind = octets.first else { return 0 }
    let rest = Array(octets.dropFirst())
    switch kind {
    case 0: readSegment(rest)
    case 1: readSnapshot(rest)
    case 2: readFrames([rest])
    case 3:
        do throws(LogProblem) {
            let identity = try LogIdentity(decoding: rest, path: "identity")
            Property.holds(identity.encoded == rest, "an identity prints as it was read")
        } catch {
            Property.holds(error.path == "identity", "a problem says where")
        }
    case 4: readArchive(rest)
    case 5: readArchive(StoredGzip.octets(rest))
    case 6: readState(rest)
    case 7:
        var program = ArchiveProgram(rest)
        program.run()
    default:
        var program = Program(rest)
        program.run()
    }
    return 0
}

private let identity = LogIdentity(
    server: "server",
    cluster: [UInt8](repeating: 1, count: 16),
    salt: [UInt8](repeating: 2, count: 16)
)

private func recover(
    _ storage: MemoryStorage
) throws(LogProblem) -> (entries: [[UInt8]], end: LogEnd) {
    var entries: [[UInt8]] = []
    // Of any size: what stands in a segment is tried, not how long it is.
    let end = try LogRecovery.recover(storage, identity, segmentSize: 0) { record in
        if case .entry(_, _, _, let payload) = record { entries.append(payload) }
    }
    return (entries, end)
}

private func readSegment(_ octets: [UInt8]) {
    let storage = MemoryStorage()
    let name = SegmentName(sequence: 1, first: 1).text
    storage.files.withLock { $0[name] = MemoryStorage.File(octets) }
    do throws(LogProblem) {
        let first = try recover(storage)
        // What was torn is gone: the second time nothing is.
        let second = try recover(storage)
        Property.holds(first.entries == second.entries, "recovery is idempotent")
        Property.holds(second.end.tornOctets == 0, "what was torn is cut off")
    } catch {
        Property.holds(error.path.hasPrefix("/memory"), "a problem names a file")
    }
}

private func readSnapshot(_ octets: [UInt8]) {
    do throws(LogProblem) {
        var reader = try SnapshotFileReader(MemoryStorage.File(octets), path: "snapshot")
        while let frame = try reader.next() {
            Property.holds(!frame.isEmpty, "no frame is empty")
        }
    } catch {
        Property.holds(error.path == "snapshot" && error.offset != nil, "a problem says where")
        Property.holds((error.offset ?? 0) <= octets.count, "a place is in the file")
    }
}

/// What is done to a log, an octet a step with its operands.
private struct Program {
    private var steps: ArraySlice<UInt8>
    private let storage = MemoryStorage()
    private let layout = LogLayout(segmentSize: 5 * 4096, reserve: 4096, batchLimit: 2 * 4096)
    private var written: [[UInt8]] = []
    private var isDamaged = false

    init(_ steps: [UInt8]) { self.steps = steps.prefix(128) }

    private mutating func next() -> UInt8 { steps.popFirst() ?? 0 }

    mutating func run() {
        guard let end = try? SegmentMaker.makeFirst(in: storage, size: layout.segmentSize),
            var writer = try? LogWriter(storage, identity, layout, end: end),
            (try? writer.beginIfNew(term: 1)) != nil
        else { return Property.holds(false, "an empty log begins") }
        while !steps.isEmpty {
            switch next() % 8 {
            case 0, 1, 2: append(&writer)
            case 3: Property.holds((try? writer.seal()) != nil, "a seal is written")
            case 4: damage()
            case 5: restore(&writer)
            default: if !restart(&writer) { return }
            }
        }
        _ = restart(&writer)
    }

    private mutating func append(_ writer: inout LogWriter) {
        // A server that runs does not look at what it has written.
        guard !isDamaged else { return }
        let payloads = (0..<Int(next() % 4)).map { number in
            [UInt8](repeating: UInt8(number), count: Int(next()) * 8)
        }
        guard !payloads.isEmpty else { return }
        Property.holds((try? writer.append(payloads)) != nil, "a batch is written")
        written += payloads
    }

    private mutating func restore(_ writer: inout LogWriter) {
        let index = writer.end.lastIndex + 1 + UInt64(next() % 4)
        guard !isDamaged else { return }
        let isWritten = (try? writer.appendRestoration(at: index)) != nil
        Property.holds(isWritten && writer.end.lastIndex == index, "a restoration is written")
        written.append([])
    }

    private mutating func damage() {
        let names = storage.files.withLock { files in
            files.keys.filter { SegmentName($0) != nil }.sorted()
        }
        guard !names.isEmpty else { return }
        let name = names[Int(next()) % names.count]
        let place = (Int(next()) << 8 | Int(next())) % layout.segmentSize
        let value = next()
        storage.files.withLock { files in
            files[name]?.octets.withLock { octets in
                guard place < octets.count else { return }
                if value == 0 {
                    let end = min(octets.count, place / 4096 * 4096 + 4096)
                    for at in place..<end { octets[at] = 0 }
                } else {
                    octets[place] ^= value
                }
            }
        }
        isDamaged = true
    }

    /// Recovers the log; whether it goes on.
    private mutating func restart(_ writer: inout LogWriter) -> Bool {
        do throws(LogProblem) {
            let (entries, end) = try recover(storage)
            Property.holds(entries == Array(written.prefix(entries.count)), "a prefix comes back")
            if !isDamaged { Property.holds(entries.count == written.count, "all comes back") }
            written = entries
            isDamaged = false
            guard let next = try? LogWriter(storage, identity, layout, end: end) else {
                Property.holds(false, "a recovered log goes on")
                return false
            }
            writer = next
            if end.term == 0 {
                Property.holds((try? writer.beginIfNew(term: 1)) != nil, "an emptied log begins")
            }
            return true
        } catch {
            Property.holds(isDamaged, "only damage is refused: \(error.message)")
            Property.holds(error.path.hasPrefix("/memory"), "a problem names a file")
            return false
        }
    }
}
