// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import NIOCore

/// The connection of a request; all that the API needs of Hummingbird's context.
struct APIContext: InitializableFromSource {
    /// `nil` for a request of this process itself.
    let channel: (any Channel)?

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Makes the context of a request that came over `channel`; `nil` for one of this process itself.
    init(channel: (any Channel)? = nil) { self.channel = channel }

    /// Whether the connection is a unix socket.
    var isLocal: Bool {
        if case .unixDomainSocket? = channel?.localAddress { return true }
        return false
    }
}
