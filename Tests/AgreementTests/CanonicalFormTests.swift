import Consensus
import Sodium
import Testing

@testable import Agreement

@Suite struct CanonicalFormTests {
    @Test func `layout, comments and the order of keys do not show`() throws {
        let plain = try SampleFiles.agreement()
        let spelled = try SampleFiles.agreement(NetworkAgreementTests.example)
        let lines = spelled.split(separator: "\n").filter {
            !$0.hasPrefix(" ") && !$0.hasPrefix("participants")
        }
        let participants = spelled.split(separator: "\n").filter {
            $0.hasPrefix("participants") || $0.contains("address")
        }
        let consensus = """
            consensus:
                protection:
                    self-masks: true
                    masks:   true
                    relabel: true

                    chunks: 2   # two
                tolerance: 0.000000001
                "weights": 'chebyshev'
            """
        let shuffled =
            lines.filter { !$0.hasPrefix("consensus") }.reversed().joined(separator: "\n") + "\n" + consensus
            + "\n"
            + participants.joined(separator: "\n")
        let expected = try SampleFiles.read(plain)
        #expect(try SampleFiles.read(spelled).networkID == expected.networkID)
        #expect(try SampleFiles.read(shuffled).canonicalForm == expected.canonicalForm)
    }

    @Test(arguments: [
        "network=other", "columns=[radius, perimeter, texture]", "topology.family=ring", "topology.degree=3",
        "topology.seed=2", "topology.edges=[[0,1],[1,2]]", "consensus.method=exact",
        "consensus.weights=paper",
        "consensus.tolerance=2e-9", "consensus.protection.chunks=1", "consensus.protection.relabel=false",
        "consensus.protection.masks=false", "consensus.protection.self-masks=false",
        "consensus.protection.masks.degree=2", "model.patterns=9",
        "model.sparsity=0.2", "model.prior-strength=2", "model.weights-penalty=10",
        "model.initialise=scatter", "model.shape=own",
        "standardise=local", "score=paper",
        "privacy.l-diversity=5", "privacy.on-violation=warn", "rounds.maximum=99", "rounds.tolerance=0",
        "limits.value=9", "quorum=2", "quorum=3", "deadlines.step=1s", "deadlines.session=31s",
        "deadlines.grace=5001ms",
    ])
    func `each value changes the id`(override: String) throws {
        let text = try SampleFiles.agreement()
        #expect(try SampleFiles.read(text, [override]).networkID != SampleFiles.read(text).networkID)
    }

