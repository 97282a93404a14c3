/// One checked tensor of a header.
package struct SafeTensorsEntry: Sendable, Equatable {
  package let type: SafeTensorsType
  package let shape: [Int]
  /// Its bytes, counted from the end of the header.
  package let range: Range<Int>
}
