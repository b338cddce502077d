// SPDX-License-Identifier: Apache-2.0
import Definitions
import NIOCore
import NIOPosix
import Locking

/// Looks up the names to which checks connect.
///
/// The system's resolver blocks the thread that calls it, for half a minute where name servers are
/// silent. So it is called on threads of its own, never on an event loop, on one of Swift's or on a
/// queue that others wait for. A name is asked about once however many wait for it. Names are kept
/// apart by what was seen of them (``NameLanes``), so that silent ones hold up each other and those
/// nobody has asked about yet; the others for a moment, unless there are more than threads can be spared for.
final class NameLookups: Sendable {
    /// What tells the addresses of a name, without ports; may block.
    typealias Ask = @Sendable (_ name: String) -> Result<[SocketAddress], NameFailure>

    private struct Waiter {
        let port: Int
        let promise: EventLoopPromise<[SocketAddress]>
    }

    private struct State {
        /// Who waits for a name, by a number; nobody, where all have gone.
        var waiting: [String: [UInt64: Waiter]] = [:]
        /// Names that were answered soon the last time.
        var known: Set<String> = []
        var lanes: NameLanes
        /// Threads that have nothing to do; of one thread each.
        var idle: [NIOThreadPool] = []
        /// Where it is looked for names that take too long.
        var loop: (any EventLoop)?
        var isLookDue = false
        var lastNumber: UInt64 = 0
        var isStopped = false
    }

    /// How many names may wait at once, those that are being asked about among them.
    static let limit = 1024
    private static let knownLimit = 4096
    /// How many threads are kept that have nothing to do.
    private static let idleLimit = NameLanes.Lane.allCases.reduce(0) { $0 + $1.places }

    private let soon: Duration
    private let ask: Ask
    private let state: Lock<State>

    /// Starts no thread yet.
    ///
    /// - Parameters:
    ///   - soon: In what time an answer has to come for its name to be kept apart from silent ones.
    ///   - patience: How long a name keeps others of its kind from their turn.
    ///   - ask: Who is asked.
    init(
        soon: Duration = .seconds(1),
        patience: Duration = .milliseconds(100),
        ask: @escaping Ask = { SystemNames.addresses(of: $0) }
    ) {
        self.soon = soon
        self.ask = ask
        state = Lock(State(lanes: NameLanes(patience: patience)))
    }

    deinit { stop() }

    /// Begins to look up a host; an address needs nobody to be asked.
    func begin(_ host: String, port: Int, on loop: any EventLoop) -> NameLookup {
        let promise = loop.makePromise(of: [SocketAddress].self)
        if case .success(let found) = SystemNames.addresses(of: host, isAddress: true) {
            promise.succeed(Self.at(port, found))
            return NameLookup(addresses: promise.futureResult, leave: { _ in nil })
        }
        let name = host.lowercased()
        let waiter = Waiter(port: port, promise: promise)
        let outcome: Result<(number: UInt64, turns: [Assigned]), any Error> = state.withLock {
            state in
            guard !state.isStopped else { return .failure(CancellationError()) }
            if state.waiting[name] == nil, state.waiting.count >= Self.limit {
                let reason = "too many names are being looked up"
                return .failure(NameFailure(name: host, reason: reason))
            }
            state.lastNumber += 1
            let isFirst = state.waiting[name] == nil
            state.waiting[name, default: [:]][state.lastNumber] = waiter
            state.loop = loop
            let turns =
                isFirst ? state.lanes.enter(name, Self.lane(of: name, in: state), at: .now) : []
            return .success((state.lastNumber, Self.assign(turns, in: &state)))
        }
        switch outcome {
        case .failure(let error):
            promise.fail(error)
            return NameLookup(addresses: promise.futureResult, leave: { _ in nil })
        case .success((let number, let turns)):
            begin(turns)
            return NameLookup(addresses: promise.futureResult) { isLate in
                let waiter = self.state.withLock {
                    $0.waiting[name]?.removeValue(forKey: number)
                }
                let late = NameFailure(name: host, reason: "i/o timeout")
                waiter?.promise.fail(isLate ? late : CancellationError())
                return waiter == nil ? nil : late
            }
        }
    }

    /// How many wait.
    var waiters: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    /// Sends away all who wait; what is being asked ends by itself, and nobody waits for that.
    func stop() {
        let (waiters, idle) = state.withLock { state in
            state.isStopped = true
            let waiters = state.waiting.values.flatMap(\.values)
            state.waiting = [:]
            defer { state.idle = [] }
            return (waiters, state.idle)
        }
        for waiter in waiters { waiter.promise.fail(CancellationError()) }
        for thread in idle { thread.shutdownGracefully { _ in } }
    }

    /// A turn and the thread that has it.
    private typealias Assigned = (turn: NameLanes.Turn, thread: NIOThreadPool)

