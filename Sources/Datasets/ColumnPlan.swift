/// What each cell of a file's row is for.
struct ColumnPlan: Sendable, Equatable {
    /// What becomes of one cell.
    enum Use: Sendable, Equatable {
        case skipped
        /// Goes to this column of the matrix.
        case column(Int)
        case label
    }

    /// Names in the order of the matrix.
    let columns: [String]
    /// One entry a cell of the file's row.
    let uses: [Use]
    /// All of the file's names, for messages.
    let fileNames: [String]
    let ignoredColumns: [String]

    var hasLabel: Bool { uses.contains(.label) }

    /// How many names with their nearest ones a message can use.
    private static let suggestionCountMax = 20

    /// Matches the header against what was asked for.
    ///
    /// - Parameter names: the file's, in its order; empty for an unnamed column, which is ignored.
    /// - Throws: ``DatasetError/Problem/duplicateColumn(name:first:second:)``,
    ///   ``DatasetError/Problem/labelAmongColumns(label:)``, ``DatasetError/Problem/missingColumns(_:)``,
    ///   ``DatasetError/Problem/missingLabelColumn(_:)``, ``DatasetError/Problem/noColumns(ignored:)``.
    init(names: [String], options: CSVOptions) throws(DatasetError.Problem) {
        var positions: [String: Int] = [:]
        for (position, name) in names.enumerated() where !name.isEmpty {
            if let first = positions[name] {
                throw .duplicateColumn(name: name, first: first + 1, second: position + 1)
            }
            positions[name] = position
        }

        let wanted = options.columns ?? names.filter { !$0.isEmpty && $0 != options.labelName }
        guard !wanted.contains(options.labelName) else {
            throw .labelAmongColumns(label: options.labelName)
        }
        let missing = wanted.filter { positions[$0] == nil }
        guard missing.isEmpty else {
            let named = names.filter { !$0.isEmpty }
            throw .missingColumns(
                missing.enumerated().map { index, name in
                    MissingColumn(
                        name: name,
                        nearest: index < Self.suggestionCountMax ? nearestName(to: name, among: named) : nil)
                })
        }

        var uses = names.map { _ in Use.skipped }
        for (index, name) in wanted.enumerated() {
            if let position = positions[name] { uses[position] = .column(index) }
        }
        if options.labels != .ignored, let position = positions[options.labelName] {
            uses[position] = .label
        } else if options.labels == .required {
            throw .missingLabelColumn(
                MissingColumn(
                    name: options.labelName, nearest: nearestName(to: options.labelName, among: names)))
        }

        columns = wanted
        self.uses = uses
        fileNames = names.enumerated().map { $1.isEmpty ? "column \($0 + 1)" : $1 }
        let display = fileNames
        ignoredColumns = names.indices.compactMap { position in
            uses[position] == .skipped && names[position] != options.labelName ? display[position] : nil
        }
        guard !wanted.isEmpty else { throw .noColumns(ignored: ignoredColumns) }
    }
}
