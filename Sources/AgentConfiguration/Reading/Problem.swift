// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in Consul's words where Consul has words for it.
    public var text: String
    /// Where it was written, if it was written anywhere.
    public var position: SourcePosition?
    /// How to mend it.
    public var hint: String?

    /// Makes a problem.
    public init(_ text: String, at position: SourcePosition? = nil, hint: String? = nil) {
        self.text = text
        self.position = position
        self.hint = hint
    }

    /// The text, then place and hint in parentheses.
    public var description: String {
        let notes = [position?.description, hint].compactMap(\.self)
        return notes.isEmpty ? text : "\(text) (\(notes.joined(separator: "; ")))"
    }
}

/// Why a configuration is refused; the message is what Consul prints, with places and hints added.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole text, without the `==> ` of the agent.
    public var message: String
    /// The single problems.
    public var problems: [ConfigurationProblem]

    /// Makes an error from its problems: one stands alone, several are listed.
    public init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
        message =
            problems.count == 1
            ? problems[0].description : Self.list(problems.map(\.description))
    }

    /// Makes an error of one problem with a text of its own.
    public init(message: String, problems: [ConfigurationProblem]) {
        self.message = message
        self.problems = problems
    }

    /// The message.
    public var description: String { message }

    // Consul: hashicorp/go-multierror, ListFormatFunc.
    static func list(_ texts: [String]) -> String {
        let points = texts.map { "* \($0)" }
        return texts.count == 1
            ? "1 error occurred:\n\t\(points[0])\n\n"
            : "\(texts.count) errors occurred:\n\t\(points.joined(separator: "\n\t"))\n\n"
    }
}
