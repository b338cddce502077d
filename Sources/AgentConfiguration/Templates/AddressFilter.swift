// SPDX-License-Identifier: Apache-2.0
internal import Filtering

/// What `include` and `exclude` look at.
///
/// With several values, separated by `|`, one of them must fit. go-sockaddr counts an address for
/// each value that does not fit, so that it excludes and repeats otherwise.
struct AddressFilter {
    /// Whether an address is meant.
    let matches: (InterfaceAddress) -> Bool

    /// Reads `include`'s two arguments.
    init(
        _ selector: AddressTemplate.Argument,
        _ value: AddressTemplate.Argument
    ) throws(AddressTemplateError) {
        let words = value.text.lowercased().split(
            separator: "|",
            omittingEmptySubsequences: false
        )
        switch selector.text.lowercased() {
        case "address":
            let pattern = try Self.pattern(value)
            matches = { pattern.matches($0.block.blockText) }
        case "name":
            let pattern = try Self.pattern(value)
            matches = { pattern.matches($0.name) }
        case "flag", "flags": matches = try Self.flags(words, value)
        case "network":
            var blocks: [IPBlock] = []
            for word in words {
                guard let block = IPBlock(word) else {
                    throw AddressTemplate.invalid(value, "is no network", hint: "\"10.0.0.0/8\"")
                }
                blocks.append(block)
            }
            matches = { address in blocks.contains { $0.contains(network: address.block) } }
        case "rfc", "rfcs":
            var numbers: [Int] = []
            let none = IPBlock(octets: [0, 0, 0, 0], prefixLength: 32)
            for word in words {
                guard let number = Int(word), SpecialBlocks.isIn(number, none) != nil else {
                    throw AddressTemplate.invalid(
                        value,
                        "is no RFC with blocks of addresses",
                        hint: "\"6890\", \"1918\", \"6598\" or \"4193\""
                    )
                }
                numbers.append(number)
            }
            matches = { address in
                numbers.contains { SpecialBlocks.isIn($0, address.block) == true }
            }
        case "size":
            guard let length = Int(value.text), (0...128).contains(length) else {
                throw AddressTemplate.invalid(value, "is no length of a mask", hint: "0 to 128")
            }
            matches = { $0.block.prefixLength == length }
        case "type":
            for word in words where !["ip", "ipv4", "ipv6", "unix"].contains(word) {
                throw AddressTemplate.invalid(
                    value,
                    "is no type of address",
                    hint: "IP, IPv4 or IPv6"
                )
            }
            matches = { address in
                words.contains("ip") || words.contains(address.block.isV6 ? "ipv6" : "ipv4")
            }
        default:
            throw AddressTemplate.invalid(
                selector,
                "is nothing to choose by",
                hint: "address, flags, name, network, rfc, size or type"
            )
        }
    }

    /// A regular expression.
    static func pattern(
        _ argument: AddressTemplate.Argument
    ) throws(AddressTemplateError) -> RegularExpression {
        do { return try RegularExpression(argument.text) } catch {
            throw AddressTemplateError(text: "\(error)", column: argument.column)
        }
    }

    /// go-sockaddr: all flags of the interface, or one property of the address.
    private static func flags(
        _ words: [Substring],
        _ value: AddressTemplate.Argument
    ) throws(AddressTemplateError) -> (InterfaceAddress) -> Bool {
        var wanted: InterfaceAddress.Flags = []
        var isDown = false
        var properties: [(IPBlock) -> Bool] = []
        for word in words {
            switch word {
            case "broadcast": wanted.insert(.broadcast)
            case "down": isDown = true
            case "forwardable": properties.append(SpecialBlocks.isForwardable)
            case "global unicast": properties.append(AddressScope.isGlobalUnicast)
            case "interface-local multicast":
                properties.append(AddressScope.isInterfaceLocalMulticast)
            case "link-local multicast": properties.append(AddressScope.isLinkLocalMulticast)
            case "link-local unicast": properties.append(AddressScope.isLinkLocalUnicast)
            case "loopback":
                wanted.insert(.loopback)
                properties.append(AddressScope.isLoopback)
            case "multicast":
                wanted.insert(.multicast)
                properties.append(AddressScope.isMulticast)
            case "point-to-point": wanted.insert(.pointToPoint)
            case "unspecified": properties.append { $0.address == 0 }
            case "up": wanted.insert(.up)
            default:
                throw AddressTemplate.invalid(
                    value,
                    "has an unknown flag: \(word)",
                    hint: "up, down, forwardable, loopback, broadcast, multicast, "
                        + "point-to-point, \"global unicast\" or \"link-local unicast\""
                )
            }
        }
        let (flags, looksAtFlags) = (wanted, !wanted.isEmpty || isDown)
        return { address in
            let fits =
                address.flags.isSuperset(of: flags)
                && !(isDown && address.flags.contains(.up))
            return looksAtFlags && fits || properties.contains { $0(address.block) }
        }
    }
}

/// What Go's `net.IP` says of an address (RFC 4291 §2.7, RFC 5771).
enum AddressScope {
    /// This host alone: `127.0.0.0/8`, `::1`.
    static func isLoopback(_ block: IPBlock) -> Bool {
        block.isV6 ? block.address == 1 : block.address >> 24 == 127
    }

    /// A group of hosts: `224.0.0.0/4`, `ff00::/8`.
    static func isMulticast(_ block: IPBlock) -> Bool {
        block.isV6 ? block.address >> 120 == 0xff : block.address >> 28 == 0xe
    }

    /// A group on one interface; IPv6 alone has them.
    static func isInterfaceLocalMulticast(_ block: IPBlock) -> Bool {
        block.isV6 && (block.address >> 112) & 0xff0f == 0xff01
    }

    /// A group on one link: `224.0.0.0/24`, `ff02::/16` whatever its flags.
    static func isLinkLocalMulticast(_ block: IPBlock) -> Bool {
        block.isV6 ? (block.address >> 112) & 0xff0f == 0xff02 : block.address >> 8 == 0xe00000
    }

    /// A host on one link: `169.254.0.0/16`, `fe80::/10`.
    static func isLinkLocalUnicast(_ block: IPBlock) -> Bool {
        block.isV6 ? block.address >> 118 == 0x3fa : block.address >> 16 == 0xa9fe
    }

    /// One host, and none of the above; private addresses are of this kind.
    static func isGlobalUnicast(_ block: IPBlock) -> Bool {
        block.address != 0 && (block.isV6 || block.address != UInt128(UInt32.max))
            && !isLoopback(block) && !isMulticast(block) && !isLinkLocalUnicast(block)
    }
}
