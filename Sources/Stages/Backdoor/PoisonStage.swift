import Compute
import Foundation
import Pipeline

/// `backdoor.poison`: stamps and relabels a part of a training set.
///
/// A seeded permutation pi orders the eligible records; the k-th intensity gets
/// `pi[(k-1)P ..< kP]`, so the groups are disjoint. With budget `per_intensity` P = floor(r N): a
/// mix of m intensities poisons m times as many records as a single one, as the paper does. With
/// `total` P = floor(r N / m), the control that poisons equally many.
struct PoisonStage: Stage {
  static let kind = "backdoor.poison"
  static let version = 1
  static let summary =
    "Stamps a trigger on a share of the training records and gives them the target label."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("train", .dataset, help: "clean training set"),
    InputSlot("trigger", .tensors, help: "from backdoor.trigger"),
  ]
  static let outputs = [
    OutputSlot("overlay", .tensors, help: "poisoned records, to lay over the training set"),
    OutputSlot(
      "counts", .table,
      columns: ResultColumns.dataset + [
        Column("intensity", .double, help: "of this group"),
        Column("records", .int, help: "poisoned records of this group"),
        Column("of_target_class", .int, help: "those that had the target label before"),
        ResultColumns.share("share", of: "train", help: "records over training records"),
        Column("train", .int, help: "training records"),
      ], help: "how many records each intensity got"),
    OutputSlot("preview", .figure, help: "poisoned images under their originals"),
  ]

  enum Budget: String, CaseIterable { case per_intensity, total }
  enum Selection: String, CaseIterable { case any, nontarget }

  private let grid: IntensityGrid
  private let rate: Double
  private let budget: Budget
  private let target: Int
  private let select: Selection
  private let seed: Int

  init(_ p: inout ParameterReader) {
    grid = IntensityGrid(
      &p, default: nil, allowsNone: true,
      help: "training intensities, one group of records each; empty for a clean row")
    if grid.values.count > 255 {
      p.refuse(
        ParameterProblem(
          parameter: "intensities", what: "\(grid.values.count) intensities, 255 are possible",
          why: "the overlay stores the group of a record in one byte",
          fix: "write at most 255 intensities"))
    }
    rate = p.double(
      "rate", default: 0.05, in: .open(0, 1), unit: "fraction",
      help: "share of the training records to poison")
    budget = p.choice(
      "budget", default: .per_intensity,
      help: "whether the rate holds for each intensity or in all")
    target = p.int("target", default: 0, in: 0...255, help: "label of the poisoned records")
    select = p.choice(
      "select", default: .any, help: "whether records of the target class may be drawn")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the selection")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 1, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let base = context.input("train")
    let set = try ImageSet(reading: base.url)
    let trigger = try Trigger(reading: context.input("trigger").url)
    try grid.check(trigger)
    try set.check(target: target)
    let groupSize = try groupSize(in: set.count)
    let order = try selectionOrder(set.records, needed: groupSize * grid.values.count)
    var chosen: [Int] = []
    var stamped: [ByteTensor] = []
    for (group, intensity) in grid.values.enumerated() {
      try context.checkCancellation()
      let indices = Array(order[(group * groupSize)..<((group + 1) * groupSize)])
      chosen += indices
      stamped.append(
        trigger.stamped(
          set.records.images.gathered(rows: indices), intensity: intensity,
          lanes: Lanes(context.lanes)))
    }
    let overlay = PoisonOverlay(
      baseHash: base.hash,
      provenance: .init(
        intensities: grid.values, target: target, count: chosen.count,
        trigger: context.input("trigger").hash),
      indices: chosen.map(Int32.init),
      groups: grid.values.indices.flatMap { [UInt8](repeating: UInt8($0), count: groupSize) },
      records: LabelledImages(
        images: ByteTensor(
          stamped.flatMap(\.values),
          shape: [chosen.count, ImageGeometry.channels, ImageGeometry.side, ImageGeometry.side]),
        labels: [UInt8](repeating: UInt8(target), count: chosen.count)))
    try overlay.write(to: context.output("overlay"))
    try counts(overlay, in: set).write(to: context, "counts")
    try preview(overlay, of: set).image.pngData.write(to: context.output("preview"))
  }

  /// Records of one group.
  private func groupSize(in count: Int) throws -> Int {
    guard !grid.values.isEmpty else { return 0 }
    let shares = budget == .total ? grid.values.count : 1
    let size = Int((rate * Double(count) / Double(shares)).rounded(.down))
    guard size > 0 else {
      throw StageFailure(
        at: "parameter rate", "\(rate) of \(count) records is less than one record a group",
        why: "\(grid.values.count) intensities with budget \(budget.rawValue) need one each",
        fix: "write a rate of at least \(Double(shares) / Double(count))")
    }
    return size
  }

  /// The eligible records in seeded order.
  private func selectionOrder(_ records: LabelledImages, needed: Int) throws -> [Int] {
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "poison")
    let order = random.permutation(records.count)
      .filter { select == .any || Int(records.labels[$0]) != target }
    guard needed <= order.count else {
      throw StageFailure(
        at: "parameter rate",
        "\(grid.values.count) groups need \(needed) records, \(order.count) are eligible",
        why: "the groups of the intensities are disjoint",
        fix: "write a smaller rate, or budget: total")
    }
    return order
  }

  private func counts(_ overlay: PoisonOverlay, in set: ImageSet) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for (group, intensity) in grid.values.enumerated() {
      let members = overlay.indices.indices.filter { Int(overlay.groups[$0]) == group }
      let before = members.count { Int(set.records.labels[Int(overlay.indices[$0])]) == target }
      table.append(
        set.cells + [
          .double(intensity), .int(members.count), .int(before),
          .double(Double(members.count) / Double(set.count)), .int(set.count),
        ])
    }
    return table
  }

  /// Eight poisoned records of each group under their originals; for a clean row eight records.
  private func preview(_ overlay: PoisonOverlay, of set: ImageSet) -> ImageSheet {
    var rows: [(label: String, images: ByteTensor)] = []
    for (group, intensity) in grid.values.enumerated() {
      let members = overlay.indices.indices.filter { Int(overlay.groups[$0]) == group }.prefix(8)
      let originals = members.map { Int(overlay.indices[$0]) }
      rows.append(("original", set.records.images.gathered(rows: originals)))
      rows.append(
        (Value.double(intensity).plainText, overlay.records.images.gathered(rows: members)))
    }
    if rows.isEmpty { rows = [("clean", set.records.prefix(8).images)] }
    return ImageSheet(
      rows: rows, title: "Poisoned training images (\(grid.family.rawValue)), \(set.name)")
  }
}
