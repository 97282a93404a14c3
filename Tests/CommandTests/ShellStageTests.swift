import Foundation
import Testing

/// Programs of the user's as stages, run by the built program.
struct ShellStageTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
  }

  /// A specification of the given stages, indented by two.
  private func write(_ stages: String, rest: String = "") throws {
    let indented = stages.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
    try program.write(
      "version: 1\nname: shell\nstages:\n\(indented)\n\(rest)", to: "experiments/s.yaml")
  }

  private func run(
    environment: [String: String] = [:]
  ) throws -> ProgramUnderTest.Outcome {
    try program.run(
      "run", "experiments/s.yaml", "--no-progress", environment: environment)
  }

  /// The instances that ran, out of the progress lines.
  private func executed(_ outcome: ProgramUnderTest.Outcome) -> [String] {
    outcome.errors.split(separator: "\n").filter { $0.hasPrefix("start ") }
      .map { String($0.dropFirst("start ".count)).trimmingCharacters(in: .whitespaces) }
  }

  /// The bytes of every stored artifact and log, to look for what must not be there.
  private func everythingKept() throws -> Data {
    var kept = Data()
    for root in [".pipeline", "results"] {
      let folder = program.folder.appending(path: root)
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
        kept += (try? Data(contentsOf: folder.appending(path: path))) ?? Data()
      }
    }
    return kept
  }

  @Test func theExampleOfTheLanguageRuns() throws {
    try write(
      """
      data: {uses: dataset.images, with: {prefer: [objects10], train: 10, test: 10}}
      checksum:
        uses: shell
        inputs: {images: data.test}
        with: {run: "sha256sum $IN_images/* > $OUT_sums", outputs: {sums: file}}
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let line = "  in/images/images.safetensors\n"
    #expect(try everythingKept().range(of: Data(line.utf8)) != nil)
    #expect(executed(try run()).isEmpty)
  }

  @Test func aScriptsContentIsInTheKeyAndItsTableIsAViewsSource() throws {
    try program.write("a,b\n1,0.25\n", to: "scripts/rows.csv")
    try write(
      """
      rows:
        uses: shell
        with:
          files: [scripts]
          run: cat scripts/rows.csv > $OUT_rows
          outputs: {rows: table}
      """, rest: "tables:\n  t: {from: rows.rows, rows: a, value: b, format: \".2f\"}\n")
    let first = try run()
    #expect(first.status == 0 && first.output.contains("0.25"), "\(first.errors)")
    #expect(executed(try run()).isEmpty)
    try program.write("a,b\n1,0.75\n", to: "scripts/rows.csv")
    let second = try run()
    #expect(executed(second) == ["rows"] && second.output.contains("0.75"))
  }

  @Test func aColumnThatTheDataDoNotHaveIsNamed() throws {
    try write(
      """
      rows: {uses: shell, with: {run: "echo a,b > $OUT_rows; echo 1,2 >> $OUT_rows", outputs: {rows: table}}}
      """, rest: "tables:\n  t: {from: rows.rows, rows: a, value: c}\n")
    let outcome = try run()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("table 't': 'rows.rows' has no column 'c'"))
  }

  private static let scaled = """
    own:
      uses: shell
      with:
        env: {C: "${scale}", K: 1}
        run: "echo $C > $OUT_out"
        outputs: {out: text}
    """

  /// Shell stages have their parameters in `env`: the entry that changed is named, with the origin
  /// of what its expression read, wherever the program says why.
  @Test func theEntryOfTheEnvironmentThatChangedIsNamed() throws {
    try write(Self.scaled, rest: "params: {scale: 10}\n")
    let spec = "experiments/s.yaml"
    #expect(try run().status == 0)
    let plan = try program.run("plan", spec, "scale=4")
    #expect(
      plan.output == """
        run      own: env.C was 10, now 4 (scale, command line)
        1 stage: 1 run

        """)
    let why = try program.run("plan", spec, "scale=4", "--why", "own")
    #expect(why.output == "own  run\n  env.C was 10, now 4 (scale, command line)\n")
    let origins = try program.run("show", spec, "scale=4", "--origins")
    #expect(origins.output.contains("stages.own.with.env.C = 4  # scale, command line\n"))
    #expect(try program.run("run", spec, "scale=4").status == 0)
    let explained = try program.run("explain", "own")
    #expect(
      explained.output.contains("\n  it ran: no result was stored under its key\n"),
      "\(explained.output)")
    #expect(
      explained.output.contains("\n    parameter.env.C: 10 -> 4 (scale, command line)\n"),
      "\(explained.output)")
    let lineage = try program.run("lineage", "own")
    #expect(lineage.output.contains("env.C = 4  from scale, command line\n"), "\(lineage.output)")

    #expect(try program.run("run", spec, "scale=4", "--force", "own").status == 0)
    let forced = try program.run("explain", "own")
    #expect(forced.output.contains("\n  it ran: it was forced (--force or --no-cache)\n  cost: "))
    #expect(try program.run("run", spec, "scale=4", "--label", "again").status == 0)
    #expect(try program.run("explain", "own").output.contains("\n  it was cached: "))
  }

  /// An axis stands in the column of its name; what else is there would not be seen.
  @Test func aColumnNamedLikeAnAxisIsRefused() throws {
    let stage = "rows: {uses: shell, matrix: {i: [1, 2]}, with: {env: {I: \"${matrix.i}\"}, "
    try write(
      stage + #"run: "true", outputs: {t: {type: table, columns: {acc: int, i: int}}}}}"#)
    let declared = try program.run("check", "experiments/s.yaml")
    #expect(declared.status == 3)
    #expect(
      declared.errors.contains(
        "error: column 'i' of 'rows.t' is an axis, too"), "\(declared.errors)")
    for (cell, status) in [("$I", Int32(0)), ("7", 1)] {
      let script = "echo acc,i > $OUT_t; echo 1,\(cell) >> $OUT_t"
      try write(stage + "run: \"\(script)\", outputs: {t: table}}}")
      let found = try run()
      #expect(found.status == status, "\(found.errors)")
      #expect(
        found.errors.contains("'rows.t' has a column 'i', which is an axis, too") == (status == 1))
    }
  }

  @Test func aScriptSeesItsEnvironmentAndNothingElse() throws {
    try write(
      """
      look:
        uses: shell
        with:
          env: {RATE: 0.5}
          secrets: [TOKEN]
          run: |
            test $${#TOKEN} -gt 6
            test "$(cat)" = ""
            env | cut -d= -f1 | sort | tr '\\n' ' ' | sed 's/_ //' > $OUT_names
            echo "rate $RATE, token $TOKEN" >&2
          outputs: {names: text}
      """)
    let outcome = try run(environment: ["TOKEN": "sesame-9", "OTHER": "x", "RATE": "9"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let kept = try everythingKept()
    let names = "HOME LANES LANG OUT_names PATH PWD PYTHONHASHSEED RATE SOURCE_DATE_EPOCH "
    #expect(kept.range(of: Data((names + "TMPDIR TOKEN TZ ").utf8)) != nil)
    #expect(kept.range(of: Data("rate 0.5, token ***".utf8)) != nil)
    #expect(kept.range(of: Data("sesame-9".utf8)) == nil)
    // Another secret is no other result; another value of a variable is.
    #expect(executed(try run(environment: ["TOKEN": "another"])).isEmpty)
  }

  @Test(
    arguments: [
      ("exit 3", "text", "program: it ended with exit code 3", 1),
      ("kill -SEGV $$", "text", "program: it ended by signal 11 (Segmentation fault)", 1),
      ("sh -c 'kill -KILL $$'", "text", "exit code 137: signal 9 (Killed) ended it", 1),
      ("no-such-program", "text", "exit code 127: a program was not found", 8),
      ("true", "text", "output 'out': the program did not write it", 1),
      ("mkdir $OUT_out", "text", "output 'out': it is a folder", 1),
      ("echo > $OUT_out", "directory", "output 'out': it is a file", 1),
      ("printf '\\377' > $OUT_out", "text", "output 'out': it is not valid UTF-8", 1),
      ("printf '{\\n1' > $OUT_out", "json", "output 'out': line 2: a quoted key is due", 1),
      ("printf 'a\\n1,2' > $OUT_out", "table", "output 'out': line 2: 2 fields", 1),
      ("echo > $OUT_out", "figure", "output 'out': it is neither PNG nor SVG", 1),
      ("echo 12345678 > $OUT_out", "model", "it does not start with a safetensors header", 1),
      ("ln -s /etc/passwd $OUT_out", "file", "it is neither a file nor a folder", 1),
      ("ln -s /etc/passwd $OUT_out", "text", "it is neither a file nor a folder", 1),
      ("ln -s nowhere $OUT_out", "json", "it is neither a file nor a folder", 1),
      ("ln -s /etc $OUT_out", "directory", "it is neither a file nor a folder", 1),
      ("mkfifo $OUT_out", "table", "output 'out': it is neither a file nor a folder", 1),
      ("mkfifo $OUT_out", "figure", "output 'out': it is neither a file nor a folder", 1),
      ("rmdir out; ln -s /etc out", "directory", "the folder 'out' is not there any more", 1),
      ("echo $TOKEN > $OUT_out", "text", "output 'out': it holds the secret 'TOKEN'", 1),
      ("echo $UNSET > $OUT_out", "text", "UNSET", 1),
    ])
  func whatGoesWrongIsSaid(script: String, type: String, message: String, status: Int32) throws {
    let quoted = script.replacing("'", with: "''")
    try write(
      """
      bad:
        uses: shell
        with: {run: '\(quoted)', secrets: [TOKEN], outputs: {out: \(type)}}
      """)
    let outcome = try run(environment: ["TOKEN": "sesame-9"])
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!outcome.errors.contains("sesame-9"))
  }

  /// A secret with characters that CSV and JSON write in another way.
  private static let secret = #"ses"a\me-9"#
  /// What must not be found anywhere: it, and a part that every spelling has.
  private static let spellings = [secret, #"ses\"a\\me-9"#, "me-9"]

  private func expectSecrecy(_ outcome: ProgramUnderTest.Outcome) throws {
    var kept = try everythingKept() + Data((outcome.output + outcome.errors).utf8)
    for file in ["junit.xml", "events.ndjson"] { kept += try program.data(file) }
    for text in Self.spellings { #expect(kept.range(of: Data(text.utf8)) == nil, "\(text)") }
  }

  private func runWithSecret() throws -> ProgramUnderTest.Outcome {
    try program.run(
      "run", "experiments/s.yaml", "--no-progress", "--junit", "junit.xml", "--events",
      "events.ndjson", environment: ["TOKEN": Self.secret])
  }

  @Test(
    arguments: [
      ("printf '%s' \"$TOKEN\" > $OUT_out", "file", "it holds the secret 'TOKEN'"),
      // As JSON writes it, in a text, and as CSV does, in a table.
      (
        #"printf '%s' "$TOKEN" | sed 's/\\/\\\\/g; s/"/\\"/g' > $OUT_out"#, "text",
        "it holds the secret 'TOKEN'"
      ),
      (
        #"(printf 'a\n"'; printf '%s' "$TOKEN" | sed 's/"/""/g'; echo '"') > $OUT_out"#, "table",
        "it holds the secret 'TOKEN'"
      ),
      (
        #"(printf 'a\n"x '; printf '%s' "$TOKEN" | sed 's/"/""/g'; echo '"') > $OUT_out"#,
        "{type: table, columns: {a: int}}", "line 2: 'x ***' in column 'a' is no int"
      ),
      ("mkdir $OUT_out; ln -s x \"$OUT_out/$TOKEN\"", "directory", "'***' is neither a file"),
      (
        #"printf '{"failure": {"location": "%s", "what": "no %s", "why": "%s", "fix": "%s"}}' "#
          + #"$E $E $E $E > result.json"#, "exec", "***: no ***\n  ***\n  fix: ***"
      ),
      (
        #"printf '{"progress": {"fraction": 0.5, "message": "at %s", "values": []}}\n' $E; exit 3"#,
        "exec", "it ended with exit code 3"
      ),
    ])
  func nothingThatIsSaidQuotesASecret(script: String, type: String, message: String) throws {
    let isProtocol = type == "exec"
    let escaped = #"E=$(printf '%s' "$TOKEN" | sed 's/\\/\\\\/g; s/"/\\"/g')"#
    try program.write(escaped + "\n" + script + "\n", to: "tools/p.sh")
    let what = isProtocol ? "program: [sh, tools/p.sh]" : "run: sh tools/p.sh"
    try write(
      """
      bad:
        uses: \(isProtocol ? "exec" : "shell")
        with:
          \(what)
          files: [tools/p.sh]
          secrets: [TOKEN]
          outputs: {out: \(isProtocol ? "file" : type)}
      """)
    let outcome = try runWithSecret()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    try expectSecrecy(outcome)
    if script.contains("progress") {
      let events = String(decoding: try program.data("events.ndjson"), as: UTF8.self)
      #expect(events.contains("at ***"))
    }
  }

  @Test func aDeclaredLinkIsCopiedAndItsFileStaysAsItWas() throws {
    try program.write("linked", to: "elsewhere/real.txt")
    let real = program.folder.appending(path: "elsewhere/real.txt").path
    chmod(real, 0o640)
    try FileManager.default.createDirectory(
      at: program.folder.appending(path: "scripts"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: program.folder.appending(path: "scripts/link.txt").path,
      withDestinationPath: "../elsewhere/real.txt")
    try write(
      """
      read:
        uses: shell
        with:
          files: [scripts]
          run: test ! -L scripts/link.txt; test "$(cat scripts/link.txt)" = linked; echo > $OUT_out
          outputs: {out: text}
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let rights = try FileManager.default.attributesOfItem(atPath: real)[.posixPermissions]
    #expect((rights as? NSNumber)?.intValue == 0o640)
  }

  @Test func aLongLabelMakesAFileNameThatFits() throws {
    let label = String(repeating: "ä", count: 150)
    try write(
      """
      part:
        uses: shell
        matrix: {n: [\(label), b]}
        with: {env: {N: "${matrix.n}"}, run: "echo $N > $OUT_out", outputs: {out: text}}
      all:
        uses: shell
        inputs: {parts: {from: part.out, gather: true}}
        with: {run: "cat $IN_parts/* > $OUT_out", outputs: {out: text}}
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try everythingKept().range(of: Data("\(label)\nb\n".utf8)) != nil)
  }

  @Test func aSecretThatIsNotSetIsTheEnvironmentsFault() throws {
    try write(
      "s: {uses: shell, with: {run: \"true\", secrets: [TOKEN], outputs: {out: file}}}")
    let outcome = try run()
    #expect(outcome.status == 8)
    #expect(outcome.errors.contains("secrets: 'TOKEN' is not set"))
    #expect(outcome.errors.contains("fix: export TOKEN=... and run again"))
  }

  @Test func foldersAndGatheredInputsArriveAsFiles() throws {
    try write(
      """
      part:
        uses: shell
        matrix: {n: [1, 2]}
        with:
          env: {N: "${matrix.n}"}
          run: mkdir $OUT_folder; echo "part $N" > $OUT_folder/part.txt
          outputs: {folder: directory}
      all:
        uses: shell
        inputs: {parts: {from: part.folder, gather: true}}
        with: {run: "cat $IN_parts/*/part.txt > $OUT_text; ls $IN_parts >> $OUT_text", outputs: {text: text}}
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let text = "part 1\npart 2\n1-n=1\n2-n=2\n"
    #expect(try everythingKept().range(of: Data(text.utf8)) != nil)
  }

  @Test func aProgramThatSpeaksTheProtocol() throws {
    try program.write(
      """
      read job
      case "$job" in *'"parameters":{"rate":0.5}'*) ;; *) exit 4 ;; esac
      case "$job" in *'"path":"in/words/words.txt"'*) ;; *) exit 5 ;; esac
      echo '{"progress": {"fraction": 0.5, "message": "half", "values": []}}'
      echo a line of the log
      wc -c < in/words/words.txt | tr -d ' ' > out/size
      echo '{}' > result.json

      """, to: "tools/size.sh")
    try write(
      """
      words: {uses: shell, with: {run: "printf hello > $OUT_text", outputs: {text: text}}}
      size:
        uses: exec
        inputs: {words: words.text}
        with:
          program: [sh, tools/size.sh]
          files: [tools/size.sh]
          params: {rate: 0.5}
          outputs: {size: json}
      """)
    let outcome = try run()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let kept = try everythingKept()
    #expect(kept.range(of: Data("a line of the log\n".utf8)) != nil)
    #expect(kept.range(of: Data("\"fraction\"".utf8)) == nil)
  }

  @Test(
    arguments: [
      ("echo '{}' > out/x", "result.json: the program ended without it"),
      ("echo nonsense > result.json", "result.json: byte 0: 'null' is due"),
      (
        #"echo '{"failure": {"what": "no such word", "why": "w", "fix": "f"}}' > result.json"#,
        "program: no such word\n  w\n  fix: f"
      ),
      (
        #"echo '{"failure": {"what": "no such word"}}' > result.json; exit 1"#,
        "program: no such word"
      ), ("exit 3", "it ended with exit code 3"),
    ])
  func aProgramThatFailsSaysWhy(script: String, message: String) throws {
    try program.write(script, to: "tools/p.sh")
    try write(
      "p: {uses: exec, with: {program: [sh, tools/p.sh], files: [tools], outputs: {x: json}}}")
    let outcome = try run()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
