// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// A route: a path, the methods it takes, and who answers.
struct Route: Sendable {
    typealias Handler = @Sendable (API, APIRequest) async throws(APIFailure) -> APIReply
    /// Answers a GET from the published state, or throws ``APIFailure/parked`` to be called again; never awaits anything.
    ///
    /// A connection keeps the memory of the deepest stack of async calls that it ever had. These have none.
    typealias Reader = @Sendable (API, APIRequest) throws(APIFailure) -> APIReply
    /// As ``Reader``, for what is done so soon that the event loop can do it; `nil` leaves a GET to the reader.
    typealias Immediate = @Sendable (API, APIRequest) throws(APIFailure) -> APIReply?

    /// The path; with a final slash the rest of the request's path is the argument.
    let path: String
    let methods: [HTTPRequest.Method]
    /// Whether `?ns=` is refused here; other routes ignore it (HTTP API 1.7).
    let isNamespaced: Bool
    /// Whether `Allow` names OPTIONS, which is answered all the same.
    let namesOptions: Bool
    /// With what an argument ends that can only be read.
    let onlyRead: [String]
    /// Whether its handler runs on the connection's event loop, since that takes little whatever the catalog holds.
    let isPrompt: Bool
    /// Whether its body alone says if it reads or writes the state: its handler counts it for the limits.
    let admitsItself: Bool
    /// How Consul counts its calls (`client.api.<name>`); it counts the catalog's alone.
    let countedAs: String?
    let immediate: Immediate?
    let reader: Reader?
    /// Answers what the reader does not.
    private let handler: Handler
    /// Its place among all routes; set by the table.
    fileprivate(set) var number = 0

    init(
        _ methods: HTTPRequest.Method...,
        path: String,
        namespaced: Bool = false,
        namesOptions: Bool = true,
        onlyRead: [String] = [],
        prompt: Bool = false,
        admitsItself: Bool = false,
        countedAs: String? = nil,
        immediate: Immediate? = nil,
        reading: Reader? = nil,
        _ handler: @escaping Handler
    ) {
        self.path = path
        self.methods = methods
        self.isNamespaced = namespaced
        self.namesOptions = namesOptions
        self.onlyRead = onlyRead
        isPrompt = prompt
        self.admitsItself = admitsItself
        self.countedAs = countedAs
        self.immediate = immediate
        reader = reading
        self.handler = handler
    }

    /// A route that only reads the published state.
    init(
        reading path: String,
        namespaced: Bool = false,
        countedAs: String? = nil,
        immediate: Immediate? = nil,
        _ reader: @escaping Reader
    ) {
        self.init(
            .get,
            path: path,
            namespaced: namespaced,
            countedAs: countedAs,
            immediate: immediate,
            reading: reader
        ) { api, request throws(APIFailure) in
            try reader(api, request)
        }
    }

    /// A route whose methods are a list.
    init(methods: [HTTPRequest.Method], path: String, _ handler: @escaping Handler) {
        self.path = path
        self.methods = methods
        isNamespaced = false
        namesOptions = true
        onlyRead = []
        isPrompt = false
        admitsItself = false
        countedAs = nil
        immediate = nil
        reader = nil
        self.handler = handler
    }

    /// What the route answers to one of its methods; ``APIFailure/parked`` to be asked again.
    func answer(_ api: API, _ request: APIRequest) async throws(APIFailure) -> APIReply {
        if request.method == .get, let reader { return try reader(api, request) }
        return try await handler(api, request)
    }

    /// Whether Consul would ask its servers: all but the agent's own affairs.
    var reachesState: Bool { !path.hasPrefix("/v1/agent/") && !path.hasPrefix("/v1/status/") }

    /// Which methods the argument takes.
    func methods(for argument: String) -> [HTTPRequest.Method] {
        onlyRead.contains(where: argument.hasSuffix) ? [.get] : methods
    }

    /// The value of `Allow`.
    func allow(for argument: String) -> String {
        let methods = methods(for: argument).map(\.rawValue).joined(separator: ",")
        return (namesOptions ? "OPTIONS," : "") + methods
    }

    /// How measurements call the path: `v1_kv_` for `/v1/kv/`, apart from `v1_kv` (Consul: without the first slash, `_` for
    /// the others).
    var metricLabel: String { String(path.dropFirst().map { $0 == "/" ? "_" : $0 }) }
}

/// All routes, found by the longest path that fits, as Go's `ServeMux` does (HTTP API 1.1).
struct RouteTable: Sendable {
    /// What a path leads to.
    enum Match {
        case route(Route, argument: String)
        /// The path lacks the final slash of a route with an argument.
        case redirect(String)
        case none
    }

    /// Every route, by its number.
    let routes: [Route]
    private let exact: [String: Route]
    /// Routes with an argument.
    private let prefixes: [String: Route]
    /// The most slashes in a path of ``prefixes``.
    private let depth: Int
    /// Paths of routes with an argument without their final slash, to what they lead to.
    private let slashless: [String: String]

    init(_ unnumbered: [Route]) {
        var routes = unnumbered
        for number in routes.indices { routes[number].number = number }
        self.routes = routes
        var exact: [String: Route] = [:]
        for route in routes where !route.path.hasSuffix("/") { exact[route.path] = route }
        self.exact = exact
        var prefixes: [String: Route] = [:]
        var slashless: [String: String] = [:]
        var depth = 0
        for route in routes where route.path.hasSuffix("/") {
            prefixes[route.path] = route
            slashless[String(route.path.dropLast())] = route.path
            depth = max(depth, route.path.utf8.count { $0 == Self.slash })
        }
        self.prefixes = prefixes
        self.slashless = slashless
        self.depth = depth
    }

    private static let slash = UInt8(ascii: "/")

    func match(_ path: String) -> Match {
        if let route = exact[path] { return .route(route, argument: "") }
        if let whole = slashless[path] { return .redirect(whole) }
        guard let (route, end) = prefix(of: path) else { return .none }
        return .route(route, argument: String(path[end...]))
    }

    /// The route of the longest path that `path` begins with, and where that ends.
    private func prefix(of path: String) -> (Route, String.Index)? {
        var ends: [String.Index] = []
        for place in path.utf8.indices where path.utf8[place] == Self.slash {
            ends.append(path.utf8.index(after: place))
            if ends.count == depth { break }
        }
        for end in ends.reversed() {
            if let route = prefixes[String(path[..<end])] { return (route, end) }
        }
        return nil
    }

    /// The whole API of today.
    static let all = RouteTable(
        API.statusRoutes + API.agentRoutes + API.agentMetricsRoutes + API.agentMonitorRoutes
            + API.agentDNSRoutes + API.agentReadyRoutes + API.dnsTopRoutes
            + API.agentServiceRoutes + API.agentCheckRoutes
            + API.agentHealthRoutes + API.catalogRoutes + API.healthRoutes
            + API.preparedQueryRoutes + API.configEntryRoutes + API.coordinateRoutes
            + API.kvRoutes + API.sessionRoutes + API.transactionRoutes + API.snapshotRoutes
            + API.eventRoutes + API.watchRoutes + API.operatorRoutes + API.autopilotRoutes
            + API.aclRoutes
            + API.intentionRoutes + API.authorityRoutes + API.interfaceRoutes
    )
}
