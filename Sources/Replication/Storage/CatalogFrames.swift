// SPDX-License-Identifier: Apache-2.0
import RaftLog
import StateStore

/// The frames of the catalog of a snapshot on their way from the file to several threads that
/// decode them: each takes the next one, which is read and verified meanwhile by nobody else.
///
/// `@unchecked Sendable`: all that changes, the file with it, is under the lock of `bell`.
final class CatalogFrames: @unchecked Sendable {
    private let bell = Bell()
    private var reader: SnapshotFileReader
    private let path: String
    private var upcoming: (frame: [UInt8], place: Int)?
    private var number = 0
    private var pieces: [CatalogPiece?] = []
    /// The problem that stands first in the file.
    private var problem: (place: Int, LogProblem)?

    /// Begins with a frame that was read.
    init(_ reader: SnapshotFileReader, path: String, first: [UInt8], at place: Int) {
        self.reader = reader
        self.path = path
        upcoming = (first, place)
    }

    /// What came of the catalog: its pieces in order with those who decoded them, the reader behind
    /// it, and the frame that follows.
    struct Outcome {
        var pieces: [CatalogPiece]
        var decoders: [CatalogDecoder]
        var reader: SnapshotFileReader
        /// `nil` at the end of the file.
        var next: (frame: [UInt8], place: Int)?
    }

    /// Decodes all frames of the catalog with a crew.
    func decode(with crew: WorkCrew) throws(LogProblem) -> Outcome {
        let decoders = crew.map(crew.size) { self.work(CatalogDecoder(number: $0)) }
        if let (_, problem) = problem { throw problem }
        return Outcome(
            pieces: pieces.compactMap(\.self),
            decoders: decoders,
            reader: reader,
            next: upcoming
        )
    }

    /// Decodes one frame after the other until none is left, or one is wrong.
    private func work(_ decoder: CatalogDecoder) -> CatalogDecoder {
        var decoder = decoder
        while let (frame, place, number) = take() {
            do throws(SnapshotCodingError) {
                let piece = try decoder.decode(frame)
                bell.withLock { pieces[number] = piece }
            } catch {
                // The checksum was right: somebody else's rows.
                note(LogProblem(.newerFormat, path, at: place, error.detail), at: place)
            }
        }
        return decoder
    }

    /// The next frame of the catalog, its place in the file and its number.
    private func take() -> (frame: [UInt8], place: Int, number: Int)? {
        bell.withLock { () -> (frame: [UInt8], place: Int, number: Int)? in
            guard problem == nil, let (frame, place) = upcoming,
                CatalogDecoder.isCatalog(frame)
            else { return nil }
            upcoming = nil
            let next = reader.offset
            do throws(LogProblem) {
                upcoming = try reader.next().map { (frame: $0, place: next) }
            } catch {
                problem = (next, error)
            }
            pieces.append(nil)
            defer { number += 1 }
            return (frame, place, number)
        }
    }

    private func note(_ found: LogProblem, at place: Int) {
        bell.withLock {
            if let problem, problem.place < place { return }
            problem = (place, found)
        }
    }
}
