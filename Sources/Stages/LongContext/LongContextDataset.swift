import Compute
import Foundation
import Pipeline

/// Samples as an artifact: all contexts one after another in `ids`, the rest as JSON in the
/// metadata.
package enum LongContextDataset {
  private struct Entry: Codable {
    var id: Int
    var text: Int
    var task: String
    var length: Int
    var depth: Double
    var context: [Int]
    var prefix: [Int32]
    var question: [Int32]
    var answer: String
    var needle: [Int]
    var distractors: [String]
  }

  private static let key = "long_context_samples"

  /// - Throws: the system's error when the place cannot be written.
  package static func write(_ samples: [LongContextSample], to url: URL) throws {
    var (ids, entries): ([Int32], [Entry]) = ([], [])
    for sample in samples {
      entries.append(
        Entry(
          id: sample.id, text: sample.text, task: sample.task, length: sample.length,
          depth: sample.depth,
          context: [ids.count, ids.count + sample.context.count], prefix: sample.prefix,
          question: sample.question, answer: sample.answer,
          needle: [sample.needle.lowerBound, sample.needle.upperBound],
          distractors: sample.distractors))
      ids += sample.context
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var writer = SafeTensorsWriter()
    writer.set("ids", ids, shape: [ids.count])
    writer.metadata[key] = String(decoding: try encoder.encode(entries), as: UTF8.self)
    try writer.write(to: url.path)
  }

  /// - Throws: `StageFailure` for a file that holds no samples.
  package static func read(_ url: URL) throws -> [LongContextSample] {
    let file = try SafeTensorsFile(reading: url.path)
    let ids = try file.integers("ids")
    guard let text = file.metadata[key],
      let entries = try? JSONDecoder().decode([Entry].self, from: Data(text.utf8)),
      entries.allSatisfy({ isSound($0, ids.count) })
    else {
      throw StageFailure(
        at: "input dataset", "the file holds no long-context samples",
        why: "samples come from longctx.make_task", fix: "connect its output 'dataset'")
    }
    return entries.map { entry in
      LongContextSample(
        id: entry.id, text: entry.text, task: entry.task, length: entry.length,
        depth: entry.depth, prefix: entry.prefix,
        context: Array(ids[entry.context[0]..<entry.context[1]]),
        question: entry.question, answer: entry.answer,
        needle: entry.needle[0]..<entry.needle[1], distractors: entry.distractors)
    }
  }

  private static func isSound(_ entry: Entry, _ count: Int) -> Bool {
    guard entry.context.count == 2, entry.needle.count == 2, !entry.question.isEmpty else {
      return false
    }
    let (start, end) = (entry.context[0], entry.context[1])
    return start >= 0 && start < end && end <= count && entry.needle[0] >= 0
      && entry.needle[0] <= entry.needle[1] && entry.needle[1] <= end - start
  }
}
