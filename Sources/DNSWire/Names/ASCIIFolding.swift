// SPDX-License-Identifier: Apache-2.0

/// The octet with `A`…`Z` turned into `a`…`z`; every other octet is returned as it is.
///
/// RFC 4343 §3: names compare without regard to the case of the 26 ASCII letters, and only those.
@inlinable
public func foldedOctet(_ octet: UInt8) -> UInt8 {
    octet &- 0x41 < 26 ? octet | 0x20 : octet
}

extension Sequence<UInt8> {
    /// The octets, each folded by ``foldedOctet(_:)``.
    public func foldedOctets() -> [UInt8] { map(foldedOctet) }
}
