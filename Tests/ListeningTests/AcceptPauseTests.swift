// SPDX-License-Identifier: Apache-2.0
import Glibc
import Listening
import NIOCore
import NIOEmbedded
import Testing

@Suite("A listener without a descriptor pauses")
struct AcceptPauseTests {
    private func listener() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: AcceptPause())
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/listener")).wait()
        return channel
    }

    /// What reading automatically was set to last; `nil` for never.
    private func reads(_ channel: EmbeddedChannel) -> Bool? {
        channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
    }

    private func fail(_ channel: EmbeddedChannel, _ number: CInt) {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: number, reason: "accept"))
    }

    @Test("no connection for 200 ms, then again", arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func pause(number: CInt) throws {
        let channel = try listener()
        fail(channel, number)
        #expect(reads(channel) == false)
        // What fails during the pause does not lengthen it.
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(150))
        fail(channel, number)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(49))
        #expect(reads(channel) == false)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(reads(channel) == true)
        fail(channel, number)
        #expect(reads(channel) == false)
    }

    @Test("a connection that went before it was accepted is no reason")
    func others() throws {
        let channel = try listener()
        fail(channel, ECONNABORTED)
        #expect(reads(channel) == nil)
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
    }

    @Test("a listener that is closed has no clock left")
    func closed() throws {
        let channel = try listener()
        fail(channel, EMFILE)
        try channel.close().wait()
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(reads(channel) == false)
    }
}
