import CSodium

/// Keeps the memory of a process that holds secrets from the rest of the machine.
package enum MemorySecrecy {
    /// No core file, and no debugger of another process of the same user, until the process ends.
    ///
    /// - Returns: whether the kernel took it.
    @discardableResult
    package static func forbidDumps() -> Bool { collabdict_forbid_dumps() == 0 }
}
