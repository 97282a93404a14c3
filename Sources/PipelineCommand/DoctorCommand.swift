import ArgumentParser
import Foundation
import Pipeline
import Stages

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Examines machine, workspace and data.")

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let checks = Checkup(project: project).checks
    if global.json {
      let entries = checks.map { check in
        Value.map([
          "check": .string(check.name), "state": .string(check.state.rawValue),
          "detail": .string(check.detail),
        ])
      }
      print(Value.list(entries).canonicalJSON)
    } else {
      for check in checks { print("\(check.state.mark)  \(check.name): \(check.detail)") }
    }
    if let worst = checks.compactMap(\.status).first { throw Exit(status: worst) }
  }
}

/// The examinations of `doctor`.
private struct Checkup {
  struct Check {
    enum State: String {
      case fine, note, broken

      var mark: String {
        switch self {
        case .fine: "ok  "
        case .note: "note"
        case .broken: "FAIL"
        }
      }
    }

    let name: String
    let state: State
    let detail: String
    /// The exit code that a broken state asks for.
    var status: ExitStatus?
  }

  let project: Project

  var checks: [Check] { [machine, arithmetic, store] + data }

  private var machine: Check {
    let facts = Host.facts
    let gibibytes = ProcessInfo.processInfo.physicalMemory >> 30
    return Check(
      name: "machine", state: .fine,
      detail: "\(facts["cpu", default: ""]), \(facts["cores", default: ""]) cores, "
        + "\(gibibytes) GiB, \(facts["os", default: ""])")
  }

  private var arithmetic: Check {
    let variables = Registry.workerEnvironment.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return Check(
      name: "arithmetic", state: .fine, detail: "\(Registry.numericsTag); workers get \(variables)")
  }

  private var store: Check {
    let workspace = Workspace(project.workspace)
    guard workspace.exists else {
      return Check(
        name: "store", state: .note,
        detail: "none yet at \(project.workspace.path); the first run makes it")
    }
    do throws(StoreError) {
      let store = try Store(readOnly: workspace)
      let problems = try store.integrityProblems()
      guard let problem = problems.first else {
        return Check(name: "store", state: .fine, detail: workspace.database)
      }
      return Check(
        name: "store", state: .broken, detail: "\(workspace.database): \(problem)",
        status: .damaged)
    } catch {
      return Check(
        name: "store", state: .broken, detail: error.diagnostic.what, status: error.exitStatus)
    }
  }

  private var data: [Check] {
    Assets.all.map { asset in
      guard let folder = asset.locate(in: project.dataFolders) else {
        return Check(
          name: "data set \(asset.name)", state: .note,
          detail: "not found; see 'pipeline assets get \(asset.name)'")
      }
      return Check(name: "data set \(asset.name)", state: .fine, detail: folder.path)
    }
  }
}
