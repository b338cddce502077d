// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The settings of the root package, strict memory safety included.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// One libFuzzer binary; libFuzzer brings `main`.
func fuzzer(
    _ name: String,
    _ more: [Target.Dependency] = [],
    sources: [String]? = nil
) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["Property", .product(name: "WaypostCores", package: "waypost")] + more,
        sources: sources,
        swiftSettings: strict
    )
}

/// Bodies and objects of the API are a part of a shell, whose libraries would take minutes to build
/// with sanitizers. Their files need none of those: a link to the folder brings them here.
let register =
    ["FuzzRegister.swift", "Agent.swift", "Agent+Checks.swift"]
    + [
        "Bodies", "CentralConfiguration/ConfigContent+Merge.swift", "ConfigEntries", "JSON",
        "Objects/CheckObject.swift", "Objects/CoordinateObject.swift",
        "Objects/HealthInstanceObject.swift", "Objects/KVObject.swift",
        "Objects/LocalityObject.swift", "Objects/NodeObject.swift",
        "Objects/PreparedQueryObject.swift", "Objects/ServiceObjects.swift",
        "Objects/SessionObject.swift",
    ].map { "HTTPAPI/" + $0 }

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "waypost", path: "..")],
    targets: [
        .target(name: "Property", swiftSettings: strict),
        fuzzer("FuzzMessage", [.product(name: "WaypostTestSupport", package: "waypost")]),
        .target(name: "CFuzzer"),
        fuzzer("FuzzResponder", ["CFuzzer", .product(name: "CLDNS", package: "waypost")]),
        fuzzer("FuzzForwarder"),
        fuzzer("FuzzName"),
        fuzzer("FuzzZoneFile"),
        fuzzer("FuzzHCL"),
        fuzzer("FuzzLog", [.product(name: "WaypostArchive", package: "waypost")]),
        fuzzer("FuzzFilter"),
        fuzzer("FuzzRegister", sources: register),
        .executableTarget(name: "FuzzCanary", dependencies: ["Property"], swiftSettings: strict),
    ]
)
