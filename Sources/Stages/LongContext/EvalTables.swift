import Compute
import Pipeline

/// The tables of `longctx.eval`, sample by sample.
struct EvalTables {
  private struct Cell: Hashable {
    let task: String
    let length: Int
    /// nil: all depths.
    let depth: Double?
  }

  private struct Count {
    var trials = 0
    var correct = 0
    var gold = 0
    var correctWithGold = 0
  }

  private let settings: MethodSettings
  private var samples = Table(columns: EvalStage.outputs[0].columns)
  private var chunks = Table(columns: EvalStage.outputs[1].columns)
  private var counts: [(cell: Cell, count: Count)] = []

  init(_ settings: MethodSettings) { self.settings = settings }

  mutating func add(
    _ sample: LongContextSample, _ reading: ContextReading, _ score: AnswerScore
  ) {
    let gold = reading.chunks.indices.filter { reading.chunks[$0].overlaps(sample.needle) }
    // Where a border cuts the needle, the chunk with most of it counts.
    let best = gold.max {
      reading.chunks[$0].clamped(to: sample.needle).count
        < reading.chunks[$1].clamped(to: sample.needle).count
    }
    // Where chunks overlap, several may hold the whole needle.
    let holders = gold.filter {
      reading.chunks[$0].clamped(to: sample.needle) == sample.needle
    }
    let isKept = best.map { best in
      (holders.isEmpty ? [best] : holders).contains { reading.kept.contains($0) }
    }
    samples.append(
      settings.cells + [
        .string(sample.task), .int(sample.length), .double(sample.depth), .int(sample.id),
        .int(sample.text), .int(score.isCorrect ? 1 : 0), .int(score.isDistractor ? 1 : 0),
        .string(score.given),
        .string(sample.answer), isKept.map { .int($0 ? 1 : 0) } ?? .null,
        best.map { .int(rank($0, reading.chunkLosses)) } ?? .null,
        best.flatMap { margin($0, reading.chunkLosses) }.map { .double($0) } ?? .null,
        best == nil
          ? .null
          : .int(holders.isEmpty ? 1 : 0),
        .int(reading.chunks.count), .double(Double(reading.cacheByteCount) / 1e6),
        .double(reading.flops / 1e12),
      ])
    for (index, range) in reading.chunks.enumerated() {
      chunks.append(
        settings.cells + [
          .int(sample.length), .int(sample.id), .int(index), .int(range.count),
          .double(reading.chunkLosses[index]), .int(gold.contains(index) ? 1 : 0),
          .int(reading.kept.contains(index) ? 1 : 0),
        ])
    }
    count(sample, isCorrect: score.isCorrect, isKept: isKept == true)
  }

  private mutating func count(_ sample: LongContextSample, isCorrect: Bool, isKept: Bool) {
    for depth in [nil, sample.depth] {
      let cell = Cell(task: sample.task, length: sample.length, depth: depth)
      let place = counts.firstIndex { $0.cell == cell } ?? counts.count
      if place == counts.count { counts.append((cell, Count())) }
      counts[place].count.trials += 1
      counts[place].count.correct += isCorrect ? 1 : 0
      counts[place].count.gold += isKept ? 1 : 0
      counts[place].count.correctWithGold += isCorrect && isKept ? 1 : 0
    }
  }

  /// From 1; of equal losses the earlier chunk is better.
  private func rank(_ chunk: Int, _ losses: [Double]) -> Int {
    1 + losses.indices.count { (losses[$0], $0) < (losses[chunk], chunk) }
  }

  private func margin(_ chunk: Int, _ losses: [Double]) -> Double? {
    losses.indices.filter { $0 != chunk }.map { losses[$0] }.min().map { $0 - losses[chunk] }
  }

  func write(to context: StageContext) throws {
    var accuracy = Table(columns: EvalStage.outputs[2].columns)
    for (cell, count) in counts where cell.depth == nil {
      let share = Double(count.correct) / Double(count.trials)
      let (low, high) = WilsonInterval.bounds(count.correct, of: count.trials)
      let isChunked = settings.method.isChunked
      accuracy.append(
        settings.cells + [
          .string(cell.task), .int(cell.length), .int(count.trials), .double(share),
          .double(low), .double(high),
          isChunked ? .double(Double(count.gold) / Double(count.trials)) : .null,
          .int(count.gold),
          count.gold > 0 ? .double(Double(count.correctWithGold) / Double(count.gold)) : .null,
        ])
    }
    var depths = Table(columns: EvalStage.outputs[3].columns)
    for (cell, count) in counts {
      guard let depth = cell.depth else { continue }
      depths.append(
        settings.cells + [
          .string(cell.task), .int(cell.length), .double(depth), .int(count.trials),
          .double(Double(count.correct) / Double(count.trials)),
          settings.method.isChunked
            ? .double(Double(count.gold) / Double(count.trials)) : .null,
        ])
    }
    try samples.write(to: context, "samples")
    try depths.write(to: context, "depths")
    try chunks.write(to: context, "chunks")
    try accuracy.write(to: context, "accuracy")
  }
}

extension MethodSettings {
  /// Values of ``EvalStage/methodColumns``.
  var cells: [Value] {
    let chunks = parallelComp
    return [
      .string(method.rawValue), .int(window), .string(chunks?.select.rawValue ?? ""),
      .int(chunks?.keep ?? 0), .string(chunks?.compress.rawValue ?? ""),
      .string(chunks?.calibration ?? ""),
    ]
  }

  /// What only ParallelComp is asked; 0 chunks to keep: all.
  private var parallelComp:
    (select: ChunkSelection, keep: Int, compress: KeyEviction, calibration: String)?
  {
    guard method == .parallelcomp else { return nil }
    let rules = calibration.map {
      "\($0.region):\($0.layers.lowerBound)-\($0.layers.upperBound)"
    }
    return (select, keep == .max ? 0 : keep, compress, rules.joined(separator: " "))
  }
}
