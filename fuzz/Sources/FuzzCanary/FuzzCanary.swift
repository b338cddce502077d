// SPDX-License-Identifier: Apache-2.0

internal import Property

/// A planted fault behind four octets: the run that does not find it finds nothing else either.
@c(LLVMFuzzerTestOneInput)
public func fuzzCanary(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    guard octets.count >= 4 else { return 0 }
    if octets[0] == UInt8(ascii: "W") {
        if octets[1] == UInt8(ascii: "A") {
            if octets[2] == UInt8(ascii: "Y") {
                Property.holds(octets[3] != UInt8(ascii: "P"), "the canary sings: \(octets.count)")
            }
        }
    }
    return 0
}
