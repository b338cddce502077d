// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "waypost", path: "..")],
    targets: [
        .executableTarget(
            name: "bench-responder",
            dependencies: [.product(name: "WaypostCores", package: "waypost")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "bench-changes",
            dependencies: [.product(name: "WaypostCores", package: "waypost")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ])
