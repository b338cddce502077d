// SPDX-License-Identifier: Apache-2.0

/// A key of the configuration: its name, type, default and standing.
///
/// The tables of keys are the one place that knows what may be written (spec cli.md 7).
struct Key: Sendable {
    /// What may stand for a key.
    indirect enum Kind: Sendable {
        case bool
        case integer
        /// 32 bits without sign, as in `dns_config.soa`.
        case unsigned
        case number
        case string
        /// A text in Go's duration syntax.
        case duration
        case strings
        /// Text by text.
        case stringMap
        /// Duration text by text.
        case durationMap
        /// List of texts by text.
        case stringsMap
        /// List of texts by text, leniently: a text, a number or a boolean is a list of one (Consul's
        /// watches: mapstructure's WeakDecode).
        case looseStringsMap
        /// The lists in it.
        case looseStrings
        case object([Key])
        case objects([Key])
        /// Objects by text.
        case objectMap([Key])
        /// Anything; inner keys keep their spelling.
        case opaque
    }

    /// What comes of a key.
    enum Standing: Sendable, Equatable {
        /// The agent acts on it.
        case effective
        /// Read and checked, but this version does not act on it; the text says what that means.
        case pending(String)
        /// Consul Enterprise: accepted with a warning.
        case enterprise
        /// Accepted; there is nothing that it could change here.
        case accepted
        /// An older spelling of the key at this path; empty when there is no successor.
        case deprecated(String)
    }

    let name: String
    let kind: Kind
    /// The default in HCL notation; empty means absent.
    let fallback: String
    var standing = Standing.effective
    var isReloadable = false
    var isSecret = false
    /// Further spellings that are read without a warning.
    var aliases: [String] = []

    private init(_ name: String, _ kind: Kind, _ fallback: String = "") {
        self.name = name
        self.kind = kind
        self.fallback = fallback
    }
}

// MARK: how tables are written

extension Key {
    static func bool(_ name: String, _ fallback: String = "") -> Key { Key(name, .bool, fallback) }
    static func integer(_ name: String, _ fallback: String = "") -> Key {
        Key(name, .integer, fallback)
    }
    static func unsigned(_ name: String, _ fallback: String = "") -> Key {
        Key(name, .unsigned, fallback)
    }
    static func number(_ name: String, _ fallback: String = "") -> Key {
        Key(name, .number, fallback)
    }
    static func string(_ name: String, _ fallback: String = "") -> Key {
        Key(name, .string, fallback.isEmpty ? "" : "\"\(fallback)\"")
    }
    static func duration(_ name: String, _ fallback: String = "") -> Key {
        Key(name, .duration, fallback.isEmpty ? "" : "\"\(fallback)\"")
    }
    static func strings(_ name: String) -> Key { Key(name, .strings) }
    static func stringMap(_ name: String) -> Key { Key(name, .stringMap) }
    static func durationMap(_ name: String) -> Key { Key(name, .durationMap) }
    static func stringsMap(_ name: String) -> Key { Key(name, .stringsMap) }
    static func looseStringsMap(_ name: String) -> Key { Key(name, .looseStringsMap) }
    static func object(_ name: String, _ keys: [Key]) -> Key { Key(name, .object(keys)) }
    static func objects(_ name: String, _ keys: [Key]) -> Key { Key(name, .objects(keys)) }
    static func objectMap(_ name: String, _ keys: [Key]) -> Key { Key(name, .objectMap(keys)) }
    static func opaque(_ name: String) -> Key { Key(name, .opaque) }

    /// A reload takes up a change.
    var reloadable: Key { changed { $0.isReloadable = true } }
    /// The value is not shown.
    var secret: Key { changed { $0.isSecret = true } }
    /// Consul Enterprise.
    var enterprise: Key { changed { $0.standing = .enterprise } }
    /// Nothing to do for it here.
    var accepted: Key { changed { $0.standing = .accepted } }
    /// Known, without effect yet.
    var pending: Key { pending("") }

    /// Known, without effect yet, which means `consequence`.
    func pending(_ consequence: String) -> Key { changed { $0.standing = .pending(consequence) } }
    /// An older spelling of `successor`.
    func deprecated(_ successor: String) -> Key {
        changed { $0.standing = .deprecated(successor) }
    }
    /// Also read under these names.
    func alias(_ names: String...) -> Key { changed { $0.aliases = names } }

    private func changed(_ body: (inout Key) -> Void) -> Key {
        var copy = self
        body(&copy)
        return copy
    }
}

extension Key.Kind {
    /// The keys of an object or of the objects of a list or map.
    var members: [Key]? {
        switch self {
        case .object(let keys), .objects(let keys), .objectMap(let keys): keys
        default: nil
        }
    }
}
