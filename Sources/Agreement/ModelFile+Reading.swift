import Models

extension ModelFile {
    /// Reads a file and checks its hash.
    ///
    /// Arrays come back in the order of their names, which is that of the canonical form.
    ///
    /// - Throws: ``ModelFileError``.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        let value: CanonicalValue
        do { value = try JSONReader.value(of: bytes) } catch { throw .notJSON(error) }
        guard case .object(let entries) = value else { throw .malformed(key: "") }
        let reader = Reader(entries: entries)
        let schema = try reader.text("schema")
        guard schema == Self.schema else { throw .unknownSchema(found: schema) }
        let stated = try reader.text("hash")
        let computed = Self.hash(of: entries.filter { $0.0 != "hash" })
        guard stated == computed else { throw .hashMismatch(stated: stated, computed: computed) }
        guard let score = ScoreKind(rawValue: try reader.text("score")) else {
            throw .malformed(key: "score")
        }
        let columns = try reader.list("columns").map { item throws(ModelFileError) in
            guard case .text(let name) = item else { throw .malformed(key: "columns") }
            return name
        }
        let moments = try reader.object("standardisation")
        let mean = try moments.numbers("mean")
        let scale = try moments.numbers("scale")
        guard mean.count == columns.count, scale.count == columns.count,
            scale.allSatisfy({ $0 > 0 && $0.isFinite })
        else { throw .malformed(key: "standardisation") }
        let coordinates = try reader.list("views").map { item throws(ModelFileError) in
            guard case .text(let name) = item, let system = CoordinateSystem(rawValue: name) else {
                throw .malformed(key: "views")
            }
            return system
        }
        guard !coordinates.isEmpty, coordinates.count <= CoordinateSystem.allCases.count else {
            throw .malformed(key: "views")
        }
        let parts = Parts(
            kind: try reader.text("kind"), columnCount: columns.count,
            shared: try reader.object("shared").arrays(), kept: try reader.object("private").arrays())
        self.init(
            networkID: try reader.optionalText("networkId"),
            participant: try reader.optionalText("participant"),
            round: try reader.whole("round"), columns: columns,
            standardisation: Models.Standardisation(mean: mean, scale: scale), coordinates: coordinates,
            views: try coordinates.map { system throws(ModelFileError) in try parts.view(system) },
            own: try parts.own(), score: score, threshold: try reader.optionalNumber("threshold"),
            release: try Self.releaseNote(in: reader))
    }

    /// What a release says of itself; nil where the file was not released.
    private static func releaseNote(in reader: Reader) throws(ModelFileError) -> ReleaseNote? {
        guard reader.entries.contains(where: { $0.0 == "release" }) else { return nil }
        let note = try reader.object("release")
        let numbers = (try note.optionalNumber("scale"), try note.optionalNumber("radius"))
        guard let scale = numbers.0, let radius = numbers.1, scale > 0, radius > 0 else {
            throw .malformed(key: "release")
        }
        let advantage =
            note.entries.contains { $0.0 == "advantage" } ? try note.optionalNumber("advantage") : nil
        return ReleaseNote(
            scale: scale, radius: radius, advantage: advantage, statement: try note.text("statement"))
    }

    /// The arrays of a file, to be sorted into views.
    private struct Parts {
        let kind: String
        let columnCount: Int
        let shared: [NamedArray]
        let kept: [NamedArray]

        func view(_ coordinates: CoordinateSystem) throws(ModelFileError) -> ModelFileView {
            let prefix = ModelFile.prefix(coordinates)
            guard
                let view = ModelFileView(
                    kind: kind, shared: named(shared, prefix), kept: named(kept, prefix),
                    columnCount: columnCount)
            else { throw .malformed(key: "shared") }
            return view
        }

        func own() throws(ModelFileError) -> OwnView? {
            guard let weight = kept.first(where: { $0.name == ModelFile.ownWeightName }) else { return nil }
            let arrays = named(kept, ModelFile.ownPrefix)
            guard weight.values.count == 1, weight.values[0] >= 0, weight.values[0].isFinite,
                let view = ModelFileView(kind: kind, shared: arrays, kept: [], columnCount: columnCount)
            else { throw .malformed(key: "private") }
            return OwnView(view: view, weight: weight.values[0])
        }

        /// Those whose names begin so, without it; with no prefix those whose names have none.
        private func named(_ arrays: [NamedArray], _ prefix: String) -> [NamedArray] {
            arrays.compactMap { array in
                if prefix.isEmpty {
                    return array.name.contains(".") || array.name == ModelFile.ownWeightName ? nil : array
                }
                guard array.name.hasPrefix(prefix) else { return nil }
                return NamedArray(
                    name: String(array.name.dropFirst(prefix.count)), shape: array.shape, values: array.values
                )
            }
        }
    }

    /// The typed values of one object.
    private struct Reader {
        let entries: [(String, CanonicalValue)]

        func value(_ key: String) throws(ModelFileError) -> CanonicalValue {
            guard let value = entries.first(where: { $0.0 == key })?.1 else { throw .malformed(key: key) }
            return value
        }

        func text(_ key: String) throws(ModelFileError) -> String {
            guard case .text(let text) = try value(key) else { throw .malformed(key: key) }
            return text
        }

        func optionalText(_ key: String) throws(ModelFileError) -> String? {
            if case .null = try value(key) { return nil }
            return try text(key)
        }

        func whole(_ key: String) throws(ModelFileError) -> Int {
            guard case .integer(let number) = try value(key) else { throw .malformed(key: key) }
            return number
        }

        func optionalNumber(_ key: String) throws(ModelFileError) -> Double? {
            let value = try value(key)
            if case .null = value { return nil }
            return try Self.number(value, key: key)
        }

        func list(_ key: String) throws(ModelFileError) -> [CanonicalValue] {
            guard case .list(let items) = try value(key) else { throw .malformed(key: key) }
            return items
        }

        func numbers(_ key: String) throws(ModelFileError) -> [Double] {
            try list(key).map { item throws(ModelFileError) in try Self.number(item, key: key) }
        }

        func object(_ key: String) throws(ModelFileError) -> Reader {
            guard case .object(let entries) = try value(key) else { throw .malformed(key: key) }
            return Reader(entries: entries)
        }

        func arrays() throws(ModelFileError) -> [NamedArray] {
            try entries.map { entry throws(ModelFileError) in
                let reader = try object(entry.0)
                let values = try reader.numbers("values")
                var shape: [Int] = []
                for item in try reader.list("shape") {
                    guard case .integer(let length) = item, length >= 0, length <= values.count else {
                        throw .malformed(key: entry.0)
                    }
                    shape.append(length)
                }
                guard shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == values.count
                else { throw .malformed(key: entry.0) }
                return NamedArray(name: entry.0, shape: shape, values: values)
            }
        }

        private static func number(_ value: CanonicalValue, key: String) throws(ModelFileError) -> Double {
            switch value {
            case .integer(let number): return Double(number)
            case .seed(let number): return Double(number)
            case .number(let number): return number
            default: throw .malformed(key: key)
            }
        }
    }
}
