// SPDX-License-Identifier: Apache-2.0

/// `syslog_facility`: which part of a system a line is from (RFC 3164 §4.1.1), by the names that Consul
/// takes.
public enum SyslogFacility: String, Sendable, Hashable, CaseIterable {
    case kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp
    case local0, local1, local2, local3, local4, local5, local6, local7

    /// Reads a name, whatever its case.
    public init?(name: String) { self.init(rawValue: name.lowercased()) }

    /// Its number in a priority.
    public var code: Int {
        switch self {
        case .kern: 0
        case .user: 1
        case .mail: 2
        case .daemon: 3
        case .auth: 4
        case .syslog: 5
        case .lpr: 6
        case .news: 7
        case .uucp: 8
        case .cron: 9
        case .authpriv: 10
        case .ftp: 11
        case .local0: 16
        case .local1: 17
        case .local2: 18
        case .local3: 19
        case .local4: 20
        case .local5: 21
        case .local6: 22
        case .local7: 23
        }
    }
}
