// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Testing

@testable import Agent

@Suite("What the machine says of itself")
struct HostReportTests {
    @Test("memory, processors, processes and system are read from their files' texts")
    func texts() {
        let memory = HostReport.Memory(
            meminfo: "MemTotal: 1000 kB\nMemFree:  200 kB\nMemAvailable: 600 kB\nrubbish\n"
        )
        #expect(memory.total == 1_024_000 && memory.free == 204_800)
        #expect(memory.used == 409_600)
        let processors = HostReport.processors(
            cpuinfo: """
                processor\t: 0
                vendor_id\t: GenuineIntel
                model name\t: Fast: Processor
                cpu MHz\t\t: 2900.004

                processor\t: 1
                """
        )
        #expect(processors.map(\.number) == [0, 1])
        #expect(processors.first?.model == "Fast: Processor")
        #expect(processors.first?.megahertz == 2900.004)
        #expect(HostReport.processes(loadavg: "0.20 0.18 0.12 1/80 11206") == 80)
        #expect(HostReport.uptime("350735.47 234388.90\n") == 350_735)
        let release = HostReport.settings(osRelease: "ID=debian\nVERSION_ID=\"12\"\n")
        #expect(release == ["ID": "debian", "VERSION_ID": "12"])
    }

    @Test("nothing readable gives nothing, and no end")
    func empty() {
        #expect(HostReport.Memory(meminfo: "") == HostReport.Memory())
        #expect(HostReport.processors(cpuinfo: ":::\nmodel name: x") == [])
        #expect(HostReport.processes(loadavg: "1 2") == 0)
        #expect(HostReport.uptime("x") == 0)
    }

    @Test("API-157 this machine has memory, processors and a disk")
    func here() {
        let report = HostReport.read(hostName: "h", dataDirectory: "")
        #expect(report.hostName == "h")
        #expect(report.memory.total > report.memory.available && report.memory.available > 0)
        #expect(!report.processors.isEmpty)
        #expect((report.disk?.total ?? 0) > 0)
        #expect(report.bootTime > 1_000_000_000)
    }
}
