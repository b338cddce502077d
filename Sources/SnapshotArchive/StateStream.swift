// SPDX-License-Identifier: Apache-2.0

/// `state.bin`: the frames of a state, one after the other.
///
/// The text `WAYPSTAT`, the format (u32) and the version of commands that whoever goes on from it
/// must know (u32); each frame with its length in front (u32, never 0); a length of 0, the number
/// of frames (u64) and of their octets (u64). Numbers are little endian. Its checksum stands in the
/// archive.
public enum StateStream {
    /// The most octets of a frame: one row of a table may be large.
    ///
    /// Far more than a row may have that a command or a client brings; versions before such rows were bounded may have
    /// read frames of 64 MiB, which must be written again with what stands around them.
    public static let frameLimit = 72 << 20
    static let magic = Array("WAYPSTAT".utf8)
    static let format: UInt32 = 1
    static let headLength = 16
    static let endLength = 20

    static func append(_ value: UInt64, octets count: Int, to octets: inout [UInt8]) {
        for at in 0..<count { octets.append(UInt8(truncatingIfNeeded: value >> UInt64(at * 8))) }
    }

    static func number(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Writes the octets of `state.bin`, or only counts them.
public struct StateStreamWriter: Sendable {
    private var frames: UInt64 = 0
    private var octets: UInt64 = 0

    /// Begins.
    public init() {}

    /// The octets of a stream with so many frames that have so many octets.
    public var length: Int {
        StateStream.headLength + StateStream.endLength + Int(octets) + 4 * Int(frames)
    }

    /// What stands in front.
    public func head(commandVersion: Int) -> [UInt8] {
        var head = StateStream.magic
        StateStream.append(UInt64(StateStream.format), octets: 4, to: &head)
        StateStream.append(UInt64(commandVersion), octets: 4, to: &head)
        return head
    }

    /// What stands in front of a frame, which is counted.
    ///
    /// - Precondition: it has 1 to ``StateStream/frameLimit`` octets.
    public mutating func frame(octets count: Int) -> [UInt8] {
        precondition((1...StateStream.frameLimit).contains(count))
        frames += 1
        octets += UInt64(count)
        var head: [UInt8] = []
        StateStream.append(UInt64(count), octets: 4, to: &head)
        return head
    }

    /// What stands at the end.
    public var end: [UInt8] {
        var end: [UInt8] = []
        StateStream.append(0, octets: 4, to: &end)
        StateStream.append(frames, octets: 8, to: &end)
        StateStream.append(octets, octets: 8, to: &end)
        return end
    }
}

/// Reads `state.bin` part by part.
public struct StateStreamReader: Sendable {
    private enum Place: Hashable { case head, length, frame(Int), end, ended }

    private var place = Place.head
    private var buffer: [UInt8] = []
    private var frames: UInt64 = 0
    private var octets: UInt64 = 0
    private let newest: Int

    /// Begins.
    ///
    /// - Parameter newest: the newest version of commands that whoever goes on knows; what needs a
    ///   newer one is refused.
    public init(newest: Int = .max) { self.newest = newest }

    private var wanted: Int {
        switch place {
        case .head: StateStream.headLength
        case .length: 4
        case .frame(let length): length
        case .end: StateStream.endLength - 4
        case .ended: 0
        }
    }

    /// Takes octets and hands on each frame that is whole.
    public mutating func take(
        _ part: ArraySlice<UInt8>,
        _ emit: ([UInt8]) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        var rest = part
        while !rest.isEmpty {
            guard place != .ended else { throw Self.problem("octets follow its end") }
            let missing = wanted - buffer.count
            buffer += rest.prefix(missing)
            rest = rest.dropFirst(missing)
            guard buffer.count == wanted else { return }
            let whole = buffer
            buffer = []
            try advance(whole, emit)
        }
    }

    /// The stream must have ended.
    public func finish() throws(ArchiveProblem) {
        guard place == .ended else { throw Self.problem("it ends too early") }
    }

    private mutating func advance(
        _ whole: [UInt8],
        _ emit: ([UInt8]) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        switch place {
        case .head:
            try takeHead(whole)
            place = .length
        case .length:
            let length = Int(StateStream.number(whole[...]))
            guard length <= StateStream.frameLimit else {
                throw Self.problem("a frame has \(length) octets")
            }
            place = length == 0 ? .end : .frame(length)
        case .frame:
            frames += 1
            octets += UInt64(whole.count)
            place = .length
            try emit(whole)
        case .end:
            guard StateStream.number(whole[..<8]) == frames,
                StateStream.number(whole[8...]) == octets
            else { throw Self.problem("frames are missing") }
            place = .ended
        case .ended: break
        }
    }

    private mutating func takeHead(_ head: [UInt8]) throws(ArchiveProblem) {
        guard head.starts(with: StateStream.magic) else {
            // Consul's begins with a map of one member, LastIndex (HTTP API 9.1).
            if head.dropFirst(2).starts(with: "LastIndex".utf8) {
                throw Self.problem("Consul wrote it; only archives of Waypost can be restored")
            }
            throw Self.problem("it is no state of Waypost")
        }
        let format = StateStream.number(head[8..<12])
        guard format == StateStream.format else {
            throw Self.problem(
                "it has format \(format), and this version reads \(StateStream.format)"
            )
        }
        guard StateStream.number(head[12..<16]) <= newest else {
            throw Self.problem("a newer version of Waypost wrote it; restore it with that version")
        }
    }

    private static func problem(_ detail: String) -> ArchiveProblem {
        ArchiveProblem(.content, "state.bin: \(detail)")
    }
}
