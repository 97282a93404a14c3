/// Durations as pages show them.
enum DurationText {
  /// "0.42 s", "12 s", "4:06", "1:02:03".
  static func short(_ seconds: Double) -> String {
    if seconds < 9.95 { return NumberText.short(seconds, decimals: seconds < 0.995 ? 2 : 1) + " s" }
    if seconds < 99.5 { return NumberText.fixed(seconds, decimals: 0) + " s" }
    let whole = Int(min(seconds, 1e12).rounded())
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? "\(hours):\(padded(minutes)):\(padded(whole % 60))" : "\(minutes):\(padded(whole % 60))"
  }
}

extension DurationText {
  /// "–" for what took no time, or was too short to be measured.
  static func measured(_ seconds: Double) -> String { seconds > 0 ? short(seconds) : "–" }
}

/// Sizes as pages show them.
enum ByteText {
  /// "12 KiB", "1.4 GiB".
  static func short(_ bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var size = bytes
    var unit = 0
    while size >= 1000, unit + 1 < units.count {
      size /= 1024
      unit += 1
    }
    return NumberText.short(size, decimals: size < 9.95 && unit > 0 ? 1 : 0) + " " + units[unit]
  }

  /// "–" for what used no memory of its own, or was too short to be measured.
  static func measured(_ bytes: Double) -> String { bytes > 0 ? short(bytes) : "–" }
}
