// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Events

@Suite("User events")
struct UserEventTests {
    private static let id = "01234567-89ab-cdef-0011-2233445566ff"

    @Test("API-205 the index is one half of the UUID XOR the other")
    func index() {
        let event = UserEvent(id: Self.id, name: "deploy")
        #expect(event.index == 0x0123_4567_89ab_cdef ^ 0x0011_2233_4455_66ff)
        #expect(EventRing.index(of: [UserEvent(id: "x", name: "a"), event]) == event.index)
        #expect(EventRing.index(of: []) == 1)
        // Halves that are equal, and what is no UUID, must not make readers spin.
        let even = UserEvent(id: "01234567-89ab-cdef-0123-456789abcdef", name: "a")
        #expect(EventRing.index(of: [even]) == 1)
        #expect(EventRing.index(of: [UserEvent(id: "no uuid", name: "a")]) == 1)
    }

    @Test("what Serf carries, without what is empty")
    func encoding() {
        let id = Array(Self.id.utf8)
        let plain = UserEvent(id: Self.id, name: "ev1")
        #expect(plain.serfName == "consul:event:ev1")
        #expect(
            plain.serfPayload
                == [0x83, 0xa2, 0x49, 0x44, 0xd9, 36] + id
                + [0xa1, 0x6e, 0xa3, 0x65, 0x76, 0x31, 0xa1, 0x76, 0x01]
        )
        // As a Consul agent sent it.
        let full = UserEvent(
            id: "f80b4470-ea63-42e1-2ff5-895dc5848e97",
            name: "deploy",
            payload: Array("payload!".utf8),
            filter: EventFilter(node: "cli", service: "web", tag: "v1")
        )
        let hexadecimal = full.serfPayload.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(
            hexadecimal.joined()
                == "87a24944d92466383062343437302d656136332d343265312d326666352d383935646335"
                + "383438653937a16ea66465706c6f79a26e66a3636c69a170c4087061796c6f616421a273"
                + "66a3776562a27466a27631a17601"
        )
    }

    @Test("API-204 name and payload have 512 octets together")
    func size() {
        func event(_ count: Int) -> UserEvent {
            UserEvent(id: Self.id, name: "e", payload: Array(repeating: 0x61, count: count))
        }
        // Map, ID, name, version, and the payload's key and length of three octets.
        let rest = "consul:event:e".utf8.count + 1 + 3 + 38 + 2 + 2 + 2 + 3 + 2 + 1
        #expect(event(300).serfPayload.count + "consul:event:e".utf8.count == 300 + rest)
        #expect(event(512 - rest).problem == nil)
        #expect(
            event(513 - rest).problem
                == "user event exceeds configured limit of 512 bytes before encoding"
        )
    }

    @Test("the newest 256 are kept, oldest first")
    func ring() {
        var ring = EventRing()
        #expect(ring.events().isEmpty)
        for number in 0..<600 {
            ring.append(UserEvent(id: "\(number)", name: number.isMultiple(of: 2) ? "even" : "odd"))
            let last = Array(max(0, number - 255)...number).map { "\($0)" }
            #expect(ring.events().map(\.id) == last)
        }
        #expect(ring.events(named: "odd").count == 128)
        #expect(ring.events(named: "odd").last?.id == "599")
        #expect(ring.events(named: "od").isEmpty)
    }
}
