// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser

/// `version`: Waypost's own version, and the Consul version that it behaves like.
struct VersionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version"
    )
    static let words = ["version"]

    @Option(
        name: .customLong("format", withSingleDash: true),
        help: ArgumentHelp("pretty or json.", valueName: "format")
    )
    var format = "pretty"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        switch format {
        case "pretty": context.console.write(Self.text)
        case "json": context.console.write(Self.json)
        default:
            throw CommandFailure(
                message: "Invalid format, valid formats are {pretty|json}",
                showsUsage: true
            )
        }
        return 0
    }

    static var text: String {
        let (spoken, least, most) = ProductVersion.protocol
        return """
            Waypost v\(ProductVersion.own) (compatible with Consul v\(ProductVersion.compatible))
            Consul v\(ProductVersion.compatible)
            Revision waypost-\(ProductVersion.own)
            Protocol \(spoken) spoken by default, understands \(least) to \(most) (agent will \
            automatically use protocol >\(spoken) when speaking to compatible agents)
            """
    }

    // Consul: three blanks of indentation, the member order of its VersionInfo.
    static var json: String {
        let (spoken, least, most) = ProductVersion.protocol
        return """
            {
               "HumanVersion": "\(ProductVersion.compatible)",
               "Version": "\(ProductVersion.compatible)",
               "Revision": "waypost-\(ProductVersion.own)",
               "Prerelease": "",
               "Waypost": "\(ProductVersion.own)",
               "RPC": {
                  "Default": \(spoken),
                  "Min": \(least),
                  "Max": \(most)
               }
            }
            """
    }
}
