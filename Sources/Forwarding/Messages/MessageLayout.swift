// SPDX-License-Identifier: Apache-2.0

/// Where the parts of a message lie, without decoding them: enough to cut records off the end and
/// to take the OPT record out, and everything else is relayed octet for octet.
///
/// A prefix of whole records is a whole message again, because compression pointers only go
/// backwards (RFC 1035 §4.1.4).
struct MessageLayout {
    /// The section of a record.
    enum Section: Int {
        case answer, authority, additional
    }

    /// One record's place.
    struct Record {
        var section: Section
        var octets: Range<Int>
        var type: UInt16
        /// Where its data begins.
        var data: Int
    }

    /// Where the question's name lies; empty when there is no question.
    private(set) var questionName = 12..<12
    /// Behind the question.
    private(set) var questionEnd = 12
    /// The records that are whole, in order.
    private(set) var records: [Record] = []
    /// Whether there were as many records as the header says.
    private(set) var isComplete = true

    static let opt: UInt16 = 41
    /// No honest message of 65,535 octets has more: a record takes 11 octets at least.
    static let recordLimit = 6_000

    /// Nil when header or question are not whole.
    ///
    /// `tolerant`: a question cut short is taken, as queries are (spec/dns.md 1.1).
    init?(_ octets: [UInt8], tolerant: Bool = false) {
        guard octets.count >= 12 else { return nil }
        let questions = Self.word(octets, 4)
        guard questions == 1, let end = Self.nameEnd(octets, at: 12, allowPointer: false) else {
            return nil
        }
        questionName = 12..<end
        questionEnd = end + 4
        guard questionEnd <= octets.count else {
            guard tolerant else { return nil }
            questionEnd = octets.count
            isComplete = false
            return
        }
        readRecords(octets)
    }

    private mutating func readRecords(_ octets: [UInt8]) {
        var at = questionEnd
        for section in [Section.answer, .authority, .additional] {
            for _ in 0..<Int(Self.word(octets, 6 + 2 * section.rawValue)) {
                guard records.count < Self.recordLimit,
                    let name = Self.nameEnd(octets, at: at, allowPointer: true),
                    name + 10 <= octets.count
                else {
                    isComplete = false
                    return
                }
                let data = name + 10
                let end = data + Int(Self.word(octets, name + 8))
                guard end <= octets.count else {
                    isComplete = false
                    return
                }
                records.append(
                    Record(
                        section: section,
                        octets: at..<end,
                        type: Self.word(octets, name),
                        data: data
                    )
                )
                at = end
            }
        }
    }

    /// The last OPT record; two are tolerated and the last counts (spec/dns.md 1.1).
    var opt: Record? {
        records.last { $0.section == .additional && $0.type == Self.opt }
    }

    /// A number of two octets.
    static func word(_ octets: [UInt8], _ at: Int) -> UInt16 {
        UInt16(octets[at]) << 8 | UInt16(octets[at + 1])
    }

    /// A number of four octets.
    static func double(_ octets: [UInt8], _ at: Int) -> UInt32 {
        UInt32(word(octets, at)) << 16 | UInt32(word(octets, at + 2))
    }

    /// Behind a name, whose pointers are not followed; nil when it is not whole or too long.
    static func nameEnd(_ octets: [UInt8], at start: Int, allowPointer: Bool) -> Int? {
        var at = start
        while at < octets.count, at - start < 255 {
            let length = Int(octets[at])
            if length == 0 { return at + 1 }
            if length >= 0xc0 { return allowPointer && at + 2 <= octets.count ? at + 2 : nil }
            guard length <= 63 else { return nil }
            at += length + 1
        }
        return nil
    }
}
