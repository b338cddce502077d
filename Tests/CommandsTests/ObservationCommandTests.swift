// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("Commands that look at the agent")
struct ObservationCommandTests {
    @Test("dns top shows a table for each list that has lines")
    func top() async {
        let body = """
            {"Since":1,"Queries":8,"Samples":8,"Names":[{"Name":"web.consul.","Count":6,"Error":0},
             {"Name":"db.consul.","Count":2,"Error":1}],"FailingNames":[],
             "Clients":[{"Address":"192.0.2.1","Count":8,"Error":0}],"Types":[],"Codes":[],"Sources":[]}
            """
        let outcome = await run(
            "dns",
            "top",
            "-window=5m",
            "-limit=2",
            replies: ["GET /v1/dns/top?limit=2&window=5m": body]
        )
        #expect(outcome.code == 0)
        #expect(
            outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                == [
                    "Queries: 8", "", "Name         Queries  Share", "web.consul.  6        75.0 %",
                    "db.consul.   2        25.0 %", "", "Client     Queries  Share",
                    "192.0.2.1  8        100.0 %", "",
                ]
        )
    }

    @Test("dns top -reset forgets")
    func reset() async {
        let outcome = await run("dns", "top", "-reset", replies: ["DELETE /v1/dns/top": ""])
        #expect(outcome.code == 0 && outcome.requests == ["DELETE /v1/dns/top"])
    }

    @Test("operator ready: 0 when it is, 1 with what is missing when it is not")
    func ready() async {
        let good = await run(
            "operator",
            "ready",
            replies: [
                "GET /v1/agent/ready": "{\"Ready\":true,\"Conditions\":[],\"Warnings\":[\"disk\"]}"
            ]
        )
        #expect(good.code == 0 && good.output == "Ready\n")
        #expect(good.errors.contains("Warning: disk"))
        let body = """
            {"Ready":false,"Conditions":[{"Name":"state","Ready":true,"Problem":""},
             {"Name":"dns","Ready":false,"Problem":"DNS does not listen"}],"Warnings":[]}
            """
        let bad = await run(
            "operator",
            "ready",
            failures: ["GET /v1/agent/ready": .failure(503, body)]
        )
        #expect(bad.code == 1 && bad.output.isEmpty)
        #expect(bad.errors == "Not ready: dns: DNS does not listen\n")
        let old = await run(
            "operator",
            "ready",
            failures: ["GET /v1/agent/ready": .failure(404, "no such")]
        )
        #expect(old.code == 1 && old.errors.contains("Unexpected response code: 404"))
    }
}
