import Compute
import Foundation
import Pipeline

/// `longctx.speedup`: how much sooner a long text is read than with full attention, and how much
/// more fits in the same memory.
///
/// Where both times were measured at a length, their ratio is `measured`. Beyond, times are `fitted`
/// by least squares over the measured lengths, t(N) = a work(N): with
///
///     work(N) = N linear + N^2 / 2 attention
///
/// for methods that attend to the whole text, and work(N) = N for those that attend within chunks
/// or a window.
struct SpeedupStage: Stage {
  static let kind = "longctx.speedup"
  static let version = 2
  static let summary =
    "Reading time against full attention, measured where it fits and fitted beyond; memory saved."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf; its sizes count operations"),
    InputSlot("throughput", .table, isList: true, help: "from longctx.throughput, gathered"),
  ]
  static let outputs = [
    OutputSlot(
      "speedup", .table,
      columns: [
        Column("reader", .string, help: "label of the method"),
        Column("basis", .string, help: "measured: both times were; fitted: at least one was not"),
        Column("length", .int, unit: "tokens", help: "of the text"),
        Column("seconds", .double, unit: "seconds", direction: .lower, help: "reading"),
        Column("full", .double, unit: "seconds", help: "reading with full attention"),
        Column("speedup", .double, direction: .higher, help: "full / seconds"),
      ], help: "one row per method and length"),
    OutputSlot(
      "memory", .table,
      columns: [
        Column("reader", .string, help: "label of the method"),
        Column("length", .int, unit: "tokens", help: "of the text"),
        Column("cache", .double, unit: "MB", direction: .lower, help: "kept for the answer"),
        Column(
          "chunks_fit", .double, direction: .higher,
          help: "times as many chunks in the same memory as without eviction"),
        Column(
          "decode_gain", .double, direction: .higher,
          help: "tokens a second against those without eviction"),
      ], help: "one row per method and length"),
  ]

  private let full: String
  private let whole: String
  private let beyond: [Int]

  init(_ p: inout ParameterReader) {
    full = p.string("full", default: "full", help: "label of full attention")
    whole = p.string(
      "without_eviction", default: "parallelcomp", help: "label of the method that keeps all keys")
    beyond = p.ints(
      "beyond", default: [16_384, 32_768, 65_536, 131_072], in: 256...1_048_576, unit: "tokens",
      help: "lengths to fit, where they were not measured")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let sizes = try LanguageArtifact(context.input("model")).configuration
    let readers = try context.inputList("throughput").map(MeasuredReader.init)
    let baseline = try reader(full, of: readers, parameter: "full")
    var speedup = Table(columns: Self.outputs[0].columns)
    for reader in readers where reader.label != full {
      for length in Set(reader.times.keys).union(beyond).sorted() {
        let seconds = reader.times[length] ?? reader.fitted(length, sizes)
        let reference = baseline.times[length] ?? baseline.fitted(length, sizes)
        let isMeasured = reader.times[length] != nil && baseline.times[length] != nil
        speedup.append([
          .string(reader.label), .string(isMeasured ? "measured" : "fitted"), .int(length),
          .double(seconds), .double(reference), .double(reference / seconds),
        ])
      }
    }
    try speedup.write(to: context, "speedup")
    let kept = try reader(whole, of: readers, parameter: "without_eviction")
    var memory = Table(columns: Self.outputs[1].columns)
    for reader in readers {
      for length in reader.times.keys.sorted() {
        func gain(_ column: String) -> Double? {
          guard let own = reader.value(column, length), let other = kept.value(column, length)
          else { return nil }
          return other / own
        }
        memory.append([
          .string(reader.label), .int(length), .measured(reader.value("cache", length)),
          .measured(gain("cache")), .measured(gain("decode")),
        ])
      }
    }
    try memory.write(to: context, "memory")
  }

  private func reader(
    _ label: String, of readers: [MeasuredReader], parameter: String
  ) throws -> MeasuredReader {
    guard let reader = readers.first(where: { $0.label == label }) else {
      throw StageFailure(
        at: "parameter \(parameter)", "no method is labelled '\(label)'",
        why: "there are: " + readers.map(\.label).joined(separator: ", "), fix: "write one of them")
    }
    return reader
  }
}

/// One method's measurements, by length.
private struct MeasuredReader {
  let label: String
  /// Seconds of reading.
  let times: [Int: Double]
  private let columns: [String: [Int: Double]]
  /// Whether every token sees all before it.
  private let seesAll: Bool

  init(_ artifact: InputArtifact) throws {
    let table = try Table(canonicalData: Data(contentsOf: artifact.url))
    label = artifact.labels.first?.label ?? ""
    func column(_ name: String) -> [Int: Double] {
      guard let place = table.columns.firstIndex(where: { $0.name == name }),
        let lengths = table.columns.firstIndex(where: { $0.name == "length" })
      else { return [:] }
      return table.rows.reduce(into: [:]) { result, row in
        guard case .int(let length) = row[lengths], case .double(let number) = row[place] else {
          return
        }
        result[length] = number
      }
    }
    let method = table.columns.firstIndex { $0.name == "method" }.flatMap { place in
      table.rows.first.flatMap { LongContextMethod(rawValue: $0[place].plainText) }
    }
    seesAll = method?.seesAll ?? false
    times = column("prefill")
    columns = ["cache": column("cache"), "decode": column("decode")]
    guard !times.isEmpty else {
      throw StageFailure(
        at: "input throughput", "a table has no reading times",
        why: "they come from longctx.throughput", fix: "connect its output 'throughput'")
    }
  }

  func value(_ column: String, _ length: Int) -> Double? { columns[column]?[length] }

  /// Seconds by least squares over the measured lengths, through 0.
  func fitted(_ length: Int, _ sizes: LlamaConfiguration) -> Double {
    func work(_ length: Int) -> Double {
      seesAll ? sizes.flops(reading: length) : Double(length)
    }
    let measured = times.sorted { $0.key < $1.key }
    let squares = measured.reduce(0) { $0 + work($1.key) * work($1.key) }
    return measured.reduce(0) { $0 + work($1.key) * $1.value } / squares * work(length)
  }
}
