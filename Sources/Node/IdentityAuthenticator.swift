import Learning
import Sodium

/// Signs floods with the peer's Ed25519 key and checks them against the roster's.
struct IdentityAuthenticator: FloodAuthenticator {
    let identity: SecretIdentity
    let roster: [PublicIdentity]

    func sign(_ message: @autoclosure () -> [UInt8]) -> [UInt8] { identity.sign(message()) }

    func isValid(_ signature: [UInt8], over message: @autoclosure () -> [UInt8], by member: Int) -> Bool {
        roster.indices.contains(member) && roster[member].verifies(signature: signature, message: message())
    }
}
