// SPDX-License-Identifier: Apache-2.0
//
// The DNS server and the apply thread of the product without HTTP in front: changes come through
// the submit port, as fast as one asks for.
//
//     bench-server <port> [services=10000] [instances=10] [workers=1]
//
// It says "ready", then takes lines: `changes RATE BATCH`, `flap RATE BATCH` (of one service with
// 1,000 instances) begin changes; `stop` ends them and prints how many there were in how many
// seconds; `fresh COUNT CORE` prints percentiles of the time from an acknowledged change to its
// answer, and without a change; `end` ends it.
import DNSAnswers
import DNSTransport
import DNSWire
import DNSZones
import Glibc
import Logging
import NIOPosix
import Replication
import StateStore

func integer(_ name: String, _ otherwise: Int) -> Int {
    for argument in CommandLine.arguments.dropFirst(2) {
        let parts = argument.split(separator: "=")
        if parts.count == 2, parts[0] == name, let value = Int(parts[1]) { return value }
    }
    return otherwise
}

/// Changes at a steady rate until it is stopped: a batch at a time, whose commands are submitted
/// without waiting for each other, as a busy HTTP server submits them.
func change(
    _ machine: StateMachine,
    rate: Int,
    batch: Int,
    _ command: @escaping @Sendable (Int) -> Command
) async -> Int {
    let clock = ContinuousClock()
    let gap = Duration.nanoseconds(Int64(1_000_000_000) * Int64(batch) / Int64(rate))
    var due = clock.now
    var done = 0
    while !Task.isCancelled {
        let first = done
        await withTaskGroup(of: Void.self) { group in
            for number in first..<first + batch {
                group.addTask {
                    do {
                        _ = try await machine.submit(command(number))
                    } catch {
                        fatalError("a change was refused: \(error)")
                    }
                }
            }
        }
        done += batch
        due += gap
        try? await clock.sleep(until: due, tolerance: .zero)
    }
    return done
}

func percentiles(_ times: [UInt64]) -> String {
    guard !times.isEmpty else { return "p50 0 p99 0" }
    let sorted = times.sorted()
    func at(_ share: Double) -> UInt64 { sorted[Int(Double(sorted.count - 1) * share)] / 1000 }
    return "p50 \(at(0.5)) p99 \(at(0.99))"
}

func say(_ text: String) {
    print(text)
    fflush(nil)
}

guard CommandLine.arguments.count > 1, let port = UInt16(CommandLine.arguments[1]),
    let endpoint = DNSEndpoint(host: "127.0.0.1", port: port)
else {
    say("usage: bench-server <port> [services=…] [instances=…] [workers=…]")
    exit(2)
}
let catalog = Catalog(services: integer("services", 10_000), instances: integer("instances", 10))
let machine = StateMachine(
    settings: DNSSettings(
        domain: try DomainName(text: "consul."),
        datacenter: "dc1",
        nodeName: "bench"
    ),
    zones: ZoneSet(),
    store: try catalog.store()
)
let server = DNSServer(
    configuration: DNSServerConfiguration(addresses: [endpoint], workers: integer("workers", 1)),
    snapshots: machine.cell,
    makeReader: { machine.makeViewReader() },
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
    logger: Logger(label: "bench")
)
try await server.start()
say("ready")
var running: Task<Int, Never>?
var begun = ContinuousClock.now
while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    let numbers = words.dropFirst().compactMap { Int($0) }
    switch (words.first, numbers.count) {
    case ("changes", 2):
        begun = .now
        running = Task.detached {
            await change(machine, rate: numbers[0], batch: numbers[1]) { number in
                catalog.registration(number % catalog.services, 3, port: 9000 + number % 100)
            }
        }
        say("ok")
    case ("flap", 2):
        begun = .now
        running = Task.detached {
            await change(machine, rate: numbers[0], batch: numbers[1]) { catalog.flap($0) }
        }
        say("ok")
    case ("stop", 0):
        running?.cancel()
        let count = await running?.value ?? 0
        let (seconds, rest) = (ContinuousClock.now - begun).components
        say("changes \(count) seconds \(Double(seconds) + Double(rest) / 1e18)")
        running = nil
    case ("fresh", 2):
        let freshness = Freshness(machine: machine, catalog: catalog, port: port)
        let core = Int32(numbers[1])
        let times = await freshness.measure(numbers[0], core: core)
        say(
            "changed \(percentiles(times.changed)) unchanged \(percentiles(times.unchanged)) "
                + "stale \(times.stale) lost \(times.lost)"
        )
    case ("end", 0):
        await server.stop()
        machine.stop()
        exit(0)
    default:
        say("what? \(line)")
    }
}
