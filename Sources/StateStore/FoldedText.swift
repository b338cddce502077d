// SPDX-License-Identifier: Apache-2.0

/// A text with which others are compared as names are, without case (``StateStore/folded(_:)``).
public struct FoldedText: Hashable, Sendable {
    /// How many texts are looked for one by one in a list.
    static let maximumSearches = 4

    /// The folded text.
    public let text: String

    /// Folds a text.
    public init(_ text: String) { self.text = StateStore.folded(text) }

    /// Whether a text is this one without case.
    public func matches(_ other: String) -> Bool { matches(other, folding: StateStore.folded) }

    /// The same: an instance may have very many tags, so none is folded while its octets say enough.
    func matches(_ other: String, folding: (String) -> String) -> Bool {
        let (own, others) = (text.utf8.span, other.utf8.span)
        for index in 0..<min(own.count, others.count) {
            let (octet, next) = (own[index], others[index])
            // Case and spelling (U+00E9, or "e" and U+0301) are many outside of ASCII.
            if octet | next >= 0x80 { return folding(other) == text }
            let folded = (0x41...0x5A).contains(next) ? next | 0x20 : next
            if octet != folded { return false }
        }
        // What follows ASCII may change how that looks, but no text is equal to its own beginning.
        return own.count == others.count
    }
}

extension [FoldedText] {
    /// The first that is, or is not, one of a list of texts without case.
    public func first(whosePresence isWanted: Bool, in texts: [String]) -> FoldedText? {
        if count <= FoldedText.maximumSearches {
            return first { own in texts.contains { own.matches($0) } == isWanted }
        }
        let folded = Set(texts.map(StateStore.folded))
        return first { folded.contains($0.text) == isWanted }
    }
}
