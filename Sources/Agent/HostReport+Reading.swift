// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc
import HTTPAPI
import Replication

extension HostReport {
    /// Reads what the system says of itself; what cannot be read stays empty.
    static func read(hostName: String, dataDirectory: String) -> HostReport {
        var report = HostReport()
        report.hostName = hostName
        report.memory = Memory(meminfo: text("/proc/meminfo"))
        report.processors = processors(cpuinfo: text("/proc/cpuinfo"))
        report.uptime = uptime(text("/proc/uptime"))
        let now = Int(csockets_realtime_seconds())
        report.collectionTime = now * 1_000_000_000
        report.bootTime = now - report.uptime
        report.processes = processes(loadavg: text("/proc/loadavg"))
        let release = settings(osRelease: text("/etc/os-release"))
        report.platform = release["ID"] ?? ""
        report.platformVersion = release["VERSION_ID"] ?? ""
        report.kernelVersion = line("/proc/sys/kernel/osrelease")
        report.kernelArchitecture = line("/proc/sys/kernel/arch")
        report.hostID = line("/etc/machine-id")
        report.disk = disk(of: dataDirectory.isEmpty ? "/" : dataDirectory)
        return report
    }

    /// The second number behind the slash: `0.20 0.18 0.12 1/80 11206`.
    static func processes(loadavg: String) -> Int {
        let fields = loadavg.split(separator: " ")
        guard fields.count > 3 else { return 0 }
        return fields[3].split(separator: "/").last.flatMap { Int($0) } ?? 0
    }

    /// The whole seconds of the first number.
    static func uptime(_ text: String) -> Int {
        text.split(separator: ".").first.flatMap { Int($0) } ?? 0
    }

    /// The processors of `/proc/cpuinfo`.
    static func processors(cpuinfo: String) -> [Processor] {
        var processors: [Processor] = []
        for line in cpuinfo.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { trimmed($0) }
            guard parts.count == 2 else { continue }
            if parts[0] == "processor", let number = Int(parts[1]) {
                processors.append(Processor(number: number))
            }
            guard let last = processors.indices.last else { continue }
            switch parts[0] {
            case "vendor_id": processors[last].vendor = parts[1]
            case "model name": processors[last].model = parts[1]
            case "cpu MHz": processors[last].megahertz = Double(parts[1]) ?? 0
            default: continue
            }
        }
        return processors
    }

    /// `KEY=value` lines, without quotation marks.
    static func settings(osRelease: String) -> [String: String] {
        var settings: [String: String] = [:]
        for line in osRelease.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...].filter { $0 != "\"" }
            settings[String(line[..<equals])] = String(value)
        }
        return settings
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func text(_ path: String) -> String {
        String(decoding: ConfigurationFiles.octets(of: path) ?? [], as: UTF8.self)
    }

    private static func line(_ path: String) -> String {
        text(path).split(separator: "\n").first.map(String.init) ?? ""
    }

    private static func disk(of path: String) -> Disk? {
        StorageUsage.Space(at: path).map { Disk(path: path, total: $0.size, free: $0.free) }
    }
}

extension HostReport.Memory {
    /// From `/proc/meminfo`, which counts in KiB.
    init(meminfo: String) {
        self.init()
        for line in meminfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, let kibibytes = Int(fields[1]) else { continue }
            switch fields[0] {
            case "MemTotal:": total = kibibytes << 10
            case "MemAvailable:": available = kibibytes << 10
            case "MemFree:": free = kibibytes << 10
            default: continue
            }
        }
    }
}
