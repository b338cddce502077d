// SPDX-License-Identifier: Apache-2.0
public import DNSWire

extension Message {
    /// The message with those names folded that compression may give another case (RFC 4343 §4.2):
    /// all but the first question's and the targets of SRV, which are written in full.
    public var withFoldedNames: Message {
        var message = self
        for index in message.questions.indices.dropFirst() {
            message.questions[index].name = message.questions[index].name.folded.name
        }
        for section in [\Message.answers, \.authorities, \.additionals] {
            for index in message[keyPath: section].indices {
                message[keyPath: section][index].foldNames()
            }
        }
        return message
    }
}

extension ResourceRecord {
    fileprivate mutating func foldNames() {
        name = name.folded.name
        switch data {
        case .ns(let host): data = .ns(host.folded.name)
        case .cname(let target): data = .cname(target.folded.name)
        case .ptr(let target): data = .ptr(target.folded.name)
        case .mx(let preference, let exchange):
            data = .mx(preference: preference, exchange: exchange.folded.name)
        case .soa(var authority):
            authority.primary = authority.primary.folded.name
            authority.mailbox = authority.mailbox.folded.name
            data = .soa(authority)
        default: break
        }
    }
}
