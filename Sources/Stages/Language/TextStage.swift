import Foundation
import Pipeline

/// `text.load`: the first available of a list of texts, in two parts.
struct TextStage: Stage {
  static let kind = "text.load"
  static let version = 1
  static let summary =
    "Reads a text: the first available of wikitext-2, plays, books and a generated one."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("text", .text, help: "all but what is held out"),
    OutputSlot("held_out", .text, help: "the end of the text; empty unless some is held out"),
    OutputSlot(
      "info", .table,
      columns: ResultColumns.dataset + [
        Column("bytes", .int, unit: "bytes", help: "of text"),
        Column("held_out", .int, unit: "bytes", help: "of held_out"),
      ], help: "what was read"),
  ]

  private let prefer: [TextSource]
  private let file: String
  private let bytes: Int
  private let heldOut: Double
  private let seed: Int

  /// Longest text that is read.
  private static let byteLimit = 256 << 20
  /// Length of the generated text where none is asked for.
  private static let generatedByteCount = 400_000

  init(_ p: inout ParameterReader) {
    prefer = p.preference(
      default: [.wikitext2_test, .generated], of: "text",
      help: "texts in order of preference; the first that is available is used")
    file = p.string(
      "file", default: "", help: "a UTF-8 file of your own below a data folder, instead")
    bytes = p.int(
      "bytes", default: 0, in: 0...Self.byteLimit, unit: "bytes",
      help: "of both parts, from the start, to the end of a line; 0: all")
    heldOut = p.double(
      "held_out", default: 0, in: .closed(0, 0.9), unit: "fraction",
      help: "of the text that is kept apart, from its end")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the generated text")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 0.2, memoryBytes: 64 << 20) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    let wanted = file.isEmpty ? prefer.map(\.path) : [file]
    for path in wanted {
      guard let path else { return [] }
      if let url = folders.locate(path) { return [DeclaredFile(name: path, url: url)] }
    }
    throw StageFailure(
      .environment, at: file.isEmpty ? "parameter prefer" : "parameter file",
      "no file \(wanted.compactMap(\.self).joined(separator: ", "))",
      why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
      fix: "give --data DIR with such a file, or add generated to prefer")
  }

  func run(_ context: StageContext) throws {
    let (name, hash, whole) = try read(context)
    let end = bytes == 0 ? whole.count : lineEnd(in: whole, atMost: bytes)
    let all = whole.prefix(end)
    let cut =
      heldOut == 0 ? end : lineEnd(in: whole, atMost: Int(Double(end) * (1 - heldOut)))
    try Data(all[..<cut]).write(to: context.output("text"))
    try Data(all[cut...]).write(to: context.output("held_out"))
    var info = Table(columns: Self.outputs[2].columns)
    info.append(ResultColumns.dataset(name, hash: hash) + [.int(cut), .int(end - cut)])
    try info.write(to: context, "info")
  }

  private func read(_ context: StageContext) throws -> (name: String, hash: String, [UInt8]) {
    guard let source = context.files.first else {
      let text = GeneratedText.text(
        byteCount: bytes == 0 ? Self.generatedByteCount : bytes, seed: seed)
      let identity = "generated text v\(GeneratedText.version) seed \(seed)"
      return ("generated", SHA256.hex(of: identity), Array(text.utf8))
    }
    let size = try source.url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard size <= Self.byteLimit else {
      throw StageFailure(
        at: source.name, "the file has \(size) bytes", why: "at most \(Self.byteLimit) are read",
        fix: "give a part of it")
    }
    let data = [UInt8](try Data(contentsOf: source.url))
    guard String(validating: data, as: UTF8.self) != nil else {
      throw StageFailure(
        at: source.name, "the file is not UTF-8", why: "texts are read as UTF-8",
        fix: "convert it, for example with iconv -t utf-8")
    }
    let known = TextSource.allCases.first { $0.path == source.name }
    return (known?.rawValue ?? source.name, source.hash, data)
  }

  /// Behind the last line that ends within `limit` bytes; without one, behind the last character.
  private func lineEnd(in text: [UInt8], atMost limit: Int) -> Int {
    guard limit < text.count else { return text.count }
    if let newline = text[..<limit].lastIndex(of: 0x0A) { return newline + 1 }
    return text[...limit].lastIndex { $0 & 0xC0 != 0x80 } ?? 0
  }
}
