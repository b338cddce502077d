// SPDX-License-Identifier: Apache-2.0
import CAffinity
import DNSWire
import Dispatch
import Glibc
import Replication
import StateStore

/// How soon a change is answered: a change, once acknowledged, and the question about it, in turn
/// with the same question without a change.
///
/// Its thread runs on a core of its own choice, beside the load generator.
struct Freshness: Sendable {
    let machine: StateMachine
    let catalog: Catalog
    let port: UInt16

    /// Nanoseconds from before the question to its answer.
    struct Times {
        var changed: [UInt64] = []
        var unchanged: [UInt64] = []
        /// Answers with the port of an earlier change.
        var stale = 0
        var lost = 0
    }

    /// Measures on a thread of its own.
    @concurrent
    func measure(_ count: Int, core: Int32) async -> Times {
        await withCheckedContinuation { continuation in
            Thread.start { continuation.resume(returning: run(count, core: core)) }
        }
    }

    private func run(_ count: Int, core: Int32) -> Times {
        guard affinity_pin(core) == 0 else { fatalError("no core \(core)") }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(socket) }
        var there = sockaddr_in()
        there.sin_family = sa_family_t(AF_INET)
        there.sin_port = port.bigEndian
        there.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(
            socket,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &patience,
            socklen_t(MemoryLayout<timeval>.size)
        )
        withUnsafePointer(to: &there) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var times = Times()
        for number in 0..<2 * count {
            let isChange = number & 1 == 0
            // Service 0 has one instance whose port is the number of the change.
            let wanted = 1 + number / 2 % 60_000
            if isChange { submit(port: wanted) }
            let begin = Self.now()
            let found = ask(socket, id: UInt16(truncatingIfNeeded: number))
            let elapsed = Self.now() - begin
            guard let found else {
                times.lost += 1
                continue
            }
            if found != wanted { times.stale += 1 }
            if isChange { times.changed.append(elapsed) } else { times.unchanged.append(elapsed) }
        }
        return times
    }

    /// Waits until it is acknowledged.
    private func submit(port: Int) {
        let done = DispatchSemaphore(value: 0)
        let machine = machine
        var row = ServiceRow(node: "node-0", id: "fresh", name: "fresh")
        row.port = port
        let command = Command.register(
            Registration(
                node: NodeRow(name: "node-0", address: ""),
                skipNodeUpdate: true,
                service: row
            )
        )
        Task {
            _ = try? await machine.submit(command)
            done.signal()
        }
        done.wait()
    }

    /// The port in the answer of the one instance; nil when none came.
    private func ask(_ socket: Int32, id: UInt16) -> Int? {
        guard let name = try? DomainName(text: "fresh.service.consul"),
            let query = try? Message(
                header: Header(id: id, recursionDesired: true),
                questions: [Question(name: name, type: .srv)]
            ).encoded()
        else { return nil }
        guard send(socket, query, query.count, 0) == query.count else { return nil }
        var reply = [UInt8](repeating: 0, count: 4096)
        while true {
            let length = recv(socket, &reply, reply.count, 0)
            guard length > 0 else { return nil }
            guard let message = try? Message(decoding: Array(reply[..<length])),
                message.header.id == id
            else { continue }
            for case .srv(let location) in message.answers.map(\.data) { return Int(location.port) }
            return nil
        }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What a thread of ours does.
private final class Thread: Sendable {
    private let body: @Sendable () -> Void

    private init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                if let argument {
                    Unmanaged<Thread>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            },
            Unmanaged.passRetained(Thread(body)).toOpaque()
        )
        pthread_detach(thread)
    }
}
