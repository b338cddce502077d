// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `catalog datacenters`: the names of all datacenters.
struct CatalogDatacentersCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "datacenters",
        abstract: "Lists the datacenters"
    )
    static let words = ["catalog", "datacenters"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do {
            let names: [String] = try await client.client(in: context).get(
                "/v1/catalog/datacenters",
                server.query
            )
            for name in names { context.console.write(name) }
            return 0
        } catch { throw error.prefixed("Error listing datacenters") }
    }
}
