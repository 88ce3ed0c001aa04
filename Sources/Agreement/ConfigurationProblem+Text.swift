/// The two sentences a person reads: what is wrong and what to do. Nowhere else are they written.
extension ConfigurationProblem {
    /// What is wrong, beginning with its place: `network.yaml:12:5: model.patterns is 5000, …`.
    package var message: String { "\(place): \(complaint)" }

    /// What to do about it: one sentence.
    package var fix: String {
        switch fault {
        case .unreadable(let reason): Self.fix(for: reason)
        case .tooLarge(let byteLimit): "Remove what is not needed: at most \(byteLimit) bytes are read."
        case .notUTF8: "Save the file as UTF-8."
        case .malformed:
            "Correct the YAML there; two spaces a level and quotes around text with a colon are safe."
        case .malformedOverride: "Write --set KEY=VALUE with a dotted key, such as --set model.patterns=5."
        case .anchor: "Write the value out; anchors (&name) and aliases (*name) are not allowed."
        case .tag: "Remove the tag."
        case .keyNotText: "Write a plain word before the colon."
        case .duplicateKey: "Keep one of the two."
        case .unknownKey(let nearest, let known): Self.fix(nearest: nearest, known: known)
        case .missingKey(let expected): "Add \(key) with \(expected.description)."
        case .wrongType(let expected, _): "Set \(key) to \(expected.description)."
        case .outOfRange(_, let allowed): "Set \(key) to \(allowed)."
        case .notOneOf(_, let allowed, let nearest):
            if let nearest {
                "Did you mean \(nearest)? Allowed: \(allowed.joined(separator: ", "))."
            } else {
                "Set \(key) to \(Self.listed(allowed))."
            }
        case .notAvailable(_, let available):
            available.isEmpty ? "Remove \(key)." : "Set \(key) to \(Self.listed(available)), or leave it out."
        case .duplicateValue: "Give every one a value of its own."
        case .conflict(let otherKey): "Keep \(key) or \(otherKey), not both."
        case .doesNotCombine(let otherKey, let reason): reason.fix(key: key, otherKey: otherKey)
        }
    }

    private var place: String {
        switch origin {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .wholeFile(let path): path
        case .override(let key): "--set \(key)"
        }
    }

    private var complaint: String {
        switch fault {
        case .unreadable(.notFound): "there is no such file"
        case .unreadable(.notPermitted): "the file may not be read by this user"
        case .unreadable(.notAFile): "this is not a regular file"
        case .unreadable(.failed(let errno)): "the file cannot be read (error \(errno))"
        case .tooLarge(let byteLimit): "the file is larger than \(byteLimit) bytes"
        case .notUTF8(let offset): "the byte at offset \(offset) is not UTF-8"
        case .malformed(let reason): "this is not YAML: \(reason)"
        case .malformedOverride(let argument): "'\(argument)' is not KEY=VALUE"
        case .anchor: "\(subject) has an anchor or an alias"
        case .tag(let name): "\(subject) has the tag '\(name)'"
        case .keyNotText: "a list or mapping stands where a key should"
        case .duplicateKey: "the key \(key) stands there twice"
        case .unknownKey: "there is no key \(key)"
        case .missingKey: "\(key) is required and missing"
        case .wrongType(let expected, let found): "\(subject) is \(found), not \(expected.description)"
        case .outOfRange(let found, let allowed): "\(subject) is \(found), but must be \(allowed)"
        case .notOneOf(let found, let allowed, _):
            "\(subject) is '\(found)', but must be \(Self.listed(allowed))"
        case .notAvailable(let found, _): "\(subject) '\(found)' is not available in this version"
        case .duplicateValue(let found, let firstKey): "\(subject) '\(found)' is already that of \(firstKey)"
        case .conflict(let otherKey): "\(key) and \(otherKey) exclude each other"
        case .doesNotCombine(let otherKey, let reason):
            "\(key) does not combine with \(otherKey): \(reason.sentence)"
        }
    }

    private var subject: String { key.isEmpty ? "the document" : key }

