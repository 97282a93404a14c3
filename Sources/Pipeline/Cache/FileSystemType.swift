import Foundation

/// The kind of file system below a folder, as far as the store cares.
package enum FileSystemType {
  /// File systems whose locks or shared memory cannot be trusted, by the name of their driver.
  private static let unsuitable: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "9p", "afs", "fuse",
  ]

  /// The driver below an existing folder when the store cannot live there; `nil` when it can.
  ///
  /// `mounts` is the text of `/proc/self/mountinfo`; where it is not known every place is suitable.
  package static func unsuitableName(of path: String, mounts: String) -> String? {
    guard let name = driver(of: path, mounts: mounts) else { return nil }
    let family = name.split(separator: ".").first.map(String.init) ?? name
    return unsuitable.contains(family) ? name : nil
  }

  /// The mount table of this process; empty where there is none.
  package static func currentMounts() -> String {
    (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
  }

  /// The type of the mount with the longest mount point above the path; of equals the last, which
  /// covers the others. A line: `36 35 98:0 /root /mount/point options - type source options`.
  package static func driver(of path: String, mounts: String) -> String? {
    var best: (length: Int, type: String)?
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { continue }
      let point = fields[4].replacing("\\040", with: " ")
      let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
      if isAbove, point.count >= best?.length ?? 0 {
        best = (point.count, String(fields[dash + 1]))
      }
    }
    return best?.type
  }
}
