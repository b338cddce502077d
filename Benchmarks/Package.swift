// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "waypost", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "bench-responder",
            dependencies: ["CAffinity", .product(name: "WaypostCores", package: "waypost")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .target(name: "CAffinity"),
        .executableTarget(
            name: "bench-server",
            dependencies: [
                "CAffinity",
                .product(name: "WaypostCores", package: "waypost"),
                .product(name: "WaypostServer", package: "waypost"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "bench-route",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "bench-changes",
            dependencies: [.product(name: "WaypostCores", package: "waypost")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "bench-start",
            dependencies: [
                .product(name: "WaypostCores", package: "waypost"),
                .product(name: "WaypostServer", package: "waypost"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ])
