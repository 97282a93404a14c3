import Foundation
import PackagePlugin

/// Generates `SourceFingerprint` for the Stages target; runs again when a source file changes.
@main
struct FingerprintPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let sources = context.package.directoryURL.appending(path: "Sources")
    let output = context.pluginWorkDirectoryURL.appending(path: "SourceFingerprint.swift")
    let inputs = try ["CKernels", "Compute", "Pipeline", "Stages"].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(
        atPath: sources.appending(path: folder).path
      )
      .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".h") }
      .map { sources.appending(path: "\(folder)/\($0)") }
    }
    return [
      .buildCommand(
        displayName: "Hash the sources behind each stage",
        executable: try context.tool(named: "SourceFingerprints").url,
        arguments: [sources.path, output.path], inputFiles: inputs, outputFiles: [output])
    ]
  }
}
