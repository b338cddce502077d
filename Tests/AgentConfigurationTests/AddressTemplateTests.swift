// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import AgentConfiguration

/// A host with a loopback, two networks, a bridge, a tunnel and an interface that is down.
let templateHost: HostInterfaces = {
    func address(
        _ name: String,
        _ block: String,
        _ flags: InterfaceAddress.Flags = [.up, .broadcast, .multicast]
    ) -> InterfaceAddress {
        var result = InterfaceAddress(
            name: name,
            octets: [0, 0, 0, 0],
            prefixLength: 0,
            flags: flags
        )
        if let parsed = IPBlock(block) {
            // The whole address stands before the slash.
            result.block = parsed
        }
        return result
    }
    return HostInterfaces(
        addresses: [
            address("lo", "127.0.0.1/8", [.up, .loopback]),
            address("lo", "::1/128", [.up, .loopback]),
            address("eth0", "192.168.7.20/24"),
            address("eth0", "2001:470:1::7/64"),
            address("eth0", "fe80::7/64"),
            address("eth1", "10.1.2.3/8"),
            address("eth1", "198.41.0.4/26"),
            address("docker0", "172.17.0.1/16"),
            address("tun0", "10.9.0.2/32", [.up, .pointToPoint]),
            address("eth2", "10.5.5.5/24", [.broadcast, .multicast]),
        ],
        defaultName: "eth0"
    )
}()

@Suite("Address templates")
struct AddressTemplateTests {
    private static func evaluate(_ text: String, _ host: HostInterfaces = templateHost) -> String {
        do throws(AddressTemplateError) {
            return try AddressTemplate(text).evaluate(on: host)
        } catch {
            return "\(error.text), column \(error.column)"
        }
    }

    @Test(
        "short forms",
        arguments: [
            ("{{ GetPrivateIP }}", "192.168.7.20"),
            ("{{GetPrivateIP}}", "192.168.7.20"),
            ("{{ GetPublicIP }}", "2001:470:1::7"),
            // By family, then the larger network first; of the interface that is down too.
            (
                "{{ GetPrivateIPs }}",
                "10.1.2.3 172.17.0.1 192.168.7.20 10.5.5.5 10.9.0.2"
            ),
            ("{{ GetPublicIPs }}", "198.41.0.4 2001:470:1::7"),
            ("{{ GetInterfaceIP \"eth0\" }}", "192.168.7.20"),
            ("{{ GetInterfaceIP `eth1` }}", "10.1.2.3"),
            ("{{ GetInterfaceIP \"lo\" }}", ""),
            ("{{ GetInterfaceIP \"nowhere\" }}", ""),
            ("{{ GetInterfaceIPs \"eth0\" }}", "192.168.7.20 2001:470:1::7 fe80::7"),
            ("{{ GetInterfaceIPs \"^eth[12]$\" }}", "10.1.2.3 10.5.5.5 198.41.0.4"),
            ("10.0.0.1 {{ GetPrivateIP }}", "10.0.0.1 192.168.7.20"),
            ("a {{- GetPrivateIP -}} b", "a192.168.7.20b"),
            ("unix:///{{ GetPrivateIP }}", "unix:///192.168.7.20"),
            ("no template", "no template"),
        ]
    )
    func shortForms(text: String, result: String) {
        #expect(Self.evaluate(text) == result)
    }

    @Test(
        "sources and what they are cut down to",
        arguments: [
            (
                "GetAllInterfaces",
                "127.0.0.1 ::1 192.168.7.20 2001:470:1::7 fe80::7 10.1.2.3 198.41.0.4 172.17.0.1 "
                    + "10.9.0.2 10.5.5.5"
            ),
            (". | limit 2", "127.0.0.1 ::1"),
            ("GetDefaultInterfaces", "192.168.7.20 2001:470:1::7 fe80::7"),
            // The default route's first, then by the size of the network.
            ("GetPrivateInterfaces", "192.168.7.20 10.1.2.3 172.17.0.1 10.9.0.2"),
            ("GetPublicInterfaces", "2001:470:1::7 198.41.0.4"),
            ("GetPrivateInterfaces | limit 0", ""),
            ("GetPrivateInterfaces | limit 9", "192.168.7.20 10.1.2.3 172.17.0.1 10.9.0.2"),
            ("GetPrivateInterfaces | offset 3", "10.9.0.2"),
            ("GetPrivateInterfaces | offset \"-2\" | limit 1", "172.17.0.1"),
            ("GetPrivateInterfaces | offset -1", "10.9.0.2"),
            (
                "GetAllInterfaces | sort \"name\" | unique \"name\"",
                "172.17.0.1 192.168.7.20 10.1.2.3 "
                    + "10.5.5.5 127.0.0.1 10.9.0.2"
            ),
            (
                "GetAllInterfaces | math \"mask\" \"0\" | include \"type\" \"IPv4\" | unique \"address\"",
                "0.0.0.0"
            ),
        ]
    )
    func sources(pipeline: String, result: String) {
        #expect(Self.evaluate("{{ \(pipeline) | join \"address\" \" \" }}") == result)
    }

