// SPDX-License-Identifier: Apache-2.0
import Foundation
import StateStore
import Synchronization

/// A state with a session and keys of a job, in which a node tells how the job goes.
final class JobStore: CommandSubmitter, SnapshotReader, Sendable {
    /// The session that holds the job.
    static let session = "11111111-2222-3333-4444-555555555551"
    /// Where its keys are.
    static let directory = "_rexec/\(session)"

    /// What was tried to write.
    struct Write: Hashable, Sendable {
        /// The key without ``JobStore/directory`` and the node.
        var key: String
        var value: [UInt8]
        var isTaken: Bool

        var text: String { String(decoding: value, as: UTF8.self) }
    }

    private struct State {
        var store = StateStore()
        var writes: [Write] = []
    }

    private let state = Mutex(State())
    /// The key with which the session ends, as if its holder had gone.
    private let lastKey: String?
    private let sink: AsyncStream<Write>.Continuation
    /// All writes, taken or not, as they are tried.
    let tried: AsyncStream<Write>

    /// Makes a store with a job.
    ///
    /// - Parameters:
    ///   - job: the JSON of the job; `nil` for none.
    ///   - lastKey: after this one the session is gone.
    /// - Throws: what the state says against the job.
    init(job: String?, endingAfter lastKey: String? = nil) throws {
        (tried, sink) = AsyncStream.makeStream(of: Write.self)
        self.lastKey = lastKey
        var commands: [Command] = [
            .register(Registration(node: NodeRow(name: "other", address: "127.0.0.1"))),
            .session(
                SessionChange(
                    .create,
                    SessionRow(id: Self.session, node: "other", lockDelay: .zero)
                )
            ),
        ]
        if let job {
            commands.append(
                .kv(
                    KVOperation(
                        .lock,
                        "\(Self.directory)/job",
                        value: Array(job.utf8),
                        session: Self.session
                    )
                )
            )
        }
        for command in commands { try apply(command) }
        if lastKey == "" { try apply(Self.end) }
    }

    private static let end = Command.session(.destroy(id: session))

    /// What was tried until now.
    var writes: [Write] { state.withLock { $0.writes } }

    /// The octets of all parts of the output, in the order of their keys.
    var output: [UInt8] {
        writes.filter { $0.key.hasPrefix("out/") }.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    func snapshot() -> StateStore { state.withLock { $0.store } }

    func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        let outcome: Result<CommandOutcome, SubmitError> = state.withLock { state in
            let result: Result<CommandOutcome, SubmitError>
            do throws(CommandRefusal) {
                result = .success(
                    CommandOutcome(index: try Self.apply(command, to: &state.store))
                )
            } catch { result = .failure(.refused(error)) }
            guard case .kv(let operation) = command else { return result }
            let prefix = Self.directory + "/agent1/"
            let key =
                operation.key.hasPrefix(prefix)
                ? String(operation.key.dropFirst(prefix.count)) : "elsewhere: \(operation.key)"
            let write = Write(
                key: key,
                value: operation.value,
                isTaken: (try? result.get()) != nil
            )
            state.writes.append(write)
            sink.yield(write)
            if key == lastKey { _ = try? Self.apply(Self.end, to: &state.store) }
            return result
        }
        return try outcome.get()
    }

    private func apply(_ command: Command) throws {
        _ = try state.withLock { try Self.apply(command, to: &$0.store) }
    }

    private static func apply(
        _ command: Command,
        to store: inout StateStore
    ) throws(CommandRefusal) -> RaftIndex {
        let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
        _ = try store.apply(command, at: index)
        return index
    }
}
