import Foundation
import Pipeline
import Stages

/// What a person writes: specifications, expressions, overrides, names of cells.
extension Target {
  static func textReaders(_ specs: [[UInt8]]) -> [Target] {
    [
      Target(name: "spec", weight: 0.3, samples: [small], tokens: specTokens) { bytes in
        succeeds { _ = try loader(bytes).load(file: "spec.yaml") }
      },
      // The repository's own, some of them a hundred times as large.
      Target(name: "experiment", weight: 0.01, samples: specs, tokens: specTokens) { bytes in
        succeeds { _ = try loader(bytes).load(file: "spec.yaml") }
      },
      Target(
        name: "expression", weight: 0.3, samples: expressions.map { Array($0.utf8) },
        tokens: expressionTokens
      ) { bytes in
        let text = Value.string("${" + String(decoding: bytes, as: UTF8.self) + "}").canonicalJSON
        let spec = smallText.replacing("\"${n * 2}\"", with: text)
        return succeeds { _ = try loader(Array(spec.utf8)).load(file: "spec.yaml") }
      },
      Target(
        name: "override", weight: 0.1, samples: overrides.map { Array($0.utf8) }, tokens: specTokens
      ) { bytes in
        let override = String(decoding: bytes, as: UTF8.self)
        return succeeds { _ = try loader(small).load(file: "spec.yaml", overrides: [override]) }
      },
      Target(
        name: "cell selector", weight: 0.05, samples: cells.map { Array($0.utf8) },
        tokens: ["[", "]", "!=", "max(", ")", "'", ","]
      ) { bytes in
        succeeds { _ = try CellExpression(parsing: String(decoding: bytes, as: UTF8.self)) }
      },
    ]
  }

  private static func loader(_ bytes: [UInt8]) -> SpecLoader {
    SpecLoader(
      registry: Registry.stages, reader: SourceReader { _ in .success(bytes) },
      instanceLimit: 1000)
  }
}
