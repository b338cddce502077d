// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import FoundationEssentials

/// An entry of the key/value store as the agent shows it.
struct KVPair: Decodable {
    var key: String
    var flags: UInt64
    var value: Data?
    var session: String?
    var lockIndex: UInt64
    var createIndex: UInt64
    var modifyIndex: UInt64

    enum CodingKeys: String, CodingKey {
        case key = "Key"
        case flags = "Flags"
        case value = "Value"
        case session = "Session"
        case lockIndex = "LockIndex"
        case createIndex = "CreateIndex"
        case modifyIndex = "ModifyIndex"
    }

    /// The octets of the value.
    var octets: [UInt8] { Array(value ?? Data()) }
}

/// How the `kv` commands reach keys.
enum KVAccess {
    /// The path of a key, or of what keys begin with.
    ///
    /// Slashes stand as they are, unless the agent would take the path for another.
    static func path(_ key: String) -> String {
        let segments = key.split(separator: "/", omittingEmptySubsequences: false)
        let isClean =
            !segments.dropLast().contains("")
            && !segments.contains(".") && !segments.contains("..")
        return "/v1/kv/" + PercentEncoding.encode(key, alsoSlashes: !isClean)
    }

    /// The key or prefix that is the only argument, without a slash at its beginning: no key that
    /// anybody means has one.
    static func key(_ operands: [String]) throws(CommandFailure) -> String {
        guard operands.count <= 1 else {
            throw CommandFailure(
                message: "Error! Too many arguments (expected 1, got \(operands.count))"
            )
        }
        let key = operands.first ?? ""
        return key.hasPrefix("/") ? String(key.dropFirst()) : key
    }

    /// Why a key cannot be written, in the words of Consul's Go client; `nil` if it can.
    static func problem(ofKey key: String) -> String? {
        key.hasPrefix("/") ? "Invalid key. Key must not begin with a '/': \(key)" : nil
    }

    /// A text that was given, or what it points to: `@file`, or `-` for standard input.
    static func data(
        _ text: String,
        in context: CommandContext
    ) throws(CommandFailure) -> [UInt8] {
        do throws(FileFailure) { return try source(text, in: context) } catch {
            throw CommandFailure(
                message: "Error! Failed to read file: open \(text.dropFirst()): \(error.reason)"
            )
        }
    }

    /// The same for commands with a message of their own.
    ///
    /// - Throws: ``FileFailure`` when the file cannot be read.
    static func source(
        _ text: String,
        in context: CommandContext
    ) throws(FileFailure) -> [UInt8] {
        if text == "-" { return context.input() }
        guard text.hasPrefix("@") else { return Array(text.utf8) }
        guard case .file(let octets) = try context.open(String(text.dropFirst())) else {
            throw FileFailure(reason: "is a directory")
        }
        return octets
    }

    /// Whether a reply says `true`.
    static func isTrue(_ body: [UInt8]) -> Bool {
        String(decoding: body, as: UTF8.self).hasPrefix("true")
    }

    /// Octets as base64.
    static func base64(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }

    static let missingKey = CommandFailure(message: "Error! Missing KEY argument")
}
