// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Locking

/// Looks up the names to which checks connect.
///
/// The system's resolver blocks the thread that calls it, for half a minute where name servers are
/// silent. So it is called on threads of its own, never on an event loop, on one of Swift's or on a
/// queue that others wait for. A name is asked about once however many wait for it. Names are kept
/// apart by what was seen of them, so that silent ones hold up each other and those nobody has asked
/// about yet; the others only until each has been silent once.
final class NameLookups: Sendable {
    /// What tells the addresses of a name, without ports; may block.
    typealias Ask = @Sendable (_ name: String) -> Result<[SocketAddress], NameFailure>

    /// Where a name waits for its turn.
    private enum Lane: CaseIterable {
        /// The machine's own name for itself, which is in a file.
        case own
        /// Names that were answered soon the last time, also where the answer was that there is none.
        case known
        /// Names that were not, and those that were never asked about.
        case other

        var threads: Int { self == .own ? 1 : 8 }
    }

    private struct Waiter {
        let port: Int
        let promise: EventLoopPromise<[SocketAddress]>
    }

    private struct State {
        /// Who waits for a name, by a number; nobody, where all have gone.
        var waiting: [String: [UInt64: Waiter]] = [:]
        /// Names that were answered soon the last time.
        var known: Set<String> = []
        var pools: [Lane: NIOThreadPool] = [:]
        var lastNumber: UInt64 = 0
        var isStopped = false
    }

    /// How many names may wait at once, those that are being asked about among them.
    static let limit = 1024
    private static let knownLimit = 4096

    private let soon: Duration
    private let ask: Ask
    private let state = Lock(State())

    /// Starts no thread yet.
    ///
    /// - Parameters:
    ///   - soon: In what time an answer has to come for its name to be kept apart from silent ones.
    ///   - ask: Who is asked.
    init(
        soon: Duration = .seconds(1),
        ask: @escaping Ask = { SystemNames.addresses(of: $0) }
    ) {
        self.soon = soon
        self.ask = ask
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
        let outcome: Result<(number: UInt64, pool: NIOThreadPool?), any Error> = state.withLock {
            state in
            guard !state.isStopped else { return .failure(CancellationError()) }
            if state.waiting[name] == nil, state.waiting.count >= Self.limit {
                let reason = "too many names are being looked up"
                return .failure(NameFailure(name: host, reason: reason))
            }
            state.lastNumber += 1
            let isFirst = state.waiting[name] == nil
            state.waiting[name, default: [:]][state.lastNumber] = waiter
            return .success((state.lastNumber, isFirst ? Self.pool(for: name, in: &state) : nil))
        }
        switch outcome {
        case .failure(let error):
            promise.fail(error)
            return NameLookup(addresses: promise.futureResult, leave: { _ in nil })
        case .success((let number, let pool)):
            // Not under the lock: a pool that has ended calls back at once.
            pool?.submit { self.run(name, $0) }
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
        let (waiters, pools) = state.withLock { state in
            state.isStopped = true
            let waiters = state.waiting.values.flatMap(\.values)
            state.waiting = [:]
            defer { state.pools = [:] }
            return (waiters, Array(state.pools.values))
        }
        for waiter in waiters { waiter.promise.fail(CancellationError()) }
        for pool in pools { pool.shutdownGracefully { _ in } }
    }

    private static func pool(for name: String, in state: inout State) -> NIOThreadPool {
        let lane: Lane =
            if name == "localhost" { .own } else if state.known.contains(name) { .known } else {
                .other
            }
        if let pool = state.pools[lane] { return pool }
        let pool = NIOThreadPool(numberOfThreads: lane.threads)
        pool.start()
        state.pools[lane] = pool
        return pool
    }

    /// Asks about a name, on a thread of its lane.
    ///
    /// Also where nobody waits any more, or a name in a long line would never be found to be one that is
    /// answered.
    private func run(_ name: String, _ work: NIOThreadPool.WorkItemState) {
        guard case .active = work else { return }
        let start = ContinuousClock.now
        let result = ask(name)
        let isSoon = ContinuousClock.now - start < soon
        let waiters = state.withLock { state in
            if !isSoon {
                state.known.remove(name)
            } else {
                if state.known.count >= Self.knownLimit { state.known.removeAll() }
                state.known.insert(name)
            }
            return state.waiting.removeValue(forKey: name) ?? [:]
        }
        for waiter in waiters.values {
            switch result {
            case .success(let found): waiter.promise.succeed(Self.at(waiter.port, found))
            case .failure(let error): waiter.promise.fail(error)
            }
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
