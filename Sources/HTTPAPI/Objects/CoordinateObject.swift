// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Reads and writes a coordinate (HTTP API 5.14).
enum CoordinateObject {
    static func write(_ row: CoordinateRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Node", row.node)
            writer.member("Segment", row.segment)
            writer.key("Coord")
            write(row.coordinate, to: &writer)
        }
    }

    static func write(_ coordinate: NetworkCoordinate, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("Vec")
            writer.array(coordinate.vector) { $0.verbatim(text(of: $1)) }
            for (name, number) in [
                ("Error", coordinate.error), ("Adjustment", coordinate.adjustment),
                ("Height", coordinate.height),
            ] {
                writer.key(name)
                writer.verbatim(text(of: number))
            }
        }
    }

    static func read(_ value: JSONValue) throws(BodyError) -> CoordinateRow {
        var reader = try JSONObjectReader(value, type: "structs.CoordinateUpdateRequest")
        _ = try reader.string("Datacenter")
        let node = try reader.string("Node")
        let segment = try reader.string("Segment")
        var inner = try JSONObjectReader(
            reader.value("Coord") ?? .null,
            type: "coordinate.Coordinate"
        )
        let vector = try inner.elements("Vec") ?? []
        let coordinate = NetworkCoordinate(
            vector: try numbers(vector, "Vec"),
            error: try number(inner.value("Error"), "Error"),
            adjustment: try number(inner.value("Adjustment"), "Adjustment"),
            height: try number(inner.value("Height"), "Height")
        )
        try inner.finish()
        try reader.finish()
        return CoordinateRow(node: node, segment: segment, coordinate: coordinate)
    }

    private static func numbers(
        _ values: [JSONValue],
        _ name: String
    ) throws(BodyError) -> [Double] {
        var result: [Double] = []
        for value in values { result.append(try number(value, name)) }
        return result
    }

    private static func number(_ value: JSONValue?, _ name: String) throws(BodyError) -> Double {
        guard let value else { return 0 }
        guard case .number(let text) = value, let number = Double(text) else {
            throw BodyError(
                "json: cannot unmarshal \(value.kind) into Go struct field Coordinate.\(name) of"
                    + " type float64"
            )
        }
        return number
    }

    // Go writes a whole number without a fraction, and an exponent only below 1e-6.
    private static func text(of number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e15 { return String(Int(number)) }
        let text = "\(number)"
        let halves = text.split(separator: "e")
        guard halves.count == 2, let exponent = Int(halves[1]), (-6..<0).contains(exponent) else {
            return text
        }
        let digits = halves[0].filter { $0 != "." && $0 != "-" }
        let sign = number < 0 ? "-" : ""
        return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
}
