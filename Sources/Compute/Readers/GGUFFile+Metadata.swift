/// Metadata by key and type. Each throws that the key is missing, unless a default is given, or
/// that its value is of another type.
extension GGUFFile {
  package func integer(_ key: String, default value: Int? = nil) throws(GGUFError) -> Int {
    try read(key, default: value, expected: "an integer") { value in
      if case .integer(let number, _) = value { Int(number) } else { nil }
    }
  }

  /// An integer of a range.
  package func integer(
    _ key: String, in range: ClosedRange<Int>, default value: Int? = nil
  ) throws(GGUFError) -> Int {
    let number = try integer(key, default: value)
    guard range.contains(number) else {
      throw GGUFError(
        path: path,
        .wrongValue(
          key: key, found: "\(number)",
          expected: "\(range.lowerBound)...\(range.upperBound)"))
    }
    return number
  }

  package func float(_ key: String, default value: Double? = nil) throws(GGUFError) -> Double {
    try read(key, default: value, expected: "a number") { value in
      if case .float(let number, _) = value { number } else { nil }
    }
  }

  package func bool(_ key: String, default value: Bool? = nil) throws(GGUFError) -> Bool {
    try read(key, default: value, expected: "true or false") { value in
      if case .bool(let flag) = value { flag } else { nil }
    }
  }

  package func string(_ key: String, default value: String? = nil) throws(GGUFError) -> String {
    try read(key, default: value, expected: "a text") { value in
      if case .string(let text) = value { text } else { nil }
    }
  }

  package func strings(_ key: String) throws(GGUFError) -> [String] {
    try read(key, default: nil, expected: "a list of texts") { value in
      if case .strings(let texts) = value { texts } else { nil }
    }
  }

  package func integers(
    _ key: String, default value: [Int64]? = nil
  ) throws(GGUFError) -> [Int64] {
    try read(key, default: value, expected: "a list of integers") { value in
      if case .integers(let numbers, _) = value { numbers } else { nil }
    }
  }

  private func read<T>(
    _ key: String, default fallback: T?, expected: String, _ convert: (GGUFValue) -> T?
  ) throws(GGUFError) -> T {
    guard let value = metadata[key] else {
      guard let fallback else { throw GGUFError(path: path, .missingKey(key)) }
      return fallback
    }
    guard let converted = convert(value) else {
      throw GGUFError(
        path: path, .wrongValue(key: key, found: value.words, expected: expected))
    }
    return converted
  }
}
