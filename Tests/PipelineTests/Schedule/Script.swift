import Foundation

/// Writes an executable shell script.
///
/// Another process writes it: a file that is open for writing cannot be executed, and a child that
/// some other test starts at this moment would hold ours open.
func writeScript(_ text: String, to path: String) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = [
    "-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\"; chmod 755 \"$2\"", "sh", text, path,
  ]
  try process.run()
  process.waitUntilExit()
}
