// SPDX-License-Identifier: Apache-2.0

/// Why a message cannot be written.
///
/// Consul: a reply that cannot be encoded is not sent at all; pinned by DNS-085.
public enum MessageEncodingError: Error, Hashable, Sendable {
    /// A character string of more than 255 octets (RFC 1035 §3.3).
    case characterStringTooLong(length: Int)
    /// Record data of more than 65,535 octets.
    case recordDataTooLong(length: Int)
    /// More than 65,535 records in one section.
    case tooManyRecords
    /// The message would exceed the writer's maximum size.
    case messageTooLong(length: Int, maximum: Int)
}
