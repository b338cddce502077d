// SPDX-License-Identifier: Apache-2.0

/// What a member of a filtered object is, as far as filters can see.
///
/// Objects and maps are looked into by closures, so that only what a filter names is made.
public enum FilterValue {
    /// A missing key of a map.
    case absent
    /// A text.
    case string(String)
    /// A number.
    case integer(Int)
    /// A number with a fraction.
    case number(Float)
    /// A truth value.
    case boolean(Bool)
    /// A list of texts.
    case strings([String])
    /// A map: whether it is empty, how many steps it takes to find a key, and the value of a key.
    case map(isEmpty: Bool, steps: Int = 1, value: (String) -> FilterValue)
    /// An object, by the names of its members.
    case object(FilterLookup)
    /// A list of objects.
    case objects([FilterLookup])

    /// A map of texts; no map is an empty one.
    public static func map(_ map: [String: String]?) -> FilterValue {
        let map = map ?? [:]
        return .map(isEmpty: map.isEmpty) { key in map[key].map { .string($0) } ?? .absent }
    }
}

/// Gives the member of an object by its name.
public typealias FilterLookup = (String) -> FilterValue
