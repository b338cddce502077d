// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Who may use a unix socket (`unix_sockets`).
public struct UnixSocketAccess: Hashable, Sendable {
    /// The owner, a name or a number; empty leaves it as it is.
    public var user = ""
    /// The group, a name or a number; empty leaves it as it is.
    public var group = ""
    /// The mode in octal; empty leaves it to the umask.
    public var mode = ""

    /// Leaves sockets as they are made.
    public init() {}

    /// Gives a socket its owner and mode.
    ///
    /// - Returns: What is wrong, if anything is.
    func apply(to path: String) -> String? {
        var problems: [String] = []
        let owner = user.isEmpty ? uid_t.max : number(of: user, isGroup: false)
        let owners = group.isEmpty ? gid_t.max : number(of: group, isGroup: true)
        if owner == nil { problems.append("unix_sockets.user: there is no user \"\(user)\"") }
        if owners == nil { problems.append("unix_sockets.group: there is no group \"\(group)\"") }
        if let owner, let owners, owner != .max || owners != .max,
            unsafe chown(path, owner, owners) != 0
        {
            problems.append("unix_sockets: cannot give \(path) to \(user):\(group)\(reason())")
        }
        if !mode.isEmpty {
            if let bits = mode_t(mode, radix: 8), bits <= 0o7777 {
                if unsafe chmod(path, bits) != 0 {
                    problems.append("unix_sockets.mode: cannot change \(path)\(reason())")
                }
            } else {
                problems.append("unix_sockets.mode: \"\(mode)\" is no octal mode such as 0660")
            }
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    private func reason() -> String {
        guard let text = unsafe strerror(errno) else { return "" }
        return unsafe ": " + String(cString: text)
    }

    private func number(of name: String, isGroup: Bool) -> UInt32? {
        if let number = UInt32(name) { return number }
        if isGroup {
            guard let entry = unsafe getgrnam(name) else { return nil }
            return unsafe entry.pointee.gr_gid
        }
        guard let entry = unsafe getpwnam(name) else { return nil }
        return unsafe entry.pointee.pw_uid
    }
}
