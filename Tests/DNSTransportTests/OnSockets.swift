// SPDX-License-Identifier: Apache-2.0
import Testing

/// The suites that open sockets: one test at a time, because some count descriptors and memory of
/// the process.
@Suite("On sockets", .serialized)
struct OnSockets {}
