// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Locking
import Telemetry

/// The board as the backend of swift-metrics: shells measure with `Counter`, `Timer` and so on, and know
/// nothing of it.
extension MetricsBoard: MetricsFactory {
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Cell(board: self, label, dimensions)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Level(board: self, label, dimensions)
    }

    func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        Cell(board: self, label, dimensions, isGauge: !aggregate)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Cell(board: self, label, dimensions)
    }

    // What was measured stays: Prometheus' totals must not go back.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

extension MetricKey {
    fileprivate init(_ label: String, _ dimensions: [(String, String)]) {
        self.init(label, dimensions.map { Label($0.0, $0.1) })
    }
}

/// Where one counter, recorder or timer of swift-metrics is measured.
private final class Cell: CounterHandler, RecorderHandler, TimerHandler {
    private let board: MetricsBoard
    private let key: MetricKey
    private let isGauge: Bool

    init(
        board: MetricsBoard,
        _ label: String,
        _ dimensions: [(String, String)],
        isGauge: Bool = false
    ) {
        self.board = board
        key = MetricKey(label, dimensions)
        self.isGauge = isGauge
    }

    func increment(by amount: Int64) { board.add(Double(amount), to: key) }

    /// A total never goes back.
    func reset() {}

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        if isGauge { board.set(key, to: value) } else { board.take(value, in: key) }
    }

    func recordNanoseconds(_ duration: Int64) { board.take(Double(duration) / 1_000_000, in: key) }
}

/// Where one meter of swift-metrics is measured.
private final class Level: MeterHandler {
    private let board: MetricsBoard
    private let key: MetricKey
    private let value = Lock(0.0)

    init(board: MetricsBoard, _ label: String, _ dimensions: [(String, String)]) {
        self.board = board
        key = MetricKey(label, dimensions)
    }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ new: Double) { change { $0 = new } }
    func increment(by amount: Double) { change { $0 += amount } }
    func decrement(by amount: Double) { change { $0 -= amount } }

    private func change(_ body: (inout Double) -> Void) {
        let new = value.withLock { value in
            body(&value)
            return value
        }
        board.set(key, to: new)
    }
}
