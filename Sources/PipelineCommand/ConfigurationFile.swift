import Pipeline

/// `--config FILE`: defaults of options that stand before those on the command line.
enum ConfigurationFile {
  /// The arguments with the file's options put in, before the first one that the user gave, so that
  /// the user's win.
  ///
  /// - Throws: `SpecErrors` for mistakes in the file.
  static func applied(to arguments: [String], verbs: [String]) throws -> [String] {
    guard let file = file(in: arguments), let verb = arguments.first else { return arguments }
    let defaults = try OptionDefaults(file: file, verbs: verbs).arguments(for: verb)
    let place = arguments.firstIndex { $0.hasPrefix("-") } ?? arguments.endIndex
    return arguments[..<place] + defaults + arguments[place...]
  }

  private static func file(in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return nil }
      if argument.hasPrefix("--config=") { return String(argument.dropFirst(9)) }
      if argument == "--config", arguments.indices.contains(index + 1) {
        return arguments[index + 1]
      }
    }
    return nil
  }
}
