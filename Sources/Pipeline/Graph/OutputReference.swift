/// `stage.output` as `from` and `inputs` write it.
struct OutputReference {
  let stage: String
  /// `nil` when only a stage is named.
  let output: String?

  init(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    stage = String(parts[0])
    output = parts.count == 2 ? String(parts[1]) : nil
  }
}
