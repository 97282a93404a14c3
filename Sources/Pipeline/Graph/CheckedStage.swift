/// A stage whose names are resolved: its type, axes, input slots and producers.
struct CheckedStage {
  struct Input {
    let written: StageSpec.Input
    let slot: InputSlot
    let producer: Int
    let output: OutputSlot
  }

  let spec: StageSpec
  let type: StageType
  /// Those of the type, or those that the stage itself names.
  let outputs: [OutputSlot]
  /// Whether it may have others, which a mistake in its parameters hides.
  let hasOpenOutputs: Bool
  /// Names of the outputs that go once nobody needs them any more.
  let transientOutputs: Set<String>
  /// In order of declaration, those of the stage alone last.
  let axes: [AxisSpec]
  /// Whether these are all its axes, as far as it says so without a mistake.
  let hasSoundAxes: Bool
  /// Labels by axis, as indices into the entries of ``axes``; one row for each instance. None when
  /// they cannot be told because of a mistake.
  var rows: [[Int]]
  var inputs: [Input] = []
  /// Indices of stages that must end first.
  var needs: [Int] = []
}
