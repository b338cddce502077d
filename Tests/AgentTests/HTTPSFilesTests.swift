// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Agent

@Suite("Times of certificates")
struct HTTPSFilesTests {
    @Test(
        "seconds since 1970 as people write them",
        arguments: [
            (0, "1970-01-01 00:00:00 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"), (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_577_923_200, "2020-01-02 00:00:00 UTC"), (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (1_798_761_599, "2026-12-31 23:59:59 UTC"),
        ]
    )
    func dates(seconds: Int, expected: String) { #expect(HTTPSFiles.date(seconds) == expected) }
}