    @Test(
        "include, and exclude is all the others",
        arguments: [
            ("\"type\" \"IPv6\"", "::1 2001:470:1::7 fe80::7"),
            ("\"type\" \"ipv4|IPv6\"", "all"), ("\"type\" \"IP\"", "all"),
            ("\"name\" \"^eth0\"", "192.168.7.20 2001:470:1::7 fe80::7"),
            ("\"address\" \"^10[.]\"", "10.1.2.3 10.9.0.2 10.5.5.5"),
            ("\"address\" \"/24$\"", "192.168.7.20 10.5.5.5"),
            ("\"network\" \"10.0.0.0/8\"", "10.1.2.3 10.9.0.2 10.5.5.5"),
            // A network that is larger is no part of it.
            ("\"network\" \"10.1.0.0/16|172.16.0.0/12\"", "172.17.0.1"),
            ("\"network\" \"2001:470::/32\"", "2001:470:1::7"),
            ("\"rfc\" \"1918\"", "192.168.7.20 10.1.2.3 172.17.0.1 10.9.0.2 10.5.5.5"),
            ("\"RFC\" \"1122|4291\"", "127.0.0.1 ::1 fe80::7"),
            (
                "\"rfcs\" \"6890\"",
                "127.0.0.1 ::1 192.168.7.20 fe80::7 10.1.2.3 172.17.0.1 "
                    + "10.9.0.2 10.5.5.5"
            ),
            ("\"size\" \"24\"", "192.168.7.20 10.5.5.5"),
            ("\"size\" \"64\"", "2001:470:1::7 fe80::7"),
            ("\"flags\" \"down\"", "10.5.5.5"), ("\"flag\" \"loopback\"", "127.0.0.1 ::1"),
            ("\"flags\" \"up|point-to-point\"", "10.9.0.2"),
            (
                "\"flags\" \"forwardable\"",
                "192.168.7.20 2001:470:1::7 10.1.2.3 198.41.0.4 "
                    + "172.17.0.1 10.9.0.2 10.5.5.5"
            ),
            ("\"flags\" \"link-local unicast\"", "fe80::7"),
            ("\"flags\" \"link-local unicast|up|loopback\"", "127.0.0.1 ::1 fe80::7"),
            (
                "\"flags\" \"global unicast\"",
                "192.168.7.20 2001:470:1::7 10.1.2.3 198.41.0.4 "
                    + "172.17.0.1 10.9.0.2 10.5.5.5"
            ),
            ("\"flags\" \"unspecified\"", ""),
        ]
    )
    func filters(arguments: String, result: String) {
        let all = Self.evaluate("{{ GetAllInterfaces | join \"address\" \" \" }}")
        let wanted = result == "all" ? all : result
        let included = Self.evaluate(
            "{{ GetAllInterfaces | include \(arguments) | join \"address\" \" \" }}"
        )
        #expect(included == wanted)
        let excluded = Self.evaluate(
            "{{ GetAllInterfaces | exclude \(arguments) | join \"address\" \" \" }}"
        )
        let rest = all.split(separator: " ").filter { !wanted.split(separator: " ").contains($0) }
        #expect(excluded == rest.joined(separator: " "))
    }

