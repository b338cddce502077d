// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AgentConfiguration

@Suite("The tables of keys and flags")
struct KeyTableTests {
    @Test("no key stands twice", arguments: [KeyTable.root])
    func unique(keys: [Key]) {
        #expect(Set(keys.map(\.name)).count == keys.count)
        for key in keys {
            if let members = key.kind.members { unique(keys: members) }
        }
    }

    @Test("every default is a value of its kind")
    func defaults() {
        let decodable = Tree.defaults.members
        var decoder = SchemaDecoder(format: .hcl)
        _ = decoder.decodeObject(decodable, KeyTable.root, path: "", plainPath: "")
        #expect(decoder.typeErrors.isEmpty)
        #expect(decoder.unknownKeys.isEmpty)
        _ = decoder.decodeObject(
            Tree.development.members,
            KeyTable.root,
            path: "",
            plainPath: ""
        )
        #expect(decoder.typeErrors.isEmpty)
    }

    @Test("every successor of a deprecated key exists")
    func successors() {
        for key in KeyTable.deprecatedKeys {
            guard case .deprecated(let successor) = key.standing, !successor.isEmpty else {
                continue
            }
            #expect(KeyTable.key(at: successor) != nil, "\(successor)")
        }
    }

    @Test("every flag sets a key that exists", arguments: AgentFlag.table.map(\.name))
    func flags(name: String) throws {
        let flag = try #require(AgentFlag.byName[name])
        if case .set(let path, _) = flag.effect { #expect(KeyTable.key(at: path) != nil) }
    }

    @Test(
        "suggestions",
        arguments: [
            ("datcenter", "datacenter"), ("clinet_addr", "client_addr"), ("zzz", nil),
            ("Servces", "services"),
        ] as [(String, String?)]
    )
    func suggestions(word: String, expected: String?) {
        let names = KeyTable.root.map(\.name)
        #expect(Suggestion.nearest(to: word, among: names) == expected)
    }
}
