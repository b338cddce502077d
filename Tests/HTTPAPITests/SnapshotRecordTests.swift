// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Records of a snapshot as JSON")
struct SnapshotRecordTests {
    private static func line(_ record: SnapshotRecord) -> String {
        var octets: [UInt8] = []
        SnapshotRecordObject.append(record, to: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    private static func object(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.text, as: UTF8.self)
    }

    @Test("nodes, instances and checks are bodies of a registration")
    func registrations() {
        let node = NodeRow(
            name: "n",
            id: "id",
            address: "10.0.0.1",
            meta: ["a": "b"],
            createIndex: RaftIndex(rawValue: 2),
            modifyIndex: RaftIndex(rawValue: 3)
        )
        let head = """
            {"Type":"Register","Data":{"ID":"id","Node":"n","Address":"10.0.0.1",\
            "TaggedAddresses":null,"NodeMeta":{"a":"b"},"CreateIndex":2,"ModifyIndex":3,
            """.replacing("\n", with: "")
        #expect(Self.line(.node(node)) == head + #""Service":null,"Check":null}}"# + "\n")
        let service = ServiceRow(node: "n", id: "w", name: "web", port: 80)
        let serviceText = Self.object { NodeServiceObject.write(service, to: &$0) }
        #expect(
            Self.line(.instance(service, on: node))
                == head + "\"Service\":\(serviceText),\"Check\":null}}\n"
        )
        let check = CheckRow(node: "n", id: "c", name: "c", status: .passing, output: "a\nb")
        let checkText = Self.object { CheckObject.write(check, to: &$0) }
        #expect(
            Self.line(.check(check, on: node))
                == head + "\"Service\":null,\"Check\":\(checkText)}}\n"
        )
        // Of older snapshots, in which the node stands elsewhere.
        #expect(
            Self.line(.check(check, on: nil))
                == #"{"Type":"Register","Data":{"Node":"n","Service":null,"Check":"#
                + "\(checkText)}}\n"
        )
    }

    @Test("records of the API's objects have their members")
    func objects() {
        let entry = KVRow(
            key: "k",
            value: [1, 2],
            flags: 7,
            createIndex: RaftIndex(rawValue: 4),
            modifyIndex: RaftIndex(rawValue: 5)
        )
        #expect(
            Self.line(.key(entry)) == """
                {"Type":"KVS","Data":{"LockIndex":0,"Key":"k","Flags":7,"Value":"AQI=",\
                "CreateIndex":4,"ModifyIndex":5}}

                """
        )
        let session = SessionRow(id: "s", node: "n")
        let query = PreparedQueryRow(id: "q", service: ServiceQuery(service: "web"))
        let settings = ConfigEntryRow(
            kind: .serviceDefaults,
            name: "web",
            contentJSON: #"{"Protocol":"http"}"#
        )
        let coordinate = CoordinateRow(node: "n", coordinate: NetworkCoordinate())
        let autopilot = AutopilotConfiguration()
        for (record, kind, text) in [
            (.session(session), "Session", Self.object { SessionObject.write(session, to: &$0) }),
            (
                .preparedQuery(query), "PreparedQuery",
                Self.object { PreparedQueryObject.write(query, to: &$0) }
            ),
            (
                .configEntry(settings), "ConfigEntry",
                #"{"Kind":"service-defaults","Name":"web","Protocol":"http","#
                    + #""CreateIndex":0,"ModifyIndex":0}"#
            ),
            (
                .coordinate(coordinate), "CoordinateBatchUpdate",
                Self.object { CoordinateObject.write(coordinate, to: &$0) }
            ),
            (
                .autopilot(autopilot), "Autopilot",
                Self.object { AutopilotObject.write(autopilot, to: &$0) }
            ),
        ] as [(SnapshotRecord, String, String)] {
            #expect(Self.line(record) == "{\"Type\":\"\(kind)\",\"Data\":\(text)}\n")
        }
    }

    @Test("records that no route shows")
    func others() {
        var progress = StateProgress()
        progress.lastIndex = RaftIndex(rawValue: 9)
        progress.time = LogTime(rawValue: 70)
        for (record, text) in [
            (
                .progress(progress),
                #"{"Type":"State","Data":{"LastIndex":9,"RestoredAt":0,"LogMilliseconds":70}}"#
            ),
            (
                .index(key: "service.web", RaftIndex(rawValue: 8)),
                #"{"Type":"Index","Data":{"Key":"service.web","Value":8}}"#
            ),
            (
                .virtualAddress(service: "web", [240, 0, 0, 1]),
                #"{"Type":"ServiceVirtualIP","Data":{"Service":"web","IP":"240.0.0.1"}}"#
            ),
            (
                .freeVirtualAddress([240, 0, 1, 2], isCounter: true),
                #"{"Type":"FreeVirtualIP","Data":{"IP":"240.0.1.2","IsCounter":true}}"#
            ),
            (
                .tombstone(key: "a/", RaftIndex(rawValue: 7)),
                #"{"Type":"Tombstone","Data":{"Key":"a/","ModifyIndex":7}}"#
            ),
            (
                .lockDelay(key: "\n", LogTime(rawValue: 85)),
                #"{"Type":"LockDelay","Data":{"Key":"\n","UntilMilliseconds":85}}"#
            ),
        ] as [(SnapshotRecord, String)] { #expect(Self.line(record) == text + "\n") }
    }
}
