// SPDX-License-Identifier: Apache-2.0

import CLDNS

/// What libldns makes of a whole message: the second opinion of the differential tests.
struct LibLDNSOracle: Equatable {
    /// A record as libldns prints it; of types whose data we keep as octets, only the head.
    struct Line: Hashable {
        var type: UInt16
        var text: String

        /// Owner, TTL, class and type, without the data.
        var head: String {
            text.split(separator: "\t", maxSplits: 4).prefix(4).joined(separator: "\t")
        }

        /// The record with those names folded that compression may give another case: the owner, and
        /// the names in the data of NS, CNAME, SOA, PTR and MX, beside which there are only numbers.
        var withFoldedNames: Line {
            var line = self
            switch type {
            case 2, 5, 6, 12, 15: line.text = text.lowercased()
            default:
                let owner = text.prefix { $0 != "\t" }
                line.text = owner.lowercased() + text.dropFirst(owner.count)
            }
            return line
        }
    }

    var id: UInt16
    var flags: [Bool]
    var opcode: UInt32
    var responseCode: UInt32
    var sections: [[Line]]
    var hasEDNS: Bool
    var payloadSize: UInt16
    var dnssecOK: Bool
    var version: UInt8
    var extendedCode: UInt8

    /// The message with such names folded in all sections.
    var withFoldedNames: LibLDNSOracle {
        var message = self
        message.sections = sections.map { $0.map(\.withFoldedNames) }
        return message
    }

    /// Decodes a message; nil if libldns refuses it.
    static func decode(_ octets: [UInt8]) -> LibLDNSOracle? {
        var packet: UnsafeMutablePointer<ldns_pkt>? = nil
        let status = unsafe octets.withUnsafeBufferPointer {
            unsafe ldns_wire2pkt(&packet, $0.baseAddress, $0.count)
        }
        guard status == LDNS_STATUS_OK, let packet = unsafe packet else { return nil }
        defer { unsafe ldns_pkt_free(packet) }
        return unsafe LibLDNSOracle(
            id: ldns_pkt_id(packet),
            flags: [
                ldns_pkt_qr(packet), ldns_pkt_aa(packet), ldns_pkt_tc(packet), ldns_pkt_rd(packet),
                ldns_pkt_ra(packet), ldns_pkt_ad(packet), ldns_pkt_cd(packet),
            ].map { $0 != 0 },
            opcode: UInt32(ldns_pkt_get_opcode(packet).rawValue),
            responseCode: UInt32(ldns_pkt_get_rcode(packet).rawValue),
            sections: [
                lines(ldns_pkt_question(packet)), lines(ldns_pkt_answer(packet)),
                lines(ldns_pkt_authority(packet)), lines(ldns_pkt_additional(packet)),
            ],
            hasEDNS: ldns_pkt_edns(packet) != 0,
            payloadSize: ldns_pkt_edns_udp_size(packet),
            dnssecOK: ldns_pkt_edns_do(packet) != 0,
            version: ldns_pkt_edns_version(packet),
            extendedCode: ldns_pkt_edns_extended_rcode(packet)
        )
    }

    @unsafe
    private static func lines(_ list: UnsafeMutablePointer<ldns_rr_list>?) -> [Line] {
        guard let list = unsafe list else { return [] }
        return unsafe (0..<ldns_rr_list_rr_count(list)).map { index in
            let record = unsafe ldns_rr_list_rr(list, index)
            let type = unsafe UInt16(truncatingIfNeeded: ldns_rr_get_type(record).rawValue)
            guard let text = unsafe waypost_ldns_print(record) else {
                return Line(type: type, text: "")
            }
            defer { unsafe waypost_ldns_free(text) }
            return unsafe Line(type: type, text: String(cString: text))
        }
    }
}
