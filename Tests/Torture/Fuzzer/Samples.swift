import Compute
import Foundation
import Pipeline
import Stages

/// Sound inputs, small so that many can be read in a second.
extension Target {
  static let smallText = """
    version: 1
    name: t
    x-base: &base {train: 5}
    params: {n: {default: 3, min: 1}, rate: {default: 5%, type: float}, list: [1, 2.5, a]}
    axes: {seed: [1, {label: b, value: 2}]}
    profiles: {smoke: {axes: {seed: [b]}}}
    stages:
      data: {uses: dataset.images, with: {<<: *base, test: "${n * 2}"}, timeout: 3m}
      model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train, test: data.test}}
      own:
        uses: shell
        inputs: {models: {from: model.model, gather: true}}
        with: {run: "cat $IN_models/* > $OUT_all", outputs: {all: table}}
        if: "${rate > 0}"
    tables: {ba: {from: model.scores, rows: seed, value: ba, derive: {worst: "min(columns)"}}}
    expect: [{id: a, value: "ba[seed=b].ba", at_least: 1}]
    """
  static let small = Array(smallText.utf8)

  static let specTokens = [
    "${", "}", "&a", "*a", "<<: ", "- ", ": ", "\n", "  ", "{", "}", "[", "]", "|", ">", "\"", "'",
    "#", "!!str ", "? ", "---\n", "...\n", "matrix", "gather: true", "where: ", "include: ",
    "exclude: ", "override: ", "\u{feff}", "\u{2028}", "\t", "0x7f", "1e400", ".inf", ".nan",
  ]
  static let expressions = [
    "n * 2", "rate > 0 && n != 3 || !(n <= 2)", "min(n, 4) + max(1, 2, 3) - abs(-5) / 2 % 3",
    "list[0]", "n > 2 ? n : 1", "'text' == \"text\"", "round(2.5) + floor(1.5)", "len(list)",
    "profile == 'smoke'", "-(-(-n))", "2 ** 10", "[1, 2, n]",
  ]
  static let expressionTokens = [
    "(", ")", "[", "]", "+", "-", "*", "/", "%", "**", "&&", "||", "!", "?", ":", ",", "'", "\"",
    "matrix.seed", "params.n", "profile", "1e308", "0", "true", "null", "}", "${", "$${",
  ]
  static let overrides = ["n=3", "rate=0.5", "list=[1, 2]", "axes.seed=[b]", "n=", "=3"]
  static let cells = [
    "ba", "ba[seed=b].ba", "max(ba[seed!=b].worst)", "min(ba[seed='1', x=2])", "mean(ba)",
  ]
  static let jsonTokens = [
    "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "null", "true", "1e999", "-", "0",
    "dtype",
    "shape", "data_offsets", "F32", "BF16", "__metadata__",
  ]
  static let rows = ["a,b\n1,2\n3,\n", "a\tb\nx\t\"y\"\n", "{\"a\": 1}\n{\"a\": 2.5}\n"].map {
    Array($0.utf8)
  }

  static let csv = Array("id,x,\"a, b\"\n06,1.5,\n07,-2e3,3\n".utf8)

  /// An area with a hole, and one of two parts.
  static let map = Array(
    """
    {"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"06","n":1.5},\
    "geometry":{"type":"Polygon","coordinates":[[[-118.3,34],[-118,34],[-118,34.3],[-118.3,34]],\
    [[-118.1,34.1],[-118.05,34.1],[-118.05,34.15],[-118.1,34.1]]]}},{"properties":{"id":"07"},\
    "geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],\
    [[[5,5],[6,5],[6,6],[5,5]]]]}}]}
    """.utf8)
  static let mapTokens = ["[[", "]]", "coordinates", "MultiPolygon", "180", "-90.0", "1e-300"]

  static let table = [UInt8](
    Table(
      columns: [Column("label", .string), Column("n", .int), Column("x", .double, unit: "s")],
      rows: [[.string("a"), .int(1), .double(0.5)], [.string("b"), .null, .null]]
    ).canonicalData)

