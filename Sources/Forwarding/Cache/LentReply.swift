// SPDX-License-Identifier: Apache-2.0

/// A kept reply that the fast line may repeat.
public struct LentReply: Hashable, Sendable {
    /// What it is found by.
    public let key: ReplyKey
    /// What it says.
    public let reply: KeptReply
    /// When it was learnt, in milliseconds of the clock that never goes back.
    public let since: UInt64
    /// From when on the cache is to be asked again, by the same clock.
    public let until: UInt64
}

/// What became of a reply that the fast line may repeat.
public enum Lending: Sendable {
    /// It may repeat this one from now on.
    case lent(LentReply)
    /// It may no longer repeat what has this key.
    case withdrawn(ReplyKey)
    /// It may no longer repeat anything.
    case allWithdrawn
}

extension ReplyKey {
    private static let arpa: [UInt8] = [4] + Array("arpa".utf8) + [0]

    /// Whether the name is one of the reverse trees.
    var isReverse: Bool { name.suffix(Self.arpa.count).elementsEqual(Self.arpa) }
}
