// SPDX-License-Identifier: Apache-2.0
internal import Filtering

extension AddressTemplate {
    /// What a function gives.
    private enum Value {
        case addresses([InterfaceAddress])
        case text(String)
    }

    /// The text with what this host says in the place of templates; addresses are separated by
    /// blanks.
    func evaluate(on host: HostInterfaces) throws(AddressTemplateError) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let more): text += more
            case .pipeline(let calls): text += try Self.run(calls, host)
            }
        }
        return text
    }

    private static func run(
        _ calls: [Call],
        _ host: HostInterfaces
    ) throws(AddressTemplateError) -> String {
        guard let first = calls.first, let last = calls.last else { return "" }
        var value = try source(first, host)
        for call in calls.dropFirst() {
            guard case .addresses(let addresses) = value else {
                throw AddressTemplateError(
                    text: "\"\(call.name)\" wants interfaces, and what stands before it gives text",
                    column: call.column,
                    hint: "begin with GetAllInterfaces, GetPrivateInterfaces or the like"
                )
            }
            value = try apply(call, to: addresses, host)
        }
        guard case .text(let text) = value else {
            throw AddressTemplateError(
                text: "\"\(last.name)\" gives interfaces, not addresses",
                column: last.column,
                hint: "end with | attr \"address\", or with | join \"address\" \" \" for all"
            )
        }
        return text
    }
}

// What a pipeline begins with.
extension AddressTemplate {
    private static func source(
        _ call: Call,
        _ host: HostInterfaces
    ) throws(AddressTemplateError) -> Value {
        let all = host.addresses
        switch call.name {
        case ".", "GetAllInterfaces":
            try expect(0, call)
            return .addresses(all)
        case "GetDefaultInterfaces":
            try expect(0, call)
            guard let name = host.defaultName else {
                throw AddressTemplateError(
                    text: "no default interface found",
                    column: call.column,
                    hint: "this host has no default route; name the interface"
                )
            }
            return .addresses(all.filter { $0.name == name })
        case "GetPrivateInterfaces", "GetPublicInterfaces":
            try expect(0, call)
            return .addresses(reachable(host, isPrivate: call.name == "GetPrivateInterfaces"))
        case "GetPrivateIP", "GetPublicIP":
            try expect(0, call)
            let found = reachable(host, isPrivate: call.name == "GetPrivateIP")
            return .text(found.first?.block.text ?? "")
        case "GetPrivateIPs":
            try expect(0, call)
            return joined(all, host) {
                SpecialBlocks.isPrivate($0.block) && SpecialBlocks.isForwardable($0.block)
            }
        case "GetPublicIPs":
            try expect(0, call)
            return joined(all, host) { !SpecialBlocks.isPrivate($0.block) }
        case "GetInterfaceIP":
            let name = try AddressFilter.pattern(try expect(1, call)[0])
            let found = all.filter {
                name.matches($0.name) && SpecialBlocks.isForwardable($0.block)
            }
            return .text(bySize(found, host).first?.block.text ?? "")
        case "GetInterfaceIPs":
            let name = try AddressFilter.pattern(try expect(1, call)[0])
            return joined(all, host) { name.matches($0.name) }
        default: throw unknown(call, isFirst: true)
        }
    }

    /// What `GetPrivateInterfaces` and `GetPublicInterfaces` give.
    private static func reachable(
        _ host: HostInterfaces,
        isPrivate: Bool
    ) -> [InterfaceAddress] {
        let found = host.addresses.filter {
            $0.flags.contains(.up) && SpecialBlocks.isForwardable($0.block)
                && SpecialBlocks.isPrivate($0.block) == isPrivate
        }
        return AddressOrder([.interface, .family, .size]).sorted(found, host)
    }

    private static func bySize(
        _ addresses: [InterfaceAddress],
        _ host: HostInterfaces
    ) -> [InterfaceAddress] {
        AddressOrder([.family, .size]).sorted(addresses, host)
    }

    private static func joined(
        _ addresses: [InterfaceAddress],
        _ host: HostInterfaces,
        where isWanted: (InterfaceAddress) -> Bool
    ) -> Value {
        let found = bySize(addresses.filter(isWanted), host)
        return .text(found.map(\.block.text).joined(separator: " "))
    }
}

