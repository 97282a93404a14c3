import Compute
import Foundation
import Pipeline

/// Where two artifacts that should be equal first differ, in words.
package enum ArtifactDifference {
  /// - Parameters:
  ///   - type: what both hold.
  ///   - first: one artifact.
  ///   - second: the other.
  /// - Returns: the first tensor element, table cell or byte that differs, with both values;
  ///   `nil` when nothing does.
  /// - Throws: when a file cannot be read.
  package static func text(_ type: ArtifactType, _ first: URL, _ second: URL) throws -> String? {
    switch type {
    case .table: try tables(first, second) ?? bytes(first, second)
    case .dataset, .tensors, .model: try tensors(first, second) ?? bytes(first, second)
    case .figure, .text, .json, .file, .directory: try bytes(first, second)
    }
  }

  // MARK: Tables

  private static func tables(_ first: URL, _ second: URL) throws -> String? {
    guard let one = try? Table(canonicalData: Data(contentsOf: first)),
      let two = try? Table(canonicalData: Data(contentsOf: second))
    else { return nil }
    let names = [one, two].map { $0.columns.map(\.name).joined(separator: ", ") }
    if names[0] != names[1] { return "columns \(names[0]) and \(names[1])" }
    for (row, cells) in zip(one.rows, two.rows).enumerated() {
      for (column, (left, right)) in zip(one.columns, zip(cells.0, cells.1)) where left != right {
        return "row \(row + 1), column '\(column.name)': \(left.plainText) and \(right.plainText)"
      }
    }
    return one.rows.count == two.rows.count
      ? nil : "\(one.rows.count) rows and \(two.rows.count) rows"
  }

  // MARK: Tensors

  private static func tensors(_ first: URL, _ second: URL) throws -> String? {
    guard let one = try? SafeTensorsFile(reading: first.path),
      let two = try? SafeTensorsFile(reading: second.path)
    else { return nil }
    for name in Set(one.entries.keys).union(two.entries.keys).sorted() {
      guard let left = one.entries[name], let right = two.entries[name] else {
        let place = one.entries[name] == nil ? "second" : "first"
        return "tensor '\(name)' is in the \(place) only"
      }
      guard left.type == right.type, left.shape == right.shape else {
        return "tensor '\(name)': \(left.type.rawValue) \(left.shape) and "
          + "\(right.type.rawValue) \(right.shape)"
      }
      if let text = try elements(name, left, one, two) { return text }
    }
    return one.metadata == two.metadata ? nil : "the metadata"
  }

  private static func elements(
    _ name: String, _ entry: SafeTensorsEntry, _ one: SafeTensorsFile, _ two: SafeTensorsFile
  ) throws -> String? {
    let count = entry.shape.reduce(1, *)
    switch entry.type {
    case .float32, .float16, .bfloat16:
      // By bits: a NaN equals itself here, and -0 is not 0.
      let (left, right) = (try one.floats(name), try two.floats(name))
      return left.withUnsafeFloats { left in
        right.withUnsafeFloats { right in
          difference(name, entry, count: count) {
            left[$0].bitPattern == right[$0].bitPattern
              ? nil : (left[$0].description, right[$0].description)
          }
        }
      }
    case .uint8:
      let (left, right) = (try one.bytes(name), try two.bytes(name))
      return left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
          difference(name, entry, count: count) {
            left[$0] == right[$0] ? nil : (left[$0].description, right[$0].description)
          }
        }
      }
    case .int32:
      let (left, right) = (try one.integers(name), try two.integers(name))
      return difference(name, entry, count: count) {
        left[$0] == right[$0] ? nil : (left[$0].description, right[$0].description)
      }
    case .int64:
      let (left, right) = (try one.longIntegers(name), try two.longIntegers(name))
      return difference(name, entry, count: count) {
        left[$0] == right[$0] ? nil : (left[$0].description, right[$0].description)
      }
    }
  }

  /// `tensor 'w'[1, 3]: 0.5 and 0.6 (2 of 8 elements differ)`
  private static func difference(
    _ name: String, _ entry: SafeTensorsEntry, count: Int,
    at pair: (Int) -> (String, String)?
  ) -> String? {
    var first: (index: Int, values: (String, String))?
    var differing = 0
    for index in 0..<count {
      guard let values = pair(index) else { continue }
      differing += 1
      if first == nil { first = (index, values) }
    }
    guard let first else { return nil }
    var place: [String] = []
    var rest = first.index
    for size in entry.shape.reversed() {
      place.insert(String(rest % size), at: 0)
      rest /= size
    }
    return "tensor '\(name)'[\(place.joined(separator: ", "))]: \(first.values.0) and "
      + "\(first.values.1) (\(differing) of \(count) elements differ)"
  }

  // MARK: Bytes

  private static func bytes(_ first: URL, _ second: URL) throws -> String? {
    let one = try Data(contentsOf: first, options: .mappedIfSafe)
    let two = try Data(contentsOf: second, options: .mappedIfSafe)
    if let offset = zip(one, two).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      return "byte \(offset): \(one[offset]) and \(two[offset])"
    }
    return one.count == two.count ? nil : "\(one.count) bytes and \(two.count) bytes"
  }
}
