// SPDX-License-Identifier: Apache-2.0
import NIOCore
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Replies about services that are kept")
struct KeptBodiesTests {
    private static let form = KeptBodies.Form(
        name: "web",
        isPassingOnly: false,
        tags: [],
        isIndented: false
    )

    private static func at(_ index: UInt64) -> RaftIndex { RaftIndex(rawValue: index) }

    private func body(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("a body is good for its index and form only, and an older one replaces none")
    func index() {
        let kept = KeptBodies()
        kept.keep(body("six"), of: Self.form, at: Self.at(6))
        #expect(kept.body(of: Self.form, at: Self.at(6)) == body("six"))
        #expect(
            kept.body(of: Self.form, at: Self.at(5)) == nil
                && kept.body(of: Self.form, at: Self.at(7)) == nil
        )
        let passing = KeptBodies.Form(name: "web", isPassingOnly: true, tags: [], isIndented: false)
        #expect(kept.body(of: passing, at: Self.at(6)) == nil)
        kept.keep(body("five"), of: Self.form, at: Self.at(5))
        #expect(kept.body(of: Self.form, at: Self.at(6)) == body("six"))
        kept.keep(body("seven"), of: Self.form, at: Self.at(7))
        #expect(kept.body(of: Self.form, at: Self.at(7)) == body("seven"))
    }

    @Test("what is kept is bounded")
    func bounds() {
        let kept = KeptBodies()
        let large = ByteBuffer(repeating: 0, count: 1 << 20)
        kept.keep(ByteBuffer(repeating: 0, count: 1 + 1 << 20), of: Self.form, at: Self.at(1))
        #expect(kept.body(of: Self.form, at: Self.at(1)) == nil)
        func form(_ number: Int) -> KeptBodies.Form {
            KeptBodies.Form(name: "s\(number)", isPassingOnly: false, tags: [], isIndented: false)
        }
        for number in 1...17 { kept.keep(large, of: form(number), at: Self.at(1)) }
        #expect(kept.body(of: form(1), at: Self.at(1)) == nil)
        #expect(kept.body(of: form(17), at: Self.at(1)) == large)
    }

    @Test("the form counts with its body, and what is small has a price too")
    func formsCount() {
        let kept = KeptBodies()
        let name = String(repeating: "s", count: 100_000)
        for number in 0..<400 {
            let form = KeptBodies.Form(
                name: "web",
                isPassingOnly: false,
                tags: [name, "\(number)"],
                isIndented: false
            )
            kept.keep(body("[]"), of: form, at: Self.at(1))
            #expect(kept.octets >= 100_000 && kept.octets <= 16 << 20)
        }
        let small = KeptBodies()
        small.keep(body("[]"), of: Self.form, at: Self.at(1))
        #expect(small.octets > 200)
        // In place of itself it costs once.
        let octets = small.octets
        small.keep(body("[]"), of: Self.form, at: Self.at(2))
        #expect(small.octets == octets)
    }

    @Test("whatever changes a reply is in the next one, in every form")
    func follows() async throws {
        try await TestAPI.run { api in
            func register(_ id: String, tags: String, status: String, address: String) async throws
            {
                try await api.put(
                    "/v1/catalog/register",
                    #"{"Node":"m1","Address":"\#(address)","Service":{"Service":"web","ID":"\#(id)","#
                        + #""Tags":[\#(tags)],"Port":80},"Check":{"CheckID":"c-\#(id)","Name":"c","#
                        + #""Status":"\#(status)","ServiceID":"\#(id)"}}"#
                )
            }
            let forms = ["", "?passing", "?tag=a", "?tag=a&passing=1", "?passing=false&stale"]
            func expectFresh() async throws {
                for form in forms {
                    let path = "/v1/health/service/web" + form
                    // A sort by distance is not kept.
                    let fresh = try await api.get(path + (form.isEmpty ? "?" : "&") + "near=none")
                    for _ in 0..<2 {
                        let reply = try await api.get(path)
                        #expect(reply.text == fresh.text && reply.index == fresh.index)
                        #expect(reply["Content-Type"] == "application/json")
                        #expect(reply["X-Consul-Effective-Consistency"] != nil)
                    }
                }
            }
            try await expectFresh()
            try await register("w1", tags: #""a""#, status: "passing", address: "10.0.0.1")
            try await expectFresh()
            #expect(try await api.get("/v1/health/service/web?tag=a&passing").json.count == 1)
            try await register("w2", tags: "", status: "critical", address: "10.0.0.1")
            try await expectFresh()
            try await register("w1", tags: #""b""#, status: "warning", address: "10.0.0.2")
            try await expectFresh()
            #expect(try await api.get("/v1/health/service/web?tag=a").json.count == 0)
            try await api.put("/v1/catalog/deregister", #"{"Node":"m1","ServiceID":"w1"}"#)
            try await expectFresh()
            try await api.put("/v1/catalog/deregister", #"{"Node":"m1"}"#)
            try await expectFresh()
            #expect(try await api.get("/v1/health/service/web").text == "[]")
        }
    }
}
