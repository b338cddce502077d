// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration

/// The versions that this build reports.
public enum WaypostVersion {
    /// Waypost's own version.
    public static let number = ProductVersion.own
    /// The Consul release whose behaviour clients may expect.
    public static let consul = ProductVersion.compatible
}
