// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Testing

@testable import Commands

@Suite("Commands that look after the cluster")
struct ClusterCommandTests {
    private func refusal(_ text: String, _ status: Int = 500) -> AgentReply {
        AgentReply(status: status, body: Array(text.utf8))
    }

    @Test("CLI-025 the servers that keep the log, in columns")
    func listPeers() async {
        let body = """
            {"Servers":[
             {"ID":"a1","Node":"n1","Address":"10.0.0.1:8300","Leader":true,"ProtocolVersion":"3","Voter":true,"LastIndex":17},
             {"ID":"b2","Node":"","Address":"10.0.0.2:8300","Leader":false,"ProtocolVersion":"3","Voter":false,"LastIndex":15}],
             "Index":0}
            """
        let outcome = await run(
            "operator",
            "raft",
            "list-peers",
            replies: ["GET /v1/operator/raft/configuration": body]
        )
        #expect(outcome.code == 0)
        #expect(
            outcome.output.split(separator: "\n").map(String.init) == [
                "Node       ID  Address        State     Voter  RaftProtocol  Commit Index  Trails Leader By",
                "n1         a1  10.0.0.1:8300  leader    true   3             17            -",
                "(unknown)  b2  10.0.0.2:8300  follower  false  3             15            2 commits",
            ]
        )
    }

    @Test("CLI-026 a peer that is removed must be named")
    func removePeer() async {
        let unnamed = await run("operator", "raft", "remove-peer")
        #expect(unnamed.code == 1)
        #expect(
            unnamed.errors.contains(
                "Error removing peer: an address or id is required for the peer to remove"
            )
        )
        let both = await run("operator", "raft", "remove-peer", "-id=x", "-address=y")
        #expect(both.code == 1 && both.requests.isEmpty)
        #expect(both.errors == "Error removing peer: cannot give both an address and id\n")
        let byID = await run(
            "operator",
            "raft",
            "remove-peer",
            "-id=x",
            replies: ["DELETE /v1/operator/raft/peer?id=x": ""]
        )
        #expect(byID.code == 0 && byID.output == "Removed peer with id \"x\"\n")
        let refused = await run(
            "operator",
            "raft",
            "remove-peer",
            "-address=h:1",
            failures: ["DELETE /v1/operator/raft/peer?address=h%3A1": refusal("no")]
        )
        #expect(refused.code == 1)
        #expect(
            refused.errors.contains("Error removing peer: Unexpected response code: 500 (no)")
        )
    }

    @Test("the leadership is handed over")
    func transferLeader() async {
        let outcome = await run(
            "operator",
            "raft",
            "transfer-leader",
            "-id=b2",
            replies: ["POST /v1/operator/raft/transfer-leader?id=b2": #"{"Success":true}"#]
        )
        #expect(outcome.code == 0 && outcome.output == "Success\n")
    }

    @Test("CLI-029 a node that nobody knows cannot be made to leave")
    func forceLeave() async {
        let text = "agent: No node found with name 'zz'"
        let outcome = await run(
            "force-leave",
            "zz",
            failures: ["PUT /v1/agent/force-leave/zz": refusal(text)]
        )
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains(
                "Error force leaving: Unexpected response code: 500 (\(text))"
            )
        )
        let pruned = await run(
            "force-leave",
            "-prune",
            "n 7",
            replies: ["PUT /v1/agent/force-leave/n%207?prune=1": ""]
        )
        #expect(pruned.code == 0 && pruned.output.isEmpty)
        #expect(await run("force-leave").code == 1)
    }

    @Test("join counts who was reached, and fails when nobody was")
    func join() async {
        let some = await run(
            "join",
            "10.0.0.1",
            "10.0.0.2",
            replies: ["PUT /v1/agent/join/10.0.0.2": ""],
            failures: ["PUT /v1/agent/join/10.0.0.1": refusal("gone")]
        )
        #expect(some.code == 0)
        #expect(some.output == "Successfully joined cluster by contacting 1 nodes.\n")
        #expect(some.errors.contains("Error joining address '10.0.0.1': "))
        let none = await run("join", "h", failures: ["PUT /v1/agent/join/h": refusal("gone")])
        #expect(none.code == 1)
        #expect(none.errors.contains("Failed to join any nodes."))
    }

    @Test("CLI-044 a key is 32 random octets in base64")
    func keygen() async throws {
        let first = await run("keygen")
        let second = await run("keygen")
        #expect(first.code == 0 && first.output.count == 45)
        #expect(first.output != second.output)
        let text = String(first.output.dropLast())
        #expect(try #require(Data(base64Encoded: text)).count == 32)
    }
}
