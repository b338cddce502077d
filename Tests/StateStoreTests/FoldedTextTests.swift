// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import StateStore

@Suite("Texts compared without case")
struct FoldedTextTests {
    static let texts = [
        "", "a", "A", "ab", "AB", "aB1-_", "Ab1-_", "[", "{", "@", "`", "\u{1FEF}", ";", "\u{37E}",
        "k", "K", "\u{212A}", "k\u{301}", "\u{E9}", "\u{C9}", "e\u{301}", "E\u{301}", "e",
        "\u{C5}", "\u{212B}", "A\u{30A}", "\u{130}", "i\u{307}", "I", "\u{131}", "stra\u{DF}e",
        "STRASSE", "\u{1E9E}", "\u{3A3}", "\u{3C3}", "\u{3C2}", "a\u{301}b", "\u{E1}b", "\u{E1}c",
        "a long text that is no small string", "A LONG TEXT that is no small string",
        "a long text that is no small strinh", "\u{1F600}", "\0", "a\0",
    ]

    @Test("as folding both of them compares them")
    func equalToFolding() {
        for wanted in Self.texts {
            let folded = FoldedText(wanted)
            for other in Self.texts {
                #expect(
                    folded.matches(other) == (StateStore.folded(other) == folded.text),
                    "\(wanted.debugDescription) \(other.debugDescription)"
                )
            }
        }
    }

    @Test("but nothing is folded while the octets say enough")
    func folds() {
        let wanted = FoldedText("Tag-é")
        var folds = 0
        for other in ["tag", "TAGE-1", "tog-é", "ta", "", "unlike", "é-tag"] {
            _ = wanted.matches(other) { text in
                folds += 1
                return StateStore.folded(text)
            }
        }
        // That which is not ASCII where this text still was.
        #expect(folds == 1)
    }

    @Test("as many with many, whether looked for one by one or not")
    func lists() {
        let texts = Self.texts
        for count in 1...8 {
            let present = texts.prefix(count).map(FoldedText.init)
            #expect(present.first(whosePresence: false, in: texts) == nil)
            #expect(present.first(whosePresence: true, in: texts) == present[0])
            let absent = present + [FoldedText("none")]
            #expect(absent.first(whosePresence: false, in: texts)?.text == "none")
            #expect(absent.first(whosePresence: true, in: []) == nil)
        }
    }
}
