// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import Forwarding
import Publication
import Locking

extension Forwarder {
    /// Makes a reader of the answers that the fast line may repeat.
    ///
    /// The forwarder must outlive it.
    func makeKeptReader() -> ViewReader { state.withLock { $0.kept.makeReader() } }
}

extension Forwarder.State {
    /// Gives the fast line what it may repeat, and takes back what it may no longer.
    ///
    /// Before the lock is left: what replaces an answer is never told before the old one is gone.
    mutating func publishLent() {
        for lending in forwarding.takeLendings() {
            switch lending {
            case .lent(let lent):
                kept.insert(KeptAnswer(lent, maximumUDPSize: configuration.maximumUDPSize))
            case .withdrawn(let key): kept.remove(KeptAnswer.Key(key))
            case .allWithdrawn: kept.removeAll()
            }
        }
        kept.publish()
    }
}

extension KeptAnswer {
    init(_ lent: LentReply, maximumUDPSize: Int) {
        self.init(
            key: Key(lent.key),
            octets: lent.reply.octets,
            ttlOffsets: lent.reply.ttlOffsets,
            answers: lent.reply.answers,
            authorities: lent.reply.authorities,
            code: lent.reply.code,
            isAuthentic: lent.reply.isAuthentic,
            since: lent.since,
            until: lent.until,
            maximumUDPSize: maximumUDPSize
        )
    }
}

extension KeptAnswer.Key {
    init(_ key: ReplyKey) {
        self.init(
            name: key.name,
            type: key.type,
            dnssecOK: key.dnssecOK,
            checkingDisabled: key.checkingDisabled
        )
    }
}
