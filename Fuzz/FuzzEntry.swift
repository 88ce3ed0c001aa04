import Glibc

/// What libFuzzer calls with its inputs; one executable for all targets, so that they are built once.
///
/// `COLLABDICT_FUZZ_TARGET` names the target; scripts/fuzz.sh sets it.
@safe enum FuzzEntry {
    /// The target in force.
    static let target: FuzzTarget = {
        let name = unsafe getenv("COLLABDICT_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            preconditionFailure("COLLABDICT_FUZZ_TARGET is '\(name)', one of \(known) is needed")
        }
        return target
    }()

    /// Results are folded in here, or the optimiser would take away the code under test.
    // SAFETY: libFuzzer calls from one thread.
    nonisolated(unsafe) static var sink = 0
}

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes for the length of the call; they are copied.
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    unsafe FuzzEntry.sink &+= FuzzEntry.target.run(input)
    return 0
}