    @Test(
        "sort, with ties as they were",
        arguments: [
            ("address", "10.1.2.3 10.9.0.2 172.17.0.1 192.168.7.20"),
            ("+address", "10.1.2.3 10.9.0.2 172.17.0.1 192.168.7.20"),
            ("-address", "192.168.7.20 172.17.0.1 10.9.0.2 10.1.2.3"),
            ("name", "172.17.0.1 192.168.7.20 10.1.2.3 10.9.0.2"),
            ("-size", "10.9.0.2 192.168.7.20 172.17.0.1 10.1.2.3"),
            ("-default,size", "10.1.2.3 172.17.0.1 10.9.0.2 192.168.7.20"),
            ("type,port,private, -name", "10.9.0.2 10.1.2.3 192.168.7.20 172.17.0.1"),
        ]
    )
    func orders(clauses: String, result: String) {
        let text = "{{ GetPrivateInterfaces | sort \"\(clauses)\" | join \"address\" \" \" }}"
        #expect(Self.evaluate(text) == result)
    }

    @Test(
        "attributes and math of 192.168.7.20/24",
        arguments: [
            ("address", "192.168.7.20"), ("host", "192.168.7.20"), ("name", "eth0"),
            ("string", "192.168.7.20/24"), ("type", "IPv4"), ("network", "192.168.7.0"),
            ("netmask", "255.255.255.0"), ("mask_bits", "24"), ("size", "256"),
            ("broadcast", "192.168.7.255"), ("first_usable", "192.168.7.1"),
            ("LAST_USABLE", "192.168.7.254"),
        ]
    )
    func attributes(name: String, result: String) {
        #expect(Self.evaluate("{{ GetPrivateInterfaces | attr \"\(name)\" }}") == result)
    }

    @Test(
        "math",
        arguments: [
            ("192", "address", "+236", "192.168.8.0/24"),
            ("192", "address", "-21", "192.168.6.255/24"),
            ("192", "network", "+2", "192.168.7.2/24"),
            ("192", "network", "-2", "192.168.7.254/24"),
            ("192", "network", "+258", "192.168.7.2/24"), ("192", "mask", "16", "192.168.0.0/16"),
            ("192", "mask", "28", "192.168.7.16/24"),
            ("127", "address", "+2147483648", "255.0.0.1/8"),
            ("127", "address", "-2130706434", "255.255.255.255/8"),
            ("2001", "address", "+9", "2001:470:1::10/64"),
            ("2001", "network", "-1", "2001:470:1:0:ffff:ffff:ffff:ffff/64"),
            ("2001", "mask", "32", "2001:470::/32"),
            (
                "::1", "address", "-2",
                "ffff:ffff:ffff:"
                    + "ffff:ffff:ffff:ffff:ffff"
            ),
        ]
    )
    func math(begin: String, operation: String, value: String, result: String) {
        let text =
            "{{ GetAllInterfaces | include \"address\" \"^\(begin)\" "
            + "| math \"\(operation)\" \"\(value)\" | attr \"string\" }}"
        #expect(Self.evaluate(text) == result)
    }

