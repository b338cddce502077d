// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// An intention as the agent shows it (spec http-api.md 4.16).
struct IntentionReply: Decodable {
    var id: String?
    var description: String?
    var sourceName: String
    var destinationName: String
    var action: String?
    var meta: [String: String]?
    var precedence: Int?
    var createdAt: String?
    /// How many rules about requests stand in place of an action.
    var permissionCount: Int

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case description = "Description"
        case sourceName = "SourceName"
        case destinationName = "DestinationName"
        case action = "Action"
        case meta = "Meta"
        case precedence = "Precedence"
        case createdAt = "CreatedAt"
        case permissions = "Permissions"
    }

    private struct Anything: Decodable {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decodeIfPresent(String.self, forKey: .id)
        description = try values.decodeIfPresent(String.self, forKey: .description)
        sourceName = try values.decode(String.self, forKey: .sourceName)
        destinationName = try values.decode(String.self, forKey: .destinationName)
        action = try values.decodeIfPresent(String.self, forKey: .action)
        meta = try values.decodeIfPresent([String: String].self, forKey: .meta)
        precedence = try values.decodeIfPresent(Int.self, forKey: .precedence)
        createdAt = try values.decodeIfPresent(String.self, forKey: .createdAt)
        permissionCount =
            try values.decodeIfPresent([Anything].self, forKey: .permissions)?.count ?? 0
    }

    /// `web => db (allow)`.
    var line: String { IntentionAccess.line(sourceName, destinationName, detail) }

    private var detail: String {
        switch permissionCount {
        case 0: action ?? ""
        case 1: "1 permission"
        default: "\(permissionCount) permissions"
        }
    }
}

/// How the `intention` commands reach intentions.
enum IntentionAccess {
    static let path = "/v1/connect/intentions"
    static let exactPath = path + "/exact"

    /// The query that names one.
    static func query(_ source: String, _ destination: String) -> [(String, String)] {
        [("source", source), ("destination", destination)]
    }

    /// `web => db (allow)`.
    static func line(_ source: String, _ destination: String, _ detail: String) -> String {
        "\(source) => \(destination) (\(detail))"
    }

    /// The path of one with an ID.
    static func path(ofID id: String) -> String {
        path + "/" + PercentEncoding.encode(id, alsoSlashes: true)
    }
}
