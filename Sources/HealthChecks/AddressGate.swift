// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// An address to which a check does not connect.
struct AddressRefusal: Error, Hashable {
    /// Why not, for the output of the check.
    let text: String

    /// The refusal because of which a connection failed; `nil` where it failed for other reasons.
    ///
    /// A name may have other addresses, and those were tried as well.
    static func cause(of error: any Error) -> AddressRefusal? {
        guard let failure = error as? NIOConnectionError else { return error as? AddressRefusal }
        return failure.connectionErrors.lazy.compactMap { $0.error as? AddressRefusal }.first
    }
}

/// Asks a rule of each address just before it is connected to, as the control of Go's dialer does.
///
/// The address is the one that is used, so that no second look-up of a name can lead elsewhere.
final class AddressGate: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    /// Lets an address pass, or throws why it may not.
    typealias Rule = @Sendable (SocketAddress) throws(AddressRefusal) -> Void

    private let rule: Rule

    /// Makes the gate of one connection.
    init(_ rule: @escaping Rule) { self.rule = rule }

    func connect(
        context: ChannelHandlerContext,
        to address: SocketAddress,
        promise: EventLoopPromise<Void>?
    ) {
        do throws(AddressRefusal) { try rule(address) } catch {
            promise?.fail(error)
            return context.close(promise: nil)
        }
        context.connect(to: address, promise: promise)
    }
}
