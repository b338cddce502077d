// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSWire
import Glibc

/// The sockets that systemd made for us (sd_listen_fds(3)): numbers from 3 on, counted by
/// `LISTEN_FDS`, named by `LISTEN_FDNAMES`, for the process `LISTEN_PID`.
public struct SocketActivation: Sendable, Hashable {
    /// One socket that was handed over.
    public struct Inherited: Sendable, Hashable {
        /// Its number.
        public var descriptor: Int32
        /// `FileDescriptorName=` of the socket unit, or the unit's own name.
        public var name: String
    }

    /// The first number that systemd uses.
    public static let firstDescriptor: Int32 = 3

    /// All that were handed over, in order.
    public var sockets: [Inherited]

    /// Reads the environment; without sockets for this process the list is empty.
    public init(environment: [String: String], processID: Int32) {
        sockets = []
        guard let pid = environment["LISTEN_PID"].flatMap(Int32.init), pid == processID,
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0, count <= 1024
        else { return }
        let names = (environment["LISTEN_FDNAMES"] ?? "")
            .split(separator: ":", omittingEmptySubsequences: false)
        for index in 0..<count {
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            sockets.append(Inherited(descriptor: Self.firstDescriptor + index, name: name))
        }
    }

    /// The ones for DNS: their name says `dns`, or nothing was named.
    public var forDNS: [Inherited] {
        sockets.filter { $0.name.isEmpty || $0.name == "unknown" || $0.name.contains("dns") }
    }
}
