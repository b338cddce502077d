// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import LocalState
internal import Property
internal import StateStore

/// An agent `n1` and the state of its server, as the routes of the API change them.
struct Agent {
    private(set) var store = StateStore()
    private(set) var local = LocalState(
        node: NodeRow(name: "n1", id: "0f1e0000-0000-4000-8000-000000000001", address: "127.0.0.1")
    )
    private var count = 0

    /// Takes a body at a place, a letter each; others are none.
    mutating func take(_ octets: [UInt8], at place: Unicode.Scalar) {
        let value: JSONValue
        do throws(JSONSyntaxError) { value = try JSONParser.parse(octets) } catch {
            return Property.holds(!error.description.isEmpty, "an error says what")
        }
        checkText(of: value)
        count += 1
        do {
            switch place {
            case "s": try registerService(value)
            case "k": try registerCheck(value)
            case "x": try deregister(value)
            case "r":
                let body = try CatalogBody.register(value)
                apply(.register(try CatalogBody.completed(body.registration)))
            case "d": apply(.deregister(try CatalogBody.deregister(value).deregistration))
            case "t": try transact(value)
            case "e": try createSession(value)
            case "q": try prepareQuery(value)
            case "c":
                let (row, content) = try ConfigEntryBody.entry(value)
                let entry = try ConfigEntryRules.completed(row, content)
                apply(.configEntry(ConfigEntryChange(entry)))
            case "o":
                let row = try CoordinateObject.read(value)
                guard row.coordinate.isValid else { return }
                apply(.coordinates([row]))
            default: break
            }
        } catch let error as BodyError {
            Property.holds(!error.message.isEmpty, "a refusal says why")
        } catch let error as DefinitionError {
            Property.holds(!error.message.isEmpty, "a refusal says why")
        } catch let error as LocalStateError {
            Property.holds(!error.message.isEmpty && error.status >= 400, "a refusal says why")
        } catch {
            Property.holds(false, "\(error)")
        }
    }

    private mutating func registerService(_ value: JSONValue) throws {
        let definition = try ServiceBody.registration(value)
        try definition.validateRegistration()
        let effects = try local.registerWithSidecar(
            definition,
            source: .http,
            replacingChecks: count % 2 == 0
        )
        tell(effects)
    }

    private mutating func registerCheck(_ value: JSONValue) throws {
        let definition = try CheckBody.registration(value)
        try definition.validateRegistration()
        tell(try local.register(definition, source: .http))
    }

    /// Removes what a text names: a check, else a service.
    private mutating func deregister(_ value: JSONValue) throws {
        guard case .string(let id) = value else { return }
        if let effects = try? local.deregisterCheck(id) { return tell(effects) }
        tell(try local.deregisterService(id))
    }

    private mutating func transact(_ value: JSONValue) throws {
        var operations: [TransactionOperation] = []
        for element in try TransactionBody.elements(value).prefix(128) {
            guard case .operation(let operation) = try TransactionBody.operation(element) else {
                return
            }
            operations.append(operation)
        }
        let transaction = Transaction(operations)
        guard transaction.isReadOnly else { return apply(.transaction(transaction)) }
        if let results = try? store.read(transaction) { checkTexts(of: results) }
    }

    private mutating func createSession(_ value: JSONValue) throws {
        var session = SessionRow(id: "", node: "n1", nodeChecks: [])
        guard try SessionBody.fill(&session, from: value) == nil else { return }
        session.id = Self.uuid(count)
        apply(.session(SessionChange(.create, session)))
    }

    private mutating func prepareQuery(_ value: JSONValue) throws {
        var query = try PreparedQueryBody.query(value)
        try query.validate()
        query.id = Self.uuid(count)
        apply(.preparedQuery(PreparedQueryChange(.create, query)))
        var generator = Generator()
        for name in [query.id, query.name, query.name + "-x-y"] {
            let request = PreparedQueryRequest(name, agentNode: "n1", datacenter: "dc1")
            do throws(PreparedQueryFailure) {
                let result = try store.execute(request, using: &generator)
                if let result {
                    checkText {
                        HealthInstanceObject.write(result.instances, datacenter: "dc1", to: &$0)
                    }
                }
            } catch { Property.holds(!error.description.isEmpty, "a failure says why") }
        }
    }

    /// What the agent tells the catalog.
    private mutating func tell(_ effects: LocalEffects) {
        for command in effects.commands { apply(command) }
    }

    private mutating func apply(_ command: Command) {
        do throws(CommandCodingError) {
            let again = try Command(decoding: command.encoded())
            Property.holds(again == command, "\(command) is encoded as \(again)")
        } catch { return Property.holds(false, "\(command) cannot be read: \(error)") }
        let before = store.usage()
        var results: [TransactionResult] = []
        do throws(CommandRefusal) {
            _ = try store.apply(command, at: store.lastIndex.next, time: .zero, results: &results)
            checkTexts(of: results)
        } catch {
            Property.holds(!error.text.isEmpty, "a refusal says why")
            Property.holds(store.usage() == before, "a refusal changes nothing: \(command)")
        }
    }

    private static func uuid(_ number: Int) -> String {
        "0f1e0000-0000-4000-8000-0000000001" + (number < 10 ? "0" : "") + String(number)
    }
}

/// Always the same choice.
private struct Generator: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0x9e37_79b9_7f4a_7c15 }
}
