// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import MessagePack

/// A service as an agent keeps it over a restart: a file of `data_dir/services`.
///
/// Checks have files of their own, and so has a sidecar. A file of an older version holds the whole
/// definition: the checks in it are those of its first registration and say nothing of which there
/// are now; a sidecar in it may have no file of its own.
public struct KeptService: Hashable, Sendable {
    /// What was asked for.
    public var definition: ServiceDefinition
    /// The ID of the service that this one is the sidecar of; empty for none.
    public var sidecarOf: String

    /// Makes one.
    public init(_ definition: ServiceDefinition, sidecarOf: String = "") {
        self.definition = definition
        self.sidecarOf = sidecarOf
    }

    /// The service alone, without what has files of its own.
    public var alone: KeptService {
        var copy = self
        copy.definition.checks = []
        copy.definition.sidecar = nil
        return copy
    }

    /// The octets of the file.
    public var encoded: [UInt8] {
        var writer = MessagePackWriter()
        writer.writeFields { fields in
            definition.write(&fields)
            fields.write(Self.sidecarKey, sidecarOf)
        }
        return writer.octets
    }

    /// Reads a file.
    public init(decoding octets: [UInt8]) throws(MessagePackError) {
        var reader = MessagePackReader(octets)
        definition = try ServiceDefinition(reading: &reader, depth: 1)
        try reader.finish()
        var parent = ""
        reader = MessagePackReader(octets)
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == Self.sidecarKey else { return false }
            parent = try reader.readString()
            return true
        }
        sidecarOf = parent
    }

    /// Beyond the keys of the definition, in the same map: those stay below.
    private static let sidecarKey = 64
}
