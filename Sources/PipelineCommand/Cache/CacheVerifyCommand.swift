import ArgumentParser
import Foundation
import Pipeline

struct CacheVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads every stored content through and compares it with its hash.",
    discussion: """
      What does not match goes to quarantine, and the results that name it are forgotten: the next \
      run that needs them computes them again. Ends with 7 when anything was found.
      """)

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let isWritable = access(project.workspace.path, W_OK) == 0
    let store = isWritable ? try project.changeStore() : try project.openHistory()
    let report = try store.verify()
    let problems = try store.integrityProblems()
    if global.json {
      print(json(report, problems).canonicalJSON)
    } else {
      print(text(report, problems, isWritable: isWritable), terminator: "")
    }
    if !report.damages.isEmpty || !problems.isEmpty { throw Exit(status: .damaged) }
  }

  private func text(_ report: StoreVerification, _ problems: [String], isWritable: Bool) -> String {
    var text = ""
    for damage in report.damages {
      text += "damaged  \(damage.subject.prefix(12)): \(damage.detail)\n"
      for result in damage.results { text += "         will run again: \(result)\n" }
    }
    for problem in problems { text += "damaged  database: \(problem)\n" }
    if !problems.isEmpty { text += "         fix: pipeline doctor --fix\n" }
    if global.quiet { return text }
    text += "\(report.artifactCount) contents, \(ByteCount.text(report.byteCount)): "
    text += report.damages.isEmpty ? "all as stored\n" : "\(report.damages.count) damaged\n"
    if !isWritable, !report.damages.isEmpty {
      text += "note: the workspace cannot be written, so nothing was put into quarantine\n"
    }
    return text
  }

  private func json(_ report: StoreVerification, _ problems: [String]) -> Value {
    .map([
      "artifacts": .int(report.artifactCount), "bytes": .int(report.byteCount),
      "database": .list(problems.map(Value.string)),
      "damaged": .list(
        report.damages.map { damage in
          .map([
            "subject": .string(damage.subject), "detail": .string(damage.detail),
            "results": .list(damage.results.map(Value.string)),
          ])
        }),
    ])
  }
}
