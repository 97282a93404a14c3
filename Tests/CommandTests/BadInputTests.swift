import Foundation
import Testing

/// What a user can get wrong, and what is said then.
struct BadInputTests {
  private static let header = "version: 1\nname: bad\n"
  private static let data =
    "stages:\n  data: {uses: dataset.images, with: {prefer: [cifar10], train: 10, test: 10}}\n"

  @Test(arguments: [
    ("unknown verb", ["rnu", "x.yaml"], 2, "there is no verb 'rnu'; did you mean 'run'?"),
    (
      "unknown option with a value", ["run", "experiments/bad.yaml", "--profil", "smoke"], 2,
      "Unknown option '--profil'. Did you mean '--profile'?"
    ),
    ("unknown option alone", ["run", "--dry"], 2, "Unknown option '--dry'"),
    (
      "folder before the verb", ["-C", "nowhere", "runs"], 2,
      "Error: -C nowhere: no such folder\n  See 'pipeline runs --help'.\n"
    ),
    (
      "a file where a folder is wanted", ["init", "experiments/bad.yaml"], 8,
      "error: experiments/bad.yaml: it is a file\n  experiments are put into a folder\n"
    ),
    ("no name of a specification", ["new", "experiments/x"], 2, "ends in .yaml or .yml"),
    ("half of 'stages show'", ["stages", "show"], 2, "write list, show KIND or docs"),
    (
      "no such stage", ["show", "experiments/bad.yaml", "--schema-of", "dat"], 3,
      "error: --schema-of: there is no stage 'dat'\n  the stages are data\n"
        + "  fix: did you mean 'data'?"
    ),
    ("no such file", ["run", "nowhere.yaml"], 3, "nowhere.yaml"),
    ("bad limit", ["run", "experiments/bad.yaml", "--jobs", "0"], 2, "--jobs 0: 1 to 1024"),
    ("not an override", ["run", "experiments/bad.yaml", "train"], 2, "'train' is not of the form"),
    (
      "unknown experiment", ["results", "nothing"], 8,
      "there is no stored run or experiment 'nothing'"
    ),
    ("unknown asset", ["assets", "get", "cifar"], 2, "did you mean 'cifar10'?"),
    ("unknown stage type", ["stages", "train.classifer"], 2, "did you mean 'train.classifier'?"),
  ])
  func commandLine(
    name: String, arguments: [String], status: Int32, expected: String
  ) throws {
    let program = try ProgramUnderTest()
    try program.write(Self.header + Self.data, to: "experiments/bad.yaml")
    let outcome = try program.start(arguments).finish()
    #expect(outcome.status == status)
    #expect((outcome.errors + outcome.output).contains(expected), "\(outcome.errors)")
  }

