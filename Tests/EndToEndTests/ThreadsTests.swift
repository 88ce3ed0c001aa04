import Foundation
import Testing

/// `--threads`, and what the environment says about OpenBLAS.
@Suite struct ThreadsTests {
    /// Enough rows for several runs of a partition: two clusters by a linear congruence.
    private static func rows(_ count: Int) -> String {
        var state: UInt64 = 1
        var text = "a,b,c\n"
        for row in 0..<count {
            let cells = (0..<3).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 40) / 1e7 + (row.isMultiple(of: 3) ? 2 : 0)
            }
            text += cells.map { "\($0)" }.joined(separator: ",") + "\n"
        }
        return text
    }

    @Test func `threads change no byte of a model or of a score`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Self.rows(9_000), to: "rows.csv")
        var models: [Data] = []
        var scores: [String] = []
        for threads in ["1", "2", "5"] {
            let fit = try await CollabDictProcess.run(
                [
                    "fit", "--data", "rows.csv", "--output", "model.json", "--threads", threads, "--set",
                    "model.patterns=3", "--set", "rounds.maximum=10",
                ], in: folder.url)
            #expect(fit.status == 0, "\(fit.error)")
            models.append(try Data(contentsOf: folder.url.appending(path: "model.json")))
            let score = try await CollabDictProcess.run(
                ["score", "--model", "model.json", "--data", "rows.csv", "--threads", threads], in: folder.url
            )
            #expect(score.status == 0, "\(score.error)")
            scores.append(score.output)
        }
        #expect(Set(models).count == 1)
        #expect(Set(scores).count == 1)
        #expect(scores[0].split(separator: "\n").count == 9_000)
    }

    @Test func `no threads is a usage error`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--threads", "0"], in: folder.url)
        #expect(result.status == 2)
        #expect(result.error.contains("--threads 0"))
    }

    private static let hasAVX2 =
        (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains(" avx2 ") ?? false

    @Test(.enabled(if: hasAVX2)) func `slower kernels than the processor's are told once`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Self.rows(60), to: "rows.csv")
        let arguments = ["fit", "--data", "rows.csv", "--set", "model.patterns=1"]
        let slow = try await CollabDictProcess.run(
            arguments, in: folder.url, environment: ["OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_L2_SIZE": "1"])
        #expect(slow.status == 0, "\(slow.error)")
        #expect(slow.error.components(separatedBy: "OPENBLAS_CORETYPE=Nehalem").count == 2)
        #expect(slow.error.components(separatedBy: "OPENBLAS_L2_SIZE=1").count == 2)
        let plain = try await CollabDictProcess.run(
            arguments, in: folder.url, environment: ["OPENBLAS_CORETYPE": "", "OPENBLAS_L2_SIZE": ""])
        #expect(!plain.error.contains("OPENBLAS"))
    }
}
