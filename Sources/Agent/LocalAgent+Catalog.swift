// SPDX-License-Identifier: Apache-2.0
import LocalState
import Logging
import Replication
import StateStore
import Locking

extension LocalAgent {
    /// Tells the catalog a change.
    ///
    /// Where it refuses, since it lacks what the change builds on, it is told all that it lacks.
    func tell(_ commands: [Command]) async throws(SubmitError) {
        for command in commands {
            do throws(SubmitError) {
                _ = try await submitter.submit(command)
            } catch {
                guard case .refused = error else { throw error }
                _ = await tellDifference()
                // What others are refused is not the business of this change.
                let subjects = commands.reduce(into: Set<Subject>()) { $0.formUnion($1.subjects) }
                let catalog = snapshots.snapshot()
                let missing = state.withLock { $0.difference(from: catalog) }
                if missing.contains(where: { !$0.subjects.isDisjoint(with: subjects) }) {
                    throw error
                }
                return
            }
        }
    }

    /// Refuses a change that no catalog would take, before it is made: one with names that are too long, those made of
    /// others among them, or with a command that is larger than an entry of the log may be.
    ///
    /// It is tried on a state without anything else in it; what that refuses, the change will refuse.
    ///
    /// - Throws: ``SubmitError/refused(_:)`` or ``SubmitError/tooLarge(limit:)``.
    func verify(
        _ body: (inout LocalState) throws -> LocalEffects
    ) throws(SubmitError) {
        let known = read()
        var state = LocalState(node: known.node, settings: known.settings)
        guard let effects = try? body(&state) else { return }
        for command in effects.commands { try command.validate(upTo: StateMachine.commandLimit) }
    }

    /// Makes the catalog agree with the local state; the number of commands it took.
    ///
    /// - Throws: the first of the errors; what could be told is told all the same.
    func synchronize() async throws(SubmitError) -> Int {
        await turnstile.enter()
        let (count, failure) = await tellDifference()
        await turnstile.leave()
        if let failure { throw failure }
        return count
    }

    /// Tells the catalog what it lacks; a command that it refuses keeps none of the others from it.
    private func tellDifference() async -> (count: Int, failure: SubmitError?) {
        let catalog = snapshots.snapshot()
        let commands = state.withLock { state in
            state.adoptTags(from: catalog)
            return state.difference(from: catalog)
        }
        var count = 0
        var first: SubmitError?
        for command in commands {
            do throws(SubmitError) {
                // The node's name may have been another server's.
                try await OwnNode.submit(command, to: submitter)
                count += 1
            } catch {
                first = first ?? error
                switch error {
                case .refused, .tooLarge:
                    logger.warning(
                        "the catalog does not take a change",
                        metadata: [
                            "of":
                                "\(command.subjects.map(\.description).sorted().joined(separator: " "))",
                            "error": "\(error)",
                        ]
                    )
                // Nor would it take any other now.
                case .overloaded, .storageFull, .notWritten, .stopped: return (count, first)
                }
            }
        }
        return (count, first)
    }
}

/// What a command tells of.
private enum Subject: Hashable, CustomStringConvertible {
    case node
    case service(String)
    case check(String)

    var description: String {
        switch self {
        case .node: "node"
        case .service(let id): "service:\"\(id)\""
        case .check(let id): "check:\"\(id)\""
        }
    }
}

extension Command {
    /// What it registers or takes out.
    fileprivate var subjects: Set<Subject> {
        switch self {
        case .register(let registration):
            var subjects = Set(registration.checks.map { Subject.check($0.id) })
            if let service = registration.service { subjects.insert(.service(service.id)) }
            return subjects.isEmpty ? [.node] : subjects
        case .deregister(let gone):
            if !gone.serviceID.isEmpty { return [.service(gone.serviceID)] }
            return [gone.checkID.isEmpty ? .node : .check(gone.checkID)]
        default: return []
        }
    }
}
