// SPDX-License-Identifier: Apache-2.0

/// What the program calls itself.
public enum ProductVersion {
    /// Waypost's own version.
    public static let own = "0.1.0"
    /// The version of Consul whose behaviour clients may rely on.
    public static let compatible = "1.21.4"
    /// Consul's protocol versions: spoken by default, least, most.
    public static let `protocol` = (default: 2, minimum: 2, maximum: 3)
}
