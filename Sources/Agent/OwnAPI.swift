// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import WatchPlans
import Watches

/// What watches read: this agent's API, from within.
struct OwnAPI: WatchSource {
    let reader: LocalReader

    func get(_ path: String, token: String) async -> WatchReply {
        let reply = await reader.get(path, token: token)
        return WatchReply(
            status: reply.status,
            index: reply.index,
            hash: reply.contentHash,
            body: reply.body
        )
    }
}
