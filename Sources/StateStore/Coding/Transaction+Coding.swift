// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

extension Transaction {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, operations.map { operation in operation.write })
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var operations: [TransactionOperation] = []
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            for _ in 0..<(try reader.readArrayCount()) {
                operations.append(try TransactionOperation(reading: &reader))
            }
            return true
        }
        self.init(operations)
    }
}

extension TransactionOperation {
    /// Key 1 is the verb of an operation on the catalog; one more key says what it is on.
    fileprivate func write(_ fields: inout FieldWriter) {
        switch self {
        case .kv(let operation): fields.write(2, operation.write)
        case .node(let verb, let row):
            fields.write(1, verb.rawValue)
            fields.write(3, row.write)
        case .service(let verb, let row):
            fields.write(1, verb.rawValue)
            fields.write(4, row.write)
        case .check(let verb, let row):
            fields.write(1, verb.rawValue)
            fields.write(5, row.write)
        }
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var verb = CatalogVerb.get
        var result: TransactionOperation?
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: verb = try reader.readEnumeration()
            case 2: result = .kv(try KVOperation(reading: &reader))
            case 3: result = .node(verb, try NodeRow(reading: &reader))
            case 4: result = .service(verb, try ServiceRow(reading: &reader))
            case 5: result = .check(verb, try CheckRow(reading: &reader))
            default: return false
            }
            return true
        }
        // An operation of a newer version cannot be left out.
        guard let result else { throw MessagePackError(.outOfRange, at: start) }
        self = result
    }
}
