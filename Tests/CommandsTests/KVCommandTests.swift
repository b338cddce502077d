// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("kv")
struct KVCommandTests {
    private static let entry = #"""
        [{"LockIndex":2,"Key":"a","Flags":7,"Value":"Yg==","CreateIndex":3,"ModifyIndex":14}]
        """#
    private static let two = #"""
        [{"LockIndex":0,"Key":"p/a","Flags":0,"Value":"eA==","Session":"s","CreateIndex":3,"ModifyIndex":4},
         {"LockIndex":0,"Key":"p/<b>","Flags":18446744073709551615,"Value":null,"CreateIndex":5,"ModifyIndex":6}]
        """#

    @Test("CLI-001 put and get")
    func putAndGet() async {
        let put = await run("kv", "put", "a", "b", replies: ["PUT /v1/kv/a": "true"])
        #expect(put.code == 0 && put.output == "Success! Data written to: a\n")
        #expect(put.requests == ["PUT /v1/kv/a b"])
        let get = await run("kv", "get", "/a", replies: ["GET /v1/kv/a": Self.entry])
        #expect(get.code == 0 && get.output == "b\n")
        let encoded = await run("kv", "get", "-base64", "a", replies: ["GET /v1/kv/a": Self.entry])
        #expect(encoded.output == "Yg==\n")
    }

    @Test("CLI-002 a key that is not there")
    func absent() async {
        let outcome = await run(
            "kv",
            "get",
            "nope",
            failures: ["GET /v1/kv/nope": .failure(404, "")]
        )
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors == "Error! No key exists at: nope\n")
    }

    @Test("numbers without a sign, as Go reads them")
    func unsignedNumbers() async {
        for (given, sent) in [
            ("1_000", "1000"), ("0x10", "16"), ("18446744073709551615", "18446744073709551615"),
        ] {
            let put = await run(
                "kv",
                "put",
                "-flags=\(given)",
                "k",
                replies: ["PUT /v1/kv/k?flags=\(sent)": "true"]
            )
            #expect(put.code == 0, "\(given): \(put.errors)")
        }
        for (given, reason) in [
            ("-1", "parse error"), ("x", "parse error"), ("1_", "parse error"),
            ("18446744073709551616", "value out of range"),
        ] {
            let put = await run("kv", "put", "-flags=\(given)", "k")
            #expect(put.code == 1 && put.requests.isEmpty)
            #expect(put.errors.hasPrefix("invalid value \"\(given)\" for flag -flags: \(reason)\n"))
        }
    }

    @Test("CLI-003 CLI-008 mistakes are said before anything is sent")
    func mistakes() async {
        let cases: [([String], String)] = [
            (["put", "a", "b", "-cas"], "Error! Too many arguments (expected 1 or 2, got 3)"),
            (
                ["put", "-acquire", "a", "b"],
                "Error! Missing -session (required with -acquire and -release)"
            ),
            (["put"], "Error! Missing KEY argument"),
            (
                ["put", "/a", "b"],
                "Error! Failed writing data: Invalid key. Key must not begin with a '/': /a"
            ),
            (["put", "-base64", "a", "%"], "Error! Cannot base 64 decode data"),
            (
                ["put", "a", "@none"],
                "Error! Failed to read file: open none: no such file or directory"
            ),
            (["get"], "Error! Missing KEY argument"),
            (["get", "a", "b"], "Error! Too many arguments (expected 1, got 2)"),
            (["delete"], "Error! Missing KEY argument"),
            (
                ["delete", "-cas", "a"],
                "Cannot delete a key that does not exist. "
                    + "Provide a -modify-index greater than than 0."
            ),
            (["delete", "-modify-index=3", "a"], "Cannot specify -modify-index without -cas!"),
            (
                ["delete", "-cas", "-recurse", "-modify-index=3", "a"],
                "Cannot specify both -cas and -recurse!"
            ),
            (["import"], "Error! Missing DATA argument"),
            (["import", ""], "Error! Empty DATA argument"),
            (["export", "a", "b"], "Error! Too many arguments (expected 1, got 2)"),
        ]
        for (arguments, message) in cases {
            let outcome = await run(["kv"] + arguments)
            #expect(outcome.code == 1 && outcome.requests.isEmpty)
            #expect(outcome.errors == message + "\n")
        }
    }

    @Test("CLI-004 CLI-005 check-and-set that fails")
    func cas() async {
        let failed = await run(
            "kv",
            "put",
            "-cas",
            "-modify-index=1",
            "a",
            "c",
            replies: ["PUT /v1/kv/a?cas=1": "false"]
        )
        #expect(failed.code == 1 && failed.errors == "Error! Did not write to a: CAS failed\n")
        let exists = await run(
            "kv",
            "put",
            "-cas",
            "a",
            "c",
            replies: ["PUT /v1/kv/a?cas=0": "false"]
        )
        #expect(
            exists.errors
                == "Error! Did not write to a: CAS performed with index=0 and key already exists.\n"
        )
        let done = await run(
            "kv",
            "put",
            "-cas",
            "-flags=0x10",
            "a",
            replies: ["PUT /v1/kv/a?cas=0&flags=16": "true"]
        )
        #expect(done.code == 0 && done.output == "Success! Data written to: a\n")
    }

    @Test("CLI-006 where a value comes from")
    func sources() async {
        func put(_ arguments: String..., input: String = "") async -> [String] {
            await run(
                ["kv", "put"] + arguments,
                files: ["f": "of a file"],
                input: input,
                replies: ["PUT /v1/kv/k": "true"]
            ).requests
        }
        #expect(await put("-base64", "k", "aGk=") == ["PUT /v1/kv/k hi"])
        #expect(await put("k", "-", input: "typed") == ["PUT /v1/kv/k typed"])
        #expect(await put("k", "@f") == ["PUT /v1/kv/k of a file"])
        #expect(await put("k", "\\@f") == ["PUT /v1/kv/k \\@f"])
        #expect(await put("k", "-base64") == ["PUT /v1/kv/k -base64"])
        #expect(await put("k") == ["PUT /v1/kv/k "])
    }

    @Test("CLI-007 locks")
    func locks() async {
        func put(_ flag: String, _ reply: String) async -> CommandOutcome {
            await run(
                "kv",
                "put",
                "-session=ID",
                "-\(flag)",
                "lk",
                "v",
                replies: ["PUT /v1/kv/lk?\(flag)=ID": reply]
            )
        }
        #expect(await put("acquire", "true").output == "Success! Lock acquired on: lk\n")
        #expect(await put("release", "true").output == "Success! Lock released on: lk\n")
        let again = await put("release", "false")
        #expect(again.code == 1 && again.errors == "Error! Did not release lock\n")
        #expect(await put("acquire", "false").errors == "Error! Did not acquire lock\n")
    }

    @Test("CLI-009 every detail")
    func detailed() async {
        let outcome = await run(
            "kv",
            "get",
            "-detailed",
            "a",
            replies: ["GET /v1/kv/a": Self.entry]
        )
        #expect(
            outcome.output == """
                CreateIndex      3
                Flags            7
                Key              a
                LockIndex        2
                ModifyIndex      14
                Session          -
                Value            b