    @Test(
        "every RFC has its blocks, to their last address",
        arguments: [
            (919, "255.255.255.255", "255.255.255.254"), (1112, "239.255.255.255", "240.0.0.0"),
            (1122, "0.255.255.255 127.255.255.255", "1.0.0.0 128.0.0.0"),
            (
                1918, "10.255.255.255 172.31.255.255 192.168.255.255",
                "11.0.0.0 172.32.0.0 192.169.0.0 172.15.255.255"
            ),
            (2544, "198.18.0.0 198.19.255.255", "198.20.0.0"),
            (2765, "::ffff:a00:1 ::ffff:0:a00:1", "::a00:1"), (2928, "2001:ffff::", "2002::"),
            (3056, "2002:ffff::", "2003::"),
            (3068, "192.88.99.255 2002:c058:6301::ff", "192.88.100.0 2002:c058:6301::100"),
            (3171, "224.0.0.0", "223.255.255.255"),
            (3330, "169.254.1.1 198.18.0.1 250.0.0.1 192.88.99.1", "100.64.0.1 9.9.9.9"),
            (3849, "2001:db8:ffff::", "2001:db9::"), (3927, "169.254.255.255", "169.255.0.0"),
            (4038, "::ffff:1.2.3.4", "::1.2.3.4"), (4193, "fdff::", "fe00::"),
            (4291, ":: ::1 ::a00:1 fe80::1 fec0::1 ff02::1", "2001:470::1"),
            (4380, "2001:0:ffff::", "2001:1::"), (4773, "2001:1ff::", "2001:200::"),
            (4843, "2001:1f::", "2001:20::"), (5180, "2001:200::1", "2001:200:1::"),
            (5735, "192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1", "192.0.3.0"),
            (5737, "192.0.2.255 198.51.100.255 203.0.113.255", "198.18.0.1"),
            (6052, "64:ff9b::ffff:ffff", "64:ff9b::1:0:0"), (6333, "192.0.0.7", "192.0.0.8"),
            (6598, "100.64.0.0 100.127.255.255", "100.63.255.255 100.128.0.0"),
            (6666, "100::ffff:ffff:ffff:ffff", "100:0:0:1::"),
            (
                6890,
                "0.0.0.1 10.0.0.1 100.64.0.1 127.0.0.1 169.254.0.1 172.16.0.1 192.0.0.9 192.0.2.1 "
                    + "192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 250.0.0.1 :: ::1 "
                    + "64:ff9b::1 ::ffff:a00:1 100::1 2001:1ff::1 2001:db8::1 2002::1 fd00::1 fe80::1",
                "9.9.9.9 224.0.0.1 ::2 2001:470::1 2001:200::1 2600::1 ff02::1"
            ), (7335, "192.0.0.0", "191.255.255.255"),
        ]
    )
    func rfcs(number: Int, inside: String, outside: String) throws {
        for (text, isInside) in [(inside, true), (outside, false)] {
            for word in text.split(separator: " ") {
                let block = try #require(IPBlock(word))
                #expect(SpecialBlocks.isIn(number, block) == isInside, "\(word)")
            }
        }
    }

    @Test("nothing is found on a host without interfaces, and nothing fails")
    func nowhere() {
        let host = HostInterfaces()
        for text in [
            "{{ GetPrivateIP }}", "{{ GetPublicIPs }}", "{{ GetAllInterfaces | attr \"name\" }}",
            "{{ GetPrivateInterfaces | sort \"default\" | limit 1 | join \"address\" \" \" }}",
        ] { #expect(Self.evaluate(text, host).isEmpty, "\(text)") }
        #expect(
            Self.evaluate("{{ GetDefaultInterfaces | attr \"address\" }}", host)
                == "no default interface found, column 4"
        )
    }

