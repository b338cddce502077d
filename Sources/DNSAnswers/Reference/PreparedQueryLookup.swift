// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The query form: a prepared query, executed (spec/dns.md 2.9, 2.10, 3.2).
struct PreparedQueryLookup: Sendable {
    /// The ID or the name, in lower case.
    let name: String

    /// What the form answers.
    func outcome(in context: inout LookupContext) -> Outcome {
        let settings = context.settings
        var request = PreparedQueryRequest(
            name,
            agentNode: settings.nodeName,
            datacenter: settings.datacenter
        )
        request.address = context.client?.description ?? ""
        let result: PreparedQueryResult?
        do throws(PreparedQueryFailure) {
            result = try context.snapshot.store.execute(request, using: &context.generator)
        } catch {
            // A template that was asked for by its ID, and the like (spec/dns.md 1.7).
            return .serverFailure
        }
        guard let result else { return .noSuchName }
        guard !result.instances.isEmpty else {
            let count = context.snapshot.store.instances(ofService: result.service).value.count
            if count > 0 {
                context.note(
                    ExtendedDNSError(
                        .other,
                        text: "no instance of \(result.service) that the query \(name) takes: "
                            + "\(count) registered"
                    )
                )
            }
            return .noSuchName
        }
        // Consul: the stored spelling of the service, not the lower-cased one.
        let ttl =
            PreparedQueryRow.seconds(ofTTL: result.dnsTTL)
            ?? settings.serviceTTL(for: result.service)
        // The order is kept, not shuffled again.
        let sections =
            context.type == .srv
            ? ServiceLocations(ttl: ttl).sections(of: result.instances, in: &context)
            : ServiceAddresses(ttl: ttl).sections(of: result.instances, in: &context)
        return sections.answers.isEmpty ? .noData : .records(sections)
    }
}

extension Query {
    /// Whose place counts for `near=_ip`: the client subnet as it was sent, else the peer
    /// (spec/dns.md 2.9).
    var nearAddress: IPAddress? {
        guard let subnet = edns?.clientSubnet, subnet.family != 0 else {
            return IPAddress(octets: client.address)
        }
        return IPAddress(octets: subnet.fullAddress)
    }
}
