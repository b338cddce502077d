// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite("The JSON of an explanation")
struct DNSExplanationTests {
    @Test("every field is there, whatever was found")
    func fields() throws {
        var explanation = DNSExplanation(
            name: "web.service.consul.",
            type: "A",
            route: "catalog: service",
            code: "NOERROR",
            candidates: 10
        )
        explanation.replies = [
            DNSExplanation.Reply(
                transport: "udp",
                offeredSize: 0,
                fewest: 3,
                most: 3,
                isTruncated: false,
                limit: "dns_config.udp_answer_limit"
            )
        ]
        var writer = JSONWriter()
        explanation.write(to: &writer)
        #expect(
            String(decoding: writer.text, as: UTF8.self) == #"{"Name":"web.service.consul.","#
                + #""Type":"A","Route":"catalog: service","Code":"NOERROR","Answers":[],"#
                + #""Candidates":10,"Replies":[{"Transport":"udp","EDNS":0,"Fewest":3,"Most":3,"#
                + #""Truncated":false,"Limit":"dns_config.udp_answer_limit"}],"Instances":[],"#
                + #""TTL":"","Zone":"","Forwarded":false,"Notes":[]}"#
        )
    }
}
