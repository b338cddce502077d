// SPDX-License-Identifier: Apache-2.0
internal import Definitions
internal import WatchPlans

extension Assembly {
    mutating func readWatches() {
        guard case .list(let blocks)? = reader.tree["watches"]?.content else { return }
        for (place, block) in blocks.enumerated() {
            if let watch = watch(block, at: place) { configuration.watches.append(watch) }
        }
    }

    /// One watch (spec cli.md 4.1); what is wrong is reported.
    private mutating func watch(
        _ value: ConfigurationValue,
        at place: Int
    ) -> WatchDefinition? {
        let block = Block(value)
        guard let handler = handler(block, value.position, at: place) else { return nil }
        var parameters = WatchParameters()
        parameters.type = block.string("type")
        parameters.key = block.string("key")
        parameters.prefix = block.string("prefix")
        parameters.service = block.string("service")
        parameters.serviceID = block.string("service_id")
        parameters.passingOnly = block.bool("passingonly") ?? false
        parameters.state = block.string("state")
        parameters.name = block.string("name")
        parameters.filter = block.string("filter")
        parameters.datacenter = block.string("datacenter")
        parameters.isStale = block.bool("stale") ?? false
        parameters.emptyGiven = Set(block.names).subtracting(Self.ofAllWatches)
        if block.string("handler_type") != "http", block["http_handler_config"] != nil {
            parameters.emptyGiven.insert("http_handler_config")
        }
        switch block["tag"]?.content {
        case nil: break
        case .string(let tag): parameters.tags = [tag]
        case .list(let tags) where tags.allSatisfy(\.isText):
            parameters.tags = block["tag"]?.strings ?? []
        default:
            report("tag must be a text or a list of texts", block["tag"]?.position, at: place)
            return nil
        }
        do {
            return WatchDefinition(
                type: parameters.type,
                plan: try WatchPlan(parameters),
                handler: handler,
                token: block.string("token")
            )
        } catch {
            report(error.description, value.position, at: place)
            return nil
        }
    }

    /// What is no matter of the type.
    private static let ofAllWatches: Set = [
        "type", "datacenter", "token", "args", "handler", "handler_type", "http_handler_config",
    ]

    private mutating func handler(
        _ block: Block,
        _ position: SourcePosition,
        at place: Int
    ) -> WatchDefinition.Handler? {
        let type = block.string("handler_type")
        let words = block["args"]?.strings
        let line = block["handler"].map { _ in block.string("handler") }
        guard ["", "script", "http"].contains(type) else {
            report(
                "Handler type '\(type)' not recognized",
                block["handler_type"]?.position,
                at: place,
                hint: "write \"script\" or \"http\""
            )
            return nil
        }
        switch (type, words, line) {
        case ("http", nil, nil): return httpHandler(block, position, at: place)
        case (_, let words?, nil) where type != "http":
            if let first = words.first, !first.isEmpty { return .command(words) }
            report(
                "Must define a watch handler",
                block["args"]?.position,
                at: place,
                hint: "write the command first: args = [\"/usr/bin/reload\"]"
            )
        case (_, nil, let line?) where type != "http":
            warnings.append(
                "The 'handler' field in watches has been deprecated and replaced with the 'args' "
                    + "field. See https://www.consul.io/docs/agent/watches.html "
                    + "(\(block["handler"]?.position ?? position))"
            )
            if !line.isEmpty { return .shell(line) }
            report("Must define a watch handler", block["handler"]?.position, at: place)
        case (_, nil, nil):
            report(
                "Must define a watch handler",
                position,
                at: place,
                hint: "write args = [\"COMMAND\", …], or handler_type = \"http\" and "
                    + "http_handler_config"
            )
        default: report("Only one watch handler allowed", position, at: place)
        }
        return nil
    }

    private mutating func httpHandler(
        _ block: Block,
        _ position: SourcePosition,
        at place: Int
    ) -> WatchDefinition.Handler? {
        guard let value = block["http_handler_config"] else {
            report(
                "Handler type 'http' requires 'http_handler_config' to be set",
                position,
                at: place
            )
            return nil
        }
        let settings = Block(value)
        var handler = HTTPWatchHandler(url: settings.string("path"))
        let isURL = ["http://", "https://"].contains { handler.url.lowercased().hasPrefix($0) }
        guard isURL else {
            report(
                handler.url.isEmpty
                    ? "Requires 'path' to be set" : "path \"\(handler.url)\" is no URL of HTTP",
                settings["path"]?.position ?? value.position,
                at: place,
                hint: "write path = \"http://127.0.0.1:8080/hook\""
            )
            return nil
        }
        guard URLPort.isValid(in: handler.url) else {
            report(
                "path \"\(URLCredentials.hidingPassword(in: handler.url))\": invalid port "
                    + "\"\(URLPort.text(in: handler.url))\"",
                settings["path"]?.position ?? value.position,
                at: place,
                hint: "a port is a number from 1 to 65535"
            )
            return nil
        }
        let method = settings.string("method")
        if !method.isEmpty { handler.method = method }
        handler.headers = settings.stringsMap("header")
        handler.skipsVerification = settings.bool("tls_skip_verify") ?? false
        let timeout = settings.string("timeout")
        if !timeout.isEmpty {
            let time = reader.parseDuration(
                timeout,
                named: "watches[\(place)].http_handler_config.timeout",
                at: settings["timeout"]?.position
            )
            guard let time else { return nil }
            // Consul: a time-out of zero is the default.
            if time > .zero { handler.timeout = time }
        }
        return .http(handler)
    }

    private mutating func report(
        _ text: String,
        _ position: SourcePosition?,
        at place: Int,
        hint: String? = nil
    ) {
        reader.add(ConfigurationProblem("watches[\(place)]: \(text)", at: position, hint: hint))
    }
}

extension ConfigurationValue {
    fileprivate var isText: Bool {
        if case .string = content { true } else { false }
    }
}
