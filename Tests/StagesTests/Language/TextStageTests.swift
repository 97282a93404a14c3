import Foundation
import Pipeline
import Stages
import Testing

@Suite struct TextStageTests {
  @Test func theGeneratedTextIsCutAtLines() throws {
    let bench = try StageBench()
    let parameters: [String: Value] = [
      "prefer": .list([.string("generated")]), "bytes": .int(5000), "held_out": .double(0.2),
    ]
    let outputs = try bench.run("text.load", parameters)
    let text = try #require(outputs["text"]).data
    let heldOut = try #require(outputs["held_out"]).data
    #expect((3600...4000).contains(text.count) && (1000...1400).contains(heldOut.count))
    #expect(text.last == 0x0A)
    #expect(String(decoding: text, as: UTF8.self).contains(" near the "))
    let info = try #require(outputs["info"]).table
    #expect(info.column("dataset") == [.string("generated")])
    #expect(info.column("bytes") == [.int(text.count)])
    #expect(info.column("held_out") == [.int(heldOut.count)])
    #expect(
      try bench.run("text.load", parameters).mapValues { try $0.hash }
        == outputs.mapValues { try $0.hash })
    let other = try bench.run("text.load", parameters.merging(["seed": .int(1)]) { $1 })
    #expect(try other["text"]?.hash != outputs["text"]?.hash)
  }

  @Test func aFileOfOnesOwn() throws {
    let bench = try StageBench()
    let folders = DataFolders([bench.folder])
    try Data("Größe\nzwei".utf8).write(to: bench.folder.appending(path: "mine.txt"))
    func text(bytes: Int) throws -> String {
      let outputs = try bench.run(
        "text.load", ["file": .string("mine.txt"), "bytes": .int(bytes)], files: folders)
      return String(decoding: try #require(outputs["text"]).data, as: UTF8.self)
    }
    #expect(try text(bytes: 0) == "Größe\nzwei")
    #expect(try text(bytes: 9) == "Größe\n")
    #expect(try text(bytes: 3) == "Gr")
  }

  @Test func refusals() throws {
    let bench = try StageBench()
    let folders = DataFolders([bench.folder])
    #expect(
      throws: StageFailure(
        .environment, at: "parameter prefer", "no file text/books/walden.txt",
        why: "looked in \(bench.folder.path)",
        fix: "give --data DIR with such a file, or add generated to prefer")
    ) {
      try bench.run("text.load", ["prefer": .list([.string("walden")])], files: folders)
    }
    try Data([0xC3, 0x28]).write(to: bench.folder.appending(path: "latin.txt"))
    #expect(
      throws: StageFailure(
        at: "latin.txt", "the file is not UTF-8", why: "texts are read as UTF-8",
        fix: "convert it, for example with iconv -t utf-8")
    ) {
      try bench.run("text.load", ["file": .string("latin.txt")], files: folders)
    }
    #expect(
      StageBench.problems("text.load", ["prefer": .list([])]) == [
        ParameterProblem(
          parameter: "prefer", what: "the list is empty", why: "one text must be named",
          fix: "write prefer: [wikitext2_test, generated]")
      ])
  }
}
