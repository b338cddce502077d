// SPDX-License-Identifier: Apache-2.0

internal import Property
internal import SnapshotArchive
internal import StateStore

/// Reads frames as a state; what that writes is read as the same.
func readFrames(_ frames: [[UInt8]]) {
    guard let state = load(frames) else { return }
    let written = snapshot(of: state)
    guard let again = load(written) else {
        return Property.holds(false, "a state writes what can be read")
    }
    Property.holds(snapshot(of: again) == written, "a state is written as it was read")
    var inspection = SnapshotInspection()
    for frame in written {
        Property.holds((try? inspection.take(frame) { _, _ in }) != nil, "its rows can be counted")
    }
}

private func load(_ frames: [[UInt8]]) -> StateStore? {
    var loader = SnapshotLoader()
    for frame in frames {
        guard (try? loader.take(frame)) != nil else { return nil }
    }
    return try? loader.finish()
}

private func snapshot(of state: StateStore) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    state.writeSnapshot(frameLength: 512) { frames.append($0) }
    return frames
}

/// Reads `state.bin`, at once and octet by octet.
func readState(_ octets: [UInt8]) {
    let whole = frames(octets, part: octets.count)
    Property.holds(frames(octets, part: 1) == whole, "parts make no difference")
    if let whole { readFrames(whole) }
}

private func frames(_ octets: [UInt8], part: Int) -> [[UInt8]]? {
    var reader = StateStreamReader()
    var frames: [[UInt8]] = []
    var rest = octets[...]
    do throws(ArchiveProblem) {
        while !rest.isEmpty {
            try reader.take(rest.prefix(part)) { frames.append($0) }
            rest = rest.dropFirst(part)
        }
        try reader.finish()
        return frames
    } catch {
        Property.holds(!error.detail.isEmpty, "a problem says what is wrong")
        return nil
    }
}

/// Reads an archive, at once and in small parts.
func readArchive(_ octets: [UInt8]) {
    let whole = read(octets, part: max(1, octets.count))
    let parts = read(octets, part: 61)
    Property.holds(whole?.metadata == parts?.metadata, "parts make no difference")
    Property.holds(whole?.state == parts?.state, "parts make no difference")
    if let whole { readState(whole.state) }
}

private func read(_ octets: [UInt8], part: Int) -> (metadata: ArchiveMetadata, state: [UInt8])? {
    let reader = ArchiveReader()
    var state: [UInt8] = []
    var rest = octets[...]
    do throws(ArchiveProblem) {
        while !rest.isEmpty {
            try reader.take(Array(rest.prefix(part))) { octets in
                // What compresses well may be long: its begin is enough.
                if state.count < 1 << 20 { state += octets }
            }
            rest = rest.dropFirst(part)
        }
        return (try reader.finish(), state)
    } catch {
        Property.holds(!error.message.isEmpty, "a problem says what is wrong")
        return nil
    }
}

/// Frames for an archive, in how large parts it is written and read, and what is damaged.
struct ArchiveProgram {
    private var rest: ArraySlice<UInt8>

    init(_ octets: [UInt8]) { rest = octets.prefix(4096) }

    private mutating func next() -> Int { Int(rest.popFirst() ?? 0) }

    mutating func run() {
        let (part, place, flip) = (next() + 1, next() << 8 | next(), UInt8(next()))
        var stream = StateStreamWriter()
        var state = stream.head(commandVersion: 1)
        while !rest.isEmpty {
            let length = max(1, next())
            let frame = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            if frame.isEmpty { break }
            state += stream.frame(octets: frame.count) + frame
        }
        state += stream.end
        Property.holds(state.count == stream.length, "the length is told beforehand")
        let metadata = ArchiveMetadata(index: 7, term: 1, size: state.count, milliseconds: 1)
        let writer = ArchiveWriter(metadata, time: 1)
        var archive = writer.begin()
        var left = state[...]
        while !left.isEmpty {
            archive += writer.append(Array(left.prefix(part)))
            left = left.dropFirst(part)
        }
        archive += writer.finish()
        let found = read(archive, part: part)
        Property.holds(
            found?.metadata == metadata && found?.state == state,
            "an archive comes back"
        )
        guard flip != 0 else { return }
        archive[place % archive.count] ^= flip
        guard let damaged = read(archive, part: part) else { return }
        Property.holds(damaged.metadata == metadata && damaged.state == state, "damage is found")
    }
}

/// Octets as a gzip stream that does not compress them: behind its checksum.
enum StoredGzip {
    /// The stream (RFC 1952, with the stored blocks of RFC 1951 3.2.4).
    static func octets(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = content[...]
        repeat {
            let part = rest.prefix(65_535)
            rest = rest.dropFirst(part.count)
            let length = UInt16(part.count)
            result += [rest.isEmpty ? 1 : 0]
            result += [UInt8(length & 255), UInt8(length >> 8)]
            result += [UInt8(~length & 255), UInt8(~length >> 8)]
            result += part
        } while !rest.isEmpty
        let sum = checksum(content)
        for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: sum >> shift)) }
        let count = content.count
        for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: count >> shift)) }
        return result
    }

    private static func checksum(_ octets: [UInt8]) -> UInt32 {
        var value: UInt32 = ~0
        for octet in octets {
            value ^= UInt32(octet)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return ~value
    }
}