    @Test(
        "mistakes are told with their column",
        arguments: [
            ("{{ GetPrivateIP", "unclosed action, column 1"),
            ("x {{", "unclosed action, column 5"),
            ("{{ }}", "unexpected \"}\", column 4"),
            ("{{ GetPrivateIp }}", "function \"GetPrivateIp\" not defined, column 4"),
            ("{{ printf \"x\" }}", "function \"printf\" not defined, column 4"),
            ("{{ $x }}", "unexpected \"$\", column 4"),
            ("{{ if GetPrivateIP }}", "unexpected \"G\", column 7"),
            (
                "{{ GetAllInterfaces }}",
                "\"GetAllInterfaces\" gives interfaces, not addresses, column 4"
            ),
            (
                "{{ GetAllInterfaces | limit 1 }}",
                "\"limit\" gives interfaces, not addresses, column 23"
            ),
            ("{{ attr \"address\" }}", "\"attr\" has no interfaces to work on, column 4"),
            ("{{ . | GetPrivateIP }}", "\"GetPrivateIP\" can only begin a template, column 8"),
            (
                "{{ GetPrivateIP | limit 1 }}",
                "\"limit\" wants interfaces, and what stands before it gives text, column 19"
            ),
            (
                "{{ GetInterfaceIP }}",
                "wrong number of arguments for GetInterfaceIP: want 1, got 0, "
                    + "column 4"
            ),
            (
                "{{ GetPrivateIP \"a\" }}",
                "wrong number of arguments for GetPrivateIP: want 0, got 1, "
                    + "column 4"
            ),
            (
                "{{ . | include \"type\" }}",
                "wrong number of arguments for include: want 2, got 1, "
                    + "column 8"
            ),
            ("{{ . | include \"typ\" \"x\" }}", "\"typ\" is nothing to choose by, column 16"),
            ("{{ . | include \"type\" \"ax25\" }}", "\"ax25\" is no type of address, column 23"),
            ("{{ . | include \"network\" \"10/8\" }}", "\"10/8\" is no network, column 26"),
            (
                "{{ . | include \"network\" \"10.0.0.0/33\" }}",
                "\"10.0.0.0/33\" is no network, column 26"
            ),
            (
                "{{ . | include \"rfc\" \"1035\" }}",
                "\"1035\" is no RFC with blocks of addresses, column 22"
            ),
            ("{{ . | include \"size\" \"129\" }}", "\"129\" is no length of a mask, column 23"),
            ("{{ . | include \"flags\" \"up|x\" }}", "\"up|x\" has an unknown flag: x, column 24"),
            (
                "{{ . | include \"name\" \"(\" }}",
                "error parsing regexp: missing closing ): `(`, column 23"
            ),
            ("{{ . | sort \"size,x\" }}", "\"size,x\" has an unknown sort type: \"x\", column 13"),
            ("{{ . | unique \"x\" }}", "\"x\" is no constraint of unique, column 15"),
            ("{{ . | limit \"x\" }}", "\"x\" is no number, column 14"),
            ("{{ . | limit -1 }}", "\"-1\" is below 0, column 14"),
            ("{{ . | offset 11 }}", "\"11\" seeks past the end of 10 addresses, column 15"),
            ("{{ . | attr \"port\" }}", "\"port\" is no attribute of an address, column 13"),
            ("{{ . | math \"add\" \"+1\" }}", "\"add\" is no operation of math, column 13"),
            ("{{ . | math \"address\" \"1\" }}", "\"1\" has no sign, column 23"),
            ("{{ . | math \"mask\" \"33\" }}", "\"33\" is too long for 127.0.0.1, column 20"),
            ("{{ . | attr \"a }}", "unterminated quoted string, column 13"),
            ("{{ . | attr `a }}", "unterminated raw string, column 13"),
            ("{{ . | attr \"\\d\" }}", "unknown escape in a string, column 14"),
        ]
    )
    func mistakes(text: String, result: String) { #expect(Self.evaluate(text) == result) }

    @Test("whatever stands in a template, it is read to an end")
    func anything() {
        let parts = [
            "{{", "}}", " ", "-", "|", "GetAllInterfaces", "include", "\"name\"", "\"", "`", "\\",
            ".",
            "limit", "-9223372036854775808", "9999999999999999999", "offset", "join", "x", "é",
            "math",
            "\"address\"", "\"-9223372036854775808\"", "attr", "sort", "\"size\"",
        ]
        var generator = SplitMix64(seed: 4)
        var count = 0
        for _ in 0..<3000 {
            let length = Int.random(in: 0..<12, using: &generator)
            let text = (0..<length).compactMap { _ in parts.randomElement(using: &generator) }
                .joined(separator: Bool.random(using: &generator) ? " " : "")
            if !Self.evaluate("{{ . | " + text).contains(", column ") { count += 1 }
        }
        #expect(count < 3000)
    }

    @Test("the default route is the one with the lowest metric; IPv6 only without the other")
    func routes() {
        let head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        let routes =
            head + "eth1\t00000000\t0100000A\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
            + "eth0\t00000000\t0107A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
            + "down\t00000000\t0107A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
            + "eth2\t0007A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
            + "half\t00000000\t0107A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
        let zeros = String(repeating: "0", count: 32)
        func v6(_ length: String, _ metric: String, _ flags: String, _ name: String) -> String {
            "\(zeros) \(length) \(zeros) 00 fe80\(zeros.dropFirst(4)) \(metric) 00000001 00000000 "
                + "\(flags)     \(name)\n"
        }
        let routesV6 =
            v6("00", "ffffffff", "00200200", "lo") + v6("00", "00000400", "00000003", "eth6")
            + v6("00", "00000100", "00000003", "eth5") + v6("08", "00000001", "00000001", "eth4")
        #expect(HostInterfaces.defaultName(routes: routes, routesV6: routesV6) == "eth0")
        #expect(HostInterfaces.defaultName(routes: head, routesV6: routesV6) == "eth5")
        #expect(HostInterfaces.defaultName(routes: head, routesV6: "") == nil)
        #expect(HostInterfaces.defaultName(routes: "", routesV6: "x y\n") == nil)
    }
}
