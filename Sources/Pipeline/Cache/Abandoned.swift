/// What processes that died left behind.
package struct Abandoned: Sendable, Hashable {
  /// Their names in the database.
  package internal(set) var owners: Set<String> = []
  /// Folders of attempts that nobody works on, below `tmp` and `jobs`.
  package internal(set) var folders: Set<String> = []

  package var isEmpty: Bool { owners.isEmpty && folders.isEmpty }
}
