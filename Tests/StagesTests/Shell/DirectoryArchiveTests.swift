import Foundation
import Pipeline
import Stages
import Testing

struct DirectoryArchiveTests {
  private let bench: StageBench

  init() throws {
    bench = try StageBench()
  }

  private func write(_ files: [(path: String, text: String)], below name: String) throws -> URL {
    let folder = bench.folder.appending(path: name)
    for file in files {
      let url = folder.appending(path: file.path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: url)
    }
    return folder
  }

  private func packed(_ folder: URL) throws -> Data {
    let file = bench.folder.appending(path: UUID().uuidString)
    try DirectoryArchive.pack(folder, into: file)
    return try Data(contentsOf: file)
  }

  @Test func equalFoldersGiveEqualBytes() throws {
    let files = [("b.txt", "two"), ("a/deep/c.bin", String(repeating: "x", count: 1_500_000))]
    let one = try write(files, below: "one")
    let two = try write(files.reversed(), below: "two")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)],
      ofItemAtPath: two.appending(path: "b.txt").path)
    #expect(try packed(one) == packed(two))
    try Data("three".utf8).write(to: two.appending(path: "b.txt"))
    #expect(try packed(one) != packed(two))
  }

  @Test func itComesBackAsItWas() throws {
    let long = String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90)
    let longer = String(repeating: "n", count: 200) + "ü"
    let folder = try write(
      [(long, "long"), (longer, "longer"), ("run.sh", "echo"), ("empty.txt", "")], below: "in")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "void"), withIntermediateDirectories: false)
    chmod(folder.appending(path: "run.sh").path, 0o755)
    let file = bench.folder.appending(path: "archive")
    try DirectoryArchive.pack(folder, into: file)
    let copy = bench.folder.appending(path: "out")
    try DirectoryArchive.unpack(file, into: copy)
    let paths = { (url: URL) in
      try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
    }
    #expect(try paths(copy) == paths(folder))
    #expect(try String(contentsOf: copy.appending(path: long), encoding: .utf8) == "long")
    #expect(try String(contentsOf: copy.appending(path: longer), encoding: .utf8) == "longer")
    #expect(access(copy.appending(path: "run.sh").path, X_OK) == 0)
    #expect(try packed(copy) == Data(contentsOf: file))
  }

  @Test func theSystemsTarReadsIt() throws {
    let long = String(repeating: "n", count: 200)
    let folder = try write([("a.txt", "one"), ("sub/b.txt", "two"), (long, "x")], below: "in")
    let file = bench.folder.appending(path: "archive.tar")
    try DirectoryArchive.pack(folder, into: file)
    let output = Pipe()
    let tar = Process()
    tar.executableURL = URL(filePath: "/bin/tar")
    tar.arguments = ["-tf", file.path]
    tar.standardOutput = output
    try tar.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    tar.waitUntilExit()
    #expect(text == "a.txt\n\(long)\nsub/\nsub/b.txt\n" && tar.terminationStatus == 0)
  }

  @Test func linksAreRefused() throws {
    let folder = try write([("a", "x")], below: "in")
    try FileManager.default.createSymbolicLink(
      atPath: folder.appending(path: "link").path, withDestinationPath: "a")
    #expect(
      throws: ArchiveError(
        path: "link", what: "is neither a file nor a folder", fix: "copy what the link leads to")
    ) { try packed(folder) }
  }

  @Test func noRecordedPathLeadsOutside() throws {
    let long = String(repeating: "n", count: 200)
    let folder = try write([(long, "x")], below: "in")
    let file = bench.folder.appending(path: "archive")
    try DirectoryArchive.pack(folder, into: file)
    let start = try #require(try Data(contentsOf: file).range(of: Data(long.utf8))).lowerBound
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(start..<start + 3, with: Data("../".utf8))
    try bytes.write(to: file)
    let refusal = ArchiveError(
      path: "../" + long.dropFirst(3), what: "does not belong into a directory")
    let copy = bench.folder.appending(path: "out")
    #expect(throws: refusal) { try DirectoryArchive.unpack(file, into: copy) }
  }

  @Test(arguments: ["../evil", "/evil", "a/../../evil"])
  func nothingIsUnpackedOutside(path: String) throws {
    let folder = try write([("harmless", "x")], below: "in")
    let file = bench.folder.appending(path: "archive")
    try DirectoryArchive.pack(folder, into: file)
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(0..<100, with: Data(path.utf8) + Data(count: 100 - path.utf8.count))
    try bytes.write(to: file)
    #expect(throws: ArchiveError(path: path, what: "does not belong into a directory")) {
      try DirectoryArchive.unpack(file, into: bench.folder.appending(path: "out"))
    }
  }
}
