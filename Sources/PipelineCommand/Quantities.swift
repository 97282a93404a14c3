import ArgumentParser
import Pipeline

/// A size as specifications write it: 512MiB, 2GB.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = Units.bytes(argument) else { return nil }
    self.bytes = bytes
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
