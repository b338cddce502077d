// SPDX-License-Identifier: Apache-2.0
import Filtering

/// What filters see of parts that are kept as JSON text.
enum JSONFilter {
    /// A JSON value as a member of the given kind; what is not there has Go's zero value.
    static func value(_ json: JSONValue, as field: FilterField) -> FilterValue {
        switch (field, json) {
        case (.string, .string(let text)): .string(text)
        case (.string, _): .string("")
        case (.integer, .number(let text)): .integer(Int(text) ?? 0)
        case (.integer, _): .integer(0)
        case (.number, .number(let text)): .number(Float(text) ?? 0)
        case (.number, _): .number(0)
        case (.boolean, _): .boolean(json == .bool(true))
        case (.objects(let fields), .array(let elements)):
            .objects(elements.map { element in { member($0, of: element, fields) } })
        case (.objects, _): .objects([])
        case (.object(let fields), _): .object { member($0, of: json, fields) }
        case (.strings, .array(let elements)): .strings(elements.compactMap(text(of:)))
        case (.strings, _): .strings([])
        case (.map(let field), .object(let members)):
            // Members are looked through one by one.
            .map(isEmpty: members.isEmpty, steps: 1 + members.count) { key in
                members.last { $0.name == key }.map { value($0.value, as: field) } ?? .absent
            }
        case (.map, _): .map(nil)
        }
    }

    /// The member of an object by its name.
    static func member(
        _ name: String,
        of json: JSONValue,
        _ fields: FilterFields
    ) -> FilterValue {
        guard let field = fields[name] else { return .absent }
        guard case .object(let members) = json,
            let member = members.last(where: { $0.name == name })
        else { return value(.null, as: field) }
        return value(member.value, as: field)
    }

    private static func text(of json: JSONValue) -> String? {
        guard case .string(let text) = json else { return nil }
        return text
    }
}
