// SPDX-License-Identifier: Apache-2.0

/// The kind of a member that filters may name; it decides the operators (HTTP API 3.5).
public indirect enum FilterField: Hashable, Sendable {
    /// A text.
    case string
    /// A number.
    case integer
    /// A number with a fraction, of 32 bits (Consul: weights of splits).
    case number
    /// A truth value.
    case boolean
    /// A list of texts.
    case strings
    /// A map with values of one kind.
    case map(FilterField)
    /// An object.
    case object(FilterFields)
    /// A list of objects.
    case objects(FilterFields)

    /// The operators that the kind allows.
    var operators: Set<MatchOperator> {
        switch self {
        case .string: Set(MatchOperator.allCases)
        case .integer, .number, .boolean: [.equal, .notEqual]
        case .strings, .map: [.isIn, .notIn, .isEmpty, .isNotEmpty]
        case .objects: [.isEmpty, .isNotEmpty]
        case .object: []
        }
    }

    /// The kind of what a selector names inside of this; `nil` when there is no such thing.
    func field(at path: [String]) -> FilterField? {
        var current = self
        for name in path {
            switch current {
            case .object(let fields), .objects(let fields):
                guard let field = fields[name] else { return nil }
                current = field
            case .map(let value): current = value
            case .string, .integer, .number, .boolean, .strings: return nil
            }
        }
        return current
    }
}

/// The members of an object that filters may name.
public typealias FilterFields = [String: FilterField]

/// What a match compares with; the raw value is the name in error texts.
enum MatchOperator: String, Hashable, Sendable, CaseIterable {
    case equal = "Equal"
    case notEqual = "Not Equal"
    case isIn = "In"
    case notIn = "Not In"
    case isEmpty = "Is Empty"
    case isNotEmpty = "Is Not Empty"
    case matches = "Matches"
    case notMatches = "Not Matches"

    /// What the operator says of a missing key (HTTP API 3.5).
    ///
    /// That `matches` holds is a quirk of Consul (observed).
    var holdsForAbsent: Bool {
        switch self {
        case .equal, .isIn, .isNotEmpty: false
        case .notEqual, .notIn, .isEmpty, .matches, .notMatches: true
        }
    }
}
