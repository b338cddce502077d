// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import StateStore

/// `/v1/operator/autopilot/configuration` (HTTP API 4.12, 5.11).
extension API {
    static let autopilotRoutes = [
        Route(
            .get,
            .put,
            path: "/v1/operator/autopilot/configuration",
            reading: { api, request throws(APIFailure) in try api.readAutopilot(request) }
        ) { api, request throws(APIFailure) in
            try await api.writeAutopilot(request)
        }
    ]

    private func readAutopilot(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let result = try read(request, options) { $0.autopilotConfiguration() }
        return reply(request, options, result) {
            AutopilotObject.write(result.value, to: &$0)
        }
    }

    private func writeAutopilot(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let configuration: AutopilotConfiguration
        let value = try await request.decodedBody()
        do throws(BodyError) {
            configuration = try AutopilotBody.configuration(value)
        } catch {
            throw .badRequest("Error parsing autopilot config: \(error.message)")
        }
        var change = AutopilotChange(configuration)
        if let text = request.query.first("cas") {
            guard let index = UInt64(text) else {
                throw .badRequest(
                    "Error parsing cas value: strconv.ParseUint: parsing \"\(text)\": invalid syntax"
                )
            }
            change.expectedIndex = RaftIndex(rawValue: index)
        }
        do throws(SubmitError) {
            _ = try await submitter.submit(.autopilot(change))
        } catch {
            guard error == .refused(.indexMismatch) else { throw APIFailure(error) }
            return request.json { $0.bool(false) }
        }
        return request.json { $0.bool(true) }
    }
}

/// Decodes the body of `PUT /v1/operator/autopilot/configuration`.
enum AutopilotBody {
    /// What is left out is as Consul has it by default.
    static func configuration(_ value: JSONValue) throws(BodyError) -> AutopilotConfiguration {
        var reader = try JSONObjectReader(value, type: "api.AutopilotConfiguration")
        var result = AutopilotConfiguration()
        if let flag = try reader.bool("CleanupDeadServers") { result.cleansUpDeadServers = flag }
        if let time = try reader.duration("LastContactThreshold") {
            result.lastContactThreshold = time
        }
        if let count = try reader.unsigned("MaxTrailingLogs") {
            result.maximumTrailingLogs = count
        }
        if let count = try reader.unsigned("MinQuorum") { result.minimumQuorum = count }
        if let time = try reader.duration("ServerStabilizationTime") {
            result.serverStabilizationTime = time
        }
        result.redundancyZoneTag = try reader.string("RedundancyZoneTag")
        result.disablesUpgradeMigration = try reader.bool("DisableUpgradeMigration") ?? false
        result.upgradeVersionTag = try reader.string("UpgradeVersionTag")
        // Clients send back what they read; `?cas=` says which index is meant.
        _ = try reader.unsigned("CreateIndex")
        _ = try reader.unsigned("ModifyIndex")
        try reader.finish()
        return result
    }
}

/// Writes the configuration of autopilot.
enum AutopilotObject {
    static func write(_ configuration: AutopilotConfiguration, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("CleanupDeadServers", configuration.cleansUpDeadServers)
            writer.member(
                "LastContactThreshold",
                GoDuration.print(configuration.lastContactThreshold)
            )
            writer.member("MaxTrailingLogs", configuration.maximumTrailingLogs)
            writer.member("MinQuorum", configuration.minimumQuorum)
            writer.member(
                "ServerStabilizationTime",
                GoDuration.print(configuration.serverStabilizationTime)
            )
            writer.member("RedundancyZoneTag", configuration.redundancyZoneTag)
            writer.member("DisableUpgradeMigration", configuration.disablesUpgradeMigration)
            writer.member("UpgradeVersionTag", configuration.upgradeVersionTag)
            writer.member("CreateIndex", configuration.createIndex.rawValue)
            writer.member("ModifyIndex", configuration.modifyIndex.rawValue)
        }
    }
}
