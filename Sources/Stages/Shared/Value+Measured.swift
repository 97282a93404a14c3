import Pipeline

extension Value {
  /// A measured number, `null` where it is not defined.
  static func measured(_ number: Double?) -> Value {
    number.map { .double($0) } ?? .null
  }
}
