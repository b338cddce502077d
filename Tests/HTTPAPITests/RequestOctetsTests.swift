// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Testing

@testable import HTTPAPI

@Suite("What was read behind a request")
struct RequestOctetsTests {
    /// A request as the parser tells of it.
    struct Request: Sendable {
        var head: String
        var body = ""
        var isChunked = false

        var octets: [UInt8] { Array((head + body).utf8) }
    }

    private static let get = Request(head: "GET / HTTP/1.1\r\nA: b\r\n\r\n")
    private static let put = Request(
        head: "PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        body: "a\r\n\r\nb\r\nc"
    )
    private static let putOfLines = Request(
        head: "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\n",
        body: "\r\n\r\n"
    )
    private static let chunked = Request(
        head: "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        body: "1\r\na\r\n0\r\n\r\n",
        isChunked: true
    )
    private static let chunkedWithLines = Request(
        head: "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        body: "0A;b=c\r\n0\r\n\r\nd\r\n\r\n\r\n000;e\r\nX-F: g\r\n\r\n",
        isChunked: true
    )

    /// Requests on one connection, an empty line before the first of them.
    static let connections: [[Request]] =
        [get, put, putOfLines, chunked, chunkedWithLines].flatMap { first in
            [[first]]
                + [get, put, putOfLines, chunked, chunkedWithLines].map { second in
                    [first, second]
                }
        } + [[get, chunked, put], [put, get, chunkedWithLines], [chunked, chunked, put, get]]

    @Test("is the beginning of another one, or not, however reads are cut", arguments: connections)
    func cuts(requests: [Request]) {
        let whole = Array("\r\n".utf8) + requests.flatMap(\.octets)
        for rest in ["", "G", "GET / HTTP/1.1\r\nA: b\r\n", "\r\n", "\r", "\r\nG"] {
            let all = whole + Array(rest.utf8)
            for cut in 0..<all.count {
                #expect(
                    Self.hasBegun(requests, all, cuts: [cut]) == rest.contains("G"),
                    "\(requests.map(\.head)) \(rest.debugDescription) \(cut)"
                )
            }
            // Octet by octet, and by twos and threes.
            for size in 1...7 {
                let cuts = Array(stride(from: size, to: all.count, by: size))
                #expect(
                    Self.hasBegun(requests, all, cuts: cuts) == rest.contains("G"),
                    "\(requests.map(\.head)) \(rest.debugDescription) by \(size)"
                )
            }
        }
    }

    /// Whether a head has begun at the end: tells of requests as the parser does.
    private static func hasBegun(_ requests: [Request], _ all: [UInt8], cuts: [Int]) -> Bool {
        var found = RequestOctets()
        var hasBegun = false
        var isIdle = true
        let bounds = [0] + cuts + [all.count]
        for (start, end) in zip(bounds, bounds.dropFirst()) where start < end {
            let isRequest = found.take(ByteBuffer(bytes: all[start..<end]))
            if isIdle, isRequest { (hasBegun, isIdle) = (true, false) }
            var place = 2
            for request in requests {
                let headEnd = place + request.head.utf8.count
                let requestEnd = place + request.octets.count
                if (start..<end).contains(headEnd - 1) {
                    found.headEnded(isChunked: request.isChunked)
                    (hasBegun, isIdle) = (false, false)
                }
                let inBody = (start..<end).clamped(to: headEnd..<requestEnd).count
                if inBody > 0 { found.bodyTook(inBody) }
                if (start..<end).contains(requestEnd - 1) {
                    hasBegun = found.requestEnded()
                    isIdle = !hasBegun
                }
                place = requestEnd
            }
            found.release()
        }
        return hasBegun
    }
}
