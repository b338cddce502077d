// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import CSockets
import Glibc
import Logging
import Locking

/// Lines to the machine's syslog, one datagram each (`enable_syslog`, `syslog_facility`).
///
/// Nobody waits for it: a line that it does not take at once is lost and counted. While it cannot be
/// reached it is tried again with the next line a second later.
final class SyslogOutput: LogOutput {
    /// Where syslog listens, the first that is there.
    static let usualPaths = ["/dev/log", "/var/run/syslog", "/var/run/log"]
    /// The most octets of one datagram; longer lines are cut.
    static let maximumOctets = 8192
    private static let patience: UInt64 = 1_000_000_000

    private struct State {
        var descriptor: Int32 = -1
        /// Not before this time is it tried again.
        var retry: UInt64 = 0
        var lostLines: UInt64 = 0
    }

    let name = "syslog"
    let form: LogForm?
    private let facility: SyslogFacility
    private let tag: String
    private let paths: [String]
    private let clock: @Sendable () -> UInt64
    private let state: Lock<State>

    /// - Parameters:
    ///   - facility: the part of the system that lines are from.
    ///   - isJSON: whether lines are JSON objects, as on standard output.
    ///   - tag: who says it.
    ///   - paths: where syslog may listen.
    ///   - clock: the time in nanoseconds since 1970.
    init(
        _ facility: SyslogFacility,
        isJSON: Bool,
        tag: String = "waypost[\(getpid())]",
        paths: [String] = usualPaths,
        clock: @escaping @Sendable () -> UInt64 = { csockets_realtime_nanoseconds() }
    ) {
        self.facility = facility
        form = isJSON ? .json : .body
        self.tag = tag
        self.paths = paths
        self.clock = clock
        state = Lock(State())
        state.withLock { Self.connect(&$0, paths, now: clock()) }
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { _ = Glibc.close($0.descriptor) } }
    }

    var lostLines: UInt64 { state.withLock { $0.lostLines } }

    /// Whether it can be reached.
    var isConnected: Bool { state.withLock { $0.descriptor >= 0 } }

    func write(_ line: String, level: Logger.Level) {
        let now = clock()
        let datagram = Self.datagram(
            line,
            priority: facility.code * 8 + Self.severity(of: level),
            time: LocalTime.text(of: now),
            tag: tag
        )
        state.withLock { state in
            if state.descriptor < 0, now >= state.retry {
                Self.connect(&state, paths, now: now)
            }
            guard state.descriptor >= 0 else {
                state.lostLines += 1
                return
            }
            let result = unsafe csockets_send_datagram(
                state.descriptor,
                datagram,
                datagram.count
            )
            guard result != 0 else { return }
            state.lostLines += 1
            // A full queue passes; anything else means that whoever listened is gone.
            if result != -EAGAIN, result != -ENOBUFS, result != -EMSGSIZE {
                _ = Glibc.close(state.descriptor)
                state.descriptor = -1
                state.retry = now + Self.patience
            }
        }
    }

    private static func connect(_ state: inout State, _ paths: [String], now: UInt64) {
        for path in paths {
            let descriptor = unsafe csockets_unix_datagram(path)
            guard descriptor >= 0 else { continue }
            state.descriptor = descriptor
            return
        }
        state.retry = now + patience
    }

    /// The severity of a level (RFC 3164 §4.1.1), as Consul gives it: trace is debug, debug
    /// informational, info notice.
    static func severity(of level: Logger.Level) -> Int {
        switch level {
        case .trace: 7
        case .debug: 6
        case .info, .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// `<133>Jan  2 15:04:05 waypost[7]: line` (RFC 3164 §4.1), the line without its end.
    ///
    /// - Parameters:
    ///   - line: what is said.
    ///   - priority: facility and severity.
    ///   - time: as `2006-01-02T15:04:05`; what follows does not matter.
    ///   - tag: who says it.
    /// - Returns: the octets, cut to ``maximumOctets``.
    static func datagram(_ line: String, priority: Int, time: String, tag: String) -> [UInt8] {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let digits = Array(time.utf8)
        var text = "<\(priority)>"
        if digits.count >= 19 {
            let month = Int(digits[5] - 48) * 10 + Int(digits[6] - 48)
            let day = Int(digits[8] - 48) * 10 + Int(digits[9] - 48)
            text += months[min(11, max(0, month - 1))] + (day < 10 ? "  " : " ") + "\(day) "
            text += String(decoding: digits[11..<19], as: UTF8.self) + " "
        }
        text += "\(tag): \(line)"
        var octets = Array(text.utf8)
        while octets.last == 10 { octets.removeLast() }
        if octets.count > maximumOctets {
            octets.removeLast(octets.count - maximumOctets)
            // Not in the middle of a character: its first octet and what follows go.
            while let last = octets.last, last & 0xc0 == 0x80 { octets.removeLast() }
            if let last = octets.last, last >= 0xc0 { octets.removeLast() }
        }
        return octets
    }
}
