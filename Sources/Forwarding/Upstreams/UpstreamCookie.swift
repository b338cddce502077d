// SPDX-License-Identifier: Apache-2.0

/// Our cookie for one upstream, and the one it gave us (RFC 7873 §4).
///
/// Who does not see our queries cannot echo it: 64 bits more against forged replies.
public struct UpstreamCookie: Hashable, Sendable {
    static let code: UInt16 = 10
    /// RFC 7873 §4.2.
    private static let serverLengths = 8...32

    /// Ours: 8 octets.
    let client: [UInt8]
    /// The upstream's, once it has sent one.
    var server: [UInt8] = []

    init(using generator: inout some RandomNumberGenerator) {
        let bits: UInt64 = generator.next()
        client = stride(from: UInt64(56), through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: bits >> $0)
        }
    }

    /// The option that goes into a query, code and length included.
    var option: [UInt8] {
        [0, UInt8(Self.code), 0, UInt8(client.count + server.count)] + client + server
    }

    /// How the cookie of a reply stands to ours.
    enum Echo: Hashable {
        /// The reply has none: the upstream does not know them.
        case absent
        /// It is not the reply to what we sent.
        case wrong
        /// It echoes ours, with one of the upstream.
        case right(server: [UInt8])

        /// What is counted of a reply that it was found in.
        func result(in reply: [UInt8]) -> CookieResult {
            switch self {
            case .absent: .absent
            case .wrong: .wrong
            case .right: UpstreamCookie.isRefused(reply) ? .refused : .right
            }
        }
    }

    /// Judges a reply; of several cookies the first counts (RFC 7873 §5.2).
    func echo(in reply: [UInt8]) -> Echo {
        guard let opt = MessageLayout(reply)?.opt else { return .absent }
        var found: ArraySlice<UInt8>?
        ForwardedQuery.eachOption(reply[opt.data..<opt.octets.upperBound]) { code, option in
            if code == Self.code, found == nil { found = option.dropFirst(4) }
        }
        guard let found else { return .absent }
        let server = Array(found.dropFirst(client.count))
        guard found.starts(with: client), server.isEmpty || Self.serverLengths ~= server.count
        else { return .wrong }
        return .right(server: server)
    }

    /// Whether a reply says BADCOOKIE: the upstream wants its new cookie back (RFC 7873 §5.3).
    static func isRefused(_ reply: [UInt8]) -> Bool {
        guard reply.count >= 12, reply[3] & 0x0f == 7, let opt = MessageLayout(reply)?.opt else {
            return false
        }
        return reply[opt.data - 6] == 1
    }
}

/// What a reply made of the cookie in our query.
public enum CookieResult: String, CaseIterable, Sendable {
    /// It echoes ours.
    case right
    /// It has none: the upstream does not know them.
    case absent
    /// It is not the reply to what we sent: ignored.
    case wrong
    /// BADCOOKIE: the upstream wants its new one back.
    case refused
}
