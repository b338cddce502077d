// SPDX-License-Identifier: Apache-2.0

/// What `attr` and `join` print of an address.
struct AddressAttribute {
    /// The attribute of an address.
    let text: (InterfaceAddress) -> String

    /// Reads the name of an attribute.
    init(_ argument: AddressTemplate.Argument) throws(AddressTemplateError) {
        switch argument.text.lowercased() {
        case "address", "host": text = { $0.block.text }
        case "name": text = { $0.name }
        case "string": text = { $0.block.blockText }
        case "type": text = { $0.block.isV6 ? "IPv6" : "IPv4" }
        case "network": text = { $0.block.text(of: $0.block.network) }
        case "netmask": text = { $0.block.text(of: $0.block.mask) }
        case "mask_bits": text = { "\($0.block.prefixLength)" }
        case "size":
            // 2^128 is one more than fits.
            text = { $0.block.size.map { "\($0)" } ?? "340282366920938463463374607431768211456" }
        case "broadcast": text = { $0.block.text(of: $0.block.last) }
        case "first_usable": text = { $0.block.text(of: Self.usable($0.block).lowerBound) }
        case "last_usable": text = { $0.block.text(of: Self.usable($0.block).upperBound) }
        default:
            throw AddressTemplate.invalid(
                argument,
                "is no attribute of an address",
                hint: "address, name, network, netmask, mask_bits, size, broadcast, "
                    + "first_usable, last_usable, string or type"
            )
        }
    }

    /// IPv4 networks but the smallest keep their first and last address for themselves.
    private static func usable(_ block: IPBlock) -> ClosedRange<UInt128> {
        block.isV6 || block.prefixLength >= 31
            ? block.network...block.last : (block.network + 1)...(block.last - 1)
    }
}

/// What `math` does to addresses.
enum AddressMath {
    /// Changes each address.
    static func apply(
        _ operation: AddressTemplate.Argument,
        _ value: AddressTemplate.Argument,
        to addresses: [InterfaceAddress]
    ) throws(AddressTemplateError) -> [InterfaceAddress] {
        let change: (IPBlock) -> IPBlock
        switch operation.text.lowercased() {
        case "address":
            let offset = try signed(value)
            change = { $0.advanced(by: offset) }
        case "network":
            let offset = try signed(value)
            change = { $0.inNetwork(at: offset) }
        case "mask":
            guard let length = Int(value.text), (0...128).contains(length) else {
                throw AddressTemplate.invalid(value, "is no length of a mask", hint: "0 to 128")
            }
            for address in addresses where length > address.block.width {
                throw AddressTemplate.invalid(
                    value,
                    "is too long for \(address.block.text)",
                    hint: "include \"type\" \"IPv6\" | before it"
                )
            }
            change = { $0.masked(to: length) }
        default:
            throw AddressTemplate.invalid(
                operation,
                "is no operation of math",
                hint: "address, network or mask"
            )
        }
        return addresses.map {
            var copy = $0
            copy.block = change($0.block)
            return copy
        }
    }

    private static func signed(
        _ argument: AddressTemplate.Argument
    ) throws(AddressTemplateError) -> Int64 {
        guard argument.text.hasPrefix("+") || argument.text.hasPrefix("-"),
            let number = Int64(argument.text)
        else {
            throw AddressTemplate.invalid(argument, "has no sign", hint: "\"+1\" or \"-1\"")
        }
        return number
    }
}
