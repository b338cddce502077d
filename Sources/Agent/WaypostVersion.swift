// SPDX-License-Identifier: Apache-2.0

/// The versions that this build reports.
public enum WaypostVersion {
    /// Waypost's own version.
    public static let number = "0.1.0"
    /// The Consul release whose behaviour clients may expect.
    public static let consul = "1.21.4"
}
