import Foundation

/// One axis with the label an instance has on it.
package struct AxisLabel: Sendable, Hashable, Codable {
  package let axis: String
  package let label: String

  package init(axis: String, label: String) {
    self.axis = axis
    self.label = label
  }

  /// The name of a stage with these labels: `model[train=mix,seed=2]`; the stage's alone when it
  /// has no axis.
  static func instanceName(_ stage: String, _ labels: [AxisLabel]) -> String {
    if labels.isEmpty { return stage }
    return stage + "[" + labels.map { "\($0.axis)=\($0.label)" }.joined(separator: ",") + "]"
  }
}

/// An artifact as a running stage sees it: a read-only file with a known content hash.
package struct InputArtifact: Sendable {
  package let url: URL
  /// Lower-case hexadecimal SHA-256 of the content.
  package let hash: String
  /// Where the producer lies on the gathered axes; empty for an input that is not gathered.
  package let labels: [AxisLabel]
  /// What it holds, where the stage's declaration leaves that open.
  package let type: ArtifactType?

  package init(url: URL, hash: String, labels: [AxisLabel], type: ArtifactType? = nil) {
    self.url = url
    self.hash = hash
    self.labels = labels
    self.type = type
  }
}

/// What a stage reports while it runs.
package struct StageProgress: Sendable, Codable {
  /// Share of the work that is done, 0...1.
  package let fraction: Double
  /// Short state for the progress line ("epoch 2/3").
  package let message: String
  /// Named measurements ("loss": 1.23), shown in this order.
  package let values: [Measurement]

  package struct Measurement: Sendable, Codable {
    package let name: String
    package let value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  package init(_ fraction: Double, _ message: String, _ values: [Measurement] = []) {
    self.fraction = fraction
    self.message = message
    self.values = values
  }
}

/// Thrown by ``StageContext/checkCancellation()`` when the run is being stopped.
package struct StageCancelled: Error {
  package init() {}
}

/// All that a stage may touch while it runs: nothing global, nothing else.
package struct StageContext: Sendable {
  /// Artifacts by slot; most stages ask for them by name.
  package let inputs: [String: [InputArtifact]]
  private let outputFolder: URL
  /// Declared files with their hashes, in the order the stage declared them.
  package let files: [HashedFile]
  /// How many lanes the stage may compute on; results must not depend on it.
  package let lanes: Int
  /// What of the caller's environment reaches the stage: `PATH` and its secrets.
  package let environment: [String: String]
  package let log: @Sendable (String) -> Void
  package let progress: @Sendable (StageProgress) -> Void
  private let isCancelled: @Sendable () -> Bool

  package init(
    inputs: [String: [InputArtifact]], outputFolder: URL, files: [HashedFile], lanes: Int,
    environment: [String: String] = [:],
    log: @escaping @Sendable (String) -> Void = { _ in },
    progress: @escaping @Sendable (StageProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.inputs = inputs
    self.outputFolder = outputFolder
    self.files = files
    self.lanes = lanes
    self.environment = environment
    self.log = log
    self.progress = progress
    self.isCancelled = isCancelled
  }

  /// The artifact of a slot that is neither optional nor a list.
  package func input(_ slot: String) -> InputArtifact {
    guard let artifact = inputs[slot]?.first else {
      preconditionFailure("input '\(slot)' is not declared as a required slot of this stage")
    }
    return artifact
  }

  package func optionalInput(_ slot: String) -> InputArtifact? { inputs[slot]?.first }

  package func inputList(_ slot: String) -> [InputArtifact] { inputs[slot] ?? [] }

  /// Where the stage writes the output of a slot.
  package func output(_ slot: String) -> URL { outputFolder.appending(path: slot) }

  /// A folder of the stage's own, to be made by it; hidden, where no slot can be. It is removed
  /// with the attempt.
  package var scratch: URL { Self.scratch(in: outputFolder) }

  /// Where programs that the stage runs are sent with what they keep. They are known by these
  /// variables when nothing else tells whose they are.
  package var scratchVariables: [String: String] { Self.scratchVariables(in: outputFolder) }

  static func scratchVariables(in outputFolder: URL) -> [String: String] {
    let scratch = scratch(in: outputFolder)
    return [
      "HOME": scratch.appending(path: "home").path, "TMPDIR": scratch.appending(path: "tmp").path,
    ]
  }

  private static func scratch(in outputFolder: URL) -> URL {
    outputFolder.appending(path: ".scratch")
  }

  /// Whether the run is being stopped.
  package var isStopping: Bool { isCancelled() }

  /// - Throws: ``StageCancelled`` when the run is being stopped; call it between steps.
  package func checkCancellation() throws {
    if isStopping { throw StageCancelled() }
  }
}
