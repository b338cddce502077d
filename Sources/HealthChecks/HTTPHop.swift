// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Checks
import Definitions
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// One request of an HTTP check: the one that was asked for, or one that a redirect leads to.
struct HTTPHop: Hashable, Sendable {
    /// Where it goes.
    var url: String
    /// The method.
    var method: String
    /// The headers that were asked for.
    var headers: [String: [String]]
    /// The body; empty for none.
    var body: String
    /// The address of the host, where it was looked up beforehand.
    var address: String?

    /// The request, with what Consul sends besides (Consul API, "HTTP check request").
    func request(to target: HTTPTarget) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: target.url)
        request.method = HTTPMethod(rawValue: method)
        for (name, values) in headers.sorted(by: { $0.key < $1.key }) {
            for value in values { request.headers.add(name: name, value: value) }
        }
        let defaults = [
            ("User-Agent", "Consul Health Check"), ("Accept", "text/plain, text/*, */*"),
        ]
        for (name, value) in defaults where !request.headers.contains(name: name) {
            request.headers.add(name: name, value: value)
        }
        if let host = target.host, !request.headers.contains(name: "Host") {
            request.headers.add(name: "Host", value: host)
        }
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }

    /// A failure as Go words it: `Get "<url>": <cause>`, the method with one capital.
    func failure(_ cause: String) -> CheckResult {
        let verb = method.prefix(1).uppercased() + method.dropFirst().lowercased()
        return CheckResult(.critical, output: "\(verb) \"\(url)\": \(cause)")
    }

    /// The request to which a redirect leads.
    ///
    /// Its host is looked up here, and the request goes to the address that was found, so that a
    /// name cannot lead elsewhere in between.
    ///
    /// - Throws: ``RedirectRefusal`` where it leads to a place where no check goes.
    func following(
        _ location: String,
        _ step: RedirectRule.Step
    ) async throws(RedirectRefusal) -> HTTPHop {
        guard let from = URL(string: url), let scheme = from.scheme?.lowercased(),
            let next = URL(string: location, relativeTo: from)?.absoluteURL,
            let host = next.host, !host.isEmpty
        else { throw RedirectRefusal(to: location, because: "that is no URL") }
        guard next.scheme?.lowercased() == scheme else {
            throw RedirectRefusal(
                to: location,
                because: "checks follow no redirect from \(scheme) to another scheme; "
                    + "name that URL in the check"
            )
        }
        let port = next.port ?? (scheme == "https" ? 443 : 80)
        let address: String
        do {
            address = try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port).ipAddress ?? ""
            }
        } catch {
            throw RedirectRefusal(to: location, because: "lookup \(host): no such host")
        }
        guard !RedirectRule.isLinkLocal(address) else {
            throw RedirectRefusal(
                to: location,
                because: "checks follow no redirect to link-local addresses (\(address))"
            )
        }
        var hop = self
        hop.url = next.absoluteString
        hop.method = step.method
        hop.address = address
        if !step.keepsBody {
            hop.body = ""
            hop.headers = hop.headers.filter { $0.key.lowercased() != "content-type" }
        }
        if !RedirectRule.keepsCredentials(from: from.host ?? "", to: host) {
            hop.headers = hop.headers.filter {
                !RedirectRule.credentials.contains($0.key.lowercased())
            }
        }
        // Go: a `Host` of one's own holds for relative redirects only.
        if URL(string: location)?.scheme != nil || location.hasPrefix("//") {
            hop.headers = hop.headers.filter { $0.key.lowercased() != "host" }
        }
        return hop
    }
}

/// A redirect that is not followed.
struct RedirectRefusal: Error, Hashable {
    /// Why not, for the output of the check.
    let text: String

    /// A redirect to a place, and the reason.
    init(to location: String, because reason: String) {
        text = "redirect to \"\(location)\" refused: \(reason)"
    }
}

/// Where a request goes, when TLS is to expect another name than the URL has, or the address of
/// the host is known.
struct HTTPTarget: Hashable, Sendable {
    /// The URL to ask for.
    var url: String
    /// The `Host` to send, if it is not that of ``url``.
    var host: String?
    /// Where names are to be found.
    var override: [String: String] = [:]

    /// Makes a target; `nil` where the URL is not one of HTTP, or has no host.
    init?(url: String, serverName: String, address: String? = nil) {
        guard let authority = Self.authority(of: url), !authority.isEmpty else { return nil }
        self.url = url
        let parts = HostPort(authority)
        let bare = authority.hasPrefix("[") ? String(authority.dropFirst().dropLast()) : authority
        let named = parts?.host ?? bare
        if let address, address != named { override = [named: address] }
        guard !serverName.isEmpty, url.lowercased().hasPrefix("https://") else { return }
        guard let range = url.firstRange(of: authority) else { return nil }
        let port = parts.map { ":\($0.port)" } ?? ""
        self.url = url.replacingCharacters(in: range, with: serverName + port)
        host = authority
        override = [serverName: address ?? named]
    }

    /// `host` or `host:port` of a URL, without user information; `nil` for other schemes.
    static func authority(of url: String) -> String? {
        let scheme = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }
        guard let scheme else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return String(authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}

extension String {
    /// The text with a part of it replaced.
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
