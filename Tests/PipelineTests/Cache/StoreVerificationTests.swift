import Foundation
import GRDB
import Pipeline
import Testing

@Suite struct StoreVerificationTests {
  private let folder: TemporaryFolder
  private let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(folder.workspace)
    _ = try store.compute("k1", ["large": "1" + largeText, "small": "one"])
    _ = try store.compute("k2", ["large": "2" + largeText])
    _ = try store.compute("k3", ["small": "three"])
  }

  @Test func aSoundStoreIsReadThrough() throws {
    let report = try store.verify()
    #expect(report.artifactCount == 4 && report.damages.isEmpty)
    #expect(report.byteCount == 2 * (largeText.utf8.count + 1) + 8)
  }

  @Test func eachAlteredContentIsFoundAndItsResultsAreMadeAgain() throws {
    for path in folder.artifactFiles {
      chmod(path, 0o644)
      var data = try Data(contentsOf: URL(filePath: path))
      data[data.count / 2] ^= 0x10
      try data.write(to: URL(filePath: path))
    }
    try database(folder.workspace.database).write {
      try $0.execute(sql: "UPDATE blob SET bytes = x'31' WHERE bytes = CAST('three' AS BLOB)")
    }
    let report = try store.verify()
    #expect(report.damages.flatMap(\.results).sorted() == ["k1", "k2", "k3"])
    #expect(report.damages.map(\.subject).contains(SHA256.hex(of: "three")))
    #expect(folder.names(in: "quarantine").count == 2)
    #expect(try store.entries().isEmpty)
    #expect(try store.verify().damages.isEmpty, "the second time all is well")
    #expect(try store.compute("k1", ["large": "1" + largeText]).computed != nil)
  }

  @Test func anAlteredRowIsReported() throws {
    try database(folder.workspace.database).write {
      try $0.execute(sql: "UPDATE output SET slot = 'smalL' WHERE key = 'k3'")
    }
    #expect(try store.action("k3") == nil)
    let report = try store.verify()
    #expect(
      report.damages == [
        StoreVerification.Damage(
          subject: "k3", detail: "its row in the database was altered", results: ["k3"])
      ])
  }

  @Test func aStoreThatIsOnlyReadIsReportedAndLeftAsItIs() throws {
    let path = try #require(folder.artifactFiles.first)
    chmod(path, 0o644)
    try Data("short".utf8).write(to: URL(filePath: path))
    let reader = try Store(readOnly: folder.workspace)
    #expect(try reader.verify().damages.count == 1)
    #expect(try reader.verify().damages.count == 1)
    #expect(folder.names(in: "quarantine").isEmpty)
  }
}
