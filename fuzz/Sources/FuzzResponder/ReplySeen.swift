// SPDX-License-Identifier: Apache-2.0

internal import CLDNS

/// A reply as libldns sees it, which shares no code with us.
struct ReplySeen {
    var isResponse: Bool
    var questions: Int
    var code: Int
    var hasOPT: Bool

    /// Parses a reply; `nil` if libldns refuses it.
    init?(_ reply: [UInt8]) {
        var packet: UnsafeMutablePointer<ldns_pkt>? = nil
        let status = unsafe reply.withUnsafeBufferPointer {
            unsafe ldns_wire2pkt(&packet, $0.baseAddress, $0.count)
        }
        guard status == LDNS_STATUS_OK, let packet = unsafe packet else { return nil }
        defer { unsafe ldns_pkt_free(packet) }
        isResponse = unsafe ldns_pkt_qr(packet) != 0
        questions = unsafe Int(ldns_pkt_qdcount(packet))
        code = unsafe Int(ldns_pkt_get_rcode(packet).rawValue)
        hasOPT = unsafe ldns_pkt_edns(packet) != 0
    }
}
