import Compute
import Foundation
import Pipeline

/// `dataset.images`: the first available of a list of data sets, as a training and a test set.
struct ImagesStage: Stage {
  static let kind = "dataset.images"
  static let version = 1
  static let summary =
    "Reads 32x32 colour images: the first available of CIFAR-10, Fashion-MNIST and an embedded set."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot(
      "train", .dataset, bound: RecordBound(parameter: "train"),
      help: "the first training records"),
    OutputSlot(
      "test", .dataset, bound: RecordBound(parameter: "test"), help: "the first test records"),
    OutputSlot(
      "files", .table,
      columns: ResultColumns.dataset + [
        Column("file", .string, help: "file that was read"),
        Column("sha256", .string, help: "of its content"),
        Column("official", .bool, help: "whether these are the official bytes; null: not known"),
      ], help: "what the set was read from"),
    OutputSlot(
      "classes", .table,
      columns: ResultColumns.dataset + [
        Column("class", .int, help: "label"),
        Column("name", .string, help: "class name"),
        Column("train", .int, help: "training records"),
        Column("test", .int, help: "test records"),
      ], help: "records of each class"),
  ]

  private let prefer: [ImageSource]
  private let train: Int
  private let test: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    prefer = p.preference(
      default: [.cifar10, .fashion_mnist, .objects10], of: "data set",
      help: "data sets in order of preference; the first that is available is used")
    train = p.int(
      "train", default: 50_000, in: 1...60_000, unit: "records",
      help: "training records, from the first")
    test = p.int(
      "test", default: 10_000, in: 1...10_000, unit: "records",
      help: "test records, from the first")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "objects10: seed of the drawings")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: 2, memoryBytes: (train + test) * ImageGeometry.byteCount * 3 + (128 << 20))
  }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    for source in prefer {
      if let files = source.files(in: folders) { return files }
    }
    let names = prefer.map(\.rawValue).joined(separator: ", ")
    throw StageFailure(
      .environment, at: "parameter prefer", "none of \(names) is available",
      why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
      fix: prefer.first?.remedy ?? "")
  }

  func run(_ context: StageContext) throws {
    let source = ImageSource(of: context.files)
    let identity = source.identity(of: context.files, seed: seed)
    context.log("data set: \(identity.name)")
    let splits = try source.read(
      context.files, train: train, test: test, seed: seed, lanes: Lanes(context.lanes))
    func set(_ records: LabelledImages) -> ImageSet {
      ImageSet(
        name: identity.name, hash: identity.hash, classes: source.classes, records: records)
    }
    let (trainSet, testSet) = (set(splits.train), set(splits.test))
    try trainSet.write(to: context.output("train"))
    try testSet.write(to: context.output("test"))
    try filesTable(context.files, of: source, in: trainSet).write(to: context, "files")
    try classesTable(trainSet, testSet).write(to: context, "classes")
  }

  private func filesTable(
    _ files: [HashedFile], of source: ImageSource, in set: ImageSet
  ) -> Table {
    var table = Table(columns: Self.outputs[2].columns)
    for file in files {
      let official = source.isOfficial(file).map(Value.bool) ?? .null
      table.append(set.cells + [.string(file.name), .string(file.hash), official])
    }
    return table
  }

  private func classesTable(_ train: ImageSet, _ test: ImageSet) -> Table {
    var table = Table(columns: Self.outputs[3].columns)
    let trainRecords = train.records.indicesByClass(train.classes.count)
    let testRecords = test.records.indicesByClass(train.classes.count)
    for (label, name) in train.classes.enumerated() {
      table.append(
        train.cells + [
          .int(label), .string(name), .int(trainRecords[label].count),
          .int(testRecords[label].count),
        ])
    }
    return table
  }
}
