// SPDX-License-Identifier: Apache-2.0
public import Logging
public import NIOCore
public import ServiceLifecycle
public import WatchPlans

/// Runs the watches of an agent, each by itself: what it reads, its waits, and its handler, which
/// runs once at a time.
///
/// A new list of watches ends those that are not in it and begins those that are new; the others
/// go on undisturbed.
public final class WatchSupervisor: Service {
    /// Waits for a time, or throws when the task is cancelled.
    public typealias Sleep = @Sendable (Duration) async throws -> Void

    private let source: any WatchSource
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let sleep: Sleep
    private let makeHandler: @Sendable (WatchDefinition) -> any WatchHandler
    private let lists: AsyncStream<[WatchDefinition]>
    private let newList: AsyncStream<[WatchDefinition]>.Continuation

    /// Makes a supervisor without watches.
    ///
    /// - Parameters:
    ///   - source: where watches read.
    ///   - eventLoopGroup: on which scripts and requests are followed.
    ///   - logger: gets the output of handlers, and what goes wrong.
    public convenience init(
        source: any WatchSource,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let eventLoop = eventLoopGroup.next()
        self.init(
            source: source,
            eventLoop: eventLoop,
            logger: logger,
            sleep: { try await Task.sleep(for: $0) },
            makeHandler: { definition in
                switch definition.handler {
                case .command(let words):
                    ScriptHandler(
                        words: words,
                        type: definition.type,
                        eventLoop: eventLoop,
                        logger: logger
                    )
                case .shell(let line):
                    ScriptHandler(
                        words: ScriptHandler.shell + [line],
                        type: definition.type,
                        eventLoop: eventLoop,
                        logger: logger
                    )
                case .http(let request):
                    HTTPHandler(
                        request: request,
                        type: definition.type,
                        eventLoop: eventLoop,
                        logger: logger
                    )
                }
            }
        )
    }

    init(
        source: any WatchSource,
        eventLoop: any EventLoop,
        logger: Logger,
        sleep: @escaping Sleep,
        makeHandler: @escaping @Sendable (WatchDefinition) -> any WatchHandler
    ) {
        self.source = source
        self.eventLoop = eventLoop
        self.logger = logger
        self.sleep = sleep
        self.makeHandler = makeHandler
        (lists, newList) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says which watches there are from now on; of equal ones one runs.
    public func replace(with definitions: [WatchDefinition]) { newList.yield(definitions) }

    /// Runs the watches until the task is cancelled or the service group shuts down.
    ///
    /// To be called once only. Handlers that are at work then go on by themselves.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.runUntilCancelled() }
    }

    private func runUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            var running: [WatchDefinition: StopSign] = [:]
            for await wanted in lists {
                for (definition, sign) in running where !wanted.contains(definition) {
                    sign.stop()
                    running[definition] = nil
                }
                for definition in wanted where running[definition] == nil {
                    let sign = StopSign()
                    running[definition] = sign
                    group.addTask { await self.watch(definition, until: sign) }
                }
            }
            group.cancelAll()
        }
    }

    /// One watch, from its first read to its end.
    private func watch(_ definition: WatchDefinition, until sign: StopSign) async {
        let handler = makeHandler(definition)
        let source = source
        let sleep = sleep
        var progress = WatchProgress(definition.plan)
        while !Task.isCancelled, !sign.isStopped {
            let path = progress.path
            let reply = await sign.run { await source.get(path, token: definition.token) }
            guard let reply, !Task.isCancelled else { return }
            switch progress.take(reply) {
            case .unchanged: continue
            // Not under the sign: a handler that has begun is not called off.
            case .changed(let result): await handler.handle(result)
            case .retry(let pause, let reason):
                logger.error(
                    "Watch errored",
                    metadata: [
                        "type": "\(definition.type)", "error": "\(reason)",
                        "retry": "\(pause.components.seconds)s",
                    ]
                )
                // What is lost: the cancellation, which ends the loop as well.
                _ = await sign.run { try? await sleep(pause) }
            }
        }
    }
}
