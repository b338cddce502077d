// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// The time that people and machines that were off agree about; it may jump.
enum WallClock {
    /// Milliseconds since 1970.
    static var milliseconds: Int { Int(Date().timeIntervalSince1970 * 1000) }
}