  @Test(arguments: [
    (
      "unknown stage type", "stages:\n  data: {uses: dataset.image}\n",
      "experiments/bad.yaml:4:16: error: there is no stage type 'dataset.image'"
    ),
    (
      "unknown parameter", "stages:\n  data: {uses: dataset.images, with: {trian: 10}}\n",
      "experiments/bad.yaml:4:39: error: 'trian' is not a parameter of dataset.images"
    ),
    (
      "a cycle",
      "stages:\n  a: {uses: dataset.images, needs: [b]}\n  b: {uses: dataset.images, needs: [a]}\n",
      "cycle"
    ),
    (
      "an opacity above 1",
      "stages:\n  data: {uses: dataset.images}\n  trigger: {uses: backdoor.trigger, "
        + "inputs: {images: data.test}, with: {family: patch, opacity: 1.4}}\n",
      "1.4 is outside 0 < x <= 1"
    ),
    ("a tab", "stages:\n\tdata: 1\n", "experiments/bad.yaml:4"),
    ("deep nesting", "x-deep: " + String(repeating: "[", count: 100_000), "nest"),
    (
      "an alias bomb",
      (0..<30).map { "x-\($0 + 1): &n\($0 + 1) [*n\($0), *n\($0), *n\($0), *n\($0)]\n" }
        .reduce("x-0: &n0 [1]\n", +), "alias"
    ),
    ("17 MiB", "x-long: \"" + String(repeating: "a", count: 17 << 20) + "\"\n", "MiB"),
  ])
  func specification(name: String, text: String, expected: String) throws {
    let program = try ProgramUnderTest()
    try program.write(Self.header + text, to: "experiments/bad.yaml")
    let outcome = try program.run("check", "experiments/bad.yaml")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains(expected), "\(outcome.errors.prefix(500))")
  }

  @Test func anUndeclaredOverride() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let outcome = try program.run("plan", "experiments/tiny.yaml", "tetss=[0.5]")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("did you mean 'tests'"), "\(outcome.errors)")
  }

  @Test(arguments: ["1.4", "0.1234"])
  func anOpacityThatCannotBe(opacity: String) throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    let outcome = try program.run("plan", "experiments/tiny.yaml", "tests=[1.0, \(opacity)]")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("command line"), "\(outcome.errors)")
    #expect(outcome.errors.contains(opacity), "\(outcome.errors)")
  }

  @Test func dataThatIsNotThere() throws {
    let program = try ProgramUnderTest()
    try program.write(Self.header + Self.data, to: "experiments/bad.yaml")
    let outcome = try program.run("run", "experiments/bad.yaml")
    #expect(outcome.status == 8)
    #expect(outcome.errors.contains("none of cifar10 is available"), "\(outcome.errors)")
    #expect(outcome.errors.contains("fix: mkdir -p data"), "\(outcome.errors)")
  }

  /// A folder with CIFAR-10's files, sparse ones of zeros, the first of them damaged.
  private func writeCIFAR(
    in program: ProgramUnderTest, damage: (FileHandle) throws -> Void
  ) throws {
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      let path = "data/cifar-10-batches-bin/\(name)"
      try program.write(Data(), to: path)
      let file = try FileHandle(forWritingTo: program.folder.appending(path: path))
      try file.truncate(atOffset: 30_730_000)
      if name == "data_batch_1.bin" { try damage(file) }
      try file.close()
    }
  }

  /// Inside a record, and between two.
  @Test(arguments: [5, 3073])
  func aTruncatedFile(missing: UInt64) throws {
    let program = try ProgramUnderTest()
    try program.write(Self.header + Self.data, to: "experiments/bad.yaml")
    try writeCIFAR(in: program) { try $0.truncate(atOffset: 30_730_000 - missing) }
    let outcome = try program.run("run", "experiments/bad.yaml")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("data_batch_1.bin"), "\(outcome.errors)")
    #expect(outcome.errors.contains("\(30_730_000 - missing) bytes"), "\(outcome.errors)")
  }

  @Test func aLabelOfTen() throws {
    let program = try ProgramUnderTest()
    try program.write(Self.header + Self.data, to: "experiments/bad.yaml")
    try writeCIFAR(in: program) {
      try $0.seek(toOffset: 3073 * 4)
      try $0.write(contentsOf: Data([10]))
    }
    let outcome = try program.run("run", "experiments/bad.yaml")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("label 10"), "\(outcome.errors)")
  }

  @Test func aFolderForResultsThatIsAFile() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    try program.write("", to: "occupied")
    let outcome = try program.run("run", "experiments/tiny.yaml", "--output", "occupied")
    #expect(outcome.status == 8)
    #expect(outcome.errors.contains("--output DIR"), "\(outcome.errors)")
    // The work is not lost.
    let plan = try program.run("plan", "experiments/tiny.yaml", "--exit-code")
    #expect(plan.status == 0)
  }

  @Test func aWorkspaceThatIsAFile() throws {
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "experiments/tiny.yaml")
    try program.write("", to: "occupied")
    let outcome = try program.run("run", "experiments/tiny.yaml", "--workspace", "occupied")
    #expect(outcome.status == 8)
    #expect(outcome.errors.contains("occupied"), "\(outcome.errors)")
  }
}
