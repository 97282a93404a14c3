import Pipeline

/// Columns that many result tables share, so that equal things have equal names.
enum ResultColumns {
  static let dataset = [
    Column("dataset", .string, help: "data set, with its hash when it is a copy"),
    Column("dataset_hash", .string, help: "first eight digits of the data set's SHA-256"),
  ]

  /// Values of ``dataset``.
  static func dataset(_ name: String, hash: String) -> [Value] {
    [.string(name), .string(String(hash.prefix(8)))]
  }

  static let training = [
    Column("train_intensities", .string, help: "intensities of the poison, or 'clean'"),
    Column("poisoned", .int, help: "poisoned training records"),
    Column("seed", .int, help: "seed of the training"),
  ]

  /// A proportion, better high or low, of the trials in another column.
  static func share(
    _ name: String, of count: String, _ direction: Column.Direction = .none, help: String
  ) -> Column {
    Column(
      name, .double, unit: "fraction", direction: direction, countColumn: count, help: help)
  }
}
