// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("Commands about config entries")
struct ConfigCommandTests {
    private static let hcl = """
        Kind = "service-router"
        Name = "web"
        Routes = [
          { match { http { path_prefix = "/a" } }
            destination { service = "api" } },
        ]
        """

    @Test("write: HCL or JSON, from a file or standard input, becomes the body")
    func write() async {
        let json =
            #"{"Kind":"service-router","Name":"web","Routes":[{"match":{"http":{"path_prefix":"/a"}},"#
            + #""destination":{"service":"api"}}]}"#
        for (arguments, input) in [
            (["config", "write", "web.hcl"], ""), (["config", "write", "-"], Self.hcl),
            (["config", "write", "-"], json),
        ] {
            let outcome = await run(
                arguments,
                files: ["web.hcl": Self.hcl],
                input: input,
                replies: ["PUT /v1/config": "true"]
            )
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output == "Config entry written: service-router/web\n")
            #expect(outcome.requests == ["PUT /v1/config " + json])
        }
    }

    @Test("write: only at an index; entries of which there is one need no name")
    func checkAndSet() async {
        let outcome = await run(
            "config",
            "write",
            "-cas",
            "-modify-index=7",
            "-",
            input: #"kind = "proxy-defaults""#,
            replies: ["PUT /v1/config?cas=7": "false"]
        )
        #expect(outcome.code == 1)
        #expect(outcome.errors == "Config entry not updated: proxy-defaults/global\n")
    }

    @Test(
        "write: what is wrong with the input is told with its place",
        arguments: [
            ("Name = \"a\"", "Payload does not contain a kind/Kind key at the top level"),
            ("Kind = x", "standard input: At 1:8: Unknown token"),
            ("{\"Kind\": ", "Failed to decode config entry input: standard input: "),
        ]
    )
    func wrong(input: String, text: String) async {
        let outcome = await run("config", "write", "-", input: input)
        #expect(outcome.code == 1 && outcome.requests.isEmpty)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    @Test("write: what the agent refuses, and what is no file")
    func refused() async {
        let outcome = await run(
            "config",
            "write",
            "-",
            input: #"Kind = "mesh""#,
            failures: ["PUT /v1/config": .failure(400, "no")]
        )
        #expect(
            outcome.errors
                == "Error writing config entry mesh/mesh: Unexpected response code: 400 (no)\n"
        )
        let missing = await run("config", "write", "none.hcl")
        #expect(missing.errors.hasPrefix("Failed to load data: Failed to read file: open none.hcl"))
        let none = await run("config", "write")
        #expect(none.errors.hasPrefix("Must provide exactly one positional"))
    }

    @Test("read: the entry as JSON; one that is not there")
    func read() async {
        let path = "GET /v1/config/service-defaults/web?pretty="
        let arguments = ["config", "read", "-kind=service-defaults", "-name=web"]
        let outcome = await run(arguments, replies: [path: "{\n    \"Kind\": \"x\"\n}\n"])
        #expect(outcome.code == 0 && outcome.output == "{\n    \"Kind\": \"x\"\n}\n")
        let text = #"Config entry not found for "service-defaults" / "web""#
        let missing = await run(arguments, failures: [path: .failure(404, text)])
        #expect(missing.code == 1)
        #expect(
            missing.errors
                == "Error reading config entry service-defaults/web: "
                + "Unexpected response code: 404 (\(text))\n"
        )
        #expect(await run("config", "read").errors == "Must specify the -kind parameter\n")
        #expect(
            await run("config", "read", "-kind=x").errors == "Must specify the -name parameter\n"
        )
    }

    @Test("list: names, one a line")
    func list() async {
        let outcome = await run(
            "config",
            "list",
            "-kind",
            "service-defaults",
            "-filter=Name == web",
            replies: [
                "GET /v1/config/service-defaults?filter=Name%20%3D%3D%20web":
                    #"[{"Kind":"service-defaults","Name":"web"},{"Name":"db"}]"#
            ]
        )
        #expect(outcome.output == "web\ndb\n")
        let mesh = await run(
            "config",
            "list",
            "-kind=mesh",
            replies: ["GET /v1/config/mesh": #"[{"Kind":"mesh"}]"#]
        )
        #expect(mesh.output == "mesh\n")
        #expect(await run("config", "list").errors == "Must specify the -kind parameter\n")
    }

    @Test("delete: by kind and name, by a file, at an index")
    func delete() async {
        let path = "DELETE /v1/config/service-router/web"
        let named = await run(
            "config",
            "delete",
            "-kind=service-router",
            "-name=web",
            replies: [path: "{}"]
        )
        #expect(named.output == "Config entry deleted: service-router/web\n")
        let filed = await run(
            "config",
            "delete",
            "-filename=web.hcl",
            "-cas",
            "-modify-index=5",
            files: ["web.hcl": Self.hcl],
            replies: [path + "?cas=5": "false"]
        )
        #expect(filed.code == 1)
        #expect(filed.errors == "Config entry not deleted: service-router/web\n")
        for arguments in [
            ["-kind=a", "-name=b", "-cas"], ["-kind=a", "-name=b", "-modify-index=1"],
            ["-kind=a", "-filename=web.hcl"],
        ] {
            let wrong = await run(["config", "delete"] + arguments, files: ["web.hcl": Self.hcl])
            #expect(wrong.code == 1 && wrong.requests.isEmpty, "\(arguments)")
        }
    }
}
