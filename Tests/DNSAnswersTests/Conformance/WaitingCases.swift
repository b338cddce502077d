// SPDX-License-Identifier: Apache-2.0

/// Cases that do not pass yet, with what they wait for.
///
/// The list only shrinks: a case in it that passes fails the suite.
enum WaitingCases {
    /// Asked of the responder, and not answered as the case wants.
    static let reasons: [String: String] = [
        "DNS-138": preparedQueries, "DNS-168": preparedQueries,
        "DNS-182": preparedQueries, "DNS-195": preparedQueries, "DNS-196": preparedQueries,
        "DNS-197": preparedQueries, "DNS-200": preparedQueries, "DNS-201": preparedQueries,
        "DNS-202": preparedQueries, "DNS-203": preparedQueries, "DNS-204": preparedQueries,
        "DNS-205": preparedQueries, "DNS-207": preparedQueries, "DNS-208": preparedQueries,
        "DNS-209": preparedQueries, "DNS-210": preparedQueries, "DNS-217": preparedQueries,
        "DNS-218": preparedQueries, "DNS-308": preparedQueries,
        "DNS-225": ingress, "DNS-226": ingress,
        "DNS-228": virtual, "DNS-229": virtual,
    ]

    /// Not for a responder alone: other cases, by range, with where they belong.
    static let elsewhere: [(range: ClosedRange<Int>, reason: String)] = [
        (309...323, "a second datacenter"),
        (324...344, "access control"),
        (349...350, "agent cache: the catalog is always current here"),
        (361...364, "streams: DNSTransport"),
        (371...371, "reload of the agent, a second datacenter"),
        (373...373, virtual),
        (374...376, "peering"),
        (377...377, "order of recursors: DNSTransport"),
        (378...378, "access control"),
        (379...380, "several servers"),
    ]

    private static let preparedQueries = "prepared queries"
    private static let ingress = "ingress gateways"
    private static let virtual = "virtual addresses"
}
