// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Testing

@testable import Agent

@Suite("Readiness of the agent")
struct ReadinessBoardTests {
    @Test("ready between the start's last step and the stop's first, and a full disk is a warning")
    func steps() {
        let board = ReadinessBoard()
        #expect(board.readiness.conditions.map(\.problem.isEmpty) == [false, false, true])
        board.noteRegistered()
        #expect(!board.readiness.isReady)
        board.noteDNS(isListening: true)
        #expect(board.readiness.isReady && board.readiness.warnings.isEmpty)
        board.note(isStorageFull: true)
        #expect(board.readiness.isReady && board.readiness.warnings.count == 1)
        board.note(isStorageFull: false)
        #expect(board.readiness.warnings.isEmpty)
        board.noteStopping()
        #expect(!board.readiness.isReady)
        #expect(board.readiness.conditions.last?.problem == "the agent was told to stop")
    }
}
