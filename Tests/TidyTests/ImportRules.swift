/// The rooms and what they never import: the table of docs/architecture in CONTRIBUTING.md, executable.
///
/// The build enforces the arrows between our own rooms; this table adds the libraries.
enum ImportRules {
    private static let nio = [
        "NIO", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOEmbedded", "NIOFoundationCompat", "Hummingbird",
    ]
    private static let foundation = ["Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin"]

    /// Modules that a room never imports.
    static let forbidden: [String: [String]] = [
        "Wire": nio + foundation,
        "LinearAlgebra": nio + foundation,
        "Sodium": nio + foundation,
        "Topology": nio + foundation,
        "Consensus": nio + foundation + ["Models", "Logging"],
        "SecureChannel": nio + foundation,
        "Datasets": nio,
        "Models": nio + foundation + ["Consensus"],
        "GraphicalMixture": nio + ["Consensus"],
        "TaskAutoencoder": nio + ["Consensus"],
        "Privacy": nio,
        "Detection": nio,
        "Learning": nio + foundation + ["Logging"],
        "Agreement": nio + ["Node", "Simulator"],
        "Simulator": nio + ["Node", "Transport"],
        "Transport": ["Models", "Consensus"],
        "Storage": nio,
        "ControlPlane": ["Consensus"],
        "Node": ["Simulator"],
        "CollabDictCLI": ["COpenBLAS", "CSodium"],
    ]

    /// Modules with a single importer.
    static let onlyImporter: [String: String] = [
        "COpenBLAS": "LinearAlgebra", "CKernels": "LinearAlgebra", "CSodium": "Sodium", "Yams": "Agreement",
        "GRDB": "Storage", "Hummingbird": "ControlPlane", "ArgumentParser": "CollabDictCLI",
    ]

    /// Modules that a source file imports, in order.
    static func imports(of file: SourceFile) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), place <= 2, place + 1 < words.count,
                words[..<place].allSatisfy({
                    $0 == "package" || $0 == "public" || $0 == "internal" || $0.hasPrefix("@")
                })
            else { return nil }
            let kinds = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"]
            let name = kinds.contains(words[place + 1]) ? words.last : words[place + 1]
            return name?.split(separator: ".").first.map(String.init)
        }
    }
}
