// SPDX-License-Identifier: Apache-2.0
public import RaftLog
public import Synchronization

/// A directory in memory with two faces: what a process sees, and what a loss of power leaves.
public final class MemoryDirectory: LogDirectory {
    /// What an operation does instead of its work.
    public enum Fault: Hashable, Sendable {
        /// An error of the device; a write has done half of its work.
        case device
        /// No space is left.
        case full
    }

    /// What is in a directory, and what is to fail in it.
    public struct State: Sendable {
        /// What processes see.
        public var files: [String: Content] = [:]
        /// What names lead to after a loss of power.
        public var durableNames: [String: Content] = [:]
        /// How many operations that change something were done.
        public var operations = 0
        /// Which of them fails, the first being 0.
        public var faultAt: Int?
        /// How it fails.
        public var fault = Fault.device
        /// Whether every operation after the fault fails too.
        public var isDead = false
        /// Whether no space can be reserved.
        public var isFull = false
    }

    /// A file's octets, seen and durable.
    public final class Content: Sendable {
        /// What processes see, and what a loss of power leaves.
        public let octets = Mutex<(seen: [UInt8], durable: [UInt8])>(([], []))
    }

    /// Where it would be.
    public let path = "/log"
    /// What is in it.
    public let state = Mutex(State())

    /// A directory with files that are durable.
    public init(files: [String: [UInt8]] = [:]) {
        state.withLock { state in
            for (name, octets) in files {
                let content = Content()
                content.octets.withLock { $0 = (octets, octets) }
                state.files[name] = content
                state.durableNames[name] = content
            }
        }
    }

    /// Counts an operation, and fails when it is its turn.
    public func step(_ operation: StorageError.Operation, _ name: String) throws(StorageError) {
        let fault: Fault? = state.withLock { state in
            defer { state.operations += 1 }
            if state.isFull, operation == .reserve { return .full }
            if state.isDead { return .device }
            guard state.operations == state.faultAt else { return nil }
            if state.fault == .device { state.isDead = true }
            return state.fault
        }
        guard let fault else { return }
        throw StorageError(
            operation,
            "\(path)/\(name)",
            reason: fault == .full ? "No space left on device" : "Input/output error",
            isFull: fault == .full
        )
    }

    /// Lets an operation fail, the first being 0; `nil` lets none fail.
    public func fail(at operation: Int?, _ fault: Fault = .device) {
        state.withLock {
            $0.faultAt = operation
            $0.fault = fault
        }
    }

    /// How many operations that change something were done.
    public var operations: Int { state.withLock { $0.operations } }

    /// The octets of a file as processes see them.
    public subscript(name: String) -> [UInt8] {
        get {
            state.withLock { state in state.files[name]?.octets.withLock { $0.seen } ?? [] }
        }
        set {
            let content = Content()
            content.octets.withLock { $0 = (newValue, newValue) }
            state.withLock {
                $0.files[name] = content
                $0.durableNames[name] = content
            }
        }
    }

    /// What processes see, as a directory of its own.
    public func copy() -> MemoryDirectory {
        MemoryDirectory(
            files: state.withLock { state in
                state.files.mapValues { content in content.octets.withLock { $0.seen } }
            }
        )
    }

    /// What a loss of power leaves: durable octets, and of each block that was written since
    /// either that or the new one, as `keeps` says.
    public func afterPowerLoss(_ keeps: () -> Bool) -> MemoryDirectory {
        MemoryDirectory(
            files: state.withLock { state in
                state.durableNames.mapValues { content in
                    content.octets.withLock { octets in
                        var result = octets.durable
                        guard octets.seen != octets.durable else { return result }
                        if octets.seen.count > result.count, keeps() {
                            let more = octets.seen.count - result.count
                            result += [UInt8](repeating: 0, count: more)
                        }
                        for begin in stride(from: 0, to: result.count, by: 512) where keeps() {
                            let end = min(begin + 512, result.count, octets.seen.count)
                            if begin < end {
                                result.replaceSubrange(begin..<end, with: octets.seen[begin..<end])
                            }
                        }
                        return result
                    }
                }
            }
        )
    }

    /// The files that processes see.
    public func names() throws(StorageError) -> [String] { state.withLock { Array($0.files.keys) } }

    /// Opens a file, or makes one.
    ///
    /// - Throws: the fault that was set.
    public func open(_ name: String, isNew: Bool) throws(StorageError) -> any LogFile {
        if isNew {
            try step(.open, name)
            state.withLock { $0.files[name] = Content() }
        }
        guard let content = state.withLock({ $0.files[name] }) else {
            throw StorageError(.open, "\(path)/\(name)", reason: "No such file or directory")
        }
        return MemoryFile(self, name, content)
    }

    /// Renames a file.
    ///
    /// - Throws: the fault that was set.
    public func rename(_ name: String, to newName: String) throws(StorageError) {
        try step(.rename, name)
        state.withLock { $0.files[newName] = $0.files.removeValue(forKey: name) }
    }

    /// Removes a file.
    ///
    /// - Throws: the fault that was set.
    public func remove(_ name: String) throws(StorageError) {
        try step(.remove, name)
        state.withLock { $0.files[name] = nil }
    }

    /// Makes the names of files durable.
    ///
    /// - Throws: the fault that was set.
    public func synchronize() throws(StorageError) {
        try step(.synchronize, "")
        state.withLock { $0.durableNames = $0.files }
    }
}

private final class MemoryFile: LogFile {
    let directory: MemoryDirectory
    let name: String
    let content: MemoryDirectory.Content

    init(_ directory: MemoryDirectory, _ name: String, _ content: MemoryDirectory.Content) {
        self.directory = directory
        self.name = name
        self.content = content
    }

    func size() throws(StorageError) -> Int { content.octets.withLock { $0.seen.count } }

    func read(at place: Int, count: Int) throws(StorageError) -> [UInt8] {
        content.octets.withLock { octets in
            Array(octets.seen.dropFirst(place).prefix(count))
        }
    }

    func write(_ octets: [UInt8], at place: Int) throws(StorageError) {
        do {
            try directory.step(.write, name)
        } catch {
            // A short write.
            put(Array(octets[..<(octets.count / 2)]), at: place)
            throw error
        }
        put(octets, at: place)
    }

    private func put(_ octets: [UInt8], at place: Int) {
        content.octets.withLock { content in
            let missing = place + octets.count - content.seen.count
            if missing > 0 { content.seen += [UInt8](repeating: 0, count: missing) }
            content.seen.replaceSubrange(place..<(place + octets.count), with: octets)
        }
    }

    func reserve(_ count: Int) throws(StorageError) { try directory.step(.reserve, name) }

    func synchronize() throws(StorageError) {
        try directory.step(.synchronize, name)
        content.octets.withLock { $0.durable = $0.seen }
    }
}