// What follows a |.
extension AddressTemplate {
    private static func apply(
        _ call: Call,
        to addresses: [InterfaceAddress],
        _ host: HostInterfaces
    ) throws(AddressTemplateError) -> Value {
        switch call.name {
        case "include", "exclude":
            let arguments = try expect(2, call)
            let filter = try AddressFilter(arguments[0], arguments[1])
            let isIncluded = call.name == "include"
            return .addresses(addresses.filter { filter.matches($0) == isIncluded })
        case "sort":
            let order = try AddressOrder(try expect(1, call)[0])
            return .addresses(order.sorted(addresses, host))
        case "unique":
            return .addresses(try unique(addresses, by: try expect(1, call)[0]))
        case "limit":
            let argument = try expect(1, call)[0]
            let count = try number(argument)
            guard count >= 0 else { throw invalid(argument, "is below 0") }
            return .addresses(Array(addresses.prefix(count)))
        case "offset":
            let argument = try expect(1, call)[0]
            let offset = try number(argument)
            guard offset.magnitude <= addresses.count else {
                throw invalid(argument, "seeks past the end of \(addresses.count) addresses")
            }
            return .addresses(
                offset < 0 ? addresses.suffix(-offset) : Array(addresses.dropFirst(offset))
            )
        case "math":
            let arguments = try expect(2, call)
            return .addresses(try AddressMath.apply(arguments[0], arguments[1], to: addresses))
        case "attr", "Attr":
            let attribute = try AddressAttribute(try expect(1, call)[0])
            return .text(addresses.first.map(attribute.text) ?? "")
        case "join":
            let arguments = try expect(2, call)
            let attribute = try AddressAttribute(arguments[0])
            return .text(addresses.map(attribute.text).joined(separator: arguments[1].text))
        default: throw unknown(call, isFirst: false)
        }
    }

    /// Leaves out what has the same as the one before it.
    private static func unique(
        _ addresses: [InterfaceAddress],
        by argument: Argument
    ) throws(AddressTemplateError) -> [InterfaceAddress] {
        let key: (InterfaceAddress) -> String
        switch argument.text.lowercased() {
        case "address": key = { $0.block.blockText }
        case "name": key = { $0.name }
        default: throw invalid(argument, "is no constraint of unique", hint: "address or name")
        }
        var result: [InterfaceAddress] = []
        for address in addresses where result.last.map(key) != key(address) {
            result.append(address)
        }
        return result
    }
}

// What is wrong.
extension AddressTemplate {
    @discardableResult
    private static func expect(
        _ count: Int,
        _ call: Call
    ) throws(AddressTemplateError) -> [Argument] {
        guard call.arguments.count == count else {
            throw AddressTemplateError(
                text: "wrong number of arguments for \(call.name): "
                    + "want \(count), got \(call.arguments.count)",
                column: call.column
            )
        }
        return call.arguments
    }

    /// A number; `offset "-2"` has it in quotes.
    private static func number(_ argument: Argument) throws(AddressTemplateError) -> Int {
        guard let number = Int(argument.text) else { throw invalid(argument, "is no number") }
        return number
    }

    /// An argument that does not fit.
    static func invalid(
        _ argument: Argument,
        _ reason: String,
        hint: String = ""
    ) -> AddressTemplateError {
        AddressTemplateError(
            text: "\"\(argument.text)\" \(reason)",
            column: argument.column,
            hint: hint.isEmpty ? "" : "write \(hint)"
        )
    }

    private static let sources = [
        "GetAllInterfaces", "GetDefaultInterfaces", "GetInterfaceIP", "GetInterfaceIPs",
        "GetPrivateIP", "GetPrivateIPs", "GetPrivateInterfaces", "GetPublicIP", "GetPublicIPs",
        "GetPublicInterfaces",
    ]
    private static let operators = [
        "attr", "exclude", "include", "join", "limit", "math", "offset", "sort", "unique",
    ]

    private static func unknown(_ call: Call, isFirst: Bool) -> AddressTemplateError {
        let (here, elsewhere) = isFirst ? (sources, operators) : (operators, sources)
        if elsewhere.contains(call.name) {
            return AddressTemplateError(
                text: isFirst
                    ? "\"\(call.name)\" has no interfaces to work on"
                    : "\"\(call.name)\" can only begin a template",
                column: call.column,
                hint: isFirst ? "write GetAllInterfaces | before it" : ""
            )
        }
        let near = Suggestion.nearest(to: call.name, among: here)
        return AddressTemplateError(
            text: "function \"\(call.name)\" not defined",
            column: call.column,
            hint: near.map { "did you mean \"\($0)\"?" }
                ?? "known here: \(here.joined(separator: ", "))"
        )
    }
}
