// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import Property

/// Any text as HCL and as JSON: parsing ends; what parses prints to a text that parses to an
/// equal value; the builder ends with a configuration or with an error that says something.
@c(LLVMFuzzerTestOneInput)
public func fuzzHCL(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    if let value = try? HCLParser.parse(octets, file: "f.hcl") { check(value) }
    if let value = try? JSONParser.parse(octets, file: "f.json") { checkJSON(value) }
    for format in ConfigurationFormat.allCases {
        let source = ConfigurationSource(name: "f", format: format, octets: octets)
        do throws(ConfigurationError) {
            let host = hosts[octets.count % hosts.count]
            _ = try ConfigurationBuilder.build(sources: [source], host: host)
        } catch {
            Property.holds(!error.message.isEmpty, "an error without a message")
        }
    }
    return 0
}

/// Hosts with an address of each family, with two and with none, chosen by the text's length.
private let hosts = [
    HostFacts(hostName: "host", privateIPv4: ["10.0.0.1"], publicIPv6: ["2001:db8::1"]),
    HostFacts(
        hostName: "host",
        privateIPv4: ["10.0.0.1", "10.0.0.2"],
        publicIPv6: ["2001:db8::1", "2001:db8::2"]
    ),
    HostFacts(hostName: "host"),
]

private func check(_ value: ConfigurationValue) {
    let text = "x = " + value.hcl
    do throws(SyntaxError) {
        let again = try HCLParser.parse(Array(text.utf8), file: "g.hcl")
        let expected = ConfigurationValue.Content.object([
            .init(key: "x", keyPosition: value.position, value: value)
        ])
        Property.holds(again.content == expected, "\(text) | \(again.hcl)")
    } catch {
        // One level deeper than the text was: the limit of nesting may be reached.
        Property.holds(
            error.message.contains("nest") || error.message.contains("deep"),
            "\(error): \(text)"
        )
    }
}

private func checkJSON(_ value: ConfigurationValue) {
    let text = value.json
    do throws(SyntaxError) {
        Property.holds(try JSONParser.parse(Array(text.utf8), file: "g.json") == value, text)
    } catch {
        Property.holds(false, "\(error): \(text)")
    }
}
