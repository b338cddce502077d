// SPDX-License-Identifier: Apache-2.0
public import Definitions

// A catalog has millions of rows. What few of them say, or what many say alike, stands apart in a box that
// rows share where they can (checks of a snapshot, a check that is registered again): a row takes a
// third less of memory.

/// What few service instances have.
struct ServiceDetails: Hashable, Sendable {
    var kind = ""
    var taggedAddresses: [String: ServiceAddress] = [:]
    var socketPath = ""
    var priority = 1
    /// Apart once more: large.
    var proxy: Box<ProxyDefinition>?
    /// Apart as well: rare.
    var locality: Box<Locality>?

    /// What a row refers to.
    func box() -> Box<ServiceDetails>? { self == ServiceDetails() ? nil : Box(self) }
}

/// What a check says about its runs.
struct CheckDetails: Hashable, Sendable {
    var notes = ""
    var type = ""
    var interval = ""
    var timeout = ""
    var exposedPort = 0
    var definitionJSON = ""

    /// What a row refers to.
    func box() -> Box<CheckDetails>? { self == CheckDetails() ? nil : Box(self) }

    /// Whether nobody can tell the two apart; texts that Unicode holds equal may have other octets.
    func hasSameOctets(as other: CheckDetails) -> Bool {
        exposedPort == other.exposedPort && type.hasOctets(of: other.type)
            && interval.hasOctets(of: other.interval) && timeout.hasOctets(of: other.timeout)
            && notes.hasOctets(of: other.notes)
            && definitionJSON.hasOctets(of: other.definitionJSON)
    }
}

extension ServiceRow {
    /// The kind, empty for an ordinary service.
    public var kind: String {
        get { details?.row.kind ?? "" }
        set { change { $0.kind = newValue } }
    }

    /// Further addresses by name.
    public var taggedAddresses: [String: ServiceAddress] {
        get { details?.row.taggedAddresses ?? [:] }
        set { change { $0.taggedAddresses = newValue } }
    }

    /// A unix socket; empty when none.
    public var socketPath: String {
        get { details?.row.socketPath ?? "" }
        set { change { $0.socketPath = newValue } }
    }

    /// The priority of SRV answers: lower is asked first (RFC 2782); 1 as Consul's.
    public var priority: Int {
        get { details?.row.priority ?? 1 }
        set { change { $0.priority = newValue } }
    }

    /// Proxy settings; `nil` for ordinary services.
    public var proxy: ProxyDefinition? {
        get { details?.row.proxy?.row }
        set { change { $0.proxy = newValue.map { Box($0) } } }
    }

    /// Where the instance is; `nil` when it was not said.
    public var locality: Locality? {
        get { details?.row.locality?.row }
        set { change { $0.locality = newValue.map { Box($0) } } }
    }

    private mutating func change(_ body: (inout ServiceDetails) -> Void) {
        var changed = details?.row ?? ServiceDetails()
        body(&changed)
        details = changed.box()
    }
}

extension CheckRow {
    /// A note for people.
    public var notes: String {
        get { details?.row.notes ?? "" }
        set { change { $0.notes = newValue } }
    }

    /// The kind as the API reports it (`ttl`, `http`, …, `maintenance`); empty when unknown.
    public var type: String {
        get { details?.row.type ?? "" }
        set { change { $0.type = newValue } }
    }

    /// The interval as Go text (`"10s"`); empty when none.
    public var interval: String {
        get { details?.row.interval ?? "" }
        set { change { $0.interval = newValue } }
    }

    /// The timeout as Go text; empty when none.
    public var timeout: String {
        get { details?.row.timeout ?? "" }
        set { change { $0.timeout = newValue } }
    }

    /// The port exposed through a proxy; 0 when none.
    public var exposedPort: Int {
        get { details?.row.exposedPort ?? 0 }
        set { change { $0.exposedPort = newValue } }
    }

    /// `Definition` as compact JSON text; empty means `{}`.
    public var definitionJSON: String {
        get { details?.row.definitionJSON ?? "" }
        set { change { $0.definitionJSON = newValue } }
    }

    private mutating func change(_ body: (inout CheckDetails) -> Void) {
        var changed = details?.row ?? CheckDetails()
        body(&changed)
        details = changed.box()
    }
}
