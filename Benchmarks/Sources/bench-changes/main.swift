// SPDX-License-Identifier: Apache-2.0
//
// A fixed number of changes of one instance, in process, for callgrind, which counts what happens
// inside one function:
//
//     bench-changes <part>-<change>-<width>[-<services>] [n=200] [whole=0]
//
// Parts: `decode` (octets to command), `apply` (the state), `view` (the DNS view, with its reads of the
// state and the publication), `read` (those reads alone), `all`. Changes: `port`, `warn` (passing and warning in turn), `flap`
// (critical and passing in turn: goes and comes). The service has `width` instances, each on a node of
// its own; beside it there are so many services of one instance (100). `whole=1` hides which instances
// changed, so that the service is built anew: the gate must fail.
import DNSAnswers
import DNSWire
import Definitions
import Publication
import StateStore

/// The octets of commands that change one instance after the other.
func commands(_ change: Substring, width: Int, count: Int) -> [[UInt8]] {
    (0..<count).map { number in
        // A pair of changes for each instance, so that all are as before at the end of a round.
        let place = number / 2 &* 7919 % width
        let isSecond = number % 2 == 1
        let node = "node-\(place)"
        var registration = Registration(
            node: NodeRow(name: node, address: ""),
            skipNodeUpdate: true
        )
        var row = ServiceRow(node: node, id: "wide-\(place)", name: "wide")
        row.port = 8000
        row.tags = ["v\(place & 1)", "primary"]
        switch change {
        case "port":
            row.port = isSecond ? 8000 : 9000
            registration.service = row
        default:
            let other = change == "warn" ? CheckStatus.warning : .critical
            registration.checks = [
                CheckRow(
                    node: node,
                    id: "service:wide-\(place)",
                    name: "check",
                    status: isSecond ? .passing : other,
                    output: "HTTP GET http://10.0.0.1/: 200 OK",
                    serviceID: row.id
                )
            ]
        }
        return Command.register(registration).encoded()
    }
}

/// A wide service and others, each instance with a check.
func catalog(width: Int, services: Int) throws -> StateStore {
    var store = StateStore()
    for number in 0..<width + services {
        let isWide = number < width
        let node = "node-\(isWide ? number : number % width)"
        let name = isWide ? "wide" : "web-\(number)"
        var row = ServiceRow(node: node, id: isWide ? "wide-\(number)" : name, name: name)
        row.port = 8000
        row.tags = ["v\(number & 1)", "primary"]
        let check = CheckRow(
            node: node,
            id: "service:\(row.id)",
            name: "check",
            status: .passing,
            serviceID: row.id
        )
        let address = "10.0.\(number >> 8 & 255).\(number & 255)"
        let registration = Registration(
            node: NodeRow(name: node, address: address, taggedAddresses: ["lan_ipv4": address]),
            skipNodeUpdate: !isWide,
            service: row,
            checks: [check]
        )
        _ = try store.apply(.register(registration), at: store.lastIndex.next)
    }
    return store
}

@inline(never)
func decode(_ octets: [UInt8]) throws -> Command { try Command(decoding: octets) }

@inline(never)
func apply(_ command: Command, _ store: inout StateStore) throws -> Changes {
    try store.apply(command, at: store.lastIndex.next)
}

@inline(never)
func view(_ changes: Changes, _ store: StateStore, _ writer: DNSViewWriter) {
    writer.follow(changes, in: store)
    writer.publish()
}

/// What the view has to read of the state; returns how much that is, so that nothing is left out.
@inline(never)
func read(_ changes: Changes, _ store: StateStore) -> Int {
    var sum = 0
    for change in changes.instances {
        let instance = store.instance(change.id, onNode: change.node, ofService: change.service)
        if let instance, instance.health.isServed(onlyPassing: false) {
            sum += instance.port + instance.nodeName.utf8.count
        }
    }
    for name in changes.services { sum += store.instanceCount(ofService: name) }
    return sum
}

/// What the apply thread does with one command; somebody holds the state before it.
@inline(never)
func all(
    _ octets: [UInt8],
    _ store: inout StateStore,
    _ published: inout StateStore,
    _ writer: DNSViewWriter,
    reads: Bool,
    isWhole: Bool
) throws -> Int {
    let command = try decode(octets)
    var changes = try apply(command, &store)
    let sum = reads ? read(changes, store) : 0
    if isWhole { changes.instances = [] }
    view(changes, store, writer)
    published = store
    return sum
}

func measure(_ arguments: [String]) throws {
    let mode = arguments[1].split(separator: "-")
    guard mode.count >= 3, let width = Int(mode[2]) else {
        print("usage: bench-changes decode|apply|view|read|all-port|warn|flap-<width>[-<services>]")
        throw CancellationError()
    }
    let services = mode.count > 3 ? Int(mode[3]) ?? 100 : 100
    var count = 200
    var isWhole = false
    for argument in arguments.dropFirst(2) {
        if argument.hasPrefix("n=") { count = Int(argument.dropFirst(2)) ?? count }
        if argument == "whole=1" { isWhole = true }
    }
    var store = try catalog(width: width, services: services)
    let settings = DNSSettings(
        domain: try DomainName(text: "consul."),
        datacenter: "dc1",
        nodeName: "bench"
    )
    let writer = DNSViewWriter(settings: settings, seed: 7)
    writer.replace(settings: settings, state: store)
    writer.publish()
    let reader = writer.makeReader()
    reader.enter()
    reader.leave()
    var published = store
    let octets = commands(mode[1], width: width, count: count)
    let clock = ContinuousClock()
    let start = clock.now
    var sum = 0
    for command in octets {
        sum &+= try all(
            command,
            &store,
            &published,
            writer,
            reads: mode[0] == "read",
            isWhole: isWhole
        )
    }
    let elapsed = clock.now - start
    print(
        "\(count) of \(count) changes, \(elapsed / count) each, \(writer.liveOctets) octets in the view,"
            + " \(writer.retiredOctets) retired, sum \(sum)"
    )
}

try measure(CommandLine.arguments)