    @Test func `starts and seed count where centres are scattered, and nowhere else`() throws {
        let split = try SampleFiles.agreement()
        let scattered = try SampleFiles.agreement("model: {initialise: scatter}")
        for override in ["model.starts=2", "model.seed=2"] {
            #expect(try SampleFiles.read(split, [override]).networkID == SampleFiles.read(split).networkID)
            #expect(
                try SampleFiles.read(scattered, [override]).networkID
                    != SampleFiles.read(scattered).networkID)
        }
    }

    @Test func `a weights' penalty is read, hashed by its value and written out; none is not hashed`() throws
    {
        let text = try SampleFiles.agreement()
        let plain = try SampleFiles.read(text)
        #expect(!plain.canonicalForm.contains("weights-penalty"))
        #expect(
            try SampleFiles.read(text, ["model.weights-penalty=0"]).networkID == plain.networkID)
        let penalised = try [2.5, 10].map { try SampleFiles.read(text, ["model.weights-penalty=\($0)"]) }
        #expect(penalised[0].networkID != penalised[1].networkID)
        #expect(penalised[0].canonicalForm.contains(#""weights-penalty":2.5"#))
        for wrong in ["-1", "1000001", "much"] {
            let found = SampleFiles.problems {
                _ = try SampleFiles.read(text, ["model.weights-penalty=\(wrong)"])
            }
            #expect(found.map(\.key) == ["model.weights-penalty"])
        }
    }

    @Test func `exact sums default to one chunk and know neither weights nor tolerance`() throws {
        let text = try SampleFiles.agreement()
        let exact = try SampleFiles.read(text, ["consensus.method=exact"])
        #expect(exact.settings.consensus.method == .exact)
        #expect(exact.settings.consensus.protection.chunks == 1)
        #expect(exact.aggregation.method == .exact)
        #expect(!exact.canonicalForm.contains("chebyshev"))
        for unread in ["consensus.weights=paper", "consensus.tolerance=1e-3"] {
            let same = try SampleFiles.read(text, ["consensus.method=exact", unread])
            #expect(same.networkID == exact.networkID)
        }
        let chunked = try SampleFiles.read(
            text, ["consensus.method=exact", "consensus.protection.chunks=3"])
        #expect(chunked.settings.consensus.protection.chunks == 3)
        #expect(chunked.networkID != exact.networkID)
        let wrong = SampleFiles.problems {
            _ = try SampleFiles.read(text, ["consensus.method=exact", "consensus.weights=best"])
        }
        #expect(wrong.map(\.key) == ["consensus.weights"])
    }

    @Test(arguments: [
        ("name: north", "name: noord"), ("north.example:7440", "north.example:7441"), ("[::1]", "[::2]"),
    ])
    func `each detail of a participant changes the id`(old: String, new: String) throws {
        let text = try SampleFiles.agreement()
        #expect(
            try SampleFiles.read(text.replacing(old, with: new)).networkID != SampleFiles.read(text).networkID
        )
    }

    @Test func `numbers are as short as they read back`() {
        let numbers: [(Double, String)] = [
            (0, "0"), (-0.0, "0"), (1, "1"), (8.5, "8.5"), (0.1, "0.1"), (1e-9, "1e-09"), (1e-6, "1e-06"),
            (0.0001, "0.0001"), (1e15, "1000000000000000"), (1e16, "1e+16"), (-2, "-2"), (1e300, "1e+300"),
            (0.1 + 0.2, "0.30000000000000004"),
        ]
        for (number, text) in numbers { #expect(CanonicalValue.text(of: number) == text) }
    }

    @Test func `text is escaped where JSON asks for it and nowhere else`() {
        let value = CanonicalValue.text("a\"b\\c\n\t\u{08}\u{0c}\r\u{01}\u{1f}é/\u{7f}\u{1F600}")
        #expect(
            value.canonicalForm == #""a\"b\\c\n\t\b\f\r\u0001\u001fé/"# + "\u{7f}\u{1F600}\"")
    }

    @Test func `keys are sorted by their bytes`() {
        let value = CanonicalValue.object([
            ("b", .null), ("é", .bool(true)), ("B", .list([.integer(1), .seed(.max)])), ("a-b", .object([])),
            ("a", .bool(false)), ("z", .list([])),
        ])
        #expect(
            value.canonicalForm
                == #"{"B":[1,18446744073709551615],"a":false,"a-b":{},"b":null,"z":[],"é":true}"#)
    }

    /// The form was written by this Python program (keys from the file, everything else typed by hand), and the id
    /// is its `hashlib.blake2b(form.encode(), digest_size=32).hexdigest()`:
    ///
    ///     import json
    ///     value = {"version": 1, "network": "metro-clinics", "columns": ["radius", "texture", "perimeter"],
    ///       "participants": [{"name": n, "key": k, "address": a} for n, k, a in roster],
    ///       "topology": {"family": "random-regular", "degree": 4, "seed": 1},
    ///       "consensus": {"method": "dynamical", "weights": "chebyshev", "tolerance": 1e-9, "protection":
    ///         {"chunks": 2, "relabel": True, "masks": True, "self-masks": True}}, "standardise": "both",
    ///       "model": {"kind": "graphical-mixture", "patterns": 16, "initialise": "split", "shape": "common",
    ///         "sparsity": 0.01, "prior-strength": 1}, "score": "calibrated",
    ///       "privacy": {"l-diversity": "auto", "on-violation": "auto"},
    ///       "rounds": {"maximum": 20, "tolerance": 1e-5}, "limits": {"value": 8}, "quorum": "majority",
    ///       "deadlines": {"step": "adaptive", "session": 30, "grace": 5}}
    ///     form = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    @Test func `the example has the form and the id that Python gives it`() throws {
        let agreement = try SampleFiles.read(SampleFiles.agreement(NetworkAgreementTests.example))
        #expect(agreement.canonicalForm == Self.goldenForm)
        let id = agreement.networkID.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        #expect(id == Self.goldenID)
    }

    static let goldenForm =
        #"{"columns":["radius","texture","perimeter"],"consensus":{"method":"dynamical","#
        + #""protection":{"chunks":2,"masks":true,"relabel":true,"self-masks":true},"tolerance":1e-09,"#
        + #""weights":"chebyshev"},"deadlines":{"grace":5,"session":30,"step":"adaptive"},"#
        + #""limits":{"value":8},"model":{"initialise":"split","kind":"graphical-mixture","patterns":16,"#
        + #""prior-strength":1,"shape":"common","sparsity":0.01},"network":"metro-clinics","#
        + #""participants":[{"address":"north.example:7440","#
        + #""key":"cd1rkeohxlubhyzl7ks3mwtzos5olfgocn7dwkbeg7toseadnapn5oaogo6","#
        + #""name":"north"},{"address":"south.example:7440","#
        + #""key":"cd1qe4xodvipulv6vvdkrtmgtd6ztfy3curwtxdpis56yhvxd6jwokfv52i","#
        + #""name":"south"},{"address":"[::1]:7440","#
        + #""key":"cd15vesrrri2hbmn2xjam4jawmvmeuvsjz2lrr7snrwyfdbjlehg7i4oaqh","name":"west"}],"#
        + #""privacy":{"l-diversity":"auto","on-violation":"auto"},"quorum":"majority","#
        + #""rounds":{"maximum":20,"tolerance":1e-05},"score":"calibrated","standardise":"both","#
        + #""topology":{"degree":4,"family":"random-regular","seed":1},"version":1}"#
    static let goldenID = "6e143171c679bf2fcf824cf7ed197287e498e2969a82aee4e9d66a4b126a0e5c"
}
