import Foundation
import Pipeline

/// A program of this system that does what ours does not, found on the `PATH`.
struct ExternalTool {
  private let words: [String]

  /// - Parameter words: its name and its arguments.
  init(_ words: [String]) {
    self.words = words
  }

  /// Runs it to its end; all that it says goes to standard error.
  ///
  /// - Returns: its exit status; 127 where there is no such program.
  /// - Throws: ``StageFailure`` of class `environment` when no program can be started here.
  func run() throws(StageFailure) -> Int32 {
    let process = makeProcess()
    process.standardOutput = FileHandle.standardError
    do { try process.run() } catch {
      throw StageFailure(
        .environment, at: words[0], "it cannot be started: \(error.localizedDescription)",
        fix: "see 'pipeline doctor'")
    }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What it writes, without the space around it; `nil` when it fails.
  func output() -> String? {
    let process = makeProcess()
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func makeProcess() -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    return process
  }
}