                """
        )
    }

    @Test("CLI-010 CLI-011 keys and entries below a prefix")
    func below() async {
        let keys = await run(
            "kv",
            "get",
            "-keys",
            "p",
            replies: ["GET /v1/kv/p?keys=&separator=%2F": #"["p/"]"#]
        )
        #expect(keys.output == "p/\n")
        let none = await run(
            "kv",
            "get",
            "-recurse",
            "zz",
            failures: ["GET /v1/kv/zz?recurse=": .failure(404, "")]
        )
        #expect(none.code == 0 && none.output.isEmpty && none.errors.isEmpty)
        let replies = ["GET /v1/kv/p?recurse=": Self.two]
        #expect(
            await run("kv", "get", "-recurse", "p", replies: replies).output == "p/a:x\np/<b>:\n"
        )
        let both = await run("kv", "get", "-recurse", "-keys", "p", replies: replies)
        #expect(both.output == "p/a\np/<b>\n")
        let detailed = await run("kv", "get", "-recurse", "-detailed", "p", replies: replies)
        #expect(detailed.output.contains("Session          s\nValue            x\n\nCreateIndex "))
    }

    @Test("CLI-012 CLI-013 what is exported can be imported")
    func exported() async {
        let outcome = await run(
            "kv",
            "export",
            "p",
            replies: ["GET /v1/kv/p?recurse=": Self.two]
        )
        #expect(
            outcome.output
                == "[\n\t{\n\t\t\"key\": \"p/a\",\n\t\t\"flags\": 0,\n\t\t\"value\": \"eA==\"\n\t},\n"
                + "\t{\n\t\t\"key\": \"p/\\u003cb\\u003e\",\n\t\t\"flags\": 18446744073709551615,\n"
                + "\t\t\"value\": \"\"\n\t}\n]\n"
        )
        let again = await run(
            "kv",
            "import",
            "-prefix=n/",
            "-",
            input: outcome.output,
            replies: [
                "PUT /v1/kv/n/p/a": "true",
                "PUT /v1/kv/n/p/%3Cb%3E?flags=18446744073709551615": "true",
            ]
        )
        #expect(again.output == "Imported: n/p/a\nImported: n/p/<b>\n")
        let one = await run(
            "kv",
            "import",
            #"[{"key":"im","flags":3,"value":"aGk="}]"#,
            replies: ["PUT /v1/kv/im?flags=3": "true"]
        )
        #expect(one.output == "Imported: im\n")
        #expect(one.requests == ["PUT /v1/kv/im?flags=3 hi"])
        let nothing = await run(
            "kv",
            "export",
            failures: ["GET /v1/kv/?recurse=": .failure(404, "")]
        )
        #expect(nothing.code == 0 && nothing.output == "[]\n")
        let bad = await run("kv", "import", "{")
        #expect(bad.code == 1 && bad.errors.hasPrefix("Error! Cannot unmarshal data: "))
    }

    @Test("CLI-013 names of members are compared without case; null is nothing")
    func importsWhatTheAgentSays() async {
        let outcome = await run(
            "kv",
            "import",
            "-",
            input:
                #"[{"LockIndex":0,"Key":"a","Flags":3,"Value":"aG\nk=","Session":"x"},{"KEY":"b","Value":null}]"#,
            replies: ["PUT /v1/kv/a?flags=3": "true", "PUT /v1/kv/b": "true"]
        )
        #expect(outcome.code == 0 && outcome.output == "Imported: a\nImported: b\n")
        #expect(outcome.requests == ["PUT /v1/kv/a?flags=3 hi", "PUT /v1/kv/b "])
        let nothing = await run("kv", "import", "null")
        #expect(nothing.code == 0 && nothing.output.isEmpty && nothing.errors.isEmpty)
    }

    @Test(
        "CLI-013 what cannot be imported is told with its place, before anything is written",
        arguments: [
            (
                #"[{"key":"a"},{"key":"/i7"}]"#,
                "key /i7: Invalid key. Key must not begin with a '/': /i7 (entry 2)"
            ),
            (
                #"[{"key":"a"},{"key":"b","flags":-1}]"#,
                "flags of entry 2 must be a whole number from 0 to"
            ),
            (#"[{"key":"a","Value":"%"}]"#, "Value of entry 1 must be a text in base64, or null"),
            (#"[{"key":1}]"#, "key of entry 1 must be a text"),
            (#"[{"key":"a"},null]"#, "entry 2 must be an object, not null"),
            (#"[{"value":""}]"#, "entry 1 has no key"),
            ("[1]", "entry 1 must be an object"),
            ("{}", "the JSON is no list of objects"),
            ("[{\n", "DATA:2:1: "),
        ]
    )
    func refusedImports(text: String, expected: String) async {
        let outcome = await run("kv", "import", text)
        #expect(outcome.code == 1 && outcome.requests.isEmpty && outcome.output.isEmpty)
        #expect(outcome.errors.contains(expected), "\(outcome.errors)")
        #expect(!outcome.errors.contains("DecodingError"))
    }

    @Test("CLI-014 CLI-015 keys that go")
    func deletes() async {
        let failed = await run(
            "kv",
            "delete",
            "-cas",
            "-modify-index=9",
            "k",
            replies: ["DELETE /v1/kv/k?cas=9": "false"]
        )
        #expect(failed.code == 1 && failed.errors == "Error! Did not delete key k: CAS failed\n")
        let tree = await run(
            "kv",
            "delete",
            "-recurse",
            "p",
            replies: ["DELETE /v1/kv/p?recurse=": "true"]
        )
        #expect(tree.output == "Success! Deleted keys with prefix: p\n")
        let one = await run("kv", "delete", "k", replies: ["DELETE /v1/kv/k": "true"])
        #expect(one.output == "Success! Deleted key: k\n")
    }

    @Test("CLI-016 the group alone")
    func group() async {
        let outcome = await run("kv")
        #expect(outcome.code == 1 && outcome.errors.contains("import"))
    }

    @Test("keys with empty or dotted parts reach the agent whole")
    func oddKeys() {
        #expect(KVAccess.path("a/b c/") == "/v1/kv/a/b%20c/")
        #expect(KVAccess.path("a//b") == "/v1/kv/a%2F%2Fb")
        #expect(KVAccess.path("a/../b") == "/v1/kv/a%2F..%2Fb")
    }

    @Test("what the agent refuses is said with the words of the command")
    func failures() async {
        let outcome = await run(
            "kv",
            "put",
            "-namespace=x",
            "a",
            "b",
            failures: ["PUT /v1/kv/a?ns=x": .failure(400, "no\n")]
        )
        #expect(outcome.code == 1)
        #expect(
            outcome.errors
                == "Error! Failed writing data: Unexpected response code: 400 (no)\n"
        )
        let gone = await run("kv", "delete", "a")
        #expect(
            gone.errors.hasPrefix(
                "Error deleting key a: Delete \"http://127.0.0.1:8500/v1/kv/a\": dial tcp"
            )
        )
    }
}
