// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import NIOCore
import Synchronization

/// All that a running server holds.
struct DNSServerParts: Sendable {
    var endpoints: [DNSEndpoint] = []
    var sockets: [DatagramSocket] = []
    var tallies: [WorkerTally] = []
    var workers: [DNSThread] = []
    var lines: SlowLines?
    var listener: DNSTCPListener?

    /// Ends everything, in the order in which queries flow, and lets the sockets go.
    func stop() async {
        await listener?.stop()
        for tally in tallies { tally.stop() }
        for socket in sockets { socket.interrupt() }
        for worker in workers { worker.join() }
        lines?.stop()
    }
}

/// The slow lines with their threads.
final class SlowLines: Sendable {
    private let lines: [SlowLine]
    private let threads: [DNSThread]
    private let next = Atomic<Int>(0)

    /// Starts a thread for each line.
    init(_ lines: [SlowLine]) throws(DNSServerError) {
        var threads: [DNSThread] = []
        do throws(DNSServerError) {
            for (index, line) in lines.enumerated() {
                threads.append(try DNSThread(name: "dns-slow-\(index)") { line.run() })
            }
        } catch {
            for line in lines { line.stop() }
            for thread in threads { thread.join() }
            throw error
        }
        self.lines = lines
        self.threads = threads
    }

    /// Gives a query of a connection to the next line in turn; false when that has too many.
    func submit(_ query: SlowQuery) -> Bool {
        let turn = next.wrappingAdd(1, ordering: .relaxed).newValue
        return lines[Int(UInt(bitPattern: turn) % UInt(lines.count))].submit(query)
    }

    /// Ends the threads.
    func stop() {
        for line in lines { line.stop() }
        for thread in threads { thread.join() }
    }
}

extension DNSServer {
    /// Workers that share a slow line.
    private static let workersPerLine = 2
    /// Tries to find a port that is free for UDP and TCP on every address that asks for port 0.
    private static let portTries = 16

    /// What the parts are made of before the first thread runs.
    private struct Plan {
        var workers: [UDPWorkerParts] = []
        var lines: [SlowLine] = []
    }

    /// Binds UDP, starts the slow lines, binds TCP, starts the workers: what is started first
    /// is what the later ones hand over to.
    func assemble(_ parts: inout DNSServerParts) async throws(DNSServerError) {
        let inherited = configuration.activation?.forDNS ?? []
        if inherited.isEmpty {
            try await bindAll(&parts)
        } else {
            try await adopt(inherited, &parts)
        }
    }

    private func bindAll(_ parts: inout DNSServerParts) async throws(DNSServerError) {
        var tries = 0
        while true {
            tries += 1
            do throws(DNSServerError) {
                let bound = try bindDatagrams()
                parts.sockets = bound.sockets
                let plan = try await startListening(&parts)
                for endpoint in bound.endpoints {
                    _ = try await parts.listener?.bind(
                        endpoint,
                        isDualStack: isDualStack(endpoint)
                    )
                }
                parts.endpoints = bound.endpoints
                try startWorkers(plan, &parts)
                return
            } catch {
                // The kernel gave a port for UDP that TCP has in use: try another.
                let isRetried =
                    error.code == .addressInUse && tries < Self.portTries
                    && configuration.addresses.contains { $0.port == 0 }
                guard isRetried else { throw error }
                await parts.stop()
                tap.removeRings()
                parts = DNSServerParts()
            }
        }
    }

    private func adopt(
        _ inherited: [SocketActivation.Inherited],
        _ parts: inout DNSServerParts
    ) async throws(DNSServerError) {
        var streams: [Int32] = []
        for socket in inherited {
            switch csockets_kind(socket.descriptor) {
            case 1:
                csockets_close_on_exec(socket.descriptor)
                streams.append(socket.descriptor)
            case 2:
                let shared = try DatagramSocket(
                    inherited: socket.descriptor,
                    receiveBuffer: configuration.receiveBuffer
                )
                parts.sockets.append(shared)
                parts.endpoints.append(shared.endpoint)
            default:
                throw .inherited(socket.descriptor, "neither a UDP nor a listening TCP socket")
            }
        }
        let plan = try await startListening(&parts)
        for descriptor in streams {
            if let endpoint = DatagramSocket.bound(descriptor),
                !parts.endpoints.contains(endpoint)
            {
                parts.endpoints.append(endpoint)
            }
            try await parts.listener?.adopt(descriptor)
        }
        try startWorkers(plan, &parts)
    }