    private static func fix(for reason: FileFault) -> String {
        switch reason {
        case .notFound: "Check the path; relative paths start at the folder of the file that names them."
        case .notPermitted: "Give this user the right to read it."
        case .notAFile: "Name a regular file."
        case .failed: "Check the disk and the path."
        }
    }

    private static func fix(nearest: String?, known: [String]) -> String {
        if let nearest { return "Did you mean \(nearest)? Known here: \(known.joined(separator: ", "))." }
        return known.isEmpty ? "Remove it." : "Known here: \(known.joined(separator: ", "))."
    }

    private static func listed(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension ConfigurationProblem.CombinationReason {
    /// The reason, as the end of a sentence.
    fileprivate var sentence: String {
        switch self {
        case .sharesAddUpExactly: "shares are whole numbers that only exact sums add up"
        case .sharesNeedEveryPair:
            "every participant sends every other one its share, and edges say who may connect"
        case .sharesReplaceMasks: "shares take the place of both masks"
        case .sharesNeedNoChunks: "shares are uniform already, and chunks would only cost"
        case .sharesNeedThree: "of two, each learns the other's values from the sum"
        case .masksFollowEdges: "along explicit edges, neighbours share the masks"
        case .noiseNeedsHiddenVectors:
            "a participant's vector has its share of the noise only and must be hidden in the sum"
        case .sharesHideFromFewer: "a coalition larger than the threshold sees a participant's own vector"
        case .ownUnitsDependOnAllRows: "one row moves a participant's own units, and with them all its rows"
        case .gateTellsOfExactSums: "what the gate does would show others something of the exact sums"
        case .objectiveIsNotTold: "the objective is not exchanged, and the number of rounds is fixed"
        case .roundIsOneGradient: "a private round is one gradient of a Poisson sample of the rows"
        case .trimmingComparesRows: "leaving out the worst rows lets one row decide on others"
        case .statisticsTakeAllRows: "a mixture's statistics take all rows"
        }
    }

    fileprivate func fix(key: String, otherKey: String) -> String {
        switch self {
        case .sharesAddUpExactly: "Set \(otherKey) to exact, or remove \(key)."
        case .sharesNeedEveryPair: "Remove \(otherKey), or take masks instead of \(key)."
        case .sharesReplaceMasks: "Remove \(otherKey), or \(key)."
        case .sharesNeedNoChunks: "Remove \(otherKey) or set it to 1, or remove \(key)."
        case .sharesNeedThree: "Agree with 3 or more participants, or remove \(key)."
        case .masksFollowEdges: "Remove \(key), or \(otherKey)."
        case .noiseNeedsHiddenVectors: "Set \(key) to true, or use shamir; or remove \(otherKey)."
        case .sharesHideFromFewer: "Raise the threshold, or lower privacy.dp.colluders."
        case .ownUnitsDependOnAllRows: "Set \(key) to shared, or remove it."
        case .objectiveIsNotTold, .roundIsOneGradient, .trimmingComparesRows: "Remove \(key)."
        case .statisticsTakeAllRows: "Remove \(key)."
        case .gateTellsOfExactSums: "Set \(key) to warn, or remove it."
        }
    }
}

extension ConfigurationProblem.ExpectedValue: CustomStringConvertible {
    /// A noun phrase: `a whole number`.
    package var description: String {
        switch self {
        case .text: "text"
        case .wholeNumber: "a whole number"
        case .number: "a number"
        case .trueOrFalse: "true or false"
        case .duration: "a duration such as 20ms, 30s or 2m"
        case .mapping: "a mapping (key: value)"
        case .list: "a list"
        case .address: "an address such as \"host.example:7440\" or \"[::1]:7440\""
        case .key: "a public key (cd1…, as keygen prints it)"
        case .either(let choices): choices.joined(separator: " or ")
        }
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// ``message`` and ``fix`` in one line.
    package var description: String { "\(message). \(fix)" }
}

extension ConfigurationProblems: CustomStringConvertible {
    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
