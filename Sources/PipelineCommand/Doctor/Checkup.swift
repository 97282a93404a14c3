import Foundation
import Pipeline
import Stages

/// The examinations of `doctor`; they change nothing.
struct Checkup {
  /// Below this a run of some size is likely to fail.
  private static let scarceBytes = 1 << 30
  /// Below this not even the database can be written.
  private static let fullBytes = 16 << 20

  let project: Project
  private var workspace: Workspace { Workspace(project.workspace) }

  var checks: [Check] { [machine, arithmetic] + place + store + data }

  // MARK: Machine

  private var machine: Check {
    let facts = Host.facts
    let gibibytes = ProcessInfo.processInfo.physicalMemory >> 30
    return .fine(
      "machine",
      "\(facts["cpu", default: ""]), \(facts["cores", default: ""]) cores, \(gibibytes) GiB, "
        + facts["os", default: ""])
  }

  private var arithmetic: Check {
    let variables = Registry.workerEnvironment.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return .fine("arithmetic", "\(Registry.numericsTag); workers get \(variables)")
  }

  // MARK: Place

  /// The nearest folder that exists, where the workspace is or will be.
  private var existingPlace: URL {
    var folder = project.workspace.standardizedFileURL
    while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
      folder.deleteLastPathComponent()
    }
    return folder.resolvingSymlinksInPath()
  }

  private var place: [Check] {
    let path = existingPlace.path
    return [fileSystem(path), permission(path)] + (DiskSpace(path).map { [disk($0, path)] } ?? [])
  }

  private func fileSystem(_ path: String) -> Check {
    let mounts = FileSystemType.currentMounts()
    if let type = FileSystemType.unsuitableName(of: path, mounts: mounts) {
      return .broken("file system", .networkFileSystem(path: project.workspace.path, type: type))
    }
    let type = FileSystemType.driver(of: path, mounts: mounts) ?? "unknown"
    return .fine("file system", "\(type) at \(path)")
  }

  private func permission(_ path: String) -> Check {
    if access(path, W_OK) == 0 { return .fine("permission", "\(path) can be written") }
    return .broken(
      "permission", .notWritable(path: path, reason: String(cString: strerror(errno))))
  }

  private func disk(_ space: DiskSpace, _ path: String) -> Check {
    let text = "\(ByteCount.text(space.freeBytes)) of \(ByteCount.text(space.totalBytes)) free"
    if space.freeBytes < Checkup.fullBytes {
      return .broken(
        "disk", text, remedy: "free some space; 'pipeline cache gc' helps", .environment)
    }
    if space.freeBytes < Checkup.scarceBytes {
      return .note("disk", text, remedy: "free some space; 'pipeline cache gc' helps")
    }
    return .fine("disk", text)
  }

  // MARK: Store

  private var store: [Check] {
    guard workspace.exists else {
      if workspace.hasManifests {
        return [
          .broken(
            "store", "the database \(workspace.database) is gone, texts of results are there",
            remedy: "pipeline doctor --fix", .damaged)
        ]
      }
      return [
        .note("store", "none yet at \(project.workspace.path)", remedy: "the first run makes it")
      ]
    }
    do throws(StoreError) {
      let store = try Store(readOnly: workspace)
      let problems = try store.integrityProblems()
      guard problems.isEmpty else {
        return [
          .broken(
            "store", "\(workspace.database): \(problems.prefix(3).joined(separator: "; "))",
            remedy: "pipeline doctor --fix", .damaged)
        ]
      }
      return [.fine("store", workspace.database), try processes(store)] + (try remains(store))
    } catch {
      if case .damaged(_, let detail) = error {
        return [
          .broken(
            "store", "\(workspace.database): \(detail)", remedy: "pipeline doctor --fix", .damaged)
        ]
      }
      return [.broken("store", error)]
    }
  }

  private func processes(_ store: Store) throws(StoreError) -> Check {
    let abandoned = try store.abandoned()
    let living = "\(workspace.livingOwners.count) processes work in it"
    if abandoned.isEmpty { return .fine("leases", living) }
    return .note(
      "leases",
      "\(living); \(abandoned.owners.count) died and left \(abandoned.folders.count) folders",
      remedy: "nothing is lost; the next run cleans up, or 'pipeline doctor --fix'")
  }

  private func remains(_ store: Store) throws(StoreError) -> [Check] {
    var checks: [Check] = []
    let plan = try store.planCollection(CollectionPolicy())
    if !plan.leftovers.isEmpty {
      checks.append(
        .note(
          "leftovers",
          "\(plan.leftovers.count) old files, \(ByteCount.text(plan.leftoverBytes)), that no result "
            + "needs", remedy: "pipeline cache gc"))
    }
    let damaged = (try? FileManager.default.contentsOfDirectory(atPath: workspace.quarantine)) ?? []
    if !damaged.isEmpty {
      checks.append(
        .note(
          "quarantine", "\(damaged.count) damaged files were put into \(workspace.quarantine)",
          remedy:
            "examine disk and memory of this machine; 'pipeline cache verify' reads everything"))
    }
    return checks
  }

  // MARK: Data

  private var data: [Check] {
    Assets.all.map { asset in
      guard let folder = asset.locate(in: project.dataFolders) else {
        return .note(
          "data set \(asset.name)", "not found", remedy: "pipeline assets get \(asset.name)")
      }
      return .fine("data set \(asset.name)", folder.path)
    }
  }
}
