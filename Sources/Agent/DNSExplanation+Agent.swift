// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import HTTPAPI
import ZoneFiles

extension DNSExplanation {
    /// What the HTTP API says of an explanation.
    init(_ explanation: Explanation) {
        self.init(
            name: explanation.name.description,
            type: explanation.type.description,
            route: explanation.route,
            code: explanation.code?.description ?? "",
            // Types and data: owner, TTL and class say nothing new.
            answers: explanation.answers.map { record in
                ZonePrinter.print(record).split(separator: "\t", maxSplits: 3)
                    .dropFirst(3).joined()
                    .replacing("\t", with: " ")
            },
            candidates: explanation.candidates,
            replies: explanation.replies.map { reply in
                Reply(
                    transport: reply.transport == .udp ? "udp" : "tcp",
                    offeredSize: Int(reply.offeredSize ?? 0),
                    fewest: reply.fewest,
                    most: reply.most,
                    isTruncated: reply.isTruncated,
                    limit: reply.limit
                )
            },
            instances: explanation.instances.map { instance in
                Instance(
                    node: instance.node,
                    id: instance.id,
                    address: instance.address,
                    port: instance.port,
                    isAnswered: instance.isAnswered,
                    reason: instance.reason
                )
            },
            ttl: explanation.ttl,
            zone: explanation.zone?.description ?? "",
            isForwarded: explanation.isForwarded,
            notes: explanation.notes
        )
    }
}