  static let tensors: [UInt8] = {
    var writer = SafeTensorsWriter()
    writer.metadata = ["form": "sample"]
    writer.set("weights", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    writer.set("pixels", ByteTensor([1, 2, 3, 4], shape: [4]))
    writer.set("labels", [1, 2, 3], shape: [3])
    return [UInt8](writer.data())
  }()

  static let gguf: [UInt8] = {
    var writer = GGUFWriter()
    writer.metadata = [
      "general.architecture": .string("llama"), "count": .integer(2, .uint32),
      "epsilon": .float(1e-5, .float32), "flag": .bool(true), "types": .integers([1, 3], .int32),
      "tokens": .strings(["a", "bc"]), "lists": .arrays([.strings(["d"]), .bools([false])]),
    ]
    writer.add("norm", Tensor([1, 2, 3]))
    writer.add("weights", QuantizedMatrix(roundingToQ8: Tensor(repeating: 0.5, shape: [2, 32])))
    return [UInt8](writer.data())
  }()
  /// A whole model: sizes, vocabulary and weights.
  static let llama = [UInt8](RandomModel.writer().data())
  static let ggufTokens = [
    "GGUF", "general.alignment", "\u{0}\u{0}\u{0}\u{0}", "\u{1}\u{0}\u{0}\u{0}",
    "\u{8}\u{0}\u{0}\u{0}", "\u{9}\u{0}\u{0}\u{0}", "\u{20}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
  ]

  /// Two images and their labels, before they are compressed.
  static let idx: [[UInt8]] = [
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 7, count: 2 * 784),
    [0, 0, 8, 1, 0, 0, 0, 2, 3, 9],
  ]

  /// As a file, with or without checksums that fit the damage: what lies behind them is reached, too.
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.count % 2 == 0 { return gzip(bytes) }
    var file = gzip(bytes)
    file[bytes.count % file.count] ^= 1
    return file
  }

  static let cifar = [UInt8](repeating: 3, count: 30_730_000)

  static let png = [UInt8](PNGImage(width: 5, height: 4, fill: .init(1, 2, 3)).pngData)

  /// The repository's own pictures.
  static let jpeg: [[UInt8]] = ["colour", "progressive", "grey"].compactMap {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/jpeg/\($0).jpg")
    return (try? Data(contentsOf: file)).map { [UInt8]($0) }
  }

  static let clip: [UInt8] = {
    let tower = CLIPConfiguration.Tower(width: 4, layers: 1, heads: 2)
    let configuration = CLIPConfiguration(
      vision: tower, text: tower, imageSize: 4, patchSize: 2, vocabulary: 5, context: 4, joint: 3)
    return [UInt8](CLIP(configuration, seed: 1).file().data())
  }()

  /// A tiny model under OpenAI's names, as far as its shapes are read: the rest is missing.
  static let openAI: [UInt8] = {
    var writer = SafeTensorsWriter()
    let shapes: [(String, Shape)] = [
      ("visual.conv1.weight", [4, 3, 2, 2]), ("visual.class_embedding", [4]),
      ("visual.positional_embedding", [5, 4]),
      ("token_embedding.weight", [5, 4]), ("positional_embedding", [4, 4]),
      ("text_projection", [4, 3]), ("visual.transformer.resblocks.0.ln_1.weight", [4]),
      ("transformer.resblocks.0.ln_1.weight", [4]),
    ]
    for (name, shape) in shapes { writer.set(name, Tensor(zeros: shape)) }
    return [UInt8](writer.data())
  }()

  /// Two pictures with captions, one with a mask.
  static func captioned(_ scratch: URL) -> [UInt8] {
    let set = CaptionedImages(
      name: "two", hash: "0",
      images: ByteTensor([UInt8](repeating: 7, count: 24), shape: [2, 2, 2, 3]),
      captions: ["a", "b"], targets: [.init(image: 1, phrase: "b")],
      masks: ByteTensor([1, 0, 0, 1], shape: [1, 2, 2]), phrases: ["a", "b"],
      vocabulary: ["a", "b"],
      wordClasses: ["a": "function"])
    let url = scratch.appending(path: "captioned-\(getpid())")
    defer { try? FileManager.default.removeItem(at: url) }
    guard (try? set.write(to: url)) != nil, let data = try? Data(contentsOf: url) else { return [] }
    return [UInt8](data)
  }

  /// A gzip stream of stored blocks.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    let crc = PNGDamage.crc(bytes)
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let count = UInt32(bytes.count)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + little(count, 2) + little(~count, 2) + bytes
      + little(crc, 4) + little(count, 4)
  }
}
