import Foundation
import LinearAlgebra

/// Reads whole CSV files.
///
/// The file is read in pieces and not mapped: a mapped file that someone cuts short ends the process, and a
/// daemon's memory should not hold the text beside the rows.
package enum CSVReader {
    private static let pieceByteCount = 1 << 18
    /// Bytes of rows that go to a file at once.
    private static let storedByteCount = 1 << 24

    /// Reads a file, or whatever else the path opens, such as a pipe.
    ///
    /// - Throws: ``DatasetError``, ``DatasetError/Problem/everyRowIncomplete(rowCount:)`` among them.
    package static func read(path: String, options: CSVOptions) throws(DatasetError) -> RowTable {
        var stream = CSVStream(file: path, options: options)
        try consume(path, into: &stream, heldByteCountMax: .max) { _ throws(DatasetError) in }
        return try finish(&stream, file: path)
    }

    /// Reads a file to learn from; rows beyond what memory should hold go to a file as they come.
    ///
    /// - Parameter options: labels and line numbers are not kept.
    /// - Throws: ``DatasetError``, ``DatasetError/Problem/rowsNotKept(folder:code:)`` among them.
    package static func readTraining(
        path: String, options: CSVOptions, room: RowRoom
    ) throws(DatasetError) -> TrainingTable {
        var options = options
        options.labels = .ignored
        options.keepsLineNumbers = false
        var stream = CSVStream(file: path, options: options)
        var writer: StoredRowsWriter?
        var totals = BlockTotals()
        func store(_ block: RowTable) throws(DatasetError) {
            do throws(DatasetError.Problem) {
                if writer == nil {
                    writer = try StoredRowsWriter(folder: room.folder, columnCount: block.columns.count)
                }
                try writer?.append(block.rows)
            } catch {
                throw DatasetError(file: path, problem: error)
            }
            totals.add(block)
        }
        try consume(path, into: &stream, heldByteCountMax: room.copyByteCount, store)
        guard writer != nil else { return TrainingTable(table: try finish(&stream, file: path), stored: nil) }
        let last = try stream.finish()
        try store(last)
        do throws(DatasetError.Problem) {
            return TrainingTable(table: totals.table(like: last), stored: try writer?.finish())
        } catch {
            throw DatasetError(file: path, problem: error)
        }
    }

    /// Reads all of a file's bytes.
    ///
    /// - Parameters:
    ///   - heldByteCountMax: bytes of rows that the stream may hold before `store` takes them.
    ///   - store: gets the rows so far.
    private static func consume(
        _ path: String, into stream: inout CSVStream, heldByteCountMax: Int,
        _ store: (RowTable) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        var limit = heldByteCountMax
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            let fileByteCount = Self.byteCount(path: path)
            var readByteCount = 0
            while !stream.isDone, let piece = try file.read(upToCount: pieceByteCount), !piece.isEmpty {
                try stream.consume(piece)
                if readByteCount == 0, let fileByteCount {
                    stream.reserve(
                        byteCount: fileByteCount - piece.count, readByteCount: piece.count,
                        heldByteCountMax: limit)
                }
                readByteCount += piece.count
                if stream.heldByteCount > limit, let block = stream.drain() {
                    try store(block)
                    limit = min(limit, storedByteCount)
                }
            }
        } catch let error as DatasetError {
            throw error
        } catch {
            let problem = DatasetError.Problem(reading: error)
            throw DatasetError(file: path, problem: isFolder(path) ? .isFolder : problem)
        }
    }

    /// Reads a file that is already in memory.
    ///
    /// - Parameter file: the name for errors.
    /// - Throws: ``DatasetError``.
    package static func read(
        bytes: [UInt8], file: String, options: CSVOptions
    ) throws(DatasetError) -> RowTable {
        var stream = CSVStream(file: file, options: options)
        var start = 0
        while start < bytes.count, !stream.isDone {
            let end = min(start + pieceByteCount, bytes.count)
            try stream.consume(bytes[start..<end])
            start = end
        }
        return try finish(&stream, file: file)
    }

    private static func finish(_ stream: inout CSVStream, file: String) throws(DatasetError) -> RowTable {
        let table = try stream.finish()
        guard table.rows.rowCount > 0 else {
            throw DatasetError(file: file, problem: .everyRowIncomplete(rowCount: table.droppedRowCount))
        }
        return table
    }

    private static func isFolder(_ path: String) -> Bool {
        let file = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
    }

    private static func byteCount(path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.size] as? Int
    }
}

extension DatasetError.Problem {
    /// What the system's error means.
    init(reading error: any Error) {
        let system = error as? CocoaError
        let code = (system?.underlying as? POSIXError ?? error as? POSIXError)?.code
        switch (system?.code, code) {
        case (_, .ENOENT), (.fileReadNoSuchFile, _), (.fileNoSuchFile, _): self = .notFound
        case (_, .EACCES), (_, .EPERM), (.fileReadNoPermission, _): self = .notPermitted
        case (_, .EISDIR): self = .isFolder
        case (_, .ENOTDIR): self = .isNotFolder
        default: self = .unreadable(code: code.map { Int($0.rawValue) } ?? system?.code.rawValue ?? 0)
        }
    }
}
