// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Commands

@Suite("Where commands write")
struct ConsoleTests {
    /// A pipe that nobody reads on his own.
    private struct Pipe {
        let reader: Int32
        let writer: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(unsafe pipe(&ends) == 0)
            (reader, writer) = (ends[0], ends[1])
        }

        func close() {
            Glibc.close(reader)
            Glibc.close(writer)
        }
    }

    @Test("a result that could not be written is a failure of the command")
    func fullDisk() async throws {
        let full = unsafe open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let console = Console.standard(output: full)
        #expect(console.failure == nil)
        console.write("a")
        #expect(console.failure == .system(ENOSPC))
        let tool = CommandLineTool(
            context: CommandContext(
                program: "waypost",
                environment: [:],
                console: Console.standard(output: full),
                files: FilesInMemory(files: [:]),
                connect: { _ in AgentInMemory([:]) }
            ),
            agent: { _ in 0 }
        )
        #expect(await tool.run(["version"]) == 1)
        // As the program does.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe()
        defer { close(pipe.writer) }
        close(pipe.reader)
        // Whoever does not read on wants no more.
        let left = Console.standard(output: pipe.writer)
        left.write("a")
        #expect(left.failure == nil)
    }

    @Test("what is not read is given up once the command is over, be it more than a pipe holds")
    func unread() throws {
        let pipe = try Pipe()
        defer { pipe.close() }
        var looks = 0
        let octets = [UInt8](repeating: 1, count: 1 << 20)
        let failure = Console.writeAll(octets, to: pipe.writer) {
            looks += 1
            return looks == 2
        }
        #expect(failure == .interrupted && looks == 2)
    }

    @Test("what there is room for is written whole, over or not, and in its order")
    func whole() throws {
        let pipe = try Pipe()
        defer { pipe.close() }
        let octets = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        #expect(Console.writeAll(octets, to: pipe.writer) { true } == nil)
        var read = [UInt8](repeating: 0, count: 20_000)
        var count = 0
        while count < octets.count {
            let more = unsafe read.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(
                    pipe.reader,
                    bytes.baseAddress?.advanced(by: count),
                    bytes.count - count
                )
            }
            try #require(more > 0)
            count += more
        }
        #expect(Array(read.prefix(count)) == octets)
    }

    @Test("a descriptor that is none is an error of the system, at once")
    func closed() {
        #expect(Console.writeAll([1], to: 99_999) { false } == .system(EBADF))
    }
}
