// SPDX-License-Identifier: Apache-2.0
internal import Definitions

// What can be said about a recursor's address without asking anybody; host names are resolved at
// the start.
extension Assembly {
    /// Checks `recursors`, each where it is written.
    mutating func checkRecursors(_ value: ConfigurationValue?, _ key: String) {
        guard case .list(let elements)? = value?.content else { return }
        for element in elements {
            guard case .string(let text) = element.content else { continue }
            let isDefault = element.position.file == Tree.defaultName
            // What is wrong with templates is said where they are replaced.
            for text in (try? recursorTexts(text)) ?? [] {
                checkRecursor(text, key, at: isDefault ? nil : element.position)
            }
        }
    }

    /// `recursors` with the addresses of this host in the place of templates, each of which may
    /// give several.
    mutating func expandedRecursors(_ value: ConfigurationValue?, _ key: String) -> [String] {
        guard case .list(let elements)? = value?.content else { return [] }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element.content,
                expanded(text, named: key, at: element.position) != nil
            else { continue }
            texts += (try? recursorTexts(text)) ?? []
        }
        if elements.contains(where: { $0.isTemplate }), key == "recursors" {
            derived[key] = .list(
                texts.map { ConfigurationValue(.string($0), at: SourcePosition(file: "")) }
            )
        }
        return texts
    }

    private func recursorTexts(_ text: String) throws(AddressTemplateError) -> [String] {
        guard AddressTemplate.isTemplate(text) else { return [text] }
        return try AddressTemplate(text).evaluate(on: host.interfaces)
            .split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private mutating func checkRecursor(
        _ text: String,
        _ key: String,
        at position: SourcePosition?
    ) {
        guard text != "system", let (problem, hint) = Self.problem(ofRecursor: text, key) else {
            return
        }
        reader.add(ConfigurationProblem(problem, at: position, hint: hint))
    }

    private static func problem(ofRecursor text: String, _ key: String) -> (String, String?)? {
        let forms = "write 192.0.2.1, 192.0.2.1:53, [2001:db8::1]:53, a host name, or \"system\""
        // Consul's texts (spec/dns.md 5.3).
        if text.hasPrefix("unix://") {
            return ("DNS recursor address cannot be a unix socket", forms)
        }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...].prefix { $0 != "/" }
            return (
                "\(key): recursor \"\(text)\" is a URL; recursors are asked over UDP and TCP",
                rest.isEmpty ? forms : "write \"\(rest)\""
            )
        }
        guard let (host, port) = split(text) else {
            return ("\(key): recursor \"\(text)\" is not an address", forms)
        }
        if IPAddressText.isUnspecified(host) {
            return ("DNS recursor address cannot be 0.0.0.0, :: or [::]", forms)
        }
        if let port, !isPort(port) {
            return (
                "\(key): recursor \"\(text)\" has no valid port",
                "write a number from 1 to 65535, or none for 53"
            )
        }
        guard isAddress(host) || isHostName(host) else {
            return ("\(key): recursor \"\(text)\" is neither an address nor a host name", forms)
        }
        return nil
    }

    /// The host and the port of `host`, `host:port`, `v6`, `[v6]` or `[v6]:port`.
    private static func split(_ text: String) -> (host: Substring, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            let host = text[..<close].dropFirst()
            let rest = text[text.index(after: close)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (host, rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return switch parts.count {
        case 1: (parts[0], nil)
        case 2: (parts[0], parts[1])
        default: (Substring(text), nil)
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && UInt16(text).map { $0 > 0 } ?? false
    }

    private static func isAddress(_ host: Substring) -> Bool {
        IPAddressText.family(of: host) != nil
    }

    /// RFC 1123 §2.1, with `_`: letters, digits and hyphens, and a last label that is no number:
    /// `10.0.0.300` is a mistake.
    private static func isHostName(_ host: Substring) -> Bool {
        guard domainName(String(host)) != nil else { return false }
        let labels = host.split(separator: ".")
        return labels.allSatisfy { label in
            label.utf8.allSatisfy { octet in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
                    || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_")
            }
        } && !(labels.last.map { $0.utf8.allSatisfy { octet in octet < 0x3a } } ?? true)
    }
}

extension ConfigurationValue {
    /// Whether it is a text with an address template in it.
    fileprivate var isTemplate: Bool {
        guard case .string(let text) = content else { return false }
        return AddressTemplate.isTemplate(text)
    }
}
