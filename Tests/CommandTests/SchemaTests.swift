import Foundation
import Testing

/// The JSON Schema, judged by a validator that is not ours (Debian's `python3-jsonschema`).
@Suite struct SchemaTests {
  /// Prints one line a file: its name and the messages about it.
  private static let validator = """
    import json, sys, yaml, jsonschema
    schema = json.load(open(sys.argv[1]))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for file in sys.argv[2:]:
      errors = validator.iter_errors(yaml.safe_load(open(file)))
      print(file, [e.json_path + ": " + e.message for e in errors])
    """

  private func validate(_ files: [String], in program: ProgramUnderTest) throws -> [String] {
    let schema = try program.run("schema")
    #expect(schema.status == 0)
    try program.write(schema.output, to: "schema.json")
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-c", Self.validator, "schema.json"] + files
    process.currentDirectoryURL = program.folder
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(
      process.terminationStatus == 0, "run: apt-get install python3-jsonschema python3-yaml")
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func everyExperimentIsValid() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../experiments").standardizedFileURL
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".yaml") }.map { folder.appending(path: $0).path }
    #expect(files.count >= 3)
    let lines = try validate(files, in: ProgramUnderTest())
    #expect(lines == files.map { "\($0) []" })
  }

  @Test func whatTheProgramWritesIsValid() throws {
    let program = try ProgramUnderTest()
    #expect(try program.run("init").status == 0)
    #expect(try program.run("new", "experiments/small.yaml", "--from", "minimal").status == 0)
    #expect(try program.run("new", "experiments/own.yaml", "--from", "script").status == 0)
    let files = ["experiments/first.yaml", "experiments/small.yaml", "experiments/own.yaml"]
    for file in files { #expect(try program.run("check", file).errors == "") }
    #expect(try validate(files, in: program) == files.map { "\($0) []" })
    let again = try program.run("new", files[1])
    #expect(again.status == 8)
    #expect(
      again.errors == """
        error: experiments/small.yaml: there is a file of this name already
          fix: choose another name, or remove it first

        """)
  }

  /// One mistake each, and where the validator must see it.
  @Test(arguments: [
    ("uses: dataset.images", "uses: dataset.image", "$.stages.data.uses"),
    ("with: {prefer: [objects10]", "wiht: {prefer: [objects10]", "$.stages.data"),
    ("prefer: [objects10]", "prefer: [objects11]", "$.stages.data.with.prefer"),
    ("train: 512", "train: 0", "$.stages.data.with.train"),
    ("width: 4", "widht: 4", "$.stages.model.with"),
    ("{images: data.test}", "{images: data}", "$.stages.trigger.inputs.images"),
    ("{images: data.test}", "{image: data.test}", "$.stages.trigger.inputs"),
    ("resources: {cpus: 2}", "resources: {cpu: 2}", "$.stages.model.resources"),
    ("rows: train", "row: train", "$.tables.asr"),
    ("at_most: 1", "at_most: 1\n    at_least: 0", "$.expect[0]"),
    ("version: 1", "version: 2", "$.version"),
    ("name: tiny", "name: Tiny", "$.name"),
    ("resources: {cpus: 2}", "timeout: 5", "$.stages.model.timeout"),
    ("resources: {cpus: 2}", "retries: {max: -1}", "$.stages.model.retries"),
    ("resources: {cpus: 2}", "retries: -1", "$.stages.model.retries"),
    ("resources: {cpus: 2}", "resources: {memory: 2}", "$.stages.model.resources.memory"),
    ("inputs: {images: data.test}", "needs: [data]", "$.stages.trigger"),
    (", value: asr", "", "$.tables.asr"),
    ("at_most: 1", "at_most: 1 %%", "$.expect[0].at_most"),
    ("at_most: 1", "within: {}", "$.expect[0].within"),
  ])
  func mistakesAreSeen(_ right: String, _ wrong: String, _ path: String) throws {
    #expect(tinySpec.contains(right))
    let program = try ProgramUnderTest()
    try program.write(tinySpec, to: "right.yaml")
    try program.write(tinySpec.replacing(right, with: wrong), to: "wrong.yaml")
    let lines = try validate(["right.yaml", "wrong.yaml"], in: program)
    #expect(lines[0] == "right.yaml []")
    #expect(lines[1].contains("\(path): "))
  }

  private static let script = """
    version: 1
    name: own
    stages:
      make: {uses: shell, with: {run: "date > $OUT_out", outputs: {out: text}}}

    """

  /// What the stages of a user's own programs must have.
  @Test(arguments: [
    ("outputs: {out: text}", "outputs: {out: blob}", "$.stages.make.with.outputs.out"),
    ("outputs: {out: text}", "outputs: {}", "$.stages.make.with.outputs"),
    (
      "outputs: {out: text}", "outputs: {out: {type: table, columns: {a: number}}}",
      "$.stages.make.with.outputs.out"
    ),
    ("run: \"date > $OUT_out\", ", "", "$.stages.make.with"),
    (", with: {run: \"date > $OUT_out\", outputs: {out: text}}", "", "$.stages.make"),
    ("name: own\n", "title: own\n", "$"),
    ("stages:", "x-stages:", "$"),
  ])
  func mistakesInScriptsAreSeen(_ right: String, _ wrong: String, _ path: String) throws {
    #expect(Self.script.contains(right))
    let program = try ProgramUnderTest()
    try program.write(Self.script, to: "right.yaml")
    try program.write(Self.script.replacing(right, with: wrong), to: "wrong.yaml")
    let lines = try validate(["right.yaml", "wrong.yaml"], in: program)
    #expect(lines[0] == "right.yaml []")
    #expect(lines[1].contains("\(path): "), "\(lines[1])")
  }

  /// A file to include has sections and no head; one that takes its stages from it has none.
  @Test func filesToIncludeAreValid() throws {
    let program = try ProgramUnderTest()
    try program.write(
      Self.script.replacing("name: own\n", with: ""), to: "experiments/stages.yaml")
    try program.write(
      "version: 1\nname: own\ninclude: [stages.yaml]\n", to: "experiments/main.yaml")
    #expect(
      try program.run("check", "experiments/main.yaml").errors.contains("nobody reads") == false)
    let files = ["experiments/stages.yaml", "experiments/main.yaml"]
    #expect(try validate(files, in: program) == files.map { "\($0) []" })
  }
}
