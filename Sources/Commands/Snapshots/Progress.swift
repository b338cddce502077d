// SPDX-License-Identifier: Apache-2.0

/// A line on a terminal that says how far long work is; elsewhere nothing is written.
struct Progress {
    private let console: Console
    private let words: String
    private let total: Int
    private let interval: Duration
    private var octets = 0
    private var next: ContinuousClock.Instant
    private var isShown = false

    /// Begins.
    ///
    /// - Parameters:
    ///   - words: what is done: `Saving`.
    ///   - total: the octets of the whole; 0 when they are not known.
    ///   - console: where it is shown.
    ///   - interval: how often it is written.
    init(
        _ words: String,
        of total: Int = 0,
        on console: Console,
        every interval: Duration = .milliseconds(200)
    ) {
        self.words = words
        self.total = total
        self.console = console
        self.interval = interval
        next = .now + interval
    }

    /// So many more octets are done.
    mutating func advance(by count: Int) {
        octets += count
        guard console.isTerminal, ContinuousClock.now >= next else { return }
        next = .now + interval
        isShown = true
        let whole = total > 0 ? " of \(ByteSize.text(total))" : ""
        console.writeProgress("\r\(words): \(ByteSize.text(octets))\(whole)\u{1b}[K")
    }

    /// Takes the line away.
    mutating func end() {
        if isShown { console.writeProgress("\r\u{1b}[K") }
        isShown = false
    }
}

/// Numbers of octets as Consul's `snapshot inspect` writes them.
enum ByteSize {
    /// With one digit behind the point, unless it is 0: `1.3KB`, `841B`.
    static func text(_ octets: Int) -> String {
        if octets <= 0 { return "0" }
        var value = Double(octets)
        var unit = "B"
        for next in ["KB", "MB", "GB", "TB"] where value >= 1024 {
            value /= 1024
            unit = next
        }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
    }
}
