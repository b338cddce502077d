// SPDX-License-Identifier: Apache-2.0
public import StateStore

/// Config entries that the configuration brings along (`config_entries.bootstrap`): written at the
/// start, each only where there is none of its kind and name (Consul: bootstrapConfigEntries).
public struct ConfigEntryBootstrap: Sendable {
    private struct Entry {
        let row: ConfigEntryRow
        let place: String
    }

    private let entries: [Entry]

    /// Checks entries by the rules of `PUT /v1/config`.
    ///
    /// - Parameter texts: each entry as a JSON object, and where it was written.
    /// - Throws: the first rule that is broken, with the place.
    public init(_ texts: [(json: String, place: String)]) throws(ConfigEntryProblem) {
        var entries: [Entry] = []
        for (json, place) in texts {
            do {
                let value = try JSONParser.parse(Array(json.utf8))
                let (row, content) = try ConfigEntryBody.entry(value)
                let completed = try ConfigEntryRules.completed(row, content)
                entries.append(Entry(row: completed, place: place))
            } catch let error as BodyError {
                throw ConfigEntryProblem(place: place, reason: error.message)
            } catch {
                throw ConfigEntryProblem(place: place, reason: "\(error)")
            }
        }
        self.entries = entries
    }

    /// Writes the entries that are not there, in their order; one that is there stays as it is.
    ///
    /// - Throws: the first that cannot be written beside those that are there, with its place, or
    ///   ``SubmitError``.
    public func write(
        to submitter: any CommandSubmitter,
        _ snapshots: any SnapshotReader
    ) async throws {
        for entry in entries {
            let (store, row) = (snapshots.snapshot(), entry.row)
            guard store.configEntry(row.kind, named: row.name).value == nil else { continue }
            do throws(BodyError) { try ServiceProtocols(store).check(writing: row) } catch {
                throw ConfigEntryProblem(place: entry.place, reason: error.message)
            }
            let change = ConfigEntryChange(row, expectedIndex: .zero)
            do throws(SubmitError) { _ = try await submitter.submit(.configEntry(change)) } catch {
                // Somebody else wrote one meanwhile.
                if error == .refused(.indexMismatch) { continue }
                if case .refused(let refusal) = error {
                    throw ConfigEntryProblem(place: entry.place, reason: refusal.text)
                }
                throw error
            }
        }
    }
}

/// Why a config entry of the configuration cannot be written.
public struct ConfigEntryProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The element and where it was written.
    public var place: String
    /// The rule that is broken, in the words of `PUT /v1/config`.
    public var reason: String

    /// Place and reason.
    public var description: String { "\(place): \(reason)" }
}
