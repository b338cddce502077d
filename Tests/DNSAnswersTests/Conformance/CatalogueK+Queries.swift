// SPDX-License-Identifier: Apache-2.0
import StateStore

/// The prepared queries and the config entry of spec 7.1.
extension CatalogueK {
    /// Applies them.
    static func addQueries(to store: inout StateStore) {
        for (number, query) in queries.enumerated() {
            var query = query
            let digits = String(number + 100)
            query.id = "0a1b2c3d-0000-4000-8000-000000000" + digits
            apply(.preparedQuery(PreparedQueryChange(.create, query)), to: &store)
        }
        apply(.configEntry(ConfigEntryChange(ingress)), to: &store)
    }

    /// Applies a command.
    static func apply(_ command: Command, to store: inout StateStore) {
        do throws(CommandRefusal) {
            _ = try store.apply(command, at: store.lastIndex.next)
        } catch {
            preconditionFailure("refused: \(error)")
        }
    }

    private static func query(
        _ name: String,
        _ service: ServiceQuery,
        ttl: String = ""
    ) -> PreparedQueryRow {
        PreparedQueryRow(name: name, service: service, dnsTTL: ttl)
    }

    private static let ingress = ConfigEntryRow(
        kind: .ingressGateway,
        name: "igw",
        contentJSON: #"{"Listeners":[{"Port":9999,"Protocol":"tcp","Services":[{"Name":"api"}]}]}"#,
        services: ["api"]
    )

    private static let queries: [PreparedQueryRow] = [
        query("Q-One", ServiceQuery(service: "api")),
        query("ttlq", ServiceQuery(service: "web", tags: ["v1"]), ttl: "10s"),
        query("dot.name", ServiceQuery(service: "api")),
        query("nottag", ServiceQuery(service: "web", tags: ["!v2"])),
        query("gone", ServiceQuery(service: "nosuch")),
        query("warn", ServiceQuery(service: "hs", onlyPassing: true)),
        query("ign", ServiceQuery(service: "oth", ignoreCheckIDs: ["oc"])),
        query("near2", ServiceQuery(service: "web", near: "n2")),
        query("nearip", ServiceQuery(service: "web", near: "_ip")),
        query(
            "fo",
            ServiceQuery(service: "nosuch", failover: QueryFailover(datacenters: ["dc9"]))
        ),
        PreparedQueryRow(
            name: "geo-",
            template: QueryTemplateOptions(
                type: QueryTemplateOptions.namePrefixMatch,
                regexp: "^geo-(.*?)-([^\\-]+?)$"
            ),
            service: ServiceQuery(service: "${match(1)}", tags: ["${match(2)}"])
        ),
        query("hsall", ServiceQuery(service: "hs")),
        query("manyq", ServiceQuery(service: "many")),
        query("frac", ServiceQuery(service: "api"), ttl: "1500ms"),
    ]
}
