import Foundation
import Pipeline

/// What the environment says about the CI system that runs us; it never changes a result.
struct CISurroundings {
  let form: Annotation.Form
  /// Where the CI system collects Markdown for its own page of the job.
  let summaryFile: String?
  /// From the project's root, as the CI system sees it, to the current folder.
  let pathPrefix: String

  init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath
  ) {
    form = environment["GITHUB_ACTIONS"] == "true" ? .github : .plain
    summaryFile = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
    let root = (environment["GITHUB_WORKSPACE"] ?? "") + "/"
    let isInside = form == .github && root.count > 1 && (currentFolder + "/").hasPrefix(root)
    pathPrefix = isInside ? String((currentFolder + "/").dropFirst(root.count)) : ""
  }

  func text(of annotation: Annotation) -> String {
    annotation.text(form, pathPrefix: pathPrefix) + "\n"
  }

  /// A summary that the CI system takes: at most 1 MiB for a step.
  func fitted(_ text: String) -> String {
    guard text.utf8.count > Self.summaryByteLimit else { return text }
    let kept = String(decoding: text.utf8.prefix(Self.summaryByteLimit), as: UTF8.self)
    return kept + "\n\n(cut: the whole is in the stored results)\n"
  }

  private static let summaryByteLimit = 900 << 10
}
