import ArgumentParser
import Foundation
import Pipeline

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Examines machine, workspace and data.",
    discussion: """
      Every finding comes with what to do about it. Ends with 7 when the store is damaged, with 8 \
      when the machine is at fault, with 6 when another process is in the way of --fix.
      """)

  @Flag(
    help: """
      Clean up after processes that died; make a damaged database again from what can be read of it.
      """)
  var fix = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let repairs = fix ? try Repair(project.workspace).carryOut() : []
    let checks = repairs + Checkup(project: project).checks
    if global.json {
      print(Value.list(checks.map(\.jsonValue)).canonicalJSON)
    } else {
      for check in checks where !global.quiet || check.state == .broken {
        print(check.text, terminator: "")
      }
    }
    // Damage weighs more than what is wrong around the store.
    let found = checks.map(\.status).filter { $0 != .ok }
    if found.contains(.damaged) { throw Exit(status: .damaged) }
    if let first = found.first { throw Exit(status: first) }
  }
}
