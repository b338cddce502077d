// SPDX-License-Identifier: Apache-2.0

/// An entry of the question section (RFC 1035 §4.1.2).
public struct Question: Hashable, Sendable {
    /// QNAME, in the spelling of the client.
    public var name: DomainName
    /// QTYPE.
    public var type: RecordType
    /// QCLASS.
    public var `class`: RecordClass

    /// Makes a question.
    public init(name: DomainName, type: RecordType, class: RecordClass = .in) {
        self.name = name
        self.type = type
        self.class = `class`
    }
}
