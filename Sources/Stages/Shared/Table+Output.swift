import Pipeline

extension Table {
  /// Writes the table where the stage's output of that slot belongs.
  func write(to context: StageContext, _ slot: String) throws {
    try canonicalData.write(to: context.output(slot))
  }
}
