import Foundation
import Testing

struct VerifyTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
  }

  private func write(_ stages: String) throws {
    let indented = stages.split(separator: "\n").map { "  \($0)\n" }.joined()
    try program.write(
      "version: 1\nname: v\nstages:\n\(indented)", to: "experiments/v.yaml")
  }

  private func run() throws {
    let outcome = try program.run("run", "experiments/v.yaml", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func verify(_ rest: String...) throws -> ProgramUnderTest.Outcome {
    try program.start(["verify", "experiments/v.yaml"] + rest).finish()
  }

  @Test func whatComesOutTheSameIsSaidToBe() throws {
    try write(
      """
      word: {uses: shell, with: {run: "echo hello > $OUT_text", outputs: {text: text}}}
      count: {uses: shell, inputs: {t: word.text}, with: {run: "wc -c < $FILE_t > $OUT_n", outputs: {n: json}}}
      """)
    try run()
    let outcome = try verify("--times", "2")
    #expect(
      outcome.output == """
        same      word
                  4 runs
        same      count
                  4 runs
        2 stages: 2 the same

        """)
    #expect(outcome.status == 0)
    let plan = try program.run("plan", "experiments/v.yaml", "--exit-code")
    #expect(plan.status == 0)
  }

  /// A stored run names its specification, profile and parameters itself.
  @Test func aStoredRunIsVerifiedByName() throws {
    try write("word: {uses: shell, with: {run: \"echo hello > $OUT_text\", outputs: {text: text}}}")
    try run()
    let outcome = try program.run("verify", "v")
    #expect(outcome.output.hasSuffix("1 stage: 1 the same\n") && outcome.status == 0)
  }

  @Test func aResultThatFollowsTheLanesIsFound() throws {
    try write(
      """
      lanes: {uses: shell, with: {run: "echo cores,n > $OUT_t; echo $LANES,1 >> $OUT_t", outputs: {t: table}}}
      """)
    try run()
    let outcome = try verify()
    #expect(
      outcome.output == """
        DIFFERENT lanes
                  output 't', the stored result and one with 2 lanes: row 1, column 'cores': 1 and 2
        1 stage: 0 the same, 1 not deterministic

        """)
    #expect(outcome.status == 7)
    #expect(try verify("--threads", "1").status == 0)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 143)] as [(Int32, Int32)])
  func whatStopsItIsItsExitCode(number: Int32, status: Int32) throws {
    let (once, again) = (program.folder.path + "/once", program.folder.path + "/again")
    let script =
      "if test -e \(once); then touch \(again); sleep 20; fi; touch \(once); echo > $OUT_t"
    try write("slow: {uses: shell, with: {run: \"\(script)\", outputs: {t: text}}}")
    try run()
    let running = try program.start(["verify", "experiments/v.yaml"])
    while !FileManager.default.fileExists(atPath: again) { sched_yield() }
    running.signal(number)
    #expect(running.finish().status == status)
  }

  @Test func chanceIsFoundAndMayBeDeclared() throws {
    let stage = """
      dice:
        uses: shell
        with: {run: "head -c 8 /dev/urandom > $OUT_bytes", outputs: {bytes: file}OPTION}
      """
    try write(stage.replacing("OPTION", with: ""))
    try run()
    let outcome = try verify("--threads", "1", "--json")
    #expect(outcome.status == 7)
    #expect(outcome.output.contains("\"state\":\"different\"") && outcome.output.contains("byte "))
    try write(stage.replacing("OPTION", with: ", deterministic: false"))
    let declared = try verify("--threads", "1")
    #expect(declared.status == 0)
    #expect(declared.output.hasSuffix("1 stage: 0 the same, 1 not verified\n"))
  }

  @Test func whatIsNotStoredIsComparedWithItselfOrSaidToBeUnknown() throws {
    try write(
      """
      first: {uses: shell, with: {run: "exit 3", outputs: {a: text}}}
      second: {uses: shell, inputs: {a: first.a}, with: {run: "true", outputs: {b: text}}}
      """)
    #expect(try verify().status == 8)
    #expect(try program.run("run", "experiments/v.yaml", "--quiet").status == 1)
    let outcome = try verify("second")
    #expect(
      outcome.output == """
        unknown   second
                  its inputs are not stored; run the experiment first
        1 stage: 0 the same, 1 not verified

        """)
    let failed = try verify("first")
    #expect(failed.status == 1 && failed.output.contains("program: it ended with exit code 3"))
  }

  @Test func aTrainingGivesTheSameBitsOnOneLaneAndOnTwo() throws {
    try program.write(tinySpec, to: "experiments/v.yaml")
    #expect(
      try program.run(
        "run", "experiments/v.yaml", "--quiet", "--only", "data", "--only", "trigger", "--only",
        "poison", "--expect", "off"
      ).status < 2)
    let outcome = try verify("model[train=clean]", "trigger", "--jobs", "2")
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(outcome.output.hasSuffix("2 stages: 2 the same\n"))
  }

  @Test(
    arguments: [
      (["--threads", "0"], "--threads 0: numbers from 1 to 1024, such as 1,2"),
      (["--threads", "1,x"], "--threads 1,x: numbers from 1 to 1024, such as 1,2"),
      (["--times", "0"], "--times 0: 1 to 1000"),
    ])
  func optionsAreChecked(options: [String], message: String) throws {
    let outcome = try program.start(["verify", "x.yaml"] + options).finish()
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message))
  }
}
