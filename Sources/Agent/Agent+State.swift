// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSZones
import Glibc
import Logging
import RaftLog
import Replication
import Telemetry

extension Agent {
    /// The state of this server: that of its data directory, or without one an empty state in
    /// memory.
    ///
    /// - Throws: ``FileProblem`` when another agent holds the directory, when it cannot be used, or
    ///   when acknowledged data is lost.
    static func machine(
        dataDirectory: String?,
        settings: DNSSettings,
        zones: ZoneSet,
        policy: SnapshotPolicy,
        readiness: ReadinessBoard,
        board: MetricsBoard,
        logger: Logger
    ) throws(FileProblem) -> StateMachine {
        let onMeasurement: ReplicationMeasurement.Observer = { measure($0, board) }
        guard let dataDirectory else {
            return StateMachine(settings: settings, zones: zones, onMeasurement: onMeasurement)
        }
        let durable: DurableState
        do throws(DurabilityProblem) {
            durable = try DurableState.open(dataDirectory: dataDirectory) { took in
                board.take(took / .milliseconds(1), in: MetricKey("waypost.raft.fsync"))
            }
        } catch {
            throw FileProblem(error.message)
        }
        tell(durable.report, logger)
        do throws(StorageError) {
            return try StateMachine(
                settings: settings,
                zones: zones,
                durable: durable,
                policy: policy,
                onEvent: { event in
                    switch event {
                    case .storageFull: readiness.note(isStorageFull: true)
                    case .storageAvailable: readiness.note(isStorageFull: false)
                    case .snapshotWritten(_, _, let milliseconds):
                        board.take(Double(milliseconds), in: MetricKey("raft.snapshot.persist"))
                    case .snapshotFailed, .logFailed: break
                    }
                    tell(event, logger)
                },
                onMeasurement: onMeasurement
            )
        } catch {
            throw FileProblem("data_dir: \(error.message)")
        }
    }

    /// Consul's series of what writes take (HTTP API 9.2).
    static func measure(_ measurement: ReplicationMeasurement, _ board: MetricsBoard) {
        switch measurement {
        case .dispatched(let entries, let took):
            board.take(took / .milliseconds(1), in: MetricKey("raft.leader.dispatchLog"))
            board.set("raft.leader.dispatchNumLogs", Double(entries))
        case .applied(let entries, let took):
            // They are applied as one: each counts with its part.
            let mean = took / .milliseconds(1) / Double(entries)
            board.take(mean, times: entries, in: MetricKey("raft.fsm.apply"))
            board.set("raft.commitNumLogs", Double(entries))
        }
    }

    /// Where it is kept what was registered with this agent; `nil` without a data directory.
    static func store(_ dataDirectory: String?) throws(FileProblem) -> AgentStore? {
        guard let dataDirectory else { return nil }
        do throws(StorageError) {
            return try AgentStore(dataDirectory: dataDirectory)
        } catch {
            throw FileProblem("data_dir: \(error.message)")
        }
    }

    private static func tell(_ report: DurableState.Report, _ logger: Logger) {
        for warning in report.warnings { logger.warning("\(warning)") }
        if report.tornOctets > 0 {
            // Rot of a last batch that nothing follows looks alike (LogRecovery).
            let remedy =
                "if this server had not stopped so, an acknowledged write is damaged: check the disk"
            let found =
                "the last write of the log is not whole, as a stop in the middle of it leaves it"
            logger.warning(
                "\(found), and was cut off; \(remedy)",
                metadata: ["octets": "\(report.tornOctets)"]
            )
        }
        logger.info(
            "state recovered",
            metadata: ["snapshot": "\(report.snapshotIndex)", "entries": "\(report.entries)"]
        )
    }

    private static func tell(_ event: DurabilityEvent, _ logger: Logger) {
        switch event {
        case .snapshotWritten, .storageAvailable: logger.info("\(event.message)")
        case .snapshotFailed: logger.warning("\(event.message)")
        case .storageFull: logger.error("\(event.message)")
        case .logFailed:
            logger.critical("\(event.message)")
            // At once, so that nobody is told anything: whether the write counts is not known.
            _exit(1)
        }
    }
}
