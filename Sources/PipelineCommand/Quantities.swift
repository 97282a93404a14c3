import ArgumentParser
import Pipeline

/// A size as specifications write it: 512MiB, 2GB.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = Units.bytes(argument) else { return nil }
    self.bytes = bytes
  }

  /// The same form for people: `0 B`, `12 KiB`, `1.2 GiB`.
  static func text(_ bytes: Int) -> String {
    var amount = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if amount < 1000 {
        let isWhole = unit == "B" || amount >= 10
        return (isWhole ? String(Int(amount.rounded())) : String(format: "%.1f", amount)) + " "
          + unit
      }
      amount /= 1024
    }
    return String(format: "%.1f TiB", amount)
  }
}

/// A duration as specifications write it: 90s, 10m, 2h.
struct Seconds: ExpressibleByArgument {
  let value: Double

  init?(argument: String) {
    guard let seconds = Units.seconds(argument) else { return nil }
    value = seconds
  }
}
