// SPDX-License-Identifier: Apache-2.0

/// The questions that are at upstreams now, who waits for their replies, and the limits of both.
struct OpenQuestions<Waiter: Sendable>: Sendable {
    /// A client that waits.
    struct Waiting: Sendable {
        var query: ForwardedQuery
        var client: [UInt8]
        var since: UInt64
        var waiter: Waiter
    }

    /// What equal questions have in common: the reply's key and the way of asking.
    struct Identity: Hashable, Sendable {
        var key: ReplyKey
        var purpose: SearchPurpose

        /// Under which the failure of such a search is kept.
        var failureKey: ReplyKey {
            key.with(purpose == .overTCP ? .failureOverTCP : .failure)
        }
    }

    /// A question at the upstreams.
    struct Question: Sendable {
        /// Nil for a question that is not shared.
        var identity: Identity?
        var rule: Int
        var query: ForwardedQuery
        var parent: [UInt8]
        /// Whether private addresses in the reply are dropped.
        var dropsPrivate: Bool
        var waiting: [Waiting]
        /// Whether those who waited were let go.
        var isExpired = false
    }

    private(set) var questions: [UInt64: Question] = [:]
    private var byIdentity: [Identity: UInt64] = [:]
    private var perClient: [[UInt8]: Int] = [:]
    private var perParent: [[UInt8]: Int] = [:]
    private var nextNumber: UInt64 = 0
    /// All that wait.
    private(set) var waiting = 0

    /// Whether a question equal to this one is open.
    func isOpen(_ identity: Identity) -> Bool { byIdentity[identity] != nil }

    /// Whether one more client may wait.
    func mayWait(_ client: [UInt8], _ settings: ForwardingSettings) -> Bool {
        waiting < settings.maximumWaiting
            && (client.isEmpty || perClient[client, default: 0] < settings.maximumPerClient)
    }

    /// Whether one more question may be opened.
    func mayOpen(_ parent: [UInt8], _ settings: ForwardingSettings) -> Bool {
        questions.count < settings.maximumOpen
            && perParent[parent, default: 0] < settings.maximumPerParent
    }

    /// Lets a client wait for a question that is open; false when none is.
    mutating func join(_ identity: Identity, _ waiting: Waiting) -> Bool {
        guard let number = byIdentity[identity] else { return false }
        questions[number]?.waiting.append(waiting)
        count(waiting.client, 1)
        return true
    }

    /// Opens a question; nobody waits for one that refreshes.
    mutating func open(_ question: Question) -> UInt64 {
        nextNumber += 1
        if let identity = question.identity { byIdentity[identity] = nextNumber }
        for waiting in question.waiting { count(waiting.client, 1) }
        perParent[question.parent, default: 0] += 1
        questions[nextNumber] = question
        return nextNumber
    }

    /// Whether the reply to a question may be kept.
    func isKept(_ number: UInt64) -> Bool { questions[number]?.identity != nil }

    /// Lets those who wait for a question go; nobody can join it any longer, and a reply that comes
    /// yet is kept.
    mutating func expire(_ number: UInt64) -> Question? {
        guard let question = questions[number] else { return nil }
        if let identity = question.identity, byIdentity[identity] == number {
            byIdentity[identity] = nil
        }
        for waiting in question.waiting { count(waiting.client, -1) }
        questions[number]?.waiting = []
        questions[number]?.isExpired = true
        return question
    }

    /// Closes a question.
    mutating func close(_ number: UInt64) -> Question? {
        guard let question = questions.removeValue(forKey: number) else { return nil }
        if let identity = question.identity, byIdentity[identity] == number {
            byIdentity[identity] = nil
        }
        for waiting in question.waiting { count(waiting.client, -1) }
        let left = perParent[question.parent, default: 1] - 1
        perParent[question.parent] = left > 0 ? left : nil
        return question
    }

    /// Lets no later client join what is open, and nothing of it be kept: it goes by rules that
    /// hold no longer.
    mutating func detach() {
        byIdentity = [:]
        for number in questions.keys { questions[number]?.identity = nil }
    }

    private mutating func count(_ client: [UInt8], _ change: Int) {
        waiting += change
        guard !client.isEmpty else { return }
        let left = perClient[client, default: 0] + change
        perClient[client] = left > 0 ? left : nil
    }
}
