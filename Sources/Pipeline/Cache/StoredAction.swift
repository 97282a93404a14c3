import Foundation

/// One output of a finished computation.
package struct StoredOutput: Sendable, Hashable {
  package let slot: String
  /// Lower-case hexadecimal SHA-256 of the content.
  package let hash: String
  package let byteCount: Int
  package let type: ArtifactType

  package init(slot: String, hash: String, byteCount: Int, type: ArtifactType) {
    self.slot = slot
    self.hash = hash
    self.byteCount = byteCount
    self.type = type
  }
}

/// A finished computation: what a key stands for.
package struct StoredAction: Sendable, Hashable {
  package let key: String
  /// In order of slots.
  package let outputs: [StoredOutput]
  /// What it took to compute it.
  package let cost: Cost

  package init(key: String, outputs: [StoredOutput], cost: Cost) {
    self.key = key
    self.outputs = outputs.sorted { $0.slot < $1.slot }
    self.cost = cost
  }

  package func output(_ slot: String) -> StoredOutput? { outputs.first { $0.slot == slot } }
}

/// What one attempt used.
package struct Cost: Sendable, Hashable, Codable {
  package var elapsedSeconds: Double
  package var cpuSeconds: Double
  package var peakMemoryBytes: Int

  package init(elapsedSeconds: Double = 0, cpuSeconds: Double = 0, peakMemoryBytes: Int = 0) {
    self.elapsedSeconds = elapsedSeconds
    self.cpuSeconds = cpuSeconds
    self.peakMemoryBytes = peakMemoryBytes
  }
}

/// An output as a stage leaves it in its attempt's folder.
package struct ProducedOutput: Sendable, Hashable, Codable {
  package let slot: String
  package let type: ArtifactType
  package let hash: String
  package let byteCount: Int

  package init(slot: String, type: ArtifactType, hash: String, byteCount: Int) {
    self.slot = slot
    self.type = type
    self.hash = hash
    self.byteCount = byteCount
  }

  /// Examines the file that a stage should have written for a slot.
  ///
  /// - Throws: ``FileError`` when there is no readable file.
  package init(_ slot: OutputSlot, in folder: String) throws(FileError) {
    let file = try SHA256.hex(ofFile: folder + "/" + slot.name)
    self.init(slot: slot.name, type: slot.type, hash: file.hash, byteCount: file.byteCount)
  }
}
