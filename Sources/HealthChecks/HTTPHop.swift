// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import FoundationEssentials
import NIOCore

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

    /// A failure as Go words it: `Get "<url>": <cause>`, the method with one capital.
    func failure(_ cause: String) -> CheckResult {
        let verb = method.prefix(1).uppercased() + method.dropFirst().lowercased()
        return CheckResult(.critical, output: "\(verb) \"\(url)\": \(cause)")
    }

    /// The request to which a redirect leads, but for the address of its host.
    ///
    /// - Throws: ``RedirectRefusal`` where it leads to a place where no check goes.
    func following(
        _ location: String,
        _ step: RedirectRule.Step
    ) throws(RedirectRefusal) -> HTTPRedirect {
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
        var hop = self
        hop.url = next.absoluteString
        hop.method = step.method
        hop.address = nil
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
        return HTTPRedirect(
            location: location,
            hop: hop,
            host: host,
            port: next.port ?? (scheme == "https" ? 443 : 80)
        )
    }
}

/// Where a redirect leads, before its host is looked up.
struct HTTPRedirect: Hashable, Sendable {
    /// What the reply said.
    var location: String
    /// The next request, without an address.
    var hop: HTTPHop
    /// The name or address of its host.
    var host: String
    /// Its port.
    var port: Int

    /// The address of the host; may take as long as a name server does.
    func lookUp() throws -> String {
        try SocketAddress.makeAddressResolvingHost(host, port: port).ipAddress ?? ""
    }

    /// The next request, to an address that was found.
    ///
    /// The request goes to this very address, so that a name cannot lead elsewhere in between.
    ///
    /// - Throws: ``RedirectRefusal`` for an address to which no check is led, and where none was
    ///   found.
    func hop(to found: Result<String, any Error>) throws(RedirectRefusal) -> HTTPHop {
        guard case .success(let address) = found else {
            throw RedirectRefusal(to: location, because: "lookup \(host): no such host")
        }
        guard !RedirectRule.isLinkLocal(address) else {
            throw RedirectRefusal(
                to: location,
                because: "checks follow no redirect to link-local addresses (\(address))"
            )
        }
        var hop = hop
        hop.address = address
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
