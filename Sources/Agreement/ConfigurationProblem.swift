/// Where a value comes from.
package enum ConfigurationOrigin: Sendable, Hashable {
    /// A place in a file: its path as it was given, line and column from 1.
    case file(path: String, line: Int, column: Int)
    /// The file as a whole, when nothing in it can be pointed at.
    case wholeFile(path: String)
    /// `--set key=value` on the command line.
    case override(key: String)
}

/// One thing that is wrong with a file or with a `--set`, as facts.
///
/// ``message`` and ``fix`` make the two sentences for people of it.
package struct ConfigurationProblem: Error, Sendable, Equatable {
    /// Where the offending value stands.
    package let origin: ConfigurationOrigin
    /// The dotted key, `consensus.protection.chunks`; list items carry their number from 0, `participants[1].key`.
    /// Empty for the file as a whole.
    package let key: String
    /// What is wrong.
    package let fault: Fault

    package init(origin: ConfigurationOrigin, key: String, fault: Fault) {
        self.origin = origin
        self.key = key
        self.fault = fault
    }

    /// What can be wrong with a value.
    package enum Fault: Sendable, Equatable {
        /// The file cannot be read.
        case unreadable(FileFault)
        /// More bytes than any such file needs.
        case tooLarge(byteLimit: Int)
        /// The byte at this offset (from 0) starts no UTF-8 character.
        case notUTF8(offset: Int)
        /// Not YAML at all: the parser's own words.
        case malformed(reason: String)
        /// `--set` without `=`, or with a key that is no dotted key.
        case malformedOverride(argument: String)
        /// An anchor or an alias.
        case anchor
        /// An explicit tag such as `!!int`.
        case tag(name: String)
        /// A list or mapping where a key should stand.
        case keyNotText
        /// The key stands twice in one mapping.
        case duplicateKey
        /// No such key; `nearest` is a whole dotted key, `known` are the keys that may stand here.
        case unknownKey(nearest: String?, known: [String])
        /// A required key is missing.
        case missingKey(expected: ExpectedValue)
        /// A value of another type.
        case wrongType(expected: ExpectedValue, found: String)
        /// Of the right type, and not allowed.
        case outOfRange(found: String, allowed: String)
        /// Not one of the words that may stand here.
        case notOneOf(found: String, allowed: [String], nearest: String?)
        /// Described in the manual, and not built in this version.
        case notAvailable(found: String, available: [String])
        /// A value that may stand only once in the file.
        case duplicateValue(found: String, firstKey: String)
        /// Two keys of which only one may stand.
        case conflict(otherKey: String)
        /// Two settings that do not go together.
        case doesNotCombine(otherKey: String, reason: CombinationReason)
    }

    /// Why two settings do not go together.
    package enum CombinationReason: Sendable, Equatable, CaseIterable {
        /// Shamir's shares are whole numbers; averaging needs fractions.
        case sharesAddUpExactly
        /// Everybody sends everybody else a share; explicit edges say who may connect.
        case sharesNeedEveryPair
        /// Shares hide what masks would.
        case sharesReplaceMasks
        /// Shares are uniform already.
        case sharesNeedNoChunks
        /// Of two, each learns the other's values from the sum.
        case sharesNeedThree
        /// Along explicit edges, the edges are the mask graph.
        case masksFollowEdges
        /// A participant's own noise is only its share of what hides a row in the sum.
        case noiseNeedsHiddenVectors
        /// Beyond the threshold, shares show a participant's own vector.
        case sharesHideFromFewer
        /// One row moves a participant's centre and spread, and with them all of its rows.
        case ownUnitsDependOnAllRows
        /// What such a gate does depends on exact sums, and others could see it.
        case gateTellsOfExactSums
        /// No noisy objective is worth its budget, so nothing may be chosen or stopped by it.
        case objectiveIsNotTold
        /// The number of steps and the sample are the accountant's.
        case roundIsOneGradient
        /// Leaving out the worst rows lets one row decide on others.
        case trimmingComparesRows
        /// Samples of rows pay for gradients only.
        case statisticsTakeAllRows
    }

    /// Why a file cannot be read.
    package enum FileFault: Sendable, Equatable {
        case notFound
        case notPermitted
        case notAFile
        case failed(errno: Int32)
    }

    /// What should have stood there.
    package enum ExpectedValue: Sendable, Equatable {
        case text, wholeNumber, number, trueOrFalse, duration, mapping, list, address, key
        case either([String])
    }
}

/// Everything found wrong with one file and the `--set`s laid over it, in the order of the file. Never empty.
package struct ConfigurationProblems: Error, Sendable, Equatable {
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "no problem to report")
        self.problems = problems
    }
}
