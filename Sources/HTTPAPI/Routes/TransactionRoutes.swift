// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `PUT /v1/txn` (HTTP API 4.9).
extension API {
    static let transactionRoutes = [
        Route(
            .put,
            path: "/v1/txn",
            namespaced: true,
            admitsItself: true
        ) { api, request throws(APIFailure) in
            try await api.transaction(request)
        }
    ]

    /// The most operations of a transaction.
    static let maximumOperations = 128

    private func transaction(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let operations = try await decodedOperations(request)
        let isWrite = operations.contains { $0.isWrite }
        // Consul: a transaction that only reads is a call of its own, Txn.Read.
        try request.admit(isWrite)
        var checked: [TransactionOperation] = []
        // Where they stood: some operations do nothing.
        var places: [Int] = []
        var failures: [TransactionFailure] = []
        for (place, operation) in operations.enumerated() {
            switch operation {
            case .operation(let operation):
                checked.append(operation)
                places.append(place)
            case .failure(let message, _):
                failures.append(TransactionFailure(operation: place, message: message))
            case .nothing: break
            }
        }
        let transaction = Transaction(checked)
        guard !isWrite else {
            try checkDatacenter(request)
            guard failures.isEmpty else { return reply(request, .failure(failures)) { _ in } }
            let outcome = Self.placed(try await submitted(transaction), at: places)
            return reply(request, outcome) { _ in }
        }
        let options = try readOptions(request)
        let store = snapshots.snapshot()
        let outcome =
            failures.isEmpty
            ? Self.placed(Self.read(transaction, store), at: places) : .failure(failures)
        var reply = reply(request, outcome) { writer in
            Self.writeMeta(store.lastIndex, options, to: &writer)
        }
        reply.headers[ConsulHeader.knownLeader] = "true"
        reply.headers[ConsulHeader.lastContact] = "0"
        return reply
    }

    private enum Outcome {
        case success([TransactionResult])
        case failure([TransactionFailure])
    }

    /// The failures at the places that the operations had in the request.
    private static func placed(_ outcome: Outcome, at places: [Int]) -> Outcome {
        guard case .failure(var failures) = outcome else { return outcome }
        for index in failures.indices where places.indices.contains(failures[index].operation) {
            failures[index].operation = places[failures[index].operation]
        }
        return .failure(failures)
    }

    private func submitted(_ transaction: Transaction) async throws(APIFailure) -> Outcome {
        do throws(SubmitError) {
            return .success(try await submitter.perform(.transaction(transaction)).results)
        } catch {
            guard case .refused(.transaction(let failures)) = error else {
                throw APIFailure(error)
            }
            return .failure(failures)
        }
    }

    private static func read(_ transaction: Transaction, _ store: StateStore) -> Outcome {
        do throws(CommandRefusal) {
            return .success(try store.read(transaction))
        } catch {
            guard case .transaction(let failures) = error else {
                return .failure([TransactionFailure(operation: 0, message: error.text)])
            }
            return .failure(failures)
        }
    }

    private func decodedOperations(
        _ request: APIRequest
    ) async throws(APIFailure) -> [TransactionBody.Operation] {
        let octets = try await request.octets(
            upTo: configuration.maximumTransactionSize,
            setting: "limits.txn_max_req_len"
        )
        let elements: [JSONValue]
        do {
            elements = try TransactionBody.elements(JSONParser.parse(octets))
        } catch let error as BodyError {
            throw .badRequest("Failed to parse body: \(error.message)")
        } catch {
            throw .badRequest("Failed to parse body: \(error)")
        }
        guard elements.count <= Self.maximumOperations else {
            throw APIFailure(
                .contentTooLarge,
                "Transaction contains too many operations "
                    + "(\(elements.count) > \(Self.maximumOperations))"
            )
        }
        var operations: [TransactionBody.Operation] = []
        for element in elements {
            do throws(BodyError) {
                operations.append(try TransactionBody.operation(element))
            } catch {
                throw .badRequest("Failed to parse body: \(error.message)")
            }
            try checkValue(operations.last)
        }
        return operations
    }

    private func checkValue(_ operation: TransactionBody.Operation?) throws(APIFailure) {
        guard case .operation(.kv(let kv))? = operation else { return }
        let limit = configuration.maximumValueSize
        guard kv.value.count > limit else { return }
        throw APIFailure(
            .contentTooLarge,
            "Value for key \"\(kv.key)\" is too large (\(kv.value.count) > \(limit) bytes)"
        )
    }

    private func reply(
        _ request: APIRequest,
        _ outcome: Outcome,
        _ meta: (inout JSONWriter) -> Void
    ) -> APIReply {
        switch outcome {
        case .success(let results):
            return request.json { writer in
                writer.object { writer in
                    writer.key("Results")
                    writer.array(results) { write($1, to: &$0) }
                    writer.key("Errors")
                    writer.null()
                    meta(&writer)
                }
            }
        case .failure(let failures):
            return request.json(status: .conflict) { writer in
                writer.object { writer in
                    writer.key("Results")
                    writer.null()
                    writer.key("Errors")
                    writer.array(failures) { writer, failure in
                        writer.object { writer in
                            writer.member("OpIndex", failure.operation)
                            writer.member("What", failure.message)
                        }
                    }
                    meta(&writer)
                }
            }
        }
    }

    private func write(_ result: TransactionResult, to writer: inout JSONWriter) {
        writer.object { writer in
            switch result {
            case .kv(let row):
                writer.key("KV")
                KVObject.write(row, to: &writer)
            case .node(let row):
                writer.key("Node")
                NodeObject.write(row, datacenter: datacenter, to: &writer)
            case .service(let row):
                writer.key("Service")
                NodeServiceObject.write(row, to: &writer)
            case .check(let row):
                writer.key("Check")
                CheckObject.write(row, to: &writer)
            }
        }
    }
}
