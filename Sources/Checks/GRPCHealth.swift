// SPDX-License-Identifier: Apache-2.0
import Definitions

/// The health protocol of gRPC (`grpc.health.v1.Health/Check`): the request as octets.
///
/// Its messages have one field each, so they are written and read here, without generated code.
public enum GRPCHealth {
    /// The path of the call.
    public static let path = "/grpc.health.v1.Health/Check"
    /// How many octets of a reply are kept; a reply of the protocol has seven.
    public static let replyLimit = 4096

    /// The request for a service, or for the whole server where the name is empty, with the
    /// prefix of five octets that gRPC puts before a message.
    public static func request(service: String) -> [UInt8] {
        let name = Array(service.utf8)
        // protobuf: field 1, length-delimited; an empty text is left out.
        let message = name.isEmpty ? [] : [0x0a] + varint(UInt64(name.count)) + name
        let count = UInt32(message.count)
        return [0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + message
    }

    /// The value of `grpc-timeout`: at most eight digits and a unit.
    public static func timeout(_ time: Duration) -> String {
        let parts = time.components
        guard parts.seconds < 100_000 else { return "\(min(parts.seconds, 99_999_999))S" }
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        return "\(max(1, milliseconds))m"
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var octets: [UInt8] = []
        while rest >= 0x80 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return octets + [UInt8(rest)]
    }
}

/// What a gRPC server sent for a health call, and what it means.
public struct GRPCReply: Hashable, Sendable {
    /// `:status` of HTTP; 0 until it came.
    private var httpStatus = 0
    private var contentType = ""
    /// `grpc-status`; `nil` until it came.
    private var code: Int?
    private var message = ""
    private var body: [UInt8] = []
    private var isTooLong = false

    /// A reply of which nothing has come.
    public init() {}

    /// Takes a header or trailer.
    public mutating func take(name: String, value: String) {
        switch name {
        case ":status": httpStatus = Int(value) ?? 0
        case "content-type": contentType = value
        case "grpc-status": code = Int(value) ?? 2
        case "grpc-message": message = Self.percentDecoded(value)
        default: break
        }
    }

    /// Takes a part of the body; what is above the limit is dropped, and the reply is a failure.
    public mutating func take(_ octets: some Collection<UInt8>) {
        guard body.count + octets.count <= GRPCHealth.replyLimit else {
            isTooLong = true
            return
        }
        body += octets
    }

    /// The state of the check; `target` is `host:port[/service]` as it was written.
    public func result(target: String) -> CheckResult {
        if let code {
            guard code == 0 else { return Self.failure(code, message) }
        } else if httpStatus != 200 {
            return Self.failure(
                Self.code(ofHTTP: httpStatus),
                "unexpected HTTP status code received from server: \(httpStatus)"
            )
        } else if !contentType.hasPrefix("application/grpc") {
            return Self.failure(
                2,
                "malformed header: received unexpected content-type \"\(contentType)\""
            )
        } else {
            return Self.failure(13, "server closed the stream without sending trailers")
        }
        guard !isTooLong, let status = Self.servingStatus(body) else {
            return Self.failure(13, "the reply is no message of grpc.health.v1")
        }
        guard status == 1 else {
            return CheckResult(
                .critical,
                output: "gRPC \(target) serving status: \(Self.servingName(status))"
            )
        }
        return CheckResult(.passing, output: "gRPC check \(target): success")
    }

    /// A failure in the words of Go's library, which Consul's users know.
    public static func failure(_ code: Int, _ description: String) -> CheckResult {
        CheckResult(.critical, output: "rpc error: code = \(name(code)) desc = \(description)")
    }

    /// Field 1 of the one message in the body; 0 where it is left out, `nil` for anything else.
    static func servingStatus(_ body: [UInt8]) -> UInt64? {
        // No compression was offered, so the flag has to be 0.
        guard body.count >= 5, body[0] == 0 else { return nil }
        let count = body[1...4].reduce(0) { $0 << 8 | Int($1) }
        guard count == body.count - 5 else { return nil }
        var reader = ProtobufReader(body[5...])
        var status: UInt64 = 0
        while !reader.isAtEnd {
            guard let key = reader.varint(), key >> 3 > 0 else { return nil }
            if key == 0x08 {
                guard let value = reader.varint() else { return nil }
                status = value
            } else {
                guard reader.skip(wireType: key & 7) else { return nil }
            }
        }
        return status
    }

    private static func servingName(_ status: UInt64) -> String {
        let names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]
        return status < 4 ? names[Int(status)] : "\(status)"
    }

    private static func name(_ code: Int) -> String {
        let names = [
            "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound",
            "AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
            "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss",
            "Unauthenticated",
        ]
        return names.indices.contains(code) ? names[code] : "Code(\(code))"
    }

    // gRPC: "HTTP to gRPC Status Code Mapping".
    private static func code(ofHTTP status: Int) -> Int {
        switch status {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }

    // gRPC over HTTP/2: `grpc-message` is percent-encoded; what is no such triple stays as it is.
    private static func percentDecoded(_ text: String) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                rest.removeFirst(2)
                octets.append(value)
            } else {
                octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

/// The little of protobuf's encoding that it takes to find a number among unknown fields.
private struct ProtobufReader {
    private var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) { rest = octets }

    var isAtEnd: Bool { rest.isEmpty }

    /// A number of at most ten octets; `nil` where it does not end.
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let octet = rest.popFirst() else { return nil }
            value |= UInt64(octet & 0x7f) << shift
            if octet < 0x80 { return value }
        }
        return nil
    }

    /// Goes past the value of a field; `false` where there is none.
    mutating func skip(wireType: UInt64) -> Bool {
        switch wireType {
        case 0: return varint() != nil
        case 1: return drop(8)
        case 2: return varint().map { drop($0) } ?? false
        case 5: return drop(4)
        default: return false
        }
    }

    private mutating func drop(_ count: UInt64) -> Bool {
        guard count <= UInt64(rest.count) else { return false }
        rest = rest.dropFirst(Int(count))
        return true
    }
}
