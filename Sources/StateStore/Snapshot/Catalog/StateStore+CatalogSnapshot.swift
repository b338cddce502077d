// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension StateStore {
    /// Writes nodes with all that is on them (``CatalogRow``).
    ///
    /// A frame ends after a node. One that has four times as many octets as frames should have ends
    /// after a row.
    func writeCatalog<Failure: Error>(
        frameLength: Int,
        _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var failure: Failure?
        var frame = CatalogFrame()
        func flush(_ frame: inout CatalogFrame) -> Bool {
            do throws(Failure) {
                try emit(frame.octets)
            } catch {
                failure = error
            }
            frame = CatalogFrame()
            return failure == nil
        }
        nodeTable.forEach { _, node in
            let goesOn = frame.write(node.value) { frame in
                frame.octets.count < 4 * frameLength || flush(&frame)
            }
            return goesOn
                && (frame.isEmpty || frame.octets.count < frameLength || flush(&frame))
        }
        if failure == nil, !frame.isEmpty { _ = flush(&frame) }
        if let failure { throw failure }
    }
}

/// Rows of the catalog on their way into a snapshot.
private struct CatalogFrame {
    private var writer: MessagePackWriter
    private(set) var isEmpty = true
    /// The node to which rows belong that are written without one.
    private var node: String?
    /// The instance to which checks belong that are written without one.
    private var instance: ServiceRow?

    init() {
        writer = MessagePackWriter()
        writer.write(SnapshotTable.catalog.rawValue)
    }

    var octets: [UInt8] { writer.octets }

    /// Writes a node with all that is on it; after each row `goesOn` may begin another frame, or
    /// end it all.
    mutating func write(
        _ record: NodeRecord,
        goesOn: (inout CatalogFrame) -> Bool
    ) -> Bool {
        let row = record.row.row
        write(.node, row.write)
        node = row.name
        instance = nil
        guard goesOn(&self) else { return false }
        for check in record.ownChecks {
            write(check.row, on: row.name)
            guard goesOn(&self) else { return false }
        }
        var count = record.ownChecks.count
        var isOver = false
        record.instances.forEach { _, instance in
            isOver = !write(instance, on: row.name, goesOn: goesOn)
            count += instance.checks.count
            return !isOver
        }
        if isOver { return false }
        guard count != record.checks.count else { return true }
        // Checks of instances that are not there.
        instance = nil
        record.checks.forEach { _, check in
            let id = check.row.serviceID
            if id.isEmpty || record.instances[TreeKey.make(id)] != nil { return true }
            write(check.row, on: row.name)
            isOver = !goesOn(&self)
            return !isOver
        }
        return !isOver
    }

    private mutating func write(
        _ record: InstanceRecord,
        on node: String,
        goesOn: (inout CatalogFrame) -> Bool
    ) -> Bool {
        begin(node)
        var row = record.row
        if row.node.hasOctets(of: node) { row.node = "" }
        write(.instance, row.write)
        instance = record.row
        guard goesOn(&self) else { return false }
        for check in record.checks {
            write(check.row, on: node)
            guard goesOn(&self) else { return false }
        }
        return true
    }

    private mutating func write(_ check: CheckRow, on node: String) {
        begin(node)
        var row = check
        if row.node.hasOctets(of: node) { row.node = "" }
        guard let instance, !row.serviceID.isEmpty, row.serviceID == instance.id,
            row.serviceName == instance.name, row.serviceTags == instance.tags
        else {
            write(.check, row.write)
            return
        }
        row.serviceID = ""
        row.serviceName = ""
        row.serviceTags = []
        write(.instanceCheck, row.write)
    }

    /// Says in a new frame which node goes on.
    private mutating func begin(_ node: String) {
        guard self.node == nil else { return }
        self.node = node
        write(.continuation) { $0.write(1, node) }
    }

    private mutating func write(_ kind: CatalogRow, _ body: (inout FieldWriter) -> Void) {
        isEmpty = false
        writer.writeFields { fields in
            fields.write(CatalogRow.kindKey, kind.rawValue)
            body(&fields)
        }
    }
}
