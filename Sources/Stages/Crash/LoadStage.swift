import Compute
import Foundation
import Pipeline

/// `crash.load`: crash records of a file, as a causal data set and as places.
struct LoadStage: Stage {
  static let kind = "crash.load"
  static let version = 1
  static let summary =
    "Reads crash records (FARS, SWITRS or a file of yours) as units with treatment and outcome."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("records", .file, isOptional: true, help: "CSV, instead of 'file'")
  ]
  static let outputs = [
    OutputSlot("crashes", .dataset, help: "crashes of which everything needed is known"),
    OutputSlot(
      "places", .table,
      columns: ResultColumns.dataset + [
        Column("id", .string, help: "names the crash"),
        Column("longitude", .double, unit: "degrees", help: "null: not known"),
        Column("latitude", .double, unit: "degrees", help: "null: not known"),
        Column("unit", .int, help: "row of the data set, from 0; null: not in it"),
      ], help: "every crash that the filter takes"),
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.dataset + [
        Column("quantity", .string, help: "what is counted"),
        Column("value", .double, help: "crashes, or the difference of means"),
      ], help: "what was taken, left out and imputed"),
  ]

  enum Layout: String, CaseIterable, Sendable {
    case fars, switrs, custom
  }

  private let file: String
  private let layout: Layout
  private let filter: [String: Value]
  private let treatment: CrashSchema.SwitrsTreatment
  private let levels: [Double]
  private let onMissing: CrashReader.Missing
  private let id: String
  private let longitude: String
  private let latitude: String
  private let treatmentColumn: String
  private let outcomeColumn: String
  private let features: [String]

  init(_ p: inout ParameterReader) {
    file = p.string(
      "file", default: "causal/la/fars_us_large_truck_2015.csv",
      help: "CSV with a header, below a data folder; '' for the input")
    layout = p.choice("schema", default: .fars, help: "what the columns mean")
    filter = p.map(
      "filter", default: [:], help: "column: texts of the crashes to take, beside the schema's")
    treatment = p.choice(
      "treatment", default: .lighting, help: "switrs: what is compared; fars: always lighting")
    levels = p.doubles(
      "levels", default: [0, 1, 2, 3],
      help: "switrs: outcome of property damage, minor, serious, fatal")
    onMissing = p.choice(
      "on_missing", default: .impute_median, help: "what to do about unknown covariates")
    id = p.string("id", default: "id", help: "custom: column that names a crash")
    longitude = p.string("longitude", default: "longitude", help: "custom: column, degrees")
    latitude = p.string("latitude", default: "latitude", help: "custom: column, degrees")
    treatmentColumn = p.string("treated", default: "treated", help: "custom: column of 0 and 1")
    outcomeColumn = p.string("outcome", default: "severity", help: "custom: column of numbers")
    features = p.strings(
      "features", default: [], help: "custom: columns of numbers that were so before the crash")
    if levels.count != 4 {
      p.refuse(
        ParameterProblem(
          parameter: "levels", what: "there are \(levels.count) numbers",
          why: "severity has four levels", fix: "write four numbers"))
    }
    if layout == .custom { refuseFeatures(&p) }
    for (column, value) in filter.sorted(by: { $0.key < $1.key }) where Self.texts(value) == nil {
      p.refuse(
        ParameterProblem(
          parameter: "filter", what: "filter.\(column) is \(value.typeName): \(value.plainText)",
          why: "it lists what the column may hold", fix: "write \(column): [TEXT, TEXT]"))
    }
  }

  private func refuseFeatures(_ p: inout ParameterReader) {
    if features.isEmpty {
      p.refuse(
        ParameterProblem(
          parameter: "features", what: "the list is empty",
          why: "without covariates nothing is adjusted for", fix: "name columns of the file"))
    }
    for (index, feature) in features.enumerated()
    where CrashSchema.isConsequence(feature) || feature == outcomeColumn
      || feature == treatmentColumn
    {
      p.refuse(
        ParameterProblem(
          parameter: "features", index: index,
          what: "'\(feature)' is not fixed before the crash",
          why: "a consequence among the covariates takes away a part of the effect",
          fix: "drop it"))
    }
    for (index, feature) in features.enumerated() where feature.contains(",") {
      p.refuse(
        ParameterProblem(
          parameter: "features", index: index, what: "'\(feature)' holds a comma",
          why: "data sets list their columns between commas", fix: "rename the column"))
    }
  }

  /// One text, or a list of them; numbers stand for their texts.
  private static func texts(_ value: Value) -> Set<String>? {
    switch value {
    case .string, .int: [value.plainText]
    case .list(let items):
      items.allSatisfy { texts($0)?.count == 1 } && !items.isEmpty
        ? Set(items.map(\.plainText)) : nil
    default: nil
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 2, memoryBytes: 1 << 30) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    try DataPath.files(file.isEmpty ? [] : [file], in: folders)
  }

  private func schema(_ url: URL) throws -> CrashSchema {
    let header = try CSVFile.header(reading: url)
    var schema: CrashSchema =
      switch layout {
      case .fars: .fars(header)
      case .switrs: .switrs(header, treatment: treatment, levels: levels)
      case .custom:
        .custom(
          id: id, treatment: treatmentColumn, outcome: outcomeColumn, features: features,
          place: (longitude, latitude))
      }
    schema.filter.merge(filter.compactMapValues(Self.texts)) { _, written in written }
    return schema
  }

  func run(_ context: StageContext) throws {
    let file = try DataPath.given(context, file, input: "records")
    let reader = try CrashReader(
      reading: file.url, schema: schema(file.url), onMissing: onMissing)
    let content = try reader.content()
    let width = reader.columns.count
    let stem = file.url.deletingPathExtension().lastPathComponent
    let isOfficial = Assets.fars.files.contains { $0.sha256 == file.hash }
    var data = CausalData(
      name: isOfficial ? stem : "\(stem) (copy \(file.hash.prefix(8)))", hash: file.hash,
      columns: reader.columns,
      x: Tensor(
        content.units.flatMap { $0.x.map(Float.init) }, shape: [content.units.count, width]),
      treatment: content.units.map(\.t), outcome: content.units.map { Float($0.y) })
    let places = content.places.filter { $0.unit != nil }.map(\.point)
    if !places.contains(nil) {
      data.place = Tensor(
        places.compactMap(\.self).flatMap { [Float($0.x), Float($0.y)] }, shape: [data.count, 2])
    }
    try data.check(at: file.url.lastPathComponent)
    for (name, count) in content.missing { context.log("\(name): \(count) not known") }
    try data.write(to: context.output("crashes"))
    var table = Table(columns: Self.outputs[1].columns)
    for place in content.places {
      table.append(
        data.cells + [
          .string(place.id), .measured(place.point?.x), .measured(place.point?.y),
          place.unit.map(Value.int) ?? .null,
        ])
    }
    try table.write(to: context, "places")
    try summary(content, data).write(to: context, "summary")
  }

  private func summary(_ content: CrashReader.Content, _ data: CausalData) -> Table {
    func mean(_ arm: UInt8) -> Double {
      Summary.mean(content.units.filter { $0.t == arm }.map(\.y)) ?? 0
    }
    let treated = data.treatment.count { $0 == 1 }
    var rows: [(String, Double)] = [
      ("crashes taken", Double(content.places.count)),
      ("neither treated nor untreated", Double(content.untreatable)),
      ("dropped, something not known", Double(content.dropped)),
      ("units", Double(data.count)), ("treated", Double(treated)),
      ("mean outcome of treated", mean(1)), ("mean outcome of untreated", mean(0)),
      ("difference of means (naive)", mean(1) - mean(0)),
      ("cells imputed", Double(content.imputed)),
      ("places not known", Double(content.places.count { $0.point == nil })),
    ]
    rows += content.missing.map { ("\($0.name) not known", Double($0.count)) }
    var table = Table(columns: Self.outputs[2].columns)
    for (quantity, value) in rows {
      table.append(data.cells + [.string(quantity), .double(value)])
    }
    return table
  }
}
