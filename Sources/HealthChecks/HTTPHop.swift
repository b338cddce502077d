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
    /// The `Location` that led here; `nil` for the URL of the check itself.
    var location: String?

    /// A failure as Go words it: `Get "<url>": <cause>`, the method with one capital, the URL
    /// without its password.
    func failure(_ cause: String) -> CheckResult {
        let verb = method.prefix(1).uppercased() + method.dropFirst().lowercased()
        let url = URLCredentials.hidingPassword(in: url)
        return CheckResult(.critical, output: "\(verb) \"\(url)\": \(cause)")
    }

    /// Whether a request may go to an address of its host.
    ///
    /// - Throws: ``AddressRefusal`` for an address to which no redirect leads a check.
    func check(_ address: SocketAddress) throws(AddressRefusal) {
        guard let location, let text = address.ipAddress, RedirectRule.isLinkLocal(text) else {
            return
        }
        let reason = "checks follow no redirect to link-local addresses (\(text))"
        throw AddressRefusal(text: RedirectRefusal(to: location, because: reason).text)
    }

    /// The request to which a redirect leads.
    ///
    /// - Throws: ``RedirectRefusal`` where it leads to a place where no check goes.
    func following(
        _ location: String,
        _ step: RedirectRule.Step
    ) throws(RedirectRefusal) -> HTTPHop {
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
        hop.location = location
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
        let place = URLCredentials.hidingPassword(in: location)
        text = "redirect to \"\(place)\" refused: \(reason)"
    }
}
