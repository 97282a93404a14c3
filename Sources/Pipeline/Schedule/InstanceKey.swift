/// The cache key of an instance and the named parts that it was made of.
package struct InstanceKey: Sendable, Hashable {
  package let digest: String
  package let parts: [String: String]

  package init(digest: String, parts: [String: String]) {
    self.digest = digest
    self.parts = parts
  }
}

/// An artifact that feeds an instance, as its key sees it.
package struct KeyedInput: Sendable, Hashable {
  package let hash: String
  package let gatheredLabels: [AxisLabel]
}

/// Makes the key of an instance out of what feeds it: artifacts by slot, and declared files.
package typealias KeyFunction =
  @Sendable (Instance, _ inputs: [String: [KeyedInput]], _ files: [HashedFile]) -> InstanceKey
