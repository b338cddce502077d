// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("Texts of the system's errors")
struct SystemErrorTextTests {
    @Test(
        "are Go's",
        arguments: [
            (111, "connection refused"), (104, "connection reset by peer"), (32, "broken pipe"),
            (113, "no route to host"), (110, "connection timed out"), (5, "input/output error"),
            (2, "no such file or directory"), (13, "permission denied"),
        ] as [(Int32, String)]
    )
    func texts(number: Int32, text: String) {
        #expect(SystemErrorText.text(of: number) == text)
    }

    @Test("are found by the number that a description has")
    func numbers() {
        let nested = "connection reset (error set): Connection refused) (errno: 111) "
        #expect(SystemErrorText.number(in: nested) == 111)
        #expect(SystemErrorText.number(in: "read(…): Connection reset by peer (errno: 104)") == 104)
        #expect(SystemErrorText.number(in: "HTTPClientError.deadlineExceeded") == nil)
        #expect(SystemErrorText.number(in: "errno: ?") == nil)
    }
}
