import Foundation
import Testing

/// Options of `run` and `plan`, tried on programs that take no time.
struct FlagsTests {
  /// note -> score[k] -> (needs) last
  static let spec = """
    version: 1
    name: small
    params: {x: {default: 1, max: 50}, wait: 0}
    axes: {k: [1, 2], seed: [1, 2]}
    profiles: {smoke: {params: {x: 2}, axes: {seed: [1]}}}
    stages:
      note: {uses: shell, with: {run: "echo ${x} > $OUT_text", outputs: {text: text}}}
      score:
        uses: shell
        matrix: [k, seed]
        inputs: {note: note.text}
        with:
          run: "sleep ${wait}; test ${x} -lt 40; echo score > $OUT_t; cat $FILE_note >> $OUT_t"
          env: {K: "${matrix.k}", SEED: "${matrix.seed}"}
          outputs: {t: table}
      last:
        uses: shell
        needs: [score]
        with: {run: "printf 'score\\\\n7\\\\n' > $OUT_t", outputs: {t: table}}
    tables:
      s: {from: score.t, rows: k, value: score, over: seed}
      l: {from: last.t, value: score}
    expect:
      - {id: low, claim: Scores are low, value: "max(s)", at_most: 9}
      - {id: seven, claim: The last is seven, value: l, equals: 7, level: warn}

    """

