import Compute
import Foundation
import Stages

/// Numbers in files: weights, models, data sets.
extension Target {
  static func tensorReaders(_ files: InputFiles) -> [Target] {
    [
      Target(name: "safetensors", weight: 0.07, samples: [tensors], tokens: jsonTokens) { bytes in
        succeeds {
          try files.stored(bytes) { url in
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
          try files.stored(bytes) { url in
            let file = try GGUFFile(reading: url.path)
            for name in file.tensors.keys.sorted() { _ = try file.tensor(named: name) }
          }
        }
      },
      Target(name: "language model", weight: 0.05, samples: [gguf, llama], tokens: ggufTokens) {
        bytes in
        succeeds {
          try files.stored(bytes) { url in
            let file = try GGUFFile(reading: url.path)
            let tokenizer = try Tokenizer(file)
            let model = try LanguageModel(reading: file, lanes: Lanes(1))
            let ids = tokenizer.encode("a b1").ids
            _ = try model.score(LanguageModel.Span(ids), lanes: Lanes(1))
          }
        }
      },
    ]
  }

  static func dataSetReaders(_ files: InputFiles) -> [Target] {
    [
      Target(name: "IDX", weight: 0.04, samples: idx) { bytes in
        succeeds {
          try Data(gzip(idx[1])).write(to: files.other)
          try files.stored(compressed(bytes)) {
            _ = try IDXReader.read(images: $0, labels: files.other, limit: 10)
          }
        }
      },
      Target(name: "IDX labels", weight: 0.02, samples: idx) { bytes in
        succeeds {
          try Data(gzip(idx[0])).write(to: files.other)
          try files.stored(compressed(bytes)) {
            _ = try IDXReader.read(images: files.other, labels: $0, limit: 10)
          }
        }
      },
      Target(name: "CIFAR", weight: 0.0005, samples: [cifar]) { bytes in
        succeeds { try files.stored(bytes) { _ = try CIFARReader.read([$0], limit: 10) } }
      },
    ]
  }
}
