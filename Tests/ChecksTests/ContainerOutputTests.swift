// SPDX-License-Identifier: Apache-2.0
import Checks
import Testing

@Suite("The output of a command in a container")
struct ContainerOutputTests {
    func piece(_ stream: UInt8, _ text: String) -> [UInt8] {
        let count = text.utf8.count
        return [stream, 0, 0, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255)] + text.utf8
    }

    @Test("headers are taken out, however the stream is cut", arguments: [1, 2, 3, 7, 8, 9, 1000])
    func pieces(size: Int) {
        let stream = piece(1, "out\n") + piece(2, "") + piece(2, "err\n") + piece(1, "more")
        var output = ContainerOutput(limit: 100)
        for start in stride(from: 0, to: stream.count, by: size) {
            output.append(stream[start..<min(stream.count, start + size)])
        }
        #expect(output.tail.text == "out\nerr\nmore")
        #expect(output.tail.total == 12)
    }

    @Test("only the last octets are kept, and the text says how many there were")
    func limit() {
        var output = ContainerOutput(limit: 4)
        output.append(piece(1, String(repeating: "x", count: 300) + "end"))
        #expect(output.tail.scriptText == "Captured 4 of 303 bytes\n...\nxend")
    }

    @Test("a stream without headers, as of a terminal, is taken as it is", arguments: [1, 4, 100])
    func plain(size: Int) {
        for text in ["hello", "\u{1}\u{0}\u{0}x and more than eight"] {
            let octets = Array(text.utf8)
            var output = ContainerOutput(limit: 100)
            for start in stride(from: 0, to: octets.count, by: size) {
                output.append(octets[start..<min(octets.count, start + size)])
            }
            #expect(output.tail.text == text)
        }
    }

    @Test("a piece that says to be of four gigabytes takes no more memory than came")
    func huge() {
        var output = ContainerOutput(limit: 4)
        output.append([1, 0, 0, 0, 255, 255, 255, 255] + "abcdef".utf8)
        #expect(output.tail.text == "cdef")
    }
}
