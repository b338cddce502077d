// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The settings of every target of ours (CONTRIBUTING.md, "Swift settings").
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let httpCompression: Target.Dependency = .product(
    name: "NIOHTTPCompression",
    package: "swift-nio-extras"
)
let httpTypesHTTP1: Target.Dependency = .product(
    name: "NIOHTTPTypesHTTP1",
    package: "swift-nio-extras"
)
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient: Target.Dependency = .product(
    name: "AsyncHTTPClient",
    package: "async-http-client"
)
let hummingbirdTesting: Target.Dependency = .product(
    name: "HummingbirdTesting",
    package: "hummingbird"
)
let hummingbirdCore: Target.Dependency = .product(
    name: "HummingbirdCore",
    package: "hummingbird"
)
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hashTrees: Target.Dependency = .product(
    name: "HashTreeCollections",
    package: "swift-collections"
)
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let unixSignals: Target.Dependency = .product(
    name: "UnixSignals",
    package: "swift-service-lifecycle"
)

/// A target of ours with the strict settings.
func house(
    _ name: String,
    _ dependencies: [Target.Dependency],
    extra: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + extra)
}

/// The tests of a target; with the executable's own code they share every strict setting.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    resources: [Resource] = []
)
    -> Target
{
    .testTarget(
        name: name,
        dependencies: dependencies,
        resources: resources,
        swiftSettings: strict
    )
}

