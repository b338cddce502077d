// SPDX-License-Identifier: Apache-2.0

internal import Filtering
internal import Property

/// Any text as a filter expression: reading it ends with a filter or with an error that says something.
///
/// What follows the grammar prints as a text that reads back as the same. A filter says of each of
/// three objects what its printed text says, and its negation the opposite.
@c(LLVMFuzzerTestOneInput)
public func fuzzFilter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = String(decoding: unsafe Property.octets(start, count), as: UTF8.self)
    let printed = printed(text)
    let filter: Filter
    do throws(FilterError) {
        filter = try Filter(text, fields: fields)
    } catch {
        Property.holds(error.description.count > 50, "an error without a reason: \(error)")
        return 0
    }
    guard let printed else { return 0 }
    guard let again = read(printed), let negation = read("not (" + printed + ")") else { return 0 }
    for object in objects {
        let isKept = filter.matches(object)
        Property.holds(again.matches(object) == isKept, "\(text) is not \(printed)")
        Property.holds(negation.matches(object) != isKept, "\(text) holds as its negation does")
    }
    return 0
}

/// The text that an expression prints as; `nil` when it is none, or when its escapes are too long.
private func printed(_ text: String) -> String? {
    guard let first = try? Filter.canonicalText(of: text) else { return nil }
    do throws(FilterError) {
        let second = try Filter.canonicalText(of: first)
        Property.holds(second == first, "\(text) prints as \(first), that as \(second)")
        return first
    } catch {
        guard case .tooLong = error else {
            Property.holds(false, "\(text) prints as \(first): \(error)")
            return nil
        }
        return nil
    }
}

/// A printed text as a filter again; `nil` when it is at a limit.
private func read(_ text: String) -> Filter? {
    do throws(FilterError) { return try Filter(text, fields: fields) } catch {
        switch error {
        case .tooLong, .tooDeep: return nil
        default:
            Property.holds(false, "\(text) was well formed and is not: \(error)")
            return nil
        }
    }
}

/// Members of every kind, also inside of others.
private let fields: FilterFields = [
    "Name": .string, "Port": .integer, "Up": .boolean, "Tags": .strings, "Meta": .map(.string),
    "Node": .object(["Name": .string, "Meta": .map(.string), "Weight": .integer]),
    "Addresses": .map(.object(["Address": .string, "Port": .integer])),
    "Checks": .objects(["Name": .string, "Status": .string, "Tags": .strings]),
]

private var objects: [FilterLookup] { [web, empty, odd] }

private func web(_ name: String) -> FilterValue {
    switch name {
    case "Name": .string("web")
    case "Port": .integer(8080)
    case "Up": .boolean(true)
    case "Tags": .strings(["v1", "primary"])
    case "Meta": .map(["version": "1.2", "a.b": "c"])
    case "Node":
        .object { member in
            switch member {
            case "Name": .string("n1")
            case "Meta": .map(["rack": "7"])
            default: .integer(-3)
            }
        }
    case "Addresses":
        .map(isEmpty: false) { key in
            guard key == "lan" else { return .absent }
            return .object { $0 == "Port" ? .integer(80) : .string("10.0.0.1") }
        }
    case "Checks": .objects([check("web", "passing"), check("disk", "critical")])
    default: .absent
    }
}

private func empty(_ name: String) -> FilterValue {
    switch name {
    case "Name": .string("")
    case "Port": .integer(0)
    case "Up": .boolean(false)
    case "Tags": .strings([])
    case "Node": .object { $0 == "Weight" ? .integer(0) : $0 == "Name" ? .string("") : .map(nil) }
    case "Addresses": .map(isEmpty: true) { _ in .absent }
    case "Checks": .objects([])
    default: .map(nil)
    }
}

private func odd(_ name: String) -> FilterValue {
    switch name {
    case "Name": .string(String(repeating: "a", count: 200) + "\n\u{e9}\u{0}\"")
    case "Port": .integer(.min)
    case "Up": .boolean(true)
    case "Tags": .strings(["", "e\u{301}", "true"])
    case "Meta": .map(["": "empty", "\u{e9}": "\u{fffd}"])
    case "Node":
        .object {
            $0 == "Weight" ? .integer(.max) : $0 == "Name" ? .string("aaab") : .map(["": ""])
        }
    case "Addresses": .map(isEmpty: false) { _ in .object { _ in .absent } }
    case "Checks": .objects([{ _ in .absent }, check("", "")])
    default: .absent
    }
}

private func check(_ checkName: String, _ status: String) -> FilterLookup {
    { member in
        switch member {
        case "Name": .string(checkName)
        case "Status": .string(status)
        case "Tags": .strings([checkName, "t"])
        default: .absent
        }
    }
}
