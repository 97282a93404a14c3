/// One checked tensor of a GGUF file's directory.
package struct GGUFTensor: Sendable, Equatable {
  package let type: GGUFType
  /// Sizes, outermost first: `[out, in]` for the weight of a linear layer.
  package let shape: [Int]
  /// Its bytes, counted from the start of the data section.
  package let range: Range<Int>

  /// Weights in a row.
  package var columns: Int { shape.last ?? 1 }
  /// Rows of all outer sizes together.
  package var rows: Int { shape.dropLast().reduce(1, *) }

  /// An entry of the directory as it stands in the file, under its name.
  ///
  /// - Throws: an impossible size, type or place; the end of the data is checked later, when it is
  ///   known where they start.
  init(reading cursor: inout GGUFCursor, name: String, alignment: Int) throws(GGUFError) {
    let path = cursor.path
    let what = "the directory entry of tensor \"\(name)\""
    let rank: UInt32 = try cursor.integer(what)
    guard (1...4).contains(rank) else {
      throw GGUFError(
        path: path, .tooLarge(what: "the rank of tensor \"\(name)\"", value: UInt64(rank), limit: 4)
      )
    }
    var sizes: [UInt64] = []
    for _ in 0..<rank { sizes.append(try cursor.integer(what)) }
    guard sizes.allSatisfy({ (1...UInt64(Int32.max)).contains($0) }) else {
      throw GGUFError(path: path, .dimensions(tensor: name, sizes))
    }
    let number: UInt32 = try cursor.integer(what)
    guard let type = GGUFType(rawValue: number) else {
      throw GGUFError(path: path, .tensorType(tensor: name, number: number))
    }
    let columns = Int(sizes[0])
    guard columns % type.blockCount == 0 else {
      throw GGUFError(path: path, .rowLength(tensor: name, length: columns, type: type))
    }
    let offset: UInt64 = try cursor.integer(what)
    guard offset % UInt64(alignment) == 0 else {
      throw GGUFError(
        path: path, .misaligned(tensor: name, offset: offset, alignment: alignment))
    }
    var end = UInt64(columns / type.blockCount * type.blockByteCount)
    var overflow = false
    for size in sizes.dropFirst() where !overflow {
      (end, overflow) = end.multipliedReportingOverflow(by: size)
    }
    let byteCount = end
    if !overflow { (end, overflow) = end.addingReportingOverflow(offset) }
    guard !overflow, end <= UInt64(Int64.max) else {
      throw GGUFError(path: path, .dimensions(tensor: name, sizes))
    }
    self.type = type
    shape = sizes.reversed().map { Int($0) }
    range = Int(offset)..<Int(offset + byteCount)
  }
}
