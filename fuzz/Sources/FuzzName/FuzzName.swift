// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Property

/// Names between octets, text and labels: each form gives back the others; folding is idempotent;
/// canonical order is an order; a name lies below each of its parents.
@c(LLVMFuzzerTestOneInput)
public func fuzzName(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    if let name = try? DomainName(wire: octets) { check(name) }
    if let name = try? DomainName(text: String(decoding: octets, as: UTF8.self)) { check(name) }
    let half = octets.count / 2
    if let one = try? DomainName(wire: octets[..<half]),
        let two = try? DomainName(wire: octets[half...])
    {
        check(one, two)
    }
    // Pointers make long names of few octets; some of them are enough for an input.
    var reader = MessageReader(octets.span)
    for _ in 0..<4 {
        guard let name = try? reader.readName() else { break }
        check(name)
        if reader.isAtEnd { break }
    }
    return 0
}

private func check(_ name: DomainName) {
    let text = name.description
    Property.holds((try? DomainName(text: text)) == name, "text \(text)")
    Property.holds(text.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "unprintable \(text)")
    Property.holds((try? DomainName(wire: name.wire)) == name, "octets of \(text)")
    Property.holds((try? DomainName(labels: name.labels)) == name, "labels of \(text)")
    Property.holds(name.labels.count == name.labelCount, "label count of \(text)")
    Property.holds(name.folded.name.folded == name.folded, "folding of \(text)")
    var ancestor = name
    while let parent = ancestor.parent {
        Property.holds(ancestor.isSubdomain(of: parent), "\(ancestor) below \(parent)")
        Property.holds(!parent.isSubdomain(of: ancestor), "\(parent) below \(ancestor)")
        Property.holds(parent.folded < ancestor.folded, "order of \(parent) and \(ancestor)")
        ancestor = parent
    }
    Property.holds(ancestor.isRoot, "the root ends \(text)")
    // A message that holds the name twice holds it compressed the second time.
    guard
        let octets = try? Message(
            header: Header(id: 0),
            questions: [Question(name: name, type: .a), Question(name: name, type: .a)]
        ).encoded()
    else { return Property.holds(false, "cannot encode \(text)") }
    let expected =
        Header.length + 2 * (name.wire.count + 4) - (name.isRoot ? 0 : name.wire.count - 2)
    Property.holds(octets.count == expected, "compression of \(text): \(octets.count)")
}

private func check(_ one: DomainName, _ two: DomainName) {
    let less = one.folded < two.folded
    let greater = two.folded < one.folded
    Property.holds(!(less && greater), "order of \(one) and \(two)")
    Property.holds((less || greater) == (one.folded != two.folded), "equality of \(one) and \(two)")
    let isBelow = one.isSubdomain(of: two)
    Property.holds(isBelow == (one.dropping(suffix: two) != nil), "\(one) below \(two)")
    if isBelow, let labels = one.dropping(suffix: two) {
        Property.holds(labels.count + two.labelCount == one.labelCount, "labels of \(one)")
    }
}
