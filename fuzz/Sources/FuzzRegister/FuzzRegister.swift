// SPDX-License-Identifier: Apache-2.0

internal import Property

/// Bodies as clients send them, one after the other to the same agent and the same state.
///
/// NUL parts them, and the first octet of each says where it goes. Each ends as a change or with an
/// error that says something; then everything that the state and the agent hold is written as JSON
/// that reads back, a command is read as what was encoded, and so is the state itself.
@c(LLVMFuzzerTestOneInput)
public func fuzzRegister(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    var agent = Agent()
    // A body of JSON has no NUL.
    for part in octets.split(separator: 0).prefix(8) {
        guard let place = part.first else { continue }
        agent.take(Array(part.dropFirst()), at: Unicode.Scalar(place))
    }
    agent.check()
    return 0
}
