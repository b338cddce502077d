// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import Locking

extension CheckSupervisor {
    /// Whether aliases may look at the agent's checks at once; if not, they do it as soon as they may.
    func takesLook(in state: inout SupervisorState) -> Bool {
        guard !state.isStopped, !state.aliases.isEmpty, state.nextLook == nil else { return false }
        let now = Self.now
        guard let time = state.pace.wait(for: state.entries.count, at: now) else { return true }
        state.nextLook = eventLoop.scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(clamping: GoDuration.nanoseconds(time)))
        ) {
            self.state.withLock { state in
                state.nextLook = nil
                state.pace.take(state.entries.count, at: Self.now)
            }
            self.look()
        }
        return false
    }

    /// Lets the aliases of this agent look at its checks.
    ///
    /// The agent is asked what these are without the lock. Of two who do this at a time one may have the
    /// older answer: only that of the question that was asked last counts.
    func look() {
        let (question, picture) = state.withLock { state in
            state.lastQuestion += 1
            return (state.lastQuestion, state.picture)
        }
        let health = picture?()
        state.withLock { state in
            guard !state.isStopped, question > state.lastAnswer else { return }
            state.lastAnswer = question
            state.checksLookedAt += state.entries.count
            if let health, health != state.local {
                state.local = health
            } else if !state.hasNewAlias {
                return
            }
            state.hasNewAlias = false
            followAliases(in: &state)
        }
    }

    private func followAliases(in state: inout SupervisorState) {
        let verdicts = state.local.verdicts(
            ofAliases: state.aliases,
            node: configuration.nodeName,
            outputLimit: configuration.outputMaxSize
        )
        for (id, verdict) in verdicts {
            advance(id, in: &state) { machine, now, generator in
                machine.follow(verdict, at: now, using: &generator)
            }
        }
    }
}
