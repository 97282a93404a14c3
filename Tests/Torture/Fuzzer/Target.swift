import Compute
import Foundation
import Pipeline
import Stages

/// A reader under test: sound samples of its input, and a call that must end with a value or an
/// error, never with a trap, a hang or memory beyond the limit.
struct Target {
  let name: String
  /// Share of all cases.
  let weight: Double
  let samples: [[UInt8]]
  var tokens: [String] = []
  /// Whether the input was accepted.
  let accepts: ([UInt8]) -> Bool
}

extension Target {
  /// - Parameters:
  ///   - specs: whole specifications.
  ///   - scratch: a folder for readers that want files.
  /// - Returns: one target for each reader.
  static func all(specs: [[UInt8]], scratch: URL) -> [Target] {
    let file = scratch.appending(path: "input-\(getpid())")
    let other = scratch.appending(path: "other-\(getpid())")
    func stored(_ bytes: [UInt8], _ body: (URL) throws -> Void) throws {
      try Data(bytes).write(to: file)
      try body(file)
    }
    return [
      Target(name: "spec", weight: 0.3, samples: specs + [small], tokens: specTokens) { bytes in
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
      Target(name: "table JSON", weight: 0.05, samples: [table], tokens: jsonTokens) { bytes in
        succeeds { _ = try Table(canonicalData: Data(bytes)) }
      },
      Target(name: "rows of a program", weight: 0.05, samples: rows, tokens: [",", "\"", "\n"]) {
        bytes in succeeds { _ = try WrittenRows(bytes).table(columns: []) }
      },
      Target(
        name: "CSV", weight: 0.04, samples: [csv], tokens: ["\"", ",", "\r\n", "\u{feff}", "NaN"]
      ) {
        bytes in
        succeeds {
          let file = try CSVFile(bytes, name: "input")
          for column in file.header { _ = try file.numbers(column) }
        }
      },
      Target(name: "GeoJSON", weight: 0.04, samples: [map], tokens: jsonTokens + mapTokens) {
        bytes in
        succeeds {
          let areas = try GeoJSONReader(file: "input", key: "id").read(bytes)
          let index = AreaIndex(areas.map(\.shape))
          for area in areas { _ = index.area(at: area.shape.centroid) }
          _ = try Contiguity.queen.neighbours(of: areas.map(\.shape), snap: 1e-5, k: 1, xScale: 1)
        }
      },
      Target(name: "safetensors", weight: 0.07, samples: [tensors], tokens: jsonTokens) { bytes in
        succeeds {
          try stored(bytes) { url in
            let file = try SafeTensorsFile(reading: url.path)
            for name in file.entries.keys.sorted() {
              _ = try? file.floats(name)
              _ = try? file.bytes(name)
              _ = try? file.integers(name)
              _ = try? file.longIntegers(name)
            }
          }
        }
      },
      Target(name: "GGUF", weight: 0.1, samples: [gguf], tokens: ggufTokens) { bytes in
        succeeds {
          try stored(bytes) { url in
            let file = try GGUFFile(reading: url.path)
            for name in file.tensors.keys.sorted() { _ = try file.tensor(named: name) }
          }
        }
      },
      Target(name: "language model", weight: 0.05, samples: [gguf, llama], tokens: ggufTokens) {
        bytes in
        succeeds {
          try stored(bytes) { url in
            let file = try GGUFFile(reading: url.path)
            let tokenizer = try Tokenizer(file)
            let model = try LanguageModel(reading: file, lanes: Lanes(1))
            let ids = tokenizer.encode("a b1").ids
            _ = try model.score(LanguageModel.Span(ids), lanes: Lanes(1))
          }
        }
      },
      Target(name: "IDX", weight: 0.04, samples: idx) { bytes in
        succeeds {
          try Data(idx[1]).write(to: other)
          try stored(bytes) { _ = try IDXReader.read(images: $0, labels: other, limit: 10) }
        }
      },
      Target(name: "IDX labels", weight: 0.02, samples: idx) { bytes in
        succeeds {
          try Data(idx[0]).write(to: other)
          try stored(bytes) { _ = try IDXReader.read(images: other, labels: $0, limit: 10) }
        }
      },
      Target(name: "CIFAR", weight: 0.0005, samples: [cifar]) { bytes in
        succeeds { try stored(bytes) { _ = try CIFARReader.read([$0], limit: 10) } }
      },
      Target(name: "PNG", weight: 0.02, samples: [png] + PNGDamage.scanlines.map(PNGDamage.wrapped))
      {
        bytes in
        // As it is, or with checksums that fit the damage: what lies behind them is reached, too.
        let mended = bytes.count % 2 == 0 ? bytes : PNGDamage.stamped(bytes)
        return succeeds { _ = try PNGImage(pngData: Data(mended)) }
      },
      Target(name: "PNG scanlines", weight: 0.02, samples: PNGDamage.scanlines) { bytes in
        succeeds { _ = try PNGImage(pngData: Data(PNGDamage.wrapped(bytes))) }
      },
      Target(name: "JPEG", weight: 0.02, samples: jpeg) { bytes in
        succeeds { _ = try PNGImage(jpegData: Data(bytes)) }
      },
      Target(name: "CLIP weights", weight: 0.02, samples: [clip], tokens: jsonTokens) { bytes in
        succeeds { try stored(bytes) { _ = try CLIP(reading: $0.path) } }
      },
      Target(
        name: "CLIP weights of OpenAI", weight: 0.02, samples: [openAI], tokens: jsonTokens
      ) { bytes in
        succeeds {
          try stored(bytes) {
            let known = try CLIP.configuration(of: $0.path, activation: .gelu, headWidth: 2)
            _ = try CLIP(reading: $0.path, configuration: known)
          }
        }
      },
      Target(
        name: "CLIP configuration", weight: 0.02,
        samples: [
          Array(#"{"vision_config":{"patch_size":8},"text_config":{"vocab_size":9}}"#.utf8)
        ],
        tokens: jsonTokens + ["hidden_size", "num_attention_heads", "hidden_act", "projection_dim"]
      ) { bytes in
        succeeds { _ = try CLIPConfiguration(json: Data(bytes), path: "config.json") }
      },
      Target(
        name: "captioned images", weight: 0.02, samples: [captioned(scratch)], tokens: jsonTokens
      ) { bytes in
        succeeds { try stored(bytes) { _ = try CaptionedImages(reading: $0) } }
      },
      Target(
        name: "CLIP merges", weight: 0.01, samples: [Array("a b\nab c</w>\nl o\n".utf8)],
        tokens: [" ", "\n", "</w>", "&amp;", "&#x1F600;", "'s", "é"]
      ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        return succeeds { _ = try CLIPTokenizer(merges: text).ids(text) }
      },
    ]
  }

  private static func succeeds(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      return false
    }
  }

  private static func loader(_ bytes: [UInt8]) -> SpecLoader {
    SpecLoader(
      registry: Registry.stages, reader: SourceReader { _ in .success(bytes) },
      instanceLimit: 1000)
  }
}
