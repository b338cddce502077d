// SPDX-License-Identifier: Apache-2.0
//
// What stands between the start of a server and its first answer, for a snapshot with many instances:
//
//     bench-start DIRECTORY [instances=1000000] [a-node=50] [services=20000]
//
// The first run makes the state with commands, as the catalog does, and writes it as a server does
// (a restore); with the directory there it only measures: the state from the disk, then the DNS view.
import DNSAnswers
import DNSWire
import DNSZones
import Glibc
import RaftLog
import Replication
import StateStore

/// A state with instances on nodes, two tags and a check each.
func state(instances: Int, aNode: Int, services: Int) throws -> StateStore {
    var store = StateStore()
    for number in 0..<instances {
        let place = number / aNode
        let node = "node-\(place)"
        let name = "web-\(number % services)"
        var row = ServiceRow(node: node, id: "\(name)-\(number)", name: name)
        row.port = 8000 + number % 1000
        row.tags = ["v\(number & 1)", "primary"]
        let check = CheckRow(
            node: node,
            id: "service:\(row.id)",
            name: "check",
            status: .passing,
            output: "HTTP GET http://10.0.0.1/: 200 OK",
            serviceID: row.id,
            type: "http",
            interval: "10s",
            timeout: "5s"
        )
        let address = "10.\(place >> 16 & 255).\(place >> 8 & 255).\(place & 255)"
        let registration = Registration(
            node: NodeRow(name: node, address: address, taggedAddresses: ["lan_ipv4": address]),
            skipNodeUpdate: number % aNode != 0,
            service: row,
            checks: [check]
        )
        _ = try store.apply(.register(registration), at: store.lastIndex.next)
    }
    return store
}

func settings() throws -> DNSSettings {
    DNSSettings(domain: try DomainName(text: "consul."), datacenter: "dc1", nodeName: "n1")
}

func milliseconds(_ begin: ContinuousClock.Instant) -> Int {
    let (seconds, attoseconds) = begin.duration(to: .now).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
}

/// The CPU time of all threads so far, in milliseconds.
func cpuMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard let directory = arguments.first else {
    print("usage: bench-start DIRECTORY [instances] [a-node] [services]")
    exit(2)
}
let numbers =
    arguments.dropFirst().compactMap { Int($0) }
    + [1_000_000, 50, 20_000].dropFirst(arguments.count - 1)
if (try? DiskDirectory(directory + "/raft").names().contains("identity")) != true {
    _ = try DiskDirectory(directory)
    let store = try state(instances: numbers[0], aNode: numbers[1], services: numbers[2])
    let machine = try StateMachine(
        settings: settings(),
        zones: ZoneSet(),
        durable: try DurableState.open(dataDirectory: directory)
    ) { print($0.message) }
    let begin = ContinuousClock.now
    _ = try await machine.restore(store)
    print("written and published in \(milliseconds(begin)) ms")
    machine.stop()
    machine.waitUntilEnded()
    exit(0)
}
let begin = ContinuousClock.now
let durable = try DurableState.open(dataDirectory: directory)
let (stateTime, stateCPU) = (milliseconds(begin), cpuMilliseconds())
print("state of index \(durable.store.lastIndex.rawValue): \(stateTime) ms, CPU \(stateCPU) ms")
let second = ContinuousClock.now
let machine = try StateMachine(settings: settings(), zones: ZoneSet(), durable: durable) { _ in }
print("view: \(milliseconds(second)) ms, CPU \(cpuMilliseconds() - stateCPU) ms")
print("both: \(milliseconds(begin)) ms, CPU \(cpuMilliseconds()) ms")
machine.stop()
machine.waitUntilEnded()
exit(0)
