// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import Glibc

/// The file system of the host.
struct SystemFiles: FileAccess {
    func open(_ path: String) throws(FileFailure) -> OpenedPath {
        if isDirectory(path) { return .directory(try names(in: path)) }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure() }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { bytes in
                unsafe read(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure() }
            if count == 0 { return .file(octets) }
            octets += block[..<count]
        }
    }

    func isDirectory(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    private func names(in path: String) throws(FileFailure) -> [String] {
        guard let directory = unsafe opendir(path) else { throw Self.failure() }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    // Go spells the texts of the system in lower case.
    private static func failure() -> FileFailure {
        let code = errno
        switch code {
        case ENOENT: return FileFailure(reason: "no such file or directory")
        case EACCES: return FileFailure(reason: "permission denied")
        default: return FileFailure(reason: "error \(code)")
        }
    }
}
