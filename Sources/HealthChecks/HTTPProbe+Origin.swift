// SPDX-License-Identifier: Apache-2.0
import Checks
import NIOCore

extension HTTPProbe {
    /// Why an address may not be connected to; `nil` when it may (SEC-09).
    func refusal(of address: SocketAddress) -> String? {
        guard let address = address.ipAddress else { return nil }
        do throws(ForbiddenAddress) { try origin.check([address]) } catch { return error.text }
        return nil
    }
}
