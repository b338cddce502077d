// SPDX-License-Identifier: Apache-2.0

internal import Property

/// Arbitrary replies of an upstream to real questions, and arbitrary queries of clients: no reply
/// is taken that does not pair with its question; nothing outside the asked name chain is ever
/// kept; no client gets a reply that is not its own, does not decode or is longer than it takes;
/// the cache keeps to its bound.
///
/// Octet 0 chooses settings (``Bench``); then come up to twelve steps, each of them an octet that
/// says what, one that says how, a length in two octets, and as many octets.
@c(LLVMFuzzerTestOneInput)
public func fuzzForwarder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    var input = octets[...]
    guard let settings = input.popFirst() else { return 0 }
    var bench = Bench(settings)
    for _ in 0..<12 {
        guard let choice = input.popFirst(), let how = input.popFirst(),
            let high = input.popFirst(),
            let low = input.popFirst()
        else { break }
        let length = min(Int(high) << 8 | Int(low), input.count)
        bench.take(choice, how, Array(input.prefix(length)))
        input = input.dropFirst(length)
    }
    bench.review()
    return 0
}
