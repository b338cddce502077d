// SPDX-License-Identifier: Apache-2.0

/// A place in the space in which distance is round-trip time (Vivaldi; HTTP API 5.14).
public struct NetworkCoordinate: Hashable, Sendable {
    /// The number of dimensions.
    public static let dimensionCount = 8

    /// The place, in seconds.
    public var vector: [Double]
    /// How sure the node is of it; lower is surer.
    public var error: Double
    /// A correction to estimates, in seconds.
    public var adjustment: Double
    /// The time to leave the node at all, in seconds.
    public var height: Double

    /// Makes a coordinate; the default is where a node starts.
    public init(
        vector: [Double] = Array(repeating: 0, count: dimensionCount),
        error: Double = 1.5,
        adjustment: Double = 0,
        height: Double = 1e-5
    ) {
        self.vector = vector
        self.error = error
        self.adjustment = adjustment
        self.height = height
    }

    /// Whether every number is finite and there are as many as there should be.
    public var isValid: Bool {
        vector.count == Self.dimensionCount
            && (vector + [error, adjustment, height]).allSatisfy(\.isFinite)
    }

    /// The estimated round-trip time to another place, in seconds.
    public func distance(to other: NetworkCoordinate) -> Double {
        guard vector.count == other.vector.count else { return .infinity }
        var sum = 0.0
        for (a, b) in zip(vector, other.vector) { sum += (a - b) * (a - b) }
        let raw = sum.squareRoot() + height + other.height
        let adjusted = raw + adjustment + other.adjustment
        return adjusted > 0 ? adjusted : raw
    }
}

/// The network coordinate of a node in a segment.
public struct CoordinateRow: Hashable, Sendable {
    /// The node's name.
    public var node: String
    /// The network segment; empty for the default one.
    public var segment: String
    /// The coordinate.
    public var coordinate: NetworkCoordinate

    /// Makes a row.
    public init(node: String, segment: String = "", coordinate: NetworkCoordinate) {
        self.node = node
        self.segment = segment
        self.coordinate = coordinate
    }
}
