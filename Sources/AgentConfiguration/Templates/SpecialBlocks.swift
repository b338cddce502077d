// SPDX-License-Identifier: Apache-2.0

/// Blocks of addresses that RFCs set aside, as `include "rfc"` knows them.
enum SpecialBlocks {
    /// Whether an address is in a block of an RFC; `nil` for one that is not known.
    static func isIn(_ rfc: Int, _ address: IPBlock) -> Bool? {
        blocks[rfc].map { $0.contains { $0.contains(address: address) } }
    }

    /// Whether an address is set aside at all: "private" in templates (RFC 6890).
    static func isPrivate(_ address: IPBlock) -> Bool { isIn(6890, address) ?? false }

    /// Whether routers forward to an address (RFC 6890, "Forwardable").
    static func isForwardable(_ address: IPBlock) -> Bool {
        !unforwardable.contains { $0.contains(address: address) }
    }

    private static func list(_ texts: String...) -> [IPBlock] { texts.compactMap { IPBlock($0) } }

    private static let unforwardable = list(
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "2001:db8::/32",
        "2001:10::/28",
        "fe80::/10"
    )

    private static let blocks: [Int: [IPBlock]] = [
        919: list("255.255.255.255/32"),
        1112: list("224.0.0.0/4"),
        1122: list("0.0.0.0/8", "127.0.0.0/8"),
        1918: list("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        2544: list("198.18.0.0/15"),
        2765: list("::ffff:0:0/96", "::ffff:0:0:0/96"),
        2928: list("2001::/16"),
        3056: list("2002::/16"),
        3068: list("192.88.99.0/24", "2002:c058:6301::/120"),
        3171: list("224.0.0.0/4"),
        3330: list(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4"
        ),
        3849: list("2001:db8::/32"),
        3927: list("169.254.0.0/16"),
        4038: list("::ffff:0:0/96"),
        4193: list("fc00::/7"),
        4291: list(
            "::/96",
            "::ffff:0:0/96",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"
        ),
        4380: list("2001::/32"),
        4773: list("2001::/23"),
        4843: list("2001:10::/28"),
        5180: list("2001:200::/48"),
        5735: list("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15"),
        5737: list("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
        6052: list("64:ff9b::/96"),
        6333: list("192.0.0.0/29"),
        6598: list("100.64.0.0/10"),
        6666: list("100::/64"),
        // go-sockaddr has 2001::/16 here, with which much of the Internet would be private.
        6890: list(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "::/127",
            "64:ff9b::/96",
            "::ffff:0:0/96",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "fc00::/7",
            "fe80::/10"
        ),
        7335: list("192.0.0.0/29"),
    ]
}