let package = Package(
    name: "waypost",
    products: [
        .executable(name: "waypost", targets: ["waypost"]),
        // What the nested packages fuzz/ and Benchmarks/ use; no Swift API is promised.
        .library(
            name: "WaypostCores",
            targets: [
                "DNSWire", "DNSZones", "ZoneFiles", "AgentConfiguration", "Definitions",
                "StateStore", "LocalState", "Filtering", "RaftLog", "Publication", "DNSAnswers",
                "Forwarding",
            ]
        ),
        .library(name: "WaypostServer", targets: ["DNSTransport", "Replication"]),
        .library(name: "WaypostArchive", targets: ["SnapshotArchive"]),
        .library(name: "CLDNS", targets: ["CLDNS"]),
        .library(name: "WaypostTestSupport", targets: ["TestSupport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    ],
    targets: [
        // C: module maps and the few inline helpers that macros force on us.
        .systemLibrary(
            name: "CLDNS",
            pkgConfig: "ldns",
            providers: [.apt(["libldns-dev"])]
        ),
        .target(name: "CChecksum"),
        .target(name: "CSockets"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Hand-over: generic leaves, the only locks and atomics.
        house("Locking", []),
        house("Publication", ["Locking", "CSockets"]),

        // Cores: no socket, file, clock, task, lock or logger.
        house("DNSWire", [], extra: [.enableExperimentalFeature("Lifetimes")]),
        house("DNSZones", ["DNSWire", hashTrees]),
        house("Forwarding", ["DNSWire"]),
        house("MessagePack", []),
        house("Definitions", []),
        house("Filtering", []),
        house("Events", ["MessagePack", "Filtering"]),
        house("StateStore", ["MessagePack", "Definitions", "Filtering", hashTrees]),
        house("RaftLog", ["CChecksum"]),
        house("SnapshotArchive", ["CZlib", crypto]),
        house("LocalState", ["StateStore", "Definitions"]),
        house("Checks", ["Definitions"]),
        house("Telemetry", []),
        house("WatchPlans", []),
        house("AgentConfiguration", ["Definitions", "Filtering", "WatchPlans"]),
        house(
            "DNSAnswers",
            ["StateStore", "Definitions", "DNSZones", "DNSWire", "Publication", "CSockets"]
        ),

        // What the shells that listen share.
        house("Listening", [nioCore]),

        // Shells: they never import each other and meet in Agent.
        house(
            "DNSTransport",
            [
                "Locking", "Listening", "DNSAnswers", "DNSWire", "Forwarding", "Publication",
                "CSockets", nioCore, nioPosix, logging,
            ]
        ),
        house(
            "HTTPAPI",
            [
                "Locking", "Listening", "Filtering", "Events", "StateStore", "SnapshotArchive",
                "LocalState",
                "Definitions", "Telemetry", "Publication", "WatchPlans", coreMetrics, hummingbird,
                hummingbirdCore, httpTypes, httpTypesHTTP1, httpCompression, nioCore, nioPosix,
                nioHTTP1, nioTLS, nioSSL, logging, lifecycle,
            ]
        ),
        house(
            "HealthChecks",
            [
                "Locking", "Checks", "ChildProcesses", "Definitions", coreMetrics, nioCore,
                nioPosix, nioHTTP1,
                nioHTTP2, nioHPACK, nioTLS, nioSSL, asyncHTTPClient, heap, logging, lifecycle,
            ]
        ),
        house("ChildProcesses", ["Locking", "CSockets", "Definitions", nioCore, nioPosix]),
        house(
            "Watches",
            [
                "Locking", "WatchPlans", "ChildProcesses", "Checks", "Definitions", nioCore,
                nioHTTP1,
                nioSSL, asyncHTTPClient, logging, lifecycle,
            ]
        ),
        house(
            "Replication",
            [
                "Locking", "RaftLog", "StateStore", "DNSAnswers", "DNSZones", "Publication",
                "CSockets",
            ]
        ),
        house("ZoneFiles", ["DNSZones", "DNSWire", "CLDNS"]),

        // Composition and command line.
        house(
            "Agent",
            [
                "Locking", "DNSTransport", "Forwarding", "HTTPAPI", "HealthChecks", "Replication",
                "RaftLog",
                "ZoneFiles", "Events", "WatchPlans", "Watches", "ChildProcesses",
                "DNSAnswers", "DNSZones", "DNSWire", "StateStore", "LocalState", "Definitions",
                "AgentConfiguration", "Checks", "Telemetry", "Publication", "CSockets",
                "MessagePack",
                coreMetrics, nioCore, nioPosix, logging, lifecycle, unixSignals, crypto,
            ]
        ),
        house(
            "Commands",
            [
                "Locking", "CSockets", "AgentConfiguration", "WatchPlans", "ChildProcesses",
                "Checks", "DNSWire", "Definitions",
                "Filtering", "SnapshotArchive", "StateStore", asyncHTTPClient, nioCore, nioHTTP1,
                nioSSL, argumentParser, crypto, x509, asn1,
            ]
        ),
        .executableTarget(
            name: "waypost",
            dependencies: ["Agent", "Commands", "HTTPAPI"],
            swiftSettings: strict
        ),

        // What tests of several targets share.
        .target(
            name: "TestSupport",
            dependencies: ["DNSWire", "RaftLog"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),

        // Tests mirror Sources.
        tests(
            "ListeningTests",
            ["Listening", nioCore, .product(name: "NIOEmbedded", package: "swift-nio")]
        ),
        tests("PublicationTests", ["Publication", "TestSupport"]),
        tests("DNSWireTests", ["DNSWire", "TestSupport"]),
        tests("DNSZonesTests", ["DNSZones", "DNSWire", "ZoneFiles"]),
        tests("ForwardingTests", ["Forwarding", "DNSWire"]),
        tests("MessagePackTests", ["MessagePack"]),
        tests("DefinitionsTests", ["Definitions"]),
        tests("FilteringTests", ["Filtering", "TestSupport"]),
        tests("EventsTests", ["Events"]),
        tests(
            "StateStoreTests",
            ["StateStore", "TestSupport", "Definitions", "MessagePack", hashTrees]
        ),
        tests("RaftLogTests", ["RaftLog", "TestSupport"]),
        tests("SnapshotArchiveTests", ["SnapshotArchive", "TestSupport", crypto]),
        tests("LocalStateTests", ["LocalState", "StateStore", "Definitions", "TestSupport"]),
        tests("ChecksTests", ["Checks", "TestSupport", "Definitions"]),
        tests("TelemetryTests", ["Telemetry", "TestSupport"]),
        tests("WatchPlansTests", ["WatchPlans", "TestSupport"]),
        tests(
            "AgentConfigurationTests",
            ["AgentConfiguration", "TestSupport", "Definitions", "WatchPlans"]
        ),
        tests(
            "DNSAnswersTests",
            ["DNSAnswers", "StateStore", "Definitions", "DNSZones", "DNSWire", "Publication"]
        ),
        tests(
            "ReplicationTests",
            [
                "Replication", "TestSupport", "RaftLog", "StateStore", "DNSAnswers", "DNSZones",
                "DNSWire",
                "Publication",
            ]
        ),
        tests("ZoneFilesTests", ["ZoneFiles", "TestSupport", "DNSZones", "DNSWire", "CLDNS"]),
        tests(
            "DNSTransportTests",
            [
                "DNSTransport", "Forwarding", "DNSAnswers", "StateStore", "DNSZones", "DNSWire",
                "Publication", "CSockets", nioCore, nioPosix, logging,
            ]
        ),
        tests(
            "HTTPAPITests",
            [
                "Filtering", "TestSupport", "Events", "HTTPAPI", "LocalState", "StateStore",
                "SnapshotArchive",
                "Definitions", "Publication", "Telemetry", coreMetrics, hummingbird,
                hummingbirdTesting, httpTypes, nioCore, nioEmbedded, nioHTTP1, nioPosix, logging,
                lifecycle,
            ]
        ),
        tests(
            "HealthChecksTests",
            [
                "HealthChecks", "Checks", "Definitions", "Locking", coreMetrics, nioCore, nioPosix,
                nioHTTP1, nioHTTP2, nioHPACK, nioSSL, logging, lifecycle,
            ]
        ),
        tests(
            "WatchesTests",
            ["Watches", "WatchPlans", nioCore, nioPosix, nioHTTP1, logging, lifecycle]
        ),
        tests(
            "AgentTests",
            [
                "Agent", "AgentConfiguration", "Definitions", "Events", "HTTPAPI", "StateStore",
                "LocalState",
                "Replication", "DNSAnswers", "DNSZones", "DNSWire", "DNSTransport", "Forwarding",
                "Telemetry", "RaftLog", "TestSupport", coreMetrics, nioPosix, logging,
            ]
        ),
        tests(
            "CommandsTests",
            [
                "Commands", "AgentConfiguration", "DNSWire", "HTTPAPI", "SnapshotArchive",
                "StateStore", argumentParser, crypto, x509, asn1,
            ]
        ),
        tests("StyleTests", []),
    ]
)

// The thread sanitizer runs over the cores alone (.ci/run): nothing of theirs needs the network's
// libraries, and those take most of a build.
if Context.environment["WAYPOST_CORES_ONLY"] != nil {
    let shells: Set = [
        "Listening", "DNSTransport", "HTTPAPI", "HealthChecks", "ChildProcesses", "Watches",
        "Agent",
        "Commands", "SnapshotArchive", "waypost",
    ]
    package.products.removeAll { ["waypost", "WaypostServer", "WaypostArchive"].contains($0.name) }
    package.targets.removeAll { target in
        shells.contains(target.name) || shells.contains { target.name == $0 + "Tests" }
    }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return !location.hasSuffix("swift-collections")
    }
}