    /// Binds the sockets of every address; port 0 becomes the port that the kernel gave.
    private func bindDatagrams() throws(DNSServerError) -> (
        endpoints: [DNSEndpoint], sockets: [DatagramSocket]
    ) {
        var endpoints: [DNSEndpoint] = []
        var sockets: [DatagramSocket] = []
        for address in configuration.addresses {
            // Alone first: among sockets that share a port, a second server would go unnoticed.
            let probe = try DatagramSocket(
                binding: address,
                isShared: false,
                isDualStack: isDualStack(address),
                receiveBuffer: 0
            )
            let endpoint = DNSEndpoint(address: address.address, port: probe.endpoint.port)
            withExtendedLifetime(probe) {}
            endpoints.append(endpoint)
        }
        for endpoint in endpoints {
            for _ in 0..<configuration.workers {
                sockets.append(
                    try DatagramSocket(
                        binding: endpoint,
                        isShared: true,
                        isDualStack: isDualStack(endpoint),
                        receiveBuffer: configuration.receiveBuffer
                    )
                )
            }
        }
        return (endpoints, sockets)
    }

    /// `::` answers IPv4 too, unless `0.0.0.0` is asked for beside it.
    private func isDualStack(_ endpoint: DNSEndpoint) -> Bool {
        endpoint.isIPv6 && endpoint.isWildcard
            && !configuration.addresses.contains { $0.isWildcard && !$0.isIPv6 }
    }

    /// Makes rings and lines, starts the lines and makes the listener, which binds nothing yet.
    private func startListening(_ parts: inout DNSServerParts) async throws(DNSServerError) -> Plan
    {
        let plan = try makePlan(parts.sockets)
        let lines = try SlowLines(plan.lines)
        parts.lines = lines
        parts.listener = DNSTCPListener(
            group: group,
            shared: DNSTCPConnection.Shared(
                limits: configuration.stream,
                limiter: limiter,
                tally: streamTally,
                submit: { lines.submit($0) }
            ),
            responders: await makeResponders()
        )
        return plan
    }

    private func makePlan(_ sockets: [DatagramSocket]) throws(DNSServerError) -> Plan {
        // A socket of systemd's is one, and all workers receive on it.
        let isInherited = sockets.contains { $0.wake >= 0 }
        let shares =
            isInherited
            ? sockets.flatMap { Array(repeating: $0, count: configuration.workers) } : sockets
        var plan = Plan()
        var from = 0
        repeat {
            let group = shares[from..<min(from + Self.workersPerLine, shares.count)]
            let alarm = try Alarm()
            var sources: [SlowLine.Source] = []
            for socket in group {
                let ring = HandoverRing()
                sources.append(SlowLine.Source(ring: ring, socket: socket))
                plan.workers.append(
                    UDPWorkerParts(
                        socket: socket,
                        reader: makeReader(),
                        kept: forwarder.makeKeptReader(),
                        ring: ring,
                        alarm: alarm,
                        tally: WorkerTally(),
                        rates: rates,
                        tap: tap,
                        seed: SystemRandomNumberGenerator.seed()
                    )
                )
            }
            plan.lines.append(
                SlowLine(
                    sources: sources,
                    alarm: alarm,
                    forwarder: forwarder,
                    tally: slowTally,
                    answer: answer
                )
            )
            from += Self.workersPerLine
        } while from < shares.count
        return plan
    }

    private func makeResponders() async -> DNSTCPListener.Responders {
        var responders: DNSTCPListener.Responders = [:]
        let (tap, tally) = (tap, streamTally)
        for loop in group.makeIterator() {
            let reader = makeReader()
            let kept = forwarder.makeKeptReader()
            let seed = SystemRandomNumberGenerator.seed()
            let made = loop.submit {
                NIOLoopBound(
                    LoopResponder(reader: reader, kept: kept, seed: seed, tap: tap, tally: tally),
                    eventLoop: loop
                )
            }
            // A loop that is shut down has no connections; its queries would go slow.
            if let responder = try? await made.get() {
                responders[ObjectIdentifier(loop)] = responder
            }
        }
        return responders
    }

    private func startWorkers(
        _ plan: Plan,
        _ parts: inout DNSServerParts
    ) throws(DNSServerError) {
        parts.tallies = plan.workers.map(\.tally)
        for (index, worker) in plan.workers.enumerated() {
            parts.workers.append(
                try DNSThread(name: "dns-udp-\(index)") {
                    guard var loop = UDPWorker(worker) else { return }
                    loop.run()
                }
            )
        }
    }
}
