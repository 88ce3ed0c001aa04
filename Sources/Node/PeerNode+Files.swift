package import Agreement
import Consensus
import Datasets
import Learning
import LinearAlgebra
package import Logging
package import Models
import Privacy
package import Sodium
import Storage

/// What a daemon reads before it starts.
extension PeerNode {
    static func storage<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(NodeError) -> Result {
        do throws(StorageError) { return try body() } catch { throw .storage(error) }
    }

    /// The participant that the key belongs to.
    ///
    /// - Throws: ``NodeError/unknownName(_:known:)``, ``NodeError/keyNotInAgreement(key:path:)`` or
    ///   ``NodeError/keyOfOther(name:expected:)``.
    package static func member(
        of identity: SecretIdentity, _ configuration: PeerConfiguration, _ agreement: NetworkAgreement
    ) throws(NodeError) -> Int {
        if let name = configuration.name, agreement.index(named: name) == nil {
            throw .unknownName(name, known: agreement.participants.map(\.name))
        }
        guard let member = agreement.index(of: identity.publicIdentity) else {
            throw .keyNotInAgreement(key: identity.publicIdentity.text, path: configuration.key)
        }
        let found = agreement.participants[member].name
        if let name = configuration.name, name != found { throw .keyOfOther(name: found, expected: name) }
        return member
    }

    /// The own rows, as the agreement's columns name them, fit to be learnt from.
    ///
    /// - Throws: ``NodeError/data(_:)``, ``NodeError/noRows(path:droppedRowCount:)``, ``NodeError/training(_:)``.
    package static func rows(
        _ configuration: PeerConfiguration, _ agreement: NetworkAgreement, _ logger: Logger
    ) throws(NodeError) -> TrainingRows {
        var options = CSVOptions()
        options.columns = agreement.columns
        options.incompleteRows = configuration.data.missing == .auto ? .kept : .dropped
        let room = RowRoom(
            memoryByteCount: configuration.data.memory.map { $0 << 20 }, folder: configuration.state)
        let read: TrainingTable
        do throws(DatasetError) {
            read = try CSVReader.readTraining(
                path: configuration.data.train, options: options, room: room)
        } catch {
            throw .data(error)
        }
        let table = read.table
        if !table.ignoredColumns.isEmpty {
            logger.notice(
                "columns that the agreement does not name are ignored",
                metadata: ["columns": "\(table.ignoredColumns.joined(separator: ", "))"])
        }
        if table.droppedRowCount > 0 {
            logger.notice(
                "rows are left out for their missing cells", metadata: ["count": "\(table.droppedRowCount)"])
        }
        if table.incompleteRowCount > 0 {
            logger.notice(
                "rows with missing cells are learnt from by the cells they have",
                metadata: [
                    "count": "\(table.incompleteRowCount)", "cells": "\(table.missingCellCount)",
                ])
        }
        guard read.rowCount > 0 else {
            throw .noRows(path: configuration.data.train, droppedRowCount: table.droppedRowCount)
        }
        do throws(TrainingError) {
            let columnCount = agreement.columns.count
            if let stored = read.stored {
                try Trainer.check(stored, columnCount: columnCount)
            } else {
                try Trainer.check(table.rows, columnCount: columnCount)
            }
        } catch {
            throw .training(error)
        }
        guard let stored = read.stored else { return TrainingRows(table.rows) }
        logger.notice(
            "rows are kept on disk and read in blocks", metadata: ["count": "\(stored.rowCount)"])
        return TrainingRows(source: stored, completeCount: stored.completeCount)
    }

    /// The trainer of a new run.
    static func trainer(of rows: TrainingRows, _ agreement: NetworkAgreement) throws(NodeError) -> Trainer {
        do throws(TrainingError) {
            return try Trainer(
                rows: rows,
                settings: agreement.settings.training(
                    columnCount: agreement.columns.count, participantCount: agreement.participants.count))
        } catch {
            throw .training(error)
        }
    }

    /// The last records of the state folder: none in a new one, and none but lost ones where they are damaged.
    ///
    /// Who has lost them may have voted, so it begins anew and is let in as a newcomer.
    static func recovered(
        from store: CheckpointStore, folder: String, _ logger: Logger
    ) throws(NodeError) -> (record: LearningRecord?, isLost: Bool) {
        let state = try storage { () throws(StorageError) in try store.load() }
        for round in state.damagedCheckpoints {
            logger.error("a stored checkpoint is damaged", metadata: ["round": "\(round)"])
        }
        if let checkpoint = state.checkpoint, state.damagedCheckpoints.isEmpty, let journal = state.journal,
            journal.round == checkpoint.round
        {
            logger.notice("resuming", metadata: ["round": "\(checkpoint.round)"])
            return (
                LearningRecord(
                    round: checkpoint.round, checkpoint: checkpoint.payload, journal: journal.payload), false
            )
        }
        let isLost = state.checkpoint != nil || !state.damagedCheckpoints.isEmpty || state.isJournalDamaged
        if isLost {
            logger.error(
                "the stored round is lost; asks the others for their state",
                metadata: ["folder": "\(folder)"])
        }
        return (nil, isLost)
    }

    /// The private vectors that were counted so far.
    static func ledger(from store: CheckpointStore, _ logger: Logger) throws(NodeError) -> PrivacyLedger {
        let (lines, forgottenCount) = try storage { () throws(StorageError) in try store.ledger() }
        if forgottenCount > 0 {
            logger.warning(
                "the ledger beside the state folder knows private vectors that the folder does not: it was put back",
                metadata: ["count": "\(forgottenCount)"])
        }
        return PrivacyLedger(
            try lines.map { line throws(NodeError) in
                guard let kind = ReleaseKind(rawValue: line.kind) else {
                    throw .storage(.damagedDatabase(code: 0))
                }
                return PrivacyRelease(exchange: line.exchange, kind: kind, digest: line.digest)
            })
    }

    /// Values of the longest vector of any exchange, the constant-1 channel included.
    static func vectorCountMax(_ agreement: NetworkAgreement) -> Int {
        let columns = agreement.columns.count
        let training = agreement.settings.training(
            columnCount: columns, participantCount: agreement.participants.count)
        return max(training.vectorCountMax, columns + 1) + 1
    }

    /// The name of the model kind that the agreement chose.
    static func modelKind(_ agreement: NetworkAgreement) -> String {
        let model = ModelCatalogue.factory(
            agreement.settings.model, columnCount: agreement.columns.count)(0, 1)
        return type(of: model).name
    }

    /// Bytes of the longest message: a vector, or a flood in a network of tiny vectors or many participants.
    static func messageLimit(vectorCount: Int, participantCount: Int) -> Int {
        let values = [Double](repeating: 0, count: vectorCount)
        let longest = PeerMessage.data(DataMessage(round: 0, attempt: 0, chunk: 0, step: 0, values: values))
        return max(
            longest.encodedByteCount, SumShareMessage.byteCount(vectorCount: vectorCount),
            1_024 + 2 * MemberSet.byteCount(participantCount: participantCount))
    }
}
