import Compute
import Foundation
import Pipeline
import Stages

/// Pictures, and models that look at them.
extension Target {
  static var pictureReaders: [Target] {
    [
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
    ]
  }

  static func clipReaders(_ files: InputFiles) -> [Target] {
    [
      Target(name: "CLIP weights", weight: 0.02, samples: [clip], tokens: jsonTokens) { bytes in
        succeeds { try files.stored(bytes) { _ = try CLIP(reading: $0.path) } }
      },
      Target(
        name: "CLIP weights of OpenAI", weight: 0.02, samples: [openAI], tokens: jsonTokens
      ) { bytes in
        succeeds {
          try files.stored(bytes) {
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
        name: "captioned images", weight: 0.02, samples: [captioned(files.folder)],
        tokens: jsonTokens
      ) { bytes in
        succeeds { try files.stored(bytes) { _ = try CaptionedImages(reading: $0) } }
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
}
