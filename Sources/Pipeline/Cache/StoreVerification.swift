/// What reading every stored content through found.
package struct StoreVerification: Sendable {
  package internal(set) var artifactCount = 0
  package internal(set) var byteCount = 0
  package internal(set) var damages: [Damage] = []

  /// One content that is not what was stored.
  package struct Damage: Sendable, Hashable {
    /// Hash of the content, or key of a result whose row was altered.
    package let subject: String
    package let detail: String
    /// The results that go with it, and are computed again when a run needs them.
    package let results: [String]

    package init(subject: String, detail: String, results: [String]) {
      self.subject = subject
      self.detail = detail
      self.results = results
    }
  }
}
