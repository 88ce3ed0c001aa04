import Foundation
import LinearAlgebra

/// What the environment does to the speed of local arithmetic.
enum ArithmeticNote {
    /// One line a variable that makes OpenBLAS slower than the processor allows; none where all is well.
    static func lines(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isCoreSlower: Bool = BLASCore.isBehindProcessor,
        l2KibibyteCount: Int? = ArithmeticNote.l2KibibyteCount
    ) -> [String] {
        var lines: [String] = []
        if let core = environment["OPENBLAS_CORETYPE"], !core.isEmpty, isCoreSlower {
            lines.append(
                "OPENBLAS_CORETYPE=\(core) chooses slower kernels than this processor has; unset it")
        }
        if let size = environment["OPENBLAS_L2_SIZE"].flatMap({ Int($0) }), size > 0,
            l2KibibyteCount.map({ size < $0 }) ?? true
        {
            lines.append("OPENBLAS_L2_SIZE=\(size) hides cache that this processor has; unset it")
        }
        return lines
    }

    /// Tells them on standard error, for verbs that compute.
    static func tell() {
        for line in lines() { Output.message("warning: \(line)") }
    }

    /// The second-level cache; nil where the system does not say.
    static var l2KibibyteCount: Int? {
        let count = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
        return count > 0 ? count / 1024 : nil
    }
}
