/// `peer.yaml`: what concerns one machine alone. Every key has a default.
///
/// The paths here are ready for use: relative ones have been joined to the folder of the file.
package struct PeerConfiguration: Sendable, Equatable {
    /// The participant of the agreement this peer is; nil leaves it to the key.
    package var name: String?
    /// The agreement; `network.yaml`.
    package var network: String
    /// The secret key; `NAME.key`, or `peer.key` without a name.
    package var key: String
    package var data: DataSource
    /// Where to listen; `0.0.0.0:7440`. Port 0 asks the system for a free one.
    package var listen: NetworkAddress
    /// The folder of database, checkpoints and control socket; `/var/lib/collabdict`.
    package var state: String
    package var control: Control
    /// 1…1024; 1. Never changes a bit of a result.
    package var threads: Int
    package var log: Log

    /// The section `data`.
    package struct DataSource: Sendable, Equatable {
        /// The participant's own rows, CSV; `rows.csv`.
        package var train: String
        package var missing: MissingCells
        /// MiB that the rows may take of memory; more are kept in the state folder and read in blocks. Half of the
        /// machine's when nil.
        package var memory: Int?

        package init(train: String, missing: MissingCells = .auto, memory: Int? = nil) {
            self.train = train
            self.missing = missing
            self.memory = memory
        }
    }

    /// What becomes of rows with missing cells.
    package enum MissingCells: String, Sendable, CaseIterable {
        /// What the model kind does best; rows are dropped where a kind can do nothing better.
        case auto
        /// Such rows are dropped, counted and reported.
        case drop
    }

    /// The section `control`.
    package struct Control: Sendable, Equatable {
        /// The Unix socket; a relative path starts in ``PeerConfiguration/state``. `control.sock`.
        package var socket: String
        /// The same routes over TCP; off unless named.
        package var http: NetworkAddress?

        package init(socket: String, http: NetworkAddress? = nil) {
            self.socket = socket
            self.http = http
        }
    }

    /// The section `log`.
    package struct Log: Sendable, Equatable {
        package var level: LogLevel
        package var format: LogFormat

        package init(level: LogLevel = .info, format: LogFormat = .text) {
            self.level = level
            self.format = format
        }
    }

    /// How much is logged; the names of swift-log.
    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// How a line of the log is written.
    package enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// A configuration whose relative paths start at `folder`, with the defaults of all that is not named.
    ///
    /// - Parameter folder: empty for the current folder.
    package init(
        folder: String, name: String? = nil, network: String = "network.yaml", key: String? = nil,
        train: String = "rows.csv", missing: MissingCells = .auto, memory: Int? = nil,
        listen: NetworkAddress = NetworkAddress(host: "0.0.0.0", port: 7440),
        state: String = "/var/lib/collabdict", socket: String = "control.sock", http: NetworkAddress? = nil,
        threads: Int = 1, log: Log = Log()
    ) {
        let stateFolder = joined(folder, state)
        self.name = name
        self.network = joined(folder, network)
        self.key = joined(folder, key ?? "\(name ?? "peer").key")
        self.data = DataSource(train: joined(folder, train), missing: missing, memory: memory)
        self.listen = listen
        self.state = stateFolder
        self.control = Control(socket: joined(stateFolder, socket), http: http)
        self.threads = threads
        self.log = log
    }
}

/// `path` itself if it is absolute, else below `folder`.
func joined(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
}

/// The folder part of a path as it was given; empty when it has none.
func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
