/// Stored table bytes that do not follow the canonical form.
package struct TableDataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the data ("byte 17", "row 3, column 'asr'").
  package let place: String
  package let what: String
  /// What stands there in a sound table.
  package let expected: String

  package var description: String {
    """
    table data, \(place): \(what)
      expected: \(expected)
      fix: the file was not written by this program or is damaged; run the stage again
    """
  }
}
