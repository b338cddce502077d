// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How a reply from a static zone is made to fit (RFC 2181 §9): first additional records go,
/// silently; where answers or authorities have to go, TC says so.
///
/// OPT stays (RFC 6891 §7).
struct ZoneTruncation: Sendable {
    /// The largest reply, in octets.
    let limit: Int
    /// Whether names are compressed.
    let compress: Bool

    /// Makes a reply fit.
    func fit(_ message: Message, isDelegation: Bool) -> Message {
        if fits(message) { return message }
        if let shorter = cut(message, \.additionals) {
            var shorter = shorter
            // RFC 9471 §3: a referral that lacks glue must be marked.
            shorter.header.isTruncated = isDelegation
            return shorter
        }
        var rest = message
        rest.header.isTruncated = true
        rest.additionals = []
        if let shorter = cut(rest, \.authorities), !rest.answers.isEmpty || isDelegation {
            return shorter
        }
        rest.authorities = []
        return cut(rest, \.answers) ?? bare(rest)
    }

    /// The message with the longest beginning of a section that fits; `nil` if it does not fit
    /// without the section.
    private func cut(
        _ message: Message,
        _ section: WritableKeyPath<Message, [ResourceRecord]>
    ) -> Message? {
        let records = message[keyPath: section]
        func trial(_ count: Int) -> Message {
            var trial = message
            trial[keyPath: section] = Array(records.prefix(count))
            return trial
        }
        guard fits(trial(0)) else { return nil }
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high + 1) / 2
            if fits(trial(middle)) { low = middle } else { high = middle - 1 }
        }
        return trial(low)
    }

    private func bare(_ message: Message) -> Message {
        Message(header: message.header, questions: message.questions, edns: message.edns)
    }

    // What cannot be measured does not fit.
    private func fits(_ message: Message) -> Bool {
        (try? message.encodedLength(compress: compress)).map { $0 <= limit } ?? false
    }
}
