// SPDX-License-Identifier: Apache-2.0
import Glibc
import NIOCore

/// A name that has no address, or of which none was found in time.
struct NameFailure: Error, Hashable {
    /// The name.
    let name: String
    /// Why, as Go says it: `no such host`.
    let reason: String

    /// What a dial error says: `lookup web.example: no such host`.
    var text: String { "lookup \(name): \(reason)" }
}

/// The addresses of names, as the system's resolver knows them.
enum SystemNames {
    /// The addresses of a name in the order in which they are to be tried, without ports; blocks for as
    /// long as the name servers do not answer.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - isAddress: Whether the name may only be an address, in whatever spelling: that is known
    ///     without asking anybody, so nothing blocks.
    /// - Returns: At least one address, or why there is none.
    static func addresses(
        of name: String,
        isAddress: Bool = false
    ) -> Result<[SocketAddress], NameFailure> {
        var hints = unsafe addrinfo()
        // One entry for each address.
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = isAddress ? AI_NUMERICHOST : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else { return .failure(NameFailure(name: name, reason: reason(code))) }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe address(of: entry.pointee) { found.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return .success(found)
    }

    private static func address(of entry: addrinfo) -> SocketAddress? {
        guard let octets = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        return switch unsafe entry.ai_family {
        case AF_INET: unsafe SocketAddress(octets.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: unsafe SocketAddress(octets.loadUnaligned(as: sockaddr_in6.self))
        default: nil
        }
    }

    private static func reason(_ code: CInt) -> String {
        switch code {
        // The second has no name in the module map: a name with other records than addresses.
        case EAI_NONAME, -5: return "no such host"
        default:
            guard let text = unsafe gai_strerror(code) else { return "error \(code)" }
            return unsafe String(cString: text)
        }
    }
}
