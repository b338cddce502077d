// SPDX-License-Identifier: Apache-2.0

/// The output of a command in a container, as the Docker API sends it: pieces with a header of
/// eight octets each, one stream after another.
///
/// Pieces may arrive cut anywhere; the memory is bounded by the limit of the output.
public struct ContainerOutput: Hashable, Sendable {
    /// What standard output and standard error said, in the order in which it came.
    public private(set) var tail: OutputTail
    private var header: [UInt8] = []
    /// How many octets of the current piece are to come.
    private var remaining = 0
    /// Whether the stream has no headers, as with a terminal.
    private var isPlain = false

    /// Nothing has come; of what comes, the last `limit` octets are kept.
    public init(limit: Int) { tail = OutputTail(limit: limit) }

    /// Takes the next octets of the stream.
    public mutating func append(_ octets: some Collection<UInt8>) {
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            if isPlain {
                tail.append(rest)
                return
            }
            if remaining > 0 {
                let part = rest.prefix(remaining)
                tail.append(part)
                remaining -= part.count
                rest = rest.dropFirst(part.count)
                continue
            }
            let part = rest.prefix(8 - header.count)
            header += part
            rest = rest.dropFirst(part.count)
            // Stream 0 to 3 and three zeros; else the stream has no headers, and this is output.
            if header[0] > 3 || header.dropFirst().prefix(3).contains(where: { $0 != 0 }) {
                isPlain = true
                tail.append(header)
                header = []
            } else if header.count == 8 {
                remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header = []
            }
        }
    }
}
