import Foundation
import Testing

/// Texts that are joined: small contents and one that is stored as a file.
private let textSpec = """
  version: 1
  name: texts
  axes: {part: [1, 2, 3]}
  stages:
    piece: {uses: text.write, matrix: [part], with: {text: "${matrix.part}\(String(repeating: "x", count: 8999))"}}
    whole: {uses: text.write, inputs: {from: {from: piece.text, gather: true}}}

  """

struct CacheTests {
  private func programWithResults() throws -> ProgramUnderTest {
    let program = try ProgramUnderTest()
    try program.write(textSpec, to: "experiments/texts.yaml")
    let outcome = try program.run("run", "experiments/texts.yaml", "--quiet")
    try #require(outcome.status == 0, "\(outcome.errors)")
    return program
  }

  /// Alters a byte of the only artifact that is a file.
  private func damage(_ program: ProgramUnderTest) throws {
    let store = program.folder.appending(path: ".pipeline/cas")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: store.path)
    let file = store.appending(path: try #require(paths.first { $0.contains("/") }))
    var data = try Data(contentsOf: file)
    data[100] ^= 1
    try FileManager.default.removeItem(at: file)
    try data.write(to: file)
  }

  @Test func infoAndListSayWhatIsStored() throws {
    let program = try programWithResults()
    let info = try program.run("cache", "info")
    #expect(info.output.contains("1 run, 4 artifacts"))
    #expect(info.output.contains("text.write        4  53 KiB"))
    #expect(info.output.hasSuffix("'pipeline cache gc' would free 0 B (0 results, 0 old files)\n"))
    let list = try program.run("cache", "ls", "whole", "texts/piece[part=2]", "--sort", "name")
    let rows = list.output.split(separator: "\n")
    #expect(rows.count == 4)
    #expect(rows[1].hasPrefix("texts/piece[part=2]"))
    #expect(rows[2].hasPrefix("texts/whole"))
    #expect(rows[3] == "2 results, 35 KiB")
  }

  @Test(arguments: [
    ("wholly", "did you mean 'whole'?"), ("nosuch", "'pipeline cache ls' lists all there are"),
  ])
  func aChoiceOfNothingIsRefused(_ selector: String, _ fix: String) throws {
    let program = try programWithResults()
    for verb in [["ls"], ["rm", "--yes"]] {
      let outcome = try program.start(["cache"] + verb + [selector]).finish()
      #expect(outcome.status == 8 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("no stored result is chosen by that"))
      #expect(outcome.errors.contains(fix), "\(outcome.errors)")
    }
  }

  @Test func nothingIsDeletedUnasked() throws {
    let program = try programWithResults()
    let refused = try program.run("cache", "rm", "*")
    #expect(refused.status == 2)
    #expect(
      refused.errors.contains(
        "nobody can be asked here: add --yes to delete, or --dry-run to look"))
    #expect(try program.run("cache", "rm").status == 2)
    let dry = try program.run("cache", "rm", "whole", "--dry-run")
    #expect(dry.output == "delete  texts/whole  26 KiB\nwould delete 1 result\n")
    #expect(try program.run("plan", "experiments/texts.yaml", "--exit-code").status == 0)
    let deleted = try program.run("cache", "rm", "whole", "--yes")
    #expect(deleted.output == "deleted 1 result, 26 KiB\n")
    #expect(try program.run("plan", "experiments/texts.yaml", "--exit-code").status == 5)
    let nothing = try program.run("cache", "rm", "whole", "--yes")
    #expect(nothing.errors.contains("no stored result is chosen by that"))
  }

  @Test func aCollectionKeepsWhatIsYoung() throws {
    let program = try programWithResults()
    let outcome = try program.run("cache", "gc", "--keep-runs", "0", "--yes")
    #expect(outcome.output == "deleted 0 results (0 B) and 0 old files (0 B); 53 KiB stay\n")
  }

  @Test func damageIsFoundAndMendedByTheNextRun() throws {
    let program = try programWithResults()
    #expect(try program.run("cache", "verify").output == "4 contents, 53 KiB: all as stored\n")
    try damage(program)
    let found = try program.run("cache", "verify")
    #expect(found.status == 7)
    #expect(found.output.contains("was altered\n         will run again: texts/whole\n"))
    let run = try program.run("run", "experiments/texts.yaml")
    #expect(run.status == 0 && run.output.contains("1 executed, 3 cached"))
    #expect(try program.run("cache", "verify").status == 0)
  }

  @Test func whatIsExportedNeedNotBeComputed() throws {
    let program = try programWithResults()
    let export = try program.run("cache", "export", "out", "experiments/texts.yaml")
    #expect(export.output == "exported 4 results, 26 KiB of files\n")
    let other = try ProgramUnderTest()
    try other.write(textSpec, to: "experiments/texts.yaml")
    let path = program.folder.appending(path: "out").path
    let imported = try other.run("cache", "import", path)
    #expect(imported.output == "imported 4 results, 26 KiB of files; 0 were there\n")
    let run = try other.run("run", "experiments/texts.yaml")
    #expect(run.output.contains("0 executed, 4 cached"))
    let none = try other.run("cache", "import", other.folder.path)
    #expect(none.status == 8)
    #expect(none.errors.contains("this is no export: it has no folder 'manifests'"))
  }

  @Test func aDamagedDatabaseIsMadeAgain() throws {
    let program = try programWithResults()
    try program.write(
      String(repeating: "no database ", count: 1000), to: ".pipeline/pipeline.sqlite")
    let run = try program.run("run", "experiments/texts.yaml")
    #expect(run.status == 7 && run.errors.contains("run 'pipeline doctor --fix'"))
    let look = try program.run("doctor")
    #expect(look.status == 7 && look.output.contains("      fix: pipeline doctor --fix\n"))
    let mended = try program.run("doctor", "--fix")
    #expect(mended.status == 0)
    #expect(mended.output.contains("ok    fixed: made the database again with 0 results"))
    #expect(try program.run("run", "experiments/texts.yaml", "--quiet").status == 0)
  }

  @Test func aLostDatabaseIsMadeAgainFromTheTextsOfResults() throws {
    let program = try ProgramUnderTest()
    try program.write(textSpec, to: "experiments/texts.yaml")
    let spec = "experiments/texts.yaml"
    #expect(try program.run("run", spec, "--quiet", "--durability", "strict").status == 0)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(
        at: program.folder.appending(path: ".pipeline/pipeline.sqlite\(suffix)"))
    }
    let look = try program.run("doctor")
    #expect(look.status == 7 && look.output.contains("is gone, texts of results are there"))
    let mended = try program.run("doctor", "--fix")
    #expect(mended.status == 0)
    #expect(mended.output.contains("ok    fixed: made the database again with 4 results"))
    #expect(try program.run("run", spec).output.contains("0 executed, 4 cached"))
  }

  @Test func withoutAStoreTheVerbsSaySo() throws {
    let program = try ProgramUnderTest()
    for verb in ["info", "ls", "verify", "gc"] {
      let outcome = try program.run("cache", verb)
      #expect(outcome.status == 8)
      #expect(outcome.errors.contains("nothing has run in this workspace yet"))
    }
  }
}
