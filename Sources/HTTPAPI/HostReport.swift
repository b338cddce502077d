// SPDX-License-Identifier: Apache-2.0

/// What the machine around the agent is and has (`/v1/agent/host`), as Consul shows it: the shapes of
/// gopsutil.
public struct HostReport: Hashable, Sendable {
    /// Memory, in octets.
    public struct Memory: Hashable, Sendable {
        /// All there is.
        public var total = 0
        /// What programs can still get.
        public var available = 0
        /// What nobody uses.
        public var free = 0

        /// Nothing is known.
        public init() {}

        /// What programs use.
        public var used: Int { max(0, total - available) }
    }

    /// One processor.
    public struct Processor: Hashable, Sendable {
        /// Its number.
        public var number: Int
        /// Its maker's word for it.
        public var vendor: String
        /// Its model.
        public var model: String
        /// Its speed in MHz.
        public var megahertz: Double

        /// Makes a processor.
        public init(number: Int, vendor: String = "", model: String = "", megahertz: Double = 0) {
            self.number = number
            self.vendor = vendor
            self.model = model
            self.megahertz = megahertz
        }
    }

    /// The file system of the data directory, in octets.
    public struct Disk: Hashable, Sendable {
        /// The directory.
        public var path: String
        /// All there is.
        public var total: Int
        /// What this program can still get.
        public var free: Int

        /// Makes a disk.
        public init(path: String, total: Int, free: Int) {
            self.path = path
            self.total = total
            self.free = free
        }
    }

    /// Memory.
    public var memory = Memory()
    /// Processors, by number.
    public var processors: [Processor] = []
    /// The name of the machine.
    public var hostName = ""
    /// Seconds since it started.
    public var uptime = 0
    /// When it started, in seconds since 1970.
    public var bootTime = 0
    /// Processes that run.
    public var processes = 0
    /// The system: `debian`, `12`.
    public var platform = ""
    /// The version of the system.
    public var platformVersion = ""
    /// The version of the kernel.
    public var kernelVersion = ""
    /// The architecture of the kernel: `x86_64`.
    public var kernelArchitecture = ""
    /// The machine's own ID.
    public var hostID = ""
    /// The file system of the data directory; `nil` when it cannot be told.
    public var disk: Disk?
    /// When all this was read, in nanoseconds since 1970.
    public var collectionTime = 0

    /// Nothing is known.
    public init() {}
}

extension HostReport {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("Memory")
            writer.object { writer in
                writer.member("total", memory.total)
                writer.member("available", memory.available)
                writer.member("used", memory.used)
                Self.share(memory.used, of: memory.total, to: &writer)
                writer.member("free", memory.free)
            }
            writer.key("CPU")
            writer.array(processors) { writer, processor in
                writer.object { writer in
                    writer.member("cpu", processor.number)
                    writer.member("vendorId", processor.vendor)
                    writer.member("modelName", processor.model)
                    writer.member("cores", 1)
                    writer.key("mhz")
                    writer.verbatim("\(processor.megahertz)")
                }
            }
            writer.key("Host")
            writeHost(to: &writer)
            writer.key("Disk")
            if let disk {
                writer.object { writer in
                    writer.member("path", disk.path)
                    writer.member("total", disk.total)
                    writer.member("free", disk.free)
                    writer.member("used", max(0, disk.total - disk.free))
                    Self.share(disk.total - disk.free, of: disk.total, to: &writer)
                }
            } else {
                writer.null()
            }
            writer.member("CollectionTime", collectionTime)
            writer.key("Errors")
            writer.null()
        }
    }

    private func writeHost(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("hostname", hostName)
            writer.member("uptime", uptime)
            writer.member("bootTime", bootTime)
            writer.member("procs", processes)
            writer.member("os", "linux")
            writer.member("platform", platform)
            writer.member("platformFamily", platform)
            writer.member("platformVersion", platformVersion)
            writer.member("kernelVersion", kernelVersion)
            writer.member("kernelArch", kernelArchitecture)
            writer.member("hostId", hostID)
        }
    }

    private static func share(_ part: Int, of whole: Int, to writer: inout JSONWriter) {
        writer.key("usedPercent")
        writer.verbatim("\(whole > 0 ? Double(max(0, part)) * 100 / Double(whole) : 0)")
    }
}