    private static func lane(of name: String, in state: State) -> NameLanes.Lane {
        if name == "localhost" { return .own }
        return state.known.contains(name) ? .known : .other
    }

    private static func assign(_ turns: [NameLanes.Turn], in state: inout State) -> [Assigned] {
        turns.map { turn in
            if let thread = state.idle.popLast() { return (turn, thread) }
            let thread = NIOThreadPool(numberOfThreads: 1)
            thread.start()
            return (turn, thread)
        }
    }

    /// Lets turns begin, and sees to it that those that last too long are noticed where others wait.
    ///
    /// Not under the lock: a pool that has ended calls back at once.
    private func begin(_ turns: [Assigned]) {
        for (turn, thread) in turns {
            thread.submit { work in
                guard case .active = work else { return }
                self.run(turn, thread)
            }
        }
        let due = state.withLock { state -> (time: ContinuousClock.Instant, loop: any EventLoop)? in
            guard !state.isStopped, !state.isLookDue, let time = state.lanes.nextLook,
                let loop = state.loop
            else { return nil }
            state.isLookDue = true
            return (time, loop)
        }
        guard let due else { return }
        let delay = max(.zero, due.time - .now) + .milliseconds(1)
        due.loop.scheduleTask(in: .nanoseconds(GoDuration.nanoseconds(delay))) { [weak self] in
            guard let self else { return }
            let turns = self.state.withLock { state in
                state.isLookDue = false
                guard !state.isStopped else { return [Assigned]() }
                return Self.assign(state.lanes.look(at: .now), in: &state)
            }
            self.begin(turns)
        }
    }

    /// Asks about a name, and about others as long as it is their turn.
    ///
    /// Also where nobody waits any more, or a name in a long line would never be found to be one that is
    /// answered.
    private func run(_ first: NameLanes.Turn, _ thread: NIOThreadPool) {
        var turn = first
        while !state.withLock(\.isStopped) {
            let start = ContinuousClock.now
            let result = ask(turn.name)
            let end = ContinuousClock.now
            let (waiters, next, others) = state.withLock { state in
                note(turn.name, isSoon: end - start < soon, in: &state)
                let waiters = state.waiting.removeValue(forKey: turn.name) ?? [:]
                guard !state.isStopped else { return (waiters, NameLanes.Turn?.none, [Assigned]()) }
                let turns = state.lanes.end(turn, at: end)
                return (waiters, turns.first, Self.assign(Array(turns.dropFirst()), in: &state))
            }
            for waiter in waiters.values {
                switch result {
                case .success(let found): waiter.promise.succeed(Self.at(waiter.port, found))
                case .failure(let error): waiter.promise.fail(error)
                }
            }
            begin(others)
            guard let next else { break }
            turn = next
        }
        let isKept = state.withLock { state in
            guard !state.isStopped, state.idle.count < Self.idleLimit else { return false }
            state.idle.append(thread)
            return true
        }
        if !isKept { thread.shutdownGracefully { _ in } }
    }

    private func note(_ name: String, isSoon: Bool, in state: inout State) {
        if !isSoon {
            state.known.remove(name)
        } else {
            if state.known.count >= Self.knownLimit { state.known.removeAll() }
            state.known.insert(name)
        }
    }

    private static func at(_ port: Int, _ addresses: [SocketAddress]) -> [SocketAddress] {
        addresses.map { address in
            var address = address
            address.port = port
            return address
        }
    }
}

/// A look-up that is under way, or over.
struct NameLookup: Sendable {
    /// The addresses in the order in which they are to be tried; fails with a ``NameFailure``, or with
    /// `CancellationError` where it was called off.
    let addresses: EventLoopFuture<[SocketAddress]>
    /// Leaves the line, `true` because the time is over; `nil` where nobody stood there any more.
    fileprivate let leave: @Sendable (_ isLate: Bool) -> NameFailure?

    fileprivate init(
        addresses: EventLoopFuture<[SocketAddress]>,
        leave: @escaping @Sendable (_ isLate: Bool) -> NameFailure?
    ) {
        self.addresses = addresses
        self.leave = leave
    }

    /// Waits no longer, because the time is over.
    ///
    /// - Returns: What ``addresses`` fails with; `nil` where the addresses are known.
    @discardableResult
    func expire() -> NameFailure? { leave(true) }

    /// Waits no longer, because nobody wants to know; nothing where the addresses are known.
    func cancel() { _ = leave(false) }
}

/// Addresses that were looked up already, for a bootstrap that tries one after another (RFC 8305).
struct FoundAddresses: Resolver, Sendable {
    /// What was found.
    let addresses: [SocketAddress]
    /// Where the bootstrap works.
    let loop: any EventLoop

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    func cancelQueries() {}
}
