// SPDX-License-Identifier: Apache-2.0

// Templates of hashicorp/go-sockaddr in settings that hold addresses (spec cli.md 6.1).
extension Assembly {
    /// What to do about a template that gives nothing.
    static let templateHint = "no interface of this host fits the template; see `ip address`"

    /// The text of a setting with the addresses of this host in the place of templates.
    ///
    /// Consul takes a template without a result for a setting that is not there, but for
    /// `bind_addr`; here it is refused: to listen or to be advertised elsewhere is no answer.
    ///
    /// - Returns: `nil` when it was refused.
    mutating func expanded(_ path: String, mayBeEmpty: Bool = false) -> String? {
        let text = reader.string(path)
        guard AddressTemplate.isTemplate(text) else { return text }
        if let known = expansions[path] { return known }
        let result = expanded(
            text,
            named: path,
            at: reader.position(path),
            mayBeEmpty: mayBeEmpty
        )
        guard let result else { return nil }
        expansions[path] = result
        derived[path] = .string(result)
        return result
    }

    /// A text with the addresses of this host in the place of templates; `nil` when it was refused.
    mutating func expanded(
        _ text: String,
        named name: String,
        at position: SourcePosition?,
        mayBeEmpty: Bool = false
    ) -> String? {
        guard AddressTemplate.isTemplate(text) else { return text }
        do throws(AddressTemplateError) {
            let result = try AddressTemplate(text).evaluate(on: host.interfaces)
            if mayBeEmpty || result.contains(where: { !$0.isWhitespace }) { return result }
            reader.add(
                ConfigurationProblem(
                    "\(name): error parsing \"\(text)\": no address found",
                    at: position,
                    hint: Self.templateHint
                )
            )
        } catch {
            reader.add(
                ConfigurationProblem(
                    "\(name): error parsing \"\(text)\": \(error.text), column \(error.column)",
                    at: position,
                    hint: error.hint.isEmpty ? nil : error.hint
                )
            )
        }
        return nil
    }
}
