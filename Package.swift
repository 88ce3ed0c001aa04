// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: the whole set of upcoming features, and strict memory safety.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ room: String, _ more: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: room + "Tests", dependencies: [.target(name: room)] + more, resources: resources,
        swiftSettings: strict)
}

/// The rooms below the line of the architecture: no clock, socket or thread, and no external package.
let pureRooms: [Target] = [
    // C
    .systemLibrary(
        name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(
        name: "COpenBLAS", pkgConfig: "openblas",
        providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .target(name: "CKernels"),
    // Leaves
    room("Wire"),
    room("LinearAlgebra", ["COpenBLAS", "CKernels"]),
    room("Sodium", ["CSodium"]),
    // Cores
    room("Topology", ["LinearAlgebra"]),
    room("SecureChannel", ["Sodium", "Wire"]),
    room("Datasets", ["LinearAlgebra"]),
    room("Detection"),
    room("Privacy", ["Topology", "LinearAlgebra"]),
    room("Models", ["LinearAlgebra", "Wire"]),
    room("Consensus", ["Topology", "LinearAlgebra", "Sodium", "Wire"]),
    room(
        "Learning",
        [
            "Consensus", "Topology", "Models", "Privacy", "Detection", "LinearAlgebra", "Sodium", "Wire",
        ]),
    // Kinds
    room("GraphicalMixture", ["Models", "LinearAlgebra", "Wire"]),
    room("TaskAutoencoder", ["Models", "LinearAlgebra", "Wire"]),
]

let pureTests: [Target] = [
    // Spoken to by scripts/noise-interop.py.
    .executableTarget(
        name: "NoiseInterop", dependencies: ["SecureChannel", "Sodium"], path: "Tests/NoiseInterop",
        swiftSettings: strict),
    tests("Wire"),
    tests("LinearAlgebra"),
    tests("Sodium"),
    tests("Topology", ["LinearAlgebra"]),
    tests("SecureChannel", ["Sodium", "Wire"], resources: [.copy("Vectors")]),
    tests("Datasets", ["LinearAlgebra"]),
    tests("Detection", resources: [.copy("Golden")]),
    tests("Privacy", ["Topology", "LinearAlgebra"], resources: [.copy("Golden")]),
    tests("Models", ["LinearAlgebra"]),
    tests("Consensus", ["Topology", "LinearAlgebra", "Sodium", "Wire", "Privacy"]),
    tests(
        "Learning",
        ["Consensus", "Topology", "Models", "Detection", "GraphicalMixture", "LinearAlgebra", "Privacy"]),
    tests("GraphicalMixture", ["Models", "LinearAlgebra"], resources: [.copy("Golden")]),
    tests("TaskAutoencoder", ["Models", "LinearAlgebra", "Detection"], resources: [.copy("Golden")]),
    .testTarget(name: "TidyTests", swiftSettings: strict),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// Files, sockets, processes, the command line.
let shells: [Target] = [
    room(
        "Agreement",
        [
            "Consensus", "Learning", "Models", "GraphicalMixture", "TaskAutoencoder", "Topology", "Privacy",
            "Detection", "LinearAlgebra", "Sodium",
            .product(name: "Yams", package: "Yams"),
        ]),
    room(
        "Simulator",
        [
            "Agreement", "Consensus", "Learning", "Models", "Topology", "LinearAlgebra", "Datasets",
            "Detection", "Privacy", "Sodium",
            .product(name: "HeapModule", package: "swift-collections"),
        ]),
    room("Transport", nio + [log, "SecureChannel", "Sodium", "Wire"]),
    room("Storage", [.product(name: "GRDB", package: "GRDB.swift"), "Sodium", "Wire"]),
    room(
        "ControlPlane",
        nio + [
            log, lifecycle, .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    room(
        "Node",
        [
            "Agreement", "Transport", "Storage", "ControlPlane", "Learning", "Consensus", "Models",
            "Topology",
            "Datasets", "Detection", "Privacy", "SecureChannel", "Sodium", "Wire", "LinearAlgebra", lifecycle,
            log,
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ]),
    .executableTarget(
        name: "CollabDictCLI",
        dependencies: [
            "Agreement", "Simulator", "Node", "ControlPlane", "Transport", "Storage", "Learning", "Consensus",
            "Models", "Topology", "Datasets", "Detection", "SecureChannel", "Sodium", "LinearAlgebra",
            "Privacy",
            lifecycle, log,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: strict),
]

let shellTests: [Target] = [
    // Killed, and lied to by its disk, in StorageTests.
    .executableTarget(
        name: "StorageVictim", dependencies: ["Storage"], path: "Tests/StorageVictim", swiftSettings: strict),
    // Between real daemons in EndToEndTests.
    .executableTarget(
        name: "FaultProxy", dependencies: nio + ["LinearAlgebra"], path: "Tests/FaultProxy",
        swiftSettings: strict),
    tests(
        "Agreement",
        [
            "Consensus", "GraphicalMixture", "Learning", "LinearAlgebra", "Models", "Privacy", "Sodium",
            "TaskAutoencoder", "Topology",
        ]),
    tests("Simulator", ["Agreement", "Learning", "Models"]),
    tests("Transport", nio + [log, "SecureChannel", "Sodium", "LinearAlgebra", "Wire"]),
    .testTarget(
        name: "StorageTests",
        dependencies: [
            "Storage", "StorageVictim", "Sodium", "LinearAlgebra",
            .product(name: "GRDB", package: "GRDB.swift"),
        ], exclude: ["Faults"], swiftSettings: strict),
    tests("ControlPlane", nio + [log, lifecycle]),
    .testTarget(
        name: "EndToEndTests", dependencies: ["CollabDictCLI", "FaultProxy", "LinearAlgebra"],
        swiftSettings: strict),
]

/// `COLLABDICT_PURE=1 swift test` builds and tests the pure rooms in seconds, without a single package.
let isPure = Context.environment["COLLABDICT_PURE"] != nil

/// `COLLABDICT_BENCHMARKS=1` adds the executable that measures the numeric rooms.
let benchmarks: [Target] =
    Context.environment["COLLABDICT_BENCHMARKS"] == nil
    ? []
    : [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Datasets", "GraphicalMixture", "TaskAutoencoder", "Detection", "Learning", "LinearAlgebra",
                "Models", "Privacy",
            ],
            path: "Benchmarks", swiftSettings: strict)
    ]

/// `COLLABDICT_FUZZ=1` adds the executable that scripts/fuzz.sh runs; it exists under libFuzzer's flags only.
let fuzz: [Target] =
    Context.environment["COLLABDICT_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Agreement", "Consensus", "ControlPlane", "Datasets", "LinearAlgebra", "SecureChannel",
                "Sodium",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Fuzz", exclude: ["Corpus"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "CollabDict",
    products: isPure ? [] : [.executable(name: "collabdict", targets: ["CollabDictCLI"])],
    dependencies: isPure
        ? []
        : [
            .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
            .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
            .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
            .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        ],
    targets: pureRooms + pureTests + benchmarks + (isPure ? [] : shells + shellTests + fuzz)
)
