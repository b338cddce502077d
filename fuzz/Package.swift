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
func fuzzer(_ name: String, _ more: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["Property", .product(name: "WaypostCores", package: "waypost")] + more,
        swiftSettings: strict
    )
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "waypost", path: "..")],
    targets: [
        .target(name: "Property", swiftSettings: strict),
        fuzzer("FuzzMessage"),
        .target(name: "CFuzzer"),
        fuzzer("FuzzResponder", ["CFuzzer", .product(name: "CLDNS", package: "waypost")]),
        fuzzer("FuzzForwarder"),
        fuzzer("FuzzName"),
        fuzzer("FuzzZoneFile"),
        fuzzer("FuzzHCL"),
        fuzzer("FuzzLog", [.product(name: "WaypostArchive", package: "waypost")]),
        .executableTarget(name: "FuzzCanary", dependencies: ["Property"], swiftSettings: strict),
    ]
)