  private struct Summary: Decodable {
    let run: String
    let executed: Int
    let cached: Int
    let skipped: Int
    let failed: Int
    let exit_code: Int
  }

  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
    try program.write(Self.spec, to: "experiments/small.yaml")
  }

  /// A run's counts: executed, cached, skipped, failed.
  private func counts(_ options: String...) throws -> [Int] {
    let outcome = try program.start(["run", "experiments/small.yaml", "--json"] + options).finish()
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    return [summary.executed, summary.cached, summary.skipped, summary.failed]
  }

  @Test func selections() throws {
    let missing = try program.run("run", "experiments/small.yaml", "--only", "score[k=1]")
    #expect(missing.status == 8)
    #expect(
      missing.errors == """
        error: --only 'score[k=1]': note: neither selected nor stored
          score[k=1,seed=1] needs note
          fix: run what is missing, too: --upto 'score[k=1,seed=1]'

        """)
    #expect(try counts("--upto", "score[k=1]") == [3, 0, 3, 0])
    #expect(try counts("--only", "score[seed=2]") == [1, 3, 2, 0])
    #expect(try counts("--skip", "last") == [1, 4, 1, 0])
    #expect(try counts("--from", "last,score", "--force", "last") == [1, 5, 0, 0])
    #expect(try counts("--no-cache", "--from", "score") == [5, 1, 0, 0])
    let partial = try program.run("run", "experiments/small.yaml", "x=3", "--upto", "note")
    #expect(partial.status == 0)
    #expect(partial.output.contains("NOT JUDGED  Scores are low"), "\(partial.output)")
    let nothing = try program.run("run", "experiments/small.yaml", "--only", "scor")
    #expect(nothing.status == 3)
    #expect(nothing.errors.contains("fix: did you mean 'score'?"), "\(nothing.errors)")
  }

  @Test func aReadOnlyCacheStaysAsItIs() throws {
    #expect(try counts("--read-only-cache") == [6, 0, 0, 0])
    #expect(try counts("--upto", "note") == [1, 0, 5, 0])
    #expect(try counts("--read-only-cache") == [5, 1, 0, 0])
    #expect(try counts() == [5, 1, 0, 0])
    #expect(try counts("--read-only-cache") == [0, 6, 0, 0])
  }

  @Test func valuesComeFromManyPlaces() throws {
    try program.write("x: 5\naxes: {k: [3]}\n", to: "set.yaml")
    let shown = try program.run(
      "show", "experiments/small.yaml", "--profile", "smoke", "--set-file", "set.yaml", "wait=1",
      "--seed", "8", "--origins")
    #expect(
      shown.output.hasPrefix(
        """
        params.x = 5  # set file (set.yaml:1)
        params.wait = 1  # command line
        axes.k[3] = 3  # set file (set.yaml:2)
        axes.seed[8] = 8  # command line

        """), "\(shown.output)")
  }

  @Test func aRunIsResumedWithWhatItWasAskedFor() throws {
    _ = try program.run("run", "experiments/small.yaml", "x=45", "--seed", "4")
    let failed = try program.run("run", "--resume", "--keep-going")
    #expect(failed.status == 1)
    #expect(failed.errors.contains("score[k=2,seed=4]"), "\(failed.errors)")
    let first = try program.run("plan", "experiments/small.yaml", "--tree")
    #expect(
      first.output == """
        last  1 run
        └─ score  4 maybe
           └─ note  1 run

        """)
    _ = try program.run("run", "experiments/small.yaml", "x=2", "--tag", "who=me", "--label", "L")
    for arguments in [["--resume"], ["--resume", "latest"], ["--resume", "small"]] {
      let again = try program.start(["run", "--json"] + arguments).finish()
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.output.contains("\"cached\":6"), "\(again.output)")
    }
    let given = try program.run("run", "--resume", "small", "--profile", "smoke")
    #expect(given.status == 2)
    let unknown = try program.run("run", "--resume", "fist")
    #expect(unknown.status == 8)
    #expect(unknown.errors.contains("no run 'fist'"))
  }

  @Test func reportsForMachines() throws {
    let outcome = try program.run(
      "run", "experiments/small.yaml", "x=45", "--keep-going", "--ci",
      environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "steps.md"])
    #expect(outcome.status == 1)
    #expect(
      outcome.output.contains(
        "::error file=experiments/small.yaml,line=8,col=3,title=score[k=1%2Cseed=1] failed::"),
      "\(outcome.output)")
    let junit = try text("pipeline-ci/junit.xml")
    #expect(
      junit.contains(
        "<testsuite name=\"stages\" tests=\"6\" failures=\"4\" errors=\"0\" skipped=\"1\""),
      "\(junit)")
    #expect(junit.contains("<testsuite name=\"claims\" tests=\"2\" failures=\"1\""))
    #expect(try text("steps.md").contains("## Failed stages"))
    let events = try text("pipeline-ci/events.ndjson").split(separator: "\n").map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8))
    }
    #expect(events.first?.event == "began" && events.last?.event == "finished")
    #expect(events.last?.exit_code == 1)
    #expect(events.count { $0.event == "ended" && $0.state == "failed" } == 4)
    // Plain elsewhere, and the summary beside the rest.
    let plain = try program.run("run", "experiments/small.yaml", "x=30", "--ci")
    #expect(plain.status == 4)
    #expect(
      plain.output.contains("experiments/small.yaml:24:10: error: claim low is not shown"),
      "\(plain.output)")
    #expect(try text("pipeline-ci/summary.md").contains("**a claim does not hold**"))
    let streamed = try program.run("run", "experiments/small.yaml", "--events", "-")
    #expect(streamed.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") })
    #expect(streamed.errors.contains("2 claims: 2 shown"))
  }

  private struct Event: Decodable {
    let event: String
    let time: String
    let state: String?
    let exit_code: Int?
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try program.data(path), as: UTF8.self)
  }

  @Test func interruptionsHaveTheirExitCodes() throws {
    for (number, status) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
      let running = try program.start(
        ["run", "experiments/small.yaml", "wait=20", "--events", "events", "--junit", "j.xml"])
      while !((try? text("events")) ?? "").contains("\"instance\":\"score") { sched_yield() }
      running.signal(number)
      let outcome = running.finish()
      #expect(outcome.status == status)
      #expect(outcome.errors.contains("stopped; finished stages are kept"), "\(outcome.errors)")
      #expect(try text("j.xml").contains("<skipped message=\"the run was stopped\"/>"))
      try program.write("", to: "events")
    }
    #expect(try counts("--upto", "note") == [0, 1, 5, 0])
  }

  @Test func defaultsOfOptions() throws {
    try program.write("global: {json: true}\nrun: {only: [note], jobs: 1}\n", to: "c.yaml")
    let outcome = try program.run("run", "experiments/small.yaml", "--config", "c.yaml")
    #expect(outcome.output.contains("\"executed\":1"), "\(outcome.output)\(outcome.errors)")
    try program.write("rnu: {jobs: 1}\n", to: "c.yaml")
    let wrong = try program.run("run", "experiments/small.yaml", "--config=c.yaml")
    #expect(wrong.status == 3)
    #expect(wrong.errors.contains("fix: did you mean 'run'?"), "\(wrong.errors)")
  }

  @Test func whyNamesTheFirstCause() throws {
    _ = try program.run("run", "experiments/small.yaml")
    let why = try program.run(
      "plan", "experiments/small.yaml", "x=4", "--why", "score[k=1,seed=2]")
    #expect(
      why.output == """
        score[k=1,seed=2]  maybe
          run was "sleep 0; test 1 -lt 40; echo score > $OUT_t; cat $FILE_note >> $OUT_t", now \
        "sleep 0; test 4 -lt 40; echo score > $OUT_t; cat $FILE_note >> $OUT_t" from \
        wait, default (experiments/small.yaml:3); x, command line; experiments/small.yaml:13
          waits for note, whose output may stay the same
        note  run
          run was "echo 1 > $OUT_text", now "echo 4 > $OUT_text" from x, command line; \
        experiments/small.yaml:7

        """)
  }

  /// One arm is run alone without an edit of the file: claims about the others are not judged.
  @Test func anArmIsRunAlone() throws {
    let spec = "experiments/small.yaml"
    try program.write(
      Self.spec + "  - {id: second, claim: The second is low, value: \"s[k=2]\", at_most: 9}\n",
      to: spec)
    for options in [
      ["plan", spec], ["run", spec, "--dry-run"], ["run", spec, "--expect", "off"],
    ] {
      let outcome = try program.start(options + ["axes.k=[1]"]).finish()
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let run = try program.run("run", spec, "axes.k=[1]", "--name", "alone")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("NOT JUDGED  The second is low\n"), "\(run.output)")
    #expect(run.output.contains("axis 'k' narrowed on the command line\n"), "\(run.output)")
    let judged = try program.run("expect", "alone")
    #expect(judged.status == 0, "\(judged.errors)")
    #expect(judged.output.contains("axis 'k' narrowed on the command line\n"))
    let unknown = try program.run("plan", spec, "axes.k=[3]", "axes.seed=[1]")
    #expect(unknown.status == 0, "\(unknown.errors)")
    try program.write(Self.spec + "  - {id: third, value: \"s[k=3]\", at_most: 9}\n", to: spec)
    let wrong = try program.run("plan", spec, "axes.k=[1]")
    #expect(wrong.status == 3)
    #expect(wrong.errors.contains("error: axis 'k' has no label '3'\n"))
  }
}
