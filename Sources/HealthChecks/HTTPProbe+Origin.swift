// SPDX-License-Identifier: Apache-2.0
import Checks
import NIOCore

extension HTTPProbe {
    /// Why nothing may be asked over a connection that was made; `nil` when it may (SEC-09).
    ///
    /// The address of the peer itself counts, so that no second look-up can lead elsewhere.
    func refusal(of peer: SocketAddress?) -> String? {
        guard let address = peer?.ipAddress else { return nil }
        do throws(ForbiddenAddress) { try origin.check([address]) } catch { return error.text }
        return nil
    }
}
