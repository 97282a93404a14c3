import Compute
import Pipeline

/// `longctx.speedup`: how much sooner a long text is read than with full attention, and how much
/// more fits in the same memory.
///
/// Where both times were measured at a length, their ratio is `measured`. Beyond, times are
/// `fitted` by least squares over the measured lengths, t(N) = a work(N): with
///
///     work(N) = N linear + N^2 / 2 attention
///
/// for methods that attend to the whole text, and work(N) = N for those that attend within chunks
/// or a window.
struct SpeedupStage: Stage {
  static let kind = "longctx.speedup"
  static let version = 3
  static let summary =
    "Reading time against full attention, measured where it fits and fitted beyond; memory saved."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("model", .file, help: "from model.load_gguf; its sizes count operations"),
    InputSlot(
      "throughput", .table, isList: true,
      help: "from longctx.throughput, gathered; those of one method may be several"),
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

  private let axis: String
  private let full: String
  private let whole: String
  private let beyond: [Int]

  init(_ p: inout ParameterReader) {
    axis = p.string(
      "axis", default: "", help: "the gathered axis whose labels name methods; empty: the first")
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
    let readers = try readers(context.inputList("throughput"))
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
      for length in reader.times.keys.sorted() where kept.times[length] != nil {
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

  /// The tables of each method together, methods in the order of their first table.
  private func readers(_ artifacts: [InputArtifact]) throws -> [MeasuredReader] {
    var readers: [MeasuredReader] = []
    for artifact in artifacts {
      let label = artifact.labels.first { axis.isEmpty || $0.axis == axis }?.label ?? ""
      let place = readers.firstIndex { $0.label == label } ?? readers.count
      if place == readers.count { readers.append(MeasuredReader(label: label)) }
      try readers[place].add(GatheredRow.read([artifact], columns: MeasuredReader.columns))
    }
    guard readers.allSatisfy({ !$0.times.isEmpty }) else {
      throw StageFailure(
        at: "input throughput", "a table has no reading times",
        why: "they come from longctx.throughput", fix: "connect its output 'throughput'")
    }
    return readers
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
  /// What it takes of a table of `longctx.throughput`.
  static let columns = ThroughputStage.outputs[0].columns.filter {
    ["method", "length", "prefill", "cache", "decode"].contains($0.name)
  }

  let label: String
  /// Seconds of reading.
  private(set) var times: [Int: Double] = [:]
  private var columns: [String: [Int: Double]] = [:]
  /// Whether every token sees all before it.
  private var seesAll = false

  init(label: String) { self.label = label }

  /// Takes what a table says about its lengths.
  ///
  /// - Throws: ``StageFailure`` for a length without a reading time.
  mutating func add(_ rows: [GatheredRow]) throws {
    for row in rows {
      let length = try row.int("length")
      times[length] = try row.number("prefill")
      for name in ["cache", "decode"] { columns[name, default: [:]][length] = row.double(name) }
      seesAll = LongContextMethod(rawValue: row.text("method"))?.seesAll ?? false
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
