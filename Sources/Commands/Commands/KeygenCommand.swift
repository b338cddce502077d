// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials

/// `keygen`: a key for the encryption of gossip.
struct KeygenCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes a key for the encryption of gossip"
    )
    static let words = ["keygen"]

    /// Octets of a key: AES-256.
    private static let size = 32

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        // Of the system's generator, which is meant for keys.
        var generator = SystemRandomNumberGenerator()
        let key = (0..<Self.size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        context.console.write(Data(key).base64EncodedString())
        return 0
    }
}
