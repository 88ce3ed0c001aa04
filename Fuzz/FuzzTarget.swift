import Consensus
import Datasets
import LinearAlgebra

@testable import Agreement

/// Everything that reads bytes of somebody else.
///
/// A target returns some number that depends on what it did. Beside traps, leaks and overruns (which the sanitizer and
/// Swift's own checks find) it stops at anything that reads back differently from what was written.
enum FuzzTarget: String, CaseIterable {
    case record, message, agreement, topology, peer, csv, model, control

    /// Runs one input.
    func run(_ input: [UInt8]) -> Int {
        switch self {
        case .record: RecordFuzz.run(input)
        case .message: Self.message(input)
        case .agreement: Self.agreement(input)
        case .topology: Self.topology(input)
        case .peer: Self.peer(input)
        case .csv: Self.csv(input)
        case .model: Self.model(input)
        case .control: ControlFuzz.run(input)
        }
    }

    private static func message(_ input: [UInt8]) -> Int {
        guard
            let message = try? PeerMessage.decode(input, limits: MessageLimits(vectorCountMax: 256))
        else { return 0 }
        precondition(message.encoded() == input, "a message of \(input.count) bytes does not come back")
        precondition(message.encodedByteCount == input.count, "\(message.encodedByteCount) bytes announced")
        return input.count
    }

    private static func agreement(_ input: [UInt8]) -> Int {
        guard let agreement = try? NetworkAgreement(yaml: input, path: "network.yaml") else { return 0 }
        let again = try? NetworkAgreement(yaml: Array(agreement.yaml().utf8), path: "again.yaml")
        precondition(
            again?.networkID == agreement.networkID,
            "an agreement of \(agreement.participants.count) comes back as another")
        return agreement.columns.count
    }

    private static func topology(_ input: [UInt8]) -> Int {
        guard let file = try? TopologyFile(yaml: input, path: "topology.yaml") else { return 0 }
        return file.settings.canonicalEntries.count
    }

    private static func peer(_ input: [UInt8]) -> Int {
        guard let peer = try? PeerConfiguration(yaml: input, path: "peer.yaml") else { return 0 }
        return peer.control.socket.utf8.count
    }

    /// The first byte chooses the options, the second where a stream is cut.
    private static func csv(_ input: [UInt8]) -> Int {
        guard input.count >= 2 else { return 0 }
        var options = CSVOptions()
        options.hasHeader = input[0] & 1 == 0
        options.labels = input[0] & 2 == 0 ? .ignored : .ifPresent
        options.incompleteRows = input[0] & 4 == 0 ? .dropped : .kept
        options.keepsLineNumbers = input[0] & 8 == 0
        if input[0] & 16 != 0 { options.columns = ["a", "b"] }
        if input[0] & 32 != 0 { options.rowLimit = 3 }
        let text = Array(input[2...])
        let table = try? CSVReader.read(bytes: text, file: "rows.csv", options: options)
        if let table {
            let values = (0..<table.rows.rowCount).reduce(0) { count, row in
                count + (0..<table.rows.columnCount).count { table.rows[row, $0].isFinite }
            }
            precondition(
                options.incompleteRows == .kept || values == table.rows.rowCount * table.rows.columnCount,
                "\(values) finite values in \(table.rows.rowCount) whole rows")
        }
        let rowCount = streamed(text, options, piece: Int(input[1]) + 1)
        // A file whose rows are all incomplete is refused as a whole, and is an empty stream.
        precondition((rowCount ?? 0) == (table?.rows.rowCount ?? 0), "\(rowCount ?? -1) rows in pieces")
        return rowCount ?? 0
    }

    /// Rows of the same file in pieces; nil where they are refused.
    private static func streamed(_ text: [UInt8], _ options: CSVOptions, piece: Int) -> Int? {
        var stream = CSVStream(file: "rows.csv", options: options)
        var rowCount = 0
        var start = 0
        do {
            while start < text.count, !stream.isDone {
                let end = min(start + piece, text.count)
                rowCount += try stream.append(Array(text[start..<end]))?.rows.rowCount ?? 0
                start = end
            }
            return rowCount + (try stream.finish().rows.rowCount)
        } catch {
            return nil
        }
    }

    /// Once as it is, and once with the hash that it should have, which no mutation finds.
    private static func model(_ input: [UInt8]) -> Int {
        var result = (try? ModelFile(bytes: input))?.columns.count ?? 0
        guard let value = try? JSONReader.value(of: input), case .object(let entries) = value else {
            return result
        }
        let others = entries.filter { $0.0 != "hash" }
        let hash = CanonicalValue.text(ModelFile.hash(of: others))
        let sealed = CanonicalValue.object(others + [("hash", hash)]).canonicalForm
        guard let file = try? ModelFile(bytes: Array(sealed.utf8)) else { return result }
        result += file.columns.count
        let again = try? ModelFile(bytes: file.encoded())
        precondition(
            again?.columns == file.columns, "a model of \(file.columns.count) columns is not read again")
        return result
    }
}
